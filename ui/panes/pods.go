package panes

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"

	"podsg/kube/live/rows"
	"podsg/steps/reach"
	"podsg/steps/world"
	"podsg/ui/table"
	"podsg/ui/theme"
	"podsg/ui/widget"
)

func newPods(b *Board) *pane[rows.Pod] {
	p := &pane[rows.Pod]{
		board: b, name: "Pods",
		about: "The pods that have, or wait for, a branch ENI of their own: the ENI, its private address and VLAN, the security groups that it carries in EC2, and the policies that select the pod now.",
		rows:  table.NewList(podText, byName, false),
	}
	p.rows.KeepOnly(wantsENI)
	p.all = func(on bool) (func(*rows.Pod) bool, string) {
		if on {
			return nil, "all pods"
		}
		return wantsENI, "pods with a branch ENI"
	}
	p.columns = []table.Column[rows.Pod]{
		{Title: "Pod", Min: 12, Max: 72, Cell: func(p *rows.Pod) table.Cell { return table.Cell{Text: p.Namespace + "/" + p.Name} }, Key: byName},
		{Title: "Status", Min: 9, Max: 24, Cell: statusCell, Key: func(p *rows.Pod) table.Key { return table.TextKey(p.Status) }},
		{Title: "Branch ENI", Min: 10, Cell: eniCell, Key: func(p *rows.Pod) table.Key { return table.TextKey(p.ENIID) }},
		{Title: "Private IP", Min: 11, Cell: func(p *rows.Pod) table.Cell { return table.Cell{Text: p.PrivateIP} }, Key: func(p *rows.Pod) table.Key { return table.AddressKey(p.PrivateIP) }},
		{Title: "VLAN", Min: 4, Right: true, Cell: vlanCell, Key: func(p *rows.Pod) table.Key { return table.IntKey(p.VLAN) }},
		{Title: "Security groups", Min: 10, Max: 44, Cell: func(p *rows.Pod) table.Cell { return groupsCell(b, p) }, Key: func(p *rows.Pod) table.Key { return table.TextsKey(p.Groups) }},
		{Title: "Policy", Min: 6, Max: 32, Cell: func(p *rows.Pod) table.Cell {
			return table.Cell{Text: strings.Join(p.Policies, ", "), Tone: theme.Muted}
		},
			Key: func(p *rows.Pod) table.Key { return table.TextsKey(p.Policies) }},
		{Title: "ENI age", Min: 4, Right: true, Cell: func(p *rows.Pod) table.Cell { return table.Cell{Text: age(b, p.ENISince), Tone: theme.Muted} }, Key: func(p *rows.Pod) table.Key { return table.TimeKey(p.ENISince) }},
		{Title: "Node", Min: 6, Cell: func(p *rows.Pod) table.Cell { return table.Cell{Text: shortNode(p.Node), Tone: theme.Muted} },
			Whole: func(p *rows.Pod) string { return p.Node }, Key: func(p *rows.Pod) table.Key { return table.TextKey(p.Node) }},
	}
	p.status = func() string { return podsText(b) }
	p.details = func(key string, row *rows.Pod) *details { return podDetails(b, key, row) }
	return p
}

// byName sorts by the row's key, NAMESPACE/NAME.
func byName(*rows.Pod) table.Key { return table.Key{} }

func wantsENI(p *rows.Pod) bool { return p.WantsENI }

func podText(p *rows.Pod) string {
	vlan := ""
	if p.VLAN > 0 {
		vlan = "vlan " + strconv.Itoa(p.VLAN)
	}
	return strings.Join([]string{p.Namespace + "/" + p.Name, p.Node, p.Status, p.ENIID, p.PrivateIP, vlan, strings.Join(p.Groups, " "), strings.Join(p.Policies, " ")}, " ")
}

