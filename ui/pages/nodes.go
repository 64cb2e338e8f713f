package pages

import (
	"cmp"
	"fmt"
	"slices"

	tea "charm.land/bubbletea/v2"

	"podsg/steps/check"
	"podsg/steps/world"
	"podsg/ui/draw"
	"podsg/ui/keys"
	"podsg/ui/phrase"
	"podsg/ui/table"
	"podsg/ui/theme"
	"podsg/ui/widget"
	"podsg/ui/wizard"
)

// nodesPage shows which nodes can carry pods with their own security group,
// and how many.
type nodesPage struct{ TablePage }

func newNodesPage() *nodesPage {
	p := &nodesPage{}
	p.about = wizard.Facts{
		ID: wizard.PageNodes, Title: "Instance types and capacity", Rail: "Nodes",
		Steps: []check.StepID{check.StepInstances},
	}
	p.Table = table.New(
		table.RowColumn{Title: "Type", Min: 8},
		table.RowColumn{Title: "Group", Min: 6, Max: 24, Grow: true},
		table.RowColumn{Title: "Nodes", Right: true},
		table.RowColumn{Title: "Trunk", Min: 10},
		table.RowColumn{Title: "Per node", Right: true},
		table.RowColumn{Title: "In all", Right: true},
		table.RowColumn{Title: "Ready now", Right: true, Optional: true},
	)
	return p
}

// nodeKind is the nodes of one type in one node group.
type nodeKind struct {
	instance, group  string
	nodes, allocated int // allocated: branch ENIs that the nodes offer now
	about            world.InstanceType
}

func nodeKinds(s *world.Snapshot) []nodeKind {
	type key struct{ instance, group string }
	kinds := map[key]*nodeKind{}
	for _, n := range s.Kube.Nodes {
		k := key{n.InstanceType, n.Nodegroup}
		if kinds[k] == nil {
			kinds[k] = &nodeKind{instance: k.instance, group: k.group, about: s.InstanceType(k.instance)}
		}
		kinds[k].nodes++
		kinds[k].allocated += n.PodENIs
	}
	out := make([]nodeKind, 0, len(kinds))
	for _, k := range kinds {
		out = append(out, *k)
	}
	slices.SortFunc(out, func(a, b nodeKind) int {
		return cmp.Or(cmp.Compare(b.capacity(), a.capacity()), cmp.Compare(a.instance, b.instance), cmp.Compare(a.group, b.group))
	})
	return out
}

// capacity is how many pods with their own security group the nodes can carry.
func (k nodeKind) capacity() int {
	if !k.about.Trunking {
		return 0
	}
	return k.nodes * k.about.BranchENIs
}

func (p *nodesPage) Refresh(s *wizard.Session) {
	if s.World.Obs == nil {
		return
	}
	var rows []table.Row
	for _, k := range nodeKinds(s.World.Snapshot()) {
		row := table.Row{Key: k.instance + " " + k.group, Cells: []table.Cell{
			{Text: k.instance}, {Text: cmp.Or(k.group, "-")}, {Text: fmt.Sprint(k.nodes)},
		}}
		switch {
		case !k.about.Known:
			row.Cells = append(row.Cells, table.Cell{Text: theme.SymbolQuestion + " unknown", Tone: theme.Warn}, table.Cell{Text: "?"}, table.Cell{Text: "?"})
		case !k.about.Trunking:
			row.Disabled = "cannot have a trunk network interface"
			row.Cells = append(row.Cells, table.Cell{Text: theme.SymbolFailed + " no trunk", Tone: theme.Bad}, table.Cell{Text: "0"}, table.Cell{Text: "0"})
		default:
			row.Cells = append(row.Cells, table.Cell{Text: theme.SymbolDone + " yes", Tone: theme.Good},
				table.Cell{Text: fmt.Sprint(k.about.BranchENIs)}, table.Cell{Text: fmt.Sprint(k.capacity()), Tone: theme.Strong})
		}
		row.Cells = append(row.Cells, table.Cell{Text: fmt.Sprint(k.allocated), Tone: theme.Muted})
		rows = append(rows, row)
	}
	p.Table.SetRows(rows)
}

func (p *nodesPage) Draw(s *wizard.Session, width, height int) wizard.Drawing {
	lines, ok := unread(s, width)
	if !ok {
		return wizard.Drawing{Lines: lines}
	}
	t := s.Theme
	total, able, nodes := 0, 0, 0
	for _, k := range nodeKinds(s.World.Snapshot()) {
		total += k.capacity()
		nodes += k.nodes
		if k.about.Trunking {
			able += k.nodes
		}
	}
	summary := fmt.Sprintf("%d of %s can carry such pods; together %s.", able, phrase.Count(nodes, "node"), phrase.Count(total, "pod"))
	if reason, missing := s.World.Snapshot().Missing(world.FactNodes); missing {
		summary = phrase.Sentence(reason)
	} else if nodes == 0 {
		summary = "The cluster has no nodes."
	}
	below := []string{""}
	for _, line := range widget.Wrap(summary, width) {
		below = append(below, t.Paint(theme.Strong, line))
	}
	below = append(below, draw.Findings(t, draw.Unsettled(s.World.FindingsOf(p.about.Steps)), width)...)
	room := min(p.Table.Len()+2, max(4, height-min(len(below), height/2)))
	lines = p.Table.Draw(t, width, room)
	return wizard.Drawing{Lines: append(lines, below...)}
}

// Told is how many pods the nodes can carry.
func (p *nodesPage) Told(s *wizard.Session) []string {
	var lines []string
	for _, k := range nodeKinds(s.World.Snapshot()) {
		can := "cannot have a trunk ENI"
		switch {
		case !k.about.Known:
			can = "not known whether they can have a trunk ENI"
		case k.about.Trunking:
			can = fmt.Sprintf("%d branch ENIs each, %d in all", k.about.BranchENIs, k.capacity())
		}
		lines = append(lines, fmt.Sprintf("  %s of type %s: %s", phrase.Count(k.nodes, "node"), k.instance, can))
	}
	return lines
}

func (p *nodesPage) Next(s *wizard.Session) (tea.Cmd, bool) { return needsWorld(s) }

func (p *nodesPage) Label(_ *wizard.Session, a keys.Action) string {
	if a == keys.Down {
		return "move"
	}
	return ""
}

func (p *nodesPage) Commands(*wizard.Session) []string {
	return []string{
		"kubectl get nodes -L node.kubernetes.io/instance-type,eks.amazonaws.com/nodegroup",
		"kubectl get cninodes",
		"kubectl get nodes -o custom-columns='NAME:.metadata.name,BRANCH ENIS:.status.allocatable.vpc\\.amazonaws\\.com/pod-eni'",
	}
}
