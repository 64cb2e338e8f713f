package panes

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"podsg/kube/live/rows"
	"podsg/ui/table"
	"podsg/ui/theme"
)

func newNodes(b *Board) *pane[rows.Node] {
	p := &pane[rows.Node]{
		board: b, name: "Roll-out",
		about: "The nodes: whether aws-node runs in its newest revision, whether the node has its trunk ENI, and how many branch ENIs are in use of those it can take. A branch ENI without a pod rests for about a minute before its place is free again; such ones are shown behind a plus.",
		rows: table.NewList(func(n *rows.Node) string {
			return strings.Join([]string{n.Name, n.Type, n.Zone, n.Nodegroup, agentText(n), trunkText(b, n)}, " ")
		}, func(n *rows.Node) table.Key { return table.TextKey(n.Name) }, false),
	}
	p.columns = []table.Column[rows.Node]{
		{Title: "Node", Min: 10, Max: 52, Cell: func(n *rows.Node) table.Cell { return table.Cell{Text: shortNode(n.Name)} },
			Whole: func(n *rows.Node) string { return n.Name }, Key: func(n *rows.Node) table.Key { return table.TextKey(n.Name) }},
		{Title: "Type", Min: 8, Cell: func(n *rows.Node) table.Cell { return table.Cell{Text: n.Type} }, Key: func(n *rows.Node) table.Key { return table.TextKey(n.Type) }},
		{Title: "aws-node", Min: 10, Max: 26, Cell: agentCell, Key: func(n *rows.Node) table.Key { return table.IntKey(agentRank(n)) }},
		{Title: "Trunk ENI", Min: 9, Cell: func(n *rows.Node) table.Cell { return trunkCell(b, n) }, Key: func(n *rows.Node) table.Key { return table.IntKey(trunkRank(b, n)) }},
		{Title: "Branch ENIs", Min: 6, Right: true, Cell: func(n *rows.Node) table.Cell { return capacityCell(b, n) },
			Key: func(n *rows.Node) table.Key { return table.RatioKey(float64(n.Branches) / float64(max(n.Limit, 1))) }},
		{Title: "Node is", Min: 5, Cell: readyCell, Key: func(n *rows.Node) table.Key { return table.IntKey(boolRank(n.Ready)) }},
		{Title: "Zone", Min: 4, Cell: func(n *rows.Node) table.Cell { return table.Cell{Text: n.Zone, Tone: theme.Muted} }, Key: func(n *rows.Node) table.Key { return table.TextKey(n.Zone) }},
		{Title: "Node group", Min: 4, Max: 32, Cell: func(n *rows.Node) table.Cell { return table.Cell{Text: n.Nodegroup, Tone: theme.Muted} }, Key: func(n *rows.Node) table.Key { return table.TextKey(n.Nodegroup) }},
	}
	p.status = func() string { return rolloutText(b) }
	p.details = func(_ string, n *rows.Node) *details { return nodeDetails(b, n) }
	return p
}

// shortNode is a node's name without the domain, which is the same for all.
func shortNode(name string) string {
	host, _, _ := strings.Cut(name, ".")
	return host
}

// boolRank orders truth values.
func boolRank(v bool) int {
	if v {
		return 1
	}
	return 0
}

// agentRank puts what needs attention first.
func agentRank(n *rows.Node) int {
	switch {
	case n.Agent == rows.RevisionNone:
		return 0
	case !n.AgentReady:
		return 1
	case n.Agent == rows.RevisionOld:
		return 2
	default:
		return 3
	}
}

func agentText(n *rows.Node) string {
	revision := n.Agent.String()
	switch {
	case n.Agent == rows.RevisionNone:
		return revision
	case n.AgentReady:
		return revision + ", ready"
	case n.AgentHold != "":
		return revision + ", " + n.AgentHold
	default:
		return revision + ", not ready"
	}
}

func agentCell(n *rows.Node) table.Cell {
	c := table.Cell{Text: agentText(n), Tone: theme.Warn}
	switch {
	case n.Agent == rows.RevisionNew && n.AgentReady:
		c = table.Cell{Text: theme.SymbolDone + " " + c.Text, Tone: theme.Good}
	case n.Agent == rows.RevisionNone:
		c = table.Cell{Text: "- " + c.Text, Tone: theme.Muted}
	case n.AgentReady:
		c = table.Cell{Text: theme.SymbolTodo + " " + c.Text, Tone: theme.Accent}
	default:
		c.Text = theme.SymbolWarning + " " + c.Text
	}
	return c
}

func trunkText(b *Board, n *rows.Node) string {
	if neverTrunk(b, n) {
		return "type has none"
	}
	return n.Trunk.String()
}

// neverTrunk reports whether the node waits for its trunk ENI in vain: the VPC
// CNI asks for one on every node, whatever its type.
func neverTrunk(b *Board, n *rows.Node) bool {
	return n.Trunk != rows.TrunkAttached && n.Limit == 0 && b.options.NoTrunk != nil && b.options.NoTrunk(n.Type)
}

// trunkRank puts nodes that can never have a trunk ENI first.
func trunkRank(b *Board, n *rows.Node) int {
	if neverTrunk(b, n) {
		return -1
	}
	return int(n.Trunk)
}

func trunkCell(b *Board, n *rows.Node) table.Cell {
	switch {
	case neverTrunk(b, n):
		return table.Cell{Text: theme.SymbolFailed + " type has none", Tone: theme.Muted}
	case n.Trunk == rows.TrunkAttached:
		if id := b.facts.trunkOf(n); id != "" {
			return table.Cell{Text: theme.SymbolDone + " " + id, Tone: theme.Good}
		}
		return table.Cell{Text: theme.SymbolDone + " attached", Tone: theme.Good}
	case n.Trunk == rows.TrunkAsked:
		return table.Cell{Text: theme.SymbolTodo + " asked for", Tone: theme.Accent}
	default:
		return table.Cell{Text: "- none", Tone: theme.Muted}
	}
}