func statusCell(p *rows.Pod) table.Cell {
	switch {
	case p.Ready:
		return table.Cell{Text: theme.SymbolDone + " " + p.Status, Tone: theme.Good}
	case p.Status == "Succeeded" || p.Status == "Terminating":
		return table.Cell{Text: "- " + p.Status, Tone: theme.Muted}
	case p.Restarts > 0 || p.Status == "Failed":
		return table.Cell{Text: theme.SymbolWarning + " " + p.Status, Tone: theme.Warn}
	default:
		return table.Cell{Text: theme.SymbolTodo + " " + p.Status, Tone: theme.Accent}
	}
}

func eniCell(p *rows.Pod) table.Cell {
	switch {
	case p.ENIID != "":
		return table.Cell{Text: p.ENIID}
	case p.WantsENI:
		return table.Cell{Text: "waits for it", Tone: theme.Accent}
	default:
		return table.Cell{Text: "-", Tone: theme.Muted}
	}
}

func vlanCell(p *rows.Pod) table.Cell {
	if p.VLAN == 0 {
		return table.Cell{Text: "-", Tone: theme.Muted}
	}
	return table.Cell{Text: strconv.Itoa(p.VLAN)}
}

// groupsCell shows the groups that the ENI carries; until EC2 has told, those
// that the policies give.
func groupsCell(b *Board, p *rows.Pod) table.Cell {
	groups, carried := carriedGroups(b, p)
	if !carried {
		groups = p.Groups
	}
	names := make([]string, len(groups))
	for i, id := range groups {
		names[i] = b.facts.groupName(id)
	}
	c := table.Cell{Text: strings.Join(names, ", ")}
	switch {
	case !carried:
		c.Tone = theme.Muted
	case p.WantsENI && !sameSet(groups, p.Groups):
		// The policy has changed since the ENI was made; the pod has to be
		// replaced to follow it.
		c.Text, c.Tone = theme.SymbolWarning+" "+c.Text, theme.Warn
	}
	return c
}

// carriedGroups are the groups of a pod's ENI as EC2 tells them.
func carriedGroups(b *Board, p *rows.Pod) (groups []string, known bool) {
	if p.ENIID == "" {
		return nil, false
	}
	e, known := b.facts.interfaces[p.ENIID]
	if !known {
		return nil, false
	}
	return e.groups.ids(), true
}

func sameSet(a, b []string) bool {
	return slices.Equal(slices.Sorted(slices.Values(a)), slices.Sorted(slices.Values(b)))
}

// podsText sums the capacity of the cluster up.
func podsText(b *Board) string {
	c := b.capacity
	text := fmt.Sprintf("%d of %d branch ENIs in use", c.used, c.limit)
	if c.cooling > 0 {
		text += fmt.Sprintf(", %d cooling down", c.cooling)
	}
	if b.facts.err != nil {
		text += "; EC2 does not answer: " + widget.CleanLine(b.facts.err.Error())
	}
	return text
}

func podDetails(b *Board, key string, row *rows.Pod) *details {
	d := &details{title: "Pod " + key, key: key}
	newest := func() *rows.Pod { // it goes on changing while the details are open
		if newest := b.pods.rows.Row(key); newest != nil {
			return newest
		}
		return row
	}
	ask := func(p *rows.Pod) tea.Cmd {
		d.annotation, d.loaded = annotationMsg{eni: p.ENIID}, false
		return func() tea.Msg {
			ctx, cancel := context.WithTimeout(b.ctx, 10*time.Second)
			defer cancel()
			text, err := b.options.Source.Annotation(ctx, p.Namespace, p.Name)
			return annotationMsg{key, p.ENIID, widget.Clean(text), err}
		}
	}
	d.ask = ask(row)
	d.again = func() tea.Cmd {
		if p := newest(); p.ENIID != d.annotation.eni {
			return ask(p)
		}
		return nil
	}
	d.lines = func(t *theme.Theme, width int) []string {
		p := newest()
		status := statusCell(p)
		lines := drawFacts(t, width,
			fact{name: "status", value: status.Text, tone: status.Tone},
			fact{name: "why", value: p.Message},
			fact{name: "node", value: p.Node},
			fact{name: "policies", value: strings.Join(p.Policies, ", ")},
			fact{name: "annotation", value: annotationText(d, p), tone: theme.Muted},
		)
		if p.ENIID == "" {
			return append(lines, "", t.Paint(theme.Muted, "It has no branch ENI: it uses its node's network interface and security groups."))
		}
		lines = append(lines, "", t.Paint(theme.Title, "Its branch ENI"))
		lines = append(lines, eniLines(b, t, p, width)...)
		lines = append(lines, "", t.Paint(theme.Title, "The rules that matter for it"))
		return append(lines, ruleLines(b, t, p, width)...)
	}
	return d
}

