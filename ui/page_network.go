package ui

import (
	"fmt"
	"slices"
	"strings"

	tea "charm.land/bubbletea/v2"

	"podsg/steps"
	"podsg/ui/theme"
	"podsg/ui/widget"
)

// networkPage shows the VPC and asks for the nodes' security group, which is
// nearly always discovered.
type networkPage struct {
	tablePage
	placed bool
}

func newNetworkPage() *networkPage {
	p := &networkPage{}
	p.about = facts{
		id: pageNetwork, title: "Network and node security group", rail: "Network",
		steps:   []steps.StepID{steps.StepNodeGroup, steps.StepDNS},
		answers: []string{"nodeSecurityGroup"},
	}
	p.table = widget.NewTable(
		widget.Column{Title: "Security group", Min: 20},
		widget.Column{Title: "Name", Min: 8, Grow: true},
		widget.Column{Title: "Why", Min: 12, Max: 44, Grow: true},
	)
	p.table.SpellOut()
	return p
}

// choices are the groups to choose from: those of the question if there is
// one, else all.
func (p *networkPage) choices(m *Session) ([]steps.Choice, bool) {
	if q, ok := m.world.question(p.about.answers); ok {
		return q.Choices, true
	}
	return steps.NodeGroupChoices(m.world.snapshot(), m.intent), false
}

func (p *networkPage) refresh(m *Session) {
	if m.world.obs == nil {
		p.placed = false
		return
	}
	choices, asked := p.choices(m)
	rows := make([]widget.Row, len(choices))
	for i, c := range choices {
		name := ""
		if len(c.Detail) > 0 {
			name = c.Detail[0]
		}
		why := widget.Cell{Text: c.Source, Tone: theme.Muted}
		switch {
		case c.Disabled != "":
			why = widget.Cell{Text: theme.SymbolFailed + " " + c.Disabled, Tone: theme.Bad}
		case asked && len(c.Detail) > 1:
			why.Text = strings.Join(c.Detail[1:], ", ")
		case p.chosen(m, c.Value):
			why = widget.Cell{Text: theme.SymbolDone + " " + c.Source, Tone: theme.Good}
		}
		rows[i] = widget.Row{Key: c.Value, Disabled: c.Disabled, Cells: []widget.Cell{{Text: c.Value}, {Text: name}, why}}
	}
	p.table.SetRows(rows)
	if !p.placed {
		p.placed = true
		p.table.SelectFirstEnabled()
		if groups := m.world.target.NodeGroups; len(groups) > 0 {
			p.table.SelectKey(groups[0].ID)
		}
	}
}

// chosen reports whether a group is among those that are settled.
func (p *networkPage) chosen(m *Session, id string) bool {
	return slices.ContainsFunc(m.world.target.NodeGroups, func(r steps.Ref) bool { return r.ID == id })
}

func (p *networkPage) draw(m *Session, width, height int) drawing {
	lines, ok := m.unread(width)
	if !ok {
		return drawing{Lines: lines}
	}
	t, s := m.theme, m.world.snapshot()
	if height >= 9 {
		lines = drawPairs(t, []pair{
			{name: "VPC", value: vpcLine(s.Cloud.VPC)},
			{name: "Subnets", value: subnetLine(s.Cloud.Subnets)},
			{name: "DNS rules on", value: refs(m.world.target.DNSGroups), source: m.source("dnsGroups")},
		}, width)
		lines = append(lines, "")
	}
	if q, asked := m.world.question(p.about.answers); asked {
		lines = append(lines, m.drawQuestion(q, width)...)
	} else if src := m.source("nodeSecurityGroup"); src != "" {
		lines = append(lines, t.Paint(theme.Muted, widget.Cut("Node security group: "+src, width)))
	}
	var below []string
	if _, asked := m.world.question(p.about.answers); !asked {
		// While the question is open, checks of its answer tell nothing.
		below = drawFindings(t, unsettled(m.world.findingsOf(p.about.steps)), width)
	}
	room := max(4, height-len(lines)-min(len(below), height/3))
	lines = append(lines, p.table.Draw(t, width, room)...)
	return drawing{Lines: append(lines, below...)}
}

// drawQuestion draws a question that discovery could not answer.
func (m *Session) drawQuestion(q steps.Question, width int) []string {
	var lines []string
	for i, line := range widget.Wrap(sentence(q.Text), width-2) {
		prefix := "  "
		if i == 0 {
			prefix = theme.SymbolQuestion + " "
		}
		lines = append(lines, m.theme.Paint(theme.Warn, prefix+line))
	}
	return lines
}

// unsettled drops the findings that passed, and those that setup mends: on the
// pages before the plan they would only be noise.
func unsettled(findings []steps.Finding) []steps.Finding {
	return slices.DeleteFunc(slices.Clone(findings), func(f steps.Finding) bool {
		return f.Status == steps.Pass || f.Status == steps.Skip || f.Fix != nil && f.Fix.Setup
	})
}

func vpcLine(v steps.VPC) string {
	parts := []string{v.ID}
	if v.Name != "" {
		parts[0] += " (" + v.Name + ")"
	}
	return strings.Join(append(parts, v.CIDRs...), ", ")
}

func subnetLine(subnets []steps.Subnet) string {
	public, zones := 0, map[string]bool{}
	for _, n := range subnets {
		if n.Public {
			public++
		}
		zones[n.Zone] = true
	}
	return fmt.Sprintf("%d private, %d public, in %s", len(subnets)-public, public, count(len(zones), "zone"))
}

// refs writes references with commas.
func refs(refs []steps.Ref) string {
	names := make([]string, len(refs))
	for i, r := range refs {
		names[i] = r.String()
	}
	return list(names)
}

func (p *networkPage) next(m *Session) (tea.Cmd, bool) {
	if cmd, ok := m.needsWorld(); !ok {
		return cmd, false
	}
	row, ok := p.table.Current()
	switch {
	case !ok:
		return m.warn("No row is chosen: esc shows all rows again."), false
	case row.Disabled != "":
		return m.warn("This group cannot be chosen: " + row.Disabled + "."), false
	case p.chosen(m, row.Key):
		return nil, true // as it was discovered, or as it was answered before
	}
	choose := func(in *steps.Intent) { in.NodeSecurityGroup = steps.NodeGroupIntent{ID: row.Key} }
	if err := m.allowed(choose); err != nil {
		return m.warn(err.Error()), false
	}
	m.answer(choose)
	return nil, true
}

func (p *networkPage) commands(m *Session) []string {
	vpc := "VPC"
	if s := m.world.snapshot(); s != nil {
		vpc = s.Cloud.VPC.ID
	}
	read := []string{
		"aws ec2 describe-security-groups --filters Name=vpc-id,Values=" + vpc + m.regionFlag(),
		"aws ec2 describe-network-interfaces --filters Name=vpc-id,Values=" + vpc + m.regionFlag(),
		"kubectl -n kube-system get endpointslices -l kubernetes.io/service-name=kube-dns",
	}
	return append(read, m.world.commandsOf(p.about.steps)...)
}
