// Package effects computes what else changes for pods when they get other security
// groups than those of their nodes: who reaches them today and would not any
// more, and what they reach today and would not any more. It is pure: a snapshot
// and the groups in, connections out.
package effects

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"podsg/steps/reach"
	"podsg/steps/words"
	"podsg/steps/world"
)

// Direction says which end of a connection the pods are.
type Direction string

// The directions.
const (
	In  Direction = "in"  // it reaches the pods
	Out Direction = "out" // the pods reach it
)

// NewGroup stands for the security group of the pods that is still to be made: it
// lets everything out and nothing in.
const NewGroup = "(new)"

// Case is what changes for which pods.
type Case struct {
	Namespace string
	// Before are the sets of security groups that the pods have today, by their
	// nodes; After are the groups that they get, [NewGroup] among them.
	Before [][]string
	After  []string
	Ports  []Port // that the pods are called on
	// Solved are the groups that a rule of the plan opens for the pods anyway, with
	// the port: CoreDNS, and the database itself.
	Solved map[string]int
}

// Port is a port of the pods and why it is called.
type Port struct {
	Protocol string
	Number   int
	For      string // "Service api", "probes"
	// Kubelet says that only the nodes call it.
	Kubelet bool
}

// Flow is a connection that is possible today and would not be any more.
type Flow struct {
	Direction Direction `json:"direction"`
	Peer      string    `json:"peer"`              // in words: who reaches the pods, or what they reach
	Objects   []string  `json:"objects,omitempty"` // its ids
	Protocol  string    `json:"protocol"`
	FromPort  int       `json:"fromPort"` // -1: all
	ToPort    int       `json:"toPort"`
	For       string    `json:"for,omitempty"` // what the port of the pods is called for
	// Rule is the rule that allows it today, with its group.
	Rule  string `json:"rule"`
	Group string `json:"group"`
	// Add is the rule that would keep it.
	Add Rule `json:"add"`
	// Solution says what was decided: keep-node-groups, add-rules or accept; empty:
	// nothing yet.
	Solution string `json:"solution,omitempty"`
}

// Rule is a security group rule to add: on the pods' group with Group [NewGroup].
// Exactly one of PeerGroup, CIDR and PrefixList is set.
type Rule struct {
	Group      string          `json:"group"`
	Direction  world.Direction `json:"direction"`
	Protocol   string          `json:"protocol"`
	FromPort   int             `json:"fromPort"`
	ToPort     int             `json:"toPort"`
	PeerGroup  string          `json:"peerGroup,omitempty"`
	CIDR       string          `json:"cidr,omitempty"`
	PrefixList string          `json:"prefixList,omitempty"`
}

// Lost lists the connections that are lost, those that reach the pods first.
func Lost(s *world.Snapshot, c Case) []Flow {
	x := &comparison{s: s, c: c, groups: s.GroupMap()}
	x.groups[NewGroup] = world.SecurityGroup{ID: NewGroup, Name: "the pods' new group", Rules: []world.Rule{
		{Direction: world.Egress, Protocol: "-1", FromPort: -1, ToPort: -1, CIDR: "0.0.0.0/0"},
		{Direction: world.Egress, Protocol: "-1", FromPort: -1, ToPort: -1, CIDR: "::/0"},
	}}
	for _, id := range beforeGroups(c) {
		if !slices.Contains(c.After, id) {
			x.in(id)
			x.out(id)
		}
	}
	slices.SortStableFunc(x.found, func(a, b Flow) int {
		return cmp.Or(cmp.Compare(a.Direction, b.Direction), cmp.Compare(a.Peer, b.Peer), cmp.Compare(a.FromPort, b.FromPort))
	})
	return x.found
}

func beforeGroups(c Case) []string {
	var out []string
	for _, set := range c.Before {
		out = append(out, set...)
	}
	return words.Distinct(out)
}

type comparison struct {
	s      *world.Snapshot
	c      Case
	groups map[string]world.SecurityGroup
	found  []Flow
}

// after are the pods as they will be.
func (x *comparison) after() reach.Endpoint {
	return reach.Endpoint{Groups: x.c.After, Ranges: x.s.PodRanges(), Label: "the pods"}
}