// annotationText is the raw annotation, or why it is not shown.
func annotationText(d *details, p *rows.Pod) string {
	switch {
	case d.annotation.err != nil:
		return "could not be read: " + widget.Clean(d.annotation.err.Error())
	case d.annotation.text != "":
		return d.annotation.text
	case p.ENIID == "":
		return ""
	case d.loaded:
		return "none"
	default:
		return "reading …"
	}
}

func eniLines(b *Board, t *theme.Theme, p *rows.Pod, width int) []string {
	e, known := b.facts.interfaces[p.ENIID]
	about := []fact{
		{name: "ENI", value: p.ENIID, tone: theme.Strong},
		{name: "address", value: fmt.Sprintf("%s on VLAN %d", p.PrivateIP, p.VLAN)},
		{name: "age", value: age(b, p.ENISince)},
	}
	if !known {
		return drawFacts(t, width, append(about, fact{name: "in EC2", value: "not seen there yet", tone: theme.Muted})...)
	}
	about = append(about, fact{name: "trunk ENI", value: e.trunk}, fact{name: "subnet", value: e.subnet}, fact{name: "status", value: e.status})
	groups := e.groups.ids()
	for i, id := range groups {
		name := "groups"
		if i > 0 {
			name = " "
		}
		value := id
		if n := b.facts.groupName(id); n != id {
			value += " (" + n + ")"
		}
		about = append(about, fact{name: name, value: value})
	}
	if !sameSet(groups, p.Groups) {
		about = append(about, fact{name: "policy", value: "would now give " + strings.Join(p.Groups, ", ") + "; replace the pod for that", tone: theme.Warn})
	}
	return drawFacts(t, width, about...)
}

// ruleLines say for each destination whether the security groups let the pod
// reach it, and by which rule.
func ruleLines(b *Board, t *theme.Theme, p *rows.Pod, width int) []string {
	groups, known := carriedGroups(b, p)
	if !known {
		return []string{t.Paint(theme.Muted, "They are shown when EC2 has told which groups it carries.")}
	}
	var facts []fact
	for _, d := range b.options.Destinations {
		to := b.facts.groupsOf(d)
		if len(to) == 0 {
			continue // not made yet
		}
		reach := reach.Reach(b.facts.groups, reach.Endpoint{Groups: groups, IP: p.PrivateIP, Label: p.Name},
			reach.Endpoint{Groups: to, Label: d.Name}, d.Protocol, d.Port)
		f := fact{name: fmt.Sprintf("%s, %s %d", d.Name, d.Protocol, d.Port), value: theme.SymbolDone + " admitted: " + reach.Why, tone: theme.Good}
		if !reach.Allowed {
			f.value, f.tone = theme.SymbolFailed+" not admitted: "+reach.Why, theme.Bad
		}
		facts = append(facts, f)
	}
	var lines []string
	for _, f := range facts {
		lines = append(lines, f.name)
		for _, text := range widget.Wrap(f.value, width-2) {
			lines = append(lines, "  "+t.Paint(f.tone, text))
		}
	}
	for _, id := range groups {
		n := [2]int{}
		for _, r := range b.facts.groups[id].Rules {
			n[boolRank(r.Direction == world.Egress)]++
		}
		lines = append(lines, t.Paint(theme.Muted, fmt.Sprintf("%s: %d ingress and %d egress rules", b.facts.groupName(id), n[0], n[1])))
	}
	return lines
}
