package panes

import (
	"slices"

	"podsg/kube/live/rows"
	"podsg/ui/widget"
)

// This file is the boundary that texts from outside cross on their way to the
// screen: what a container writes, what an annotation holds or a server answers
// may contain anything.

// dirt cleans texts, and knows whether there was anything to clean: nearly all
// rows stay as they are.
type dirt struct{ found bool }

func (d *dirt) line(s string) string { return d.keep(s, widget.CleanLine(s)) }
func (d *dirt) text(s string) string { return d.keep(s, widget.Clean(s)) }

func (d *dirt) keep(s, clean string) string {
	d.found = d.found || s != clean
	return clean
}

// clean makes all texts of an update harmless.
func clean(u *rows.Update) {
	cleanRows(&u.Nodes, cleanNode)
	cleanRows(&u.Pods, cleanPod)
	cleanRows(&u.Events, cleanEvent)
}

// cleanRows puts clean copies in the place of rows that are not.
func cleanRows[R any](d *rows.Delta[R], clean func(*R) *R) {
	d.Trouble = widget.CleanLine(d.Trouble)
	for key, row := range d.Set {
		if c := clean(row); c != row {
			d.Set[key] = c
		}
	}
}

func cleanNode(n *rows.Node) *rows.Node {
	var d dirt
	id, hold := d.line(n.InstanceID), d.line(n.AgentHold)
	if !d.found {
		return n
	}
	c := *n
	c.InstanceID, c.AgentHold = id, hold
	return &c
}

func cleanPod(p *rows.Pod) *rows.Pod {
	var d dirt
	status, message, id, ip := d.line(p.Status), d.text(p.Message), d.line(p.ENIID), d.line(p.PrivateIP)
	for _, g := range p.Groups {
		d.line(g)
	}
	if !d.found {
		return p
	}
	c := *p
	c.Status, c.Message, c.ENIID, c.PrivateIP, c.Groups = status, message, id, ip, slices.Clone(p.Groups)
	for i, g := range c.Groups {
		c.Groups[i] = widget.CleanLine(g)
	}
	return &c
}

func cleanEvent(e *rows.Event) *rows.Event {
	var d dirt
	c := rows.Event{ClusterEvent: e.ClusterEvent, Explanation: d.line(e.Explanation)}
	c.Message = d.text(e.Message)
	for _, field := range []*string{&c.Type, &c.Reason, &c.Kind, &c.Namespace, &c.Name, &c.Component} {
		*field = d.line(*field)
	}
	if !d.found {
		return e
	}
	return &c
}