// capacityCell is used/limit, with those that cool down behind a plus: they
// take up a place too.
func capacityCell(b *Board, n *rows.Node) table.Cell {
	if n.Limit == 0 && n.Branches == 0 {
		return table.Cell{Text: "-", Tone: theme.Muted}
	}
	c := table.Cell{Text: fmt.Sprintf("%d/%d", n.Branches, n.Limit)}
	cooling := b.facts.cooling(n)
	if cooling > 0 {
		c.Text = fmt.Sprintf("%d+%d/%d", n.Branches, cooling, n.Limit)
		c.Tone = theme.Accent
	}
	if n.Branches+cooling >= n.Limit {
		c.Text, c.Tone = "full "+c.Text, theme.Warn
	}
	return c
}

func readyCell(n *rows.Node) table.Cell {
	switch {
	case !n.Ready:
		return table.Cell{Text: theme.SymbolFailed + " not ready", Tone: theme.Bad}
	case n.Cordoned:
		return table.Cell{Text: theme.SymbolWarning + " cordoned", Tone: theme.Warn}
	default:
		return table.Cell{Text: "ready", Tone: theme.Muted}
	}
}

// rolloutText sums the roll-out up.
func rolloutText(b *Board) string {
	r := b.rollout
	switch {
	case r.Desired == 0:
		return "no roll-out of aws-node"
	case r.Complete():
		return fmt.Sprintf("aws-node is rolled out on all %d nodes", r.Desired)
	default:
		return fmt.Sprintf("aws-node: %d of %d nodes updated, %d ready", r.Updated, r.Desired, r.Ready)
	}
}

func nodeDetails(b *Board, n *rows.Node) *details {
	var owners perUpdate[map[string]*rows.Pod]
	return &details{title: n.Name, key: n.Name, lines: func(t *theme.Theme, width int) []string {
		now := n
		if row := b.nodes.rows.Row(n.Name); row != nil {
			now = row // it goes on changing while it is open
		}
		capacity := capacityCell(b, now)
		lines := drawFacts(t, width,
			fact{name: "instance", value: strings.TrimSpace(now.InstanceID + " " + now.Type)},
			fact{name: "zone", value: now.Zone},
			fact{name: "node group", value: now.Nodegroup},
			fact{name: "node is", value: readyCell(now).Text, tone: readyCell(now).Tone},
			fact{name: "aws-node", value: agentCell(now).Text, tone: agentCell(now).Tone},
			fact{name: "trunk ENI", value: trunkCell(b, now).Text, tone: trunkCell(b, now).Tone},
			fact{name: "branch ENIs", value: capacity.Text + " used of those it can take", tone: capacity.Tone},
			fact{name: "cooling down", value: coolingText(b.facts.cooling(now))},
			fact{name: "age", value: age(b, now.CreatedAt)},
		)
		lines = append(lines, "", t.Paint(theme.Title, "Branch ENIs"))
		return append(lines, branchLines(b, t, now, owners.get(b, func() map[string]*rows.Pod { return podsOn(b, n.Name) }), width)...)
	}}
}

func coolingText(n int) string {
	if n == 0 {
		return ""
	}
	return fmt.Sprintf("%d without a pod; each is free again about a minute after its pod was deleted", n)
}

// podsOn are the pods on a node that have a branch ENI, by its id.
func podsOn(b *Board, node string) map[string]*rows.Pod {
	pods := map[string]*rows.Pod{}
	for row := range b.pods.rows.Each {
		if row.Node == node && row.ENIID != "" {
			pods[row.ENIID] = row
		}
	}
	return pods
}

// branchLines lists the branch ENIs of a node with the pods that have them.
func branchLines(b *Board, t *theme.Theme, n *rows.Node, owners map[string]*rows.Pod, width int) []string {
	own := slices.Clone(b.facts.branches[b.facts.trunkOf(n)])
	slices.SortFunc(own, func(x, y string) int {
		return cmp.Or(cmp.Compare(b.facts.interfaces[x].vlan, b.facts.interfaces[y].vlan), cmp.Compare(x, y))
	})
	var facts []fact
	for _, id := range own {
		e := b.facts.interfaces[id]
		who := fact{name: fmt.Sprintf("VLAN %d", e.vlan), value: id + " " + e.ip + ", cooling down", tone: theme.Muted}
		if pod := owners[id]; pod != nil {
			who.value, who.tone = id+" "+e.ip+" of "+pod.Namespace+"/"+pod.Name, theme.Plain
		}
		facts = append(facts, who)
	}
	if len(facts) == 0 {
		return []string{t.Paint(theme.Muted, "none that EC2 knows of")}
	}
	return drawFacts(t, width, facts...)
}

// age is how long ago something was, in one unit.
func age(b *Board, at time.Time) string {
	if at.IsZero() {
		return ""
	}
	switch d := max(0, b.options.Now().Sub(at)); {
	case d < 2*time.Minute:
		return fmt.Sprintf("%ds", int(d/time.Second))
	case d < 2*time.Hour:
		return fmt.Sprintf("%dm", int(d/time.Minute))
	case d < 48*time.Hour:
		return fmt.Sprintf("%dh", int(d/time.Hour))
	default:
		return fmt.Sprintf("%dd", int(d/(24*time.Hour)))
	}
}