// in finds who reaches the pods by the rules of a group that they lose.
func (x *comparison) in(id string) {
	for _, port := range x.c.Ports {
		for _, r := range x.groups[id].Rules {
			if r.Direction != world.Ingress || !reach.Covers(r, port.Protocol, port.Number) || x.ours(r) {
				continue
			}
			if port.Kubelet && !slices.Contains(beforeGroups(x.c), r.PeerGroup) {
				continue // the rule is about somebody else than the nodes
			}
			from := reach.Endpoint{Label: "peer"}
			switch {
			case r.PeerGroup != "":
				from.Groups = []string{r.PeerGroup}
			case r.CIDR != "":
				from.Ranges = []string{r.CIDR}
				if p, ok := reach.ParseRange(r.CIDR); ok && p.Addr().Is6() {
					from.IP = p.Addr().String()
				}
			}
			if r.PrefixList != "" && x.admitsList(r.PrefixList, port) || r.PrefixList == "" && len(reach.Admits(x.groups, from, x.after(), port.Protocol, port.Number)) > 0 {
				continue
			}
			peer, objects := x.peers(r, port.Kubelet)
			x.add(Flow{
				Direction: In, Peer: peer, Objects: objects, Protocol: port.Protocol, FromPort: port.Number, ToPort: port.Number, For: port.For, Rule: r.ID, Group: id,
				Add: Rule{Group: NewGroup, Direction: world.Ingress, Protocol: port.Protocol, FromPort: port.Number, ToPort: port.Number, PeerGroup: r.PeerGroup, CIDR: r.CIDR, PrefixList: r.PrefixList},
			})
		}
	}
}

// admitsList reports whether a group that the pods get admits a prefix list too.
func (x *comparison) admitsList(list string, port Port) bool {
	return slices.ContainsFunc(x.c.After, func(id string) bool {
		return slices.ContainsFunc(x.groups[id].Rules, func(r world.Rule) bool {
			return r.Direction == world.Ingress && reach.Covers(r, port.Protocol, port.Number) && (r.PrefixList == list || r.CIDR == "0.0.0.0/0")
		})
	})
}

// out finds what the pods reach because a rule admits a group that they lose.
func (x *comparison) out(lost string) {
	for _, id := range slices.Sorted(keys(x.groups)) {
		for _, r := range x.groups[id].Rules {
			if r.Direction != world.Ingress || r.PeerGroup != lost || x.ours(r) {
				continue
			}
			port := max(r.FromPort, 0)
			protocol := r.Protocol
			if protocol == "-1" {
				protocol = reach.ProtocolTCP
			}
			way := reach.Reach(x.groups, x.after(), reach.Endpoint{Groups: []string{id}}, protocol, port)
			if way.Allowed {
				continue
			}
			add := Rule{Group: id, Direction: world.Ingress, Protocol: r.Protocol, FromPort: r.FromPort, ToPort: r.ToPort, PeerGroup: NewGroup}
			if way.In.Open { // what is missing is the way out
				add = Rule{Group: NewGroup, Direction: world.Egress, Protocol: r.Protocol, FromPort: r.FromPort, ToPort: r.ToPort, PeerGroup: id}
			}
			for _, t := range x.targets(id, r) {
				f := Flow{
					Direction: Out, Peer: t.name, Objects: t.ids, Protocol: r.Protocol, FromPort: r.FromPort, ToPort: r.ToPort, Rule: r.ID, Group: id, Add: add,
				}
				if t.port > 0 {
					f.Protocol, f.FromPort, f.ToPort = reach.ProtocolTCP, t.port, t.port
					f.Add.Protocol, f.Add.FromPort, f.Add.ToPort = f.Protocol, t.port, t.port
				}
				x.add(f)
			}
		}
	}
}

// ours reports whether podsg made a rule: it was made for such an access, and lets
// nobody pass who was there before.
func (x *comparison) ours(r world.Rule) bool { return world.OwnedBy(r.Tags, x.s.Cloud.Cluster.Name) }

// add adds a flow, unless it is there by another rule, or solved by the plan.
func (x *comparison) add(f Flow) {
	same := func(o Flow) bool { return o.Direction == f.Direction && o.Peer == f.Peer && o.Add == f.Add }
	if port, solved := x.c.Solved[f.Group]; solved && f.Direction == Out && (port == 0 || f.FromPort == port && f.ToPort == port) {
		return
	}
	if !slices.ContainsFunc(x.found, same) {
		x.found = append(x.found, f)
	}
}

// String is the connection in one line.
func (f Flow) String() string {
	traffic := reach.TrafficName(f.Protocol, f.FromPort, f.ToPort)
	rule := fmt.Sprintf("rule %s of %s allows it today", f.Rule, f.Group)
	if f.Direction == In {
		to := "these pods"
		if f.For != "" {
			to += " (" + f.For + ")"
		}
		return fmt.Sprintf("%s to %s: %s; %s", f.Peer, to, traffic, rule)
	}
	return fmt.Sprintf("these pods to %s: %s; %s", f.Peer, traffic, rule)
}

// Text is the rule to add, in one line; pods is what the pods' group is called.
func (r Rule) Text(pods string) string {
	named := func(id string) string {
		if id == NewGroup {
			return pods
		}
		return id
	}
	word := map[world.Direction]string{world.Ingress: "from", world.Egress: "to"}[r.Direction]
	return fmt.Sprintf("%s rule on %s: %s %s %s", r.Direction, named(r.Group), reach.TrafficName(r.Protocol, r.FromPort, r.ToPort), word,
		strings.TrimSpace(named(r.PeerGroup)+r.CIDR+r.PrefixList))
}
