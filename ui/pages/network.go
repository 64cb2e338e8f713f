package pages

import (
	"fmt"
	"slices"
	"strings"

	tea "charm.land/bubbletea/v2"

	"podsg/steps/check"
	"podsg/steps/intent"
	"podsg/steps/shell"
	"podsg/steps/world"
	"podsg/ui/draw"
	"podsg/ui/phrase"
	"podsg/ui/table"
	"podsg/ui/theme"
	"podsg/ui/widget"
	"podsg/ui/wizard"
)

// networkPage shows the VPC and asks for the nodes' security group, which is
// nearly always discovered.
type networkPage struct {
	TablePage
	placed bool
}

func newNetworkPage() *networkPage {
	p := &networkPage{}
	p.about = wizard.Facts{
		ID: wizard.PageNetwork, Title: "Network and node security group", Rail: "Network",
		Steps:   []check.StepID{check.StepNodeGroup, check.StepDNS},
		Answers: []string{"nodeSecurityGroup"},
	}
	p.Table = table.New(
		table.RowColumn{Title: "Security group", Min: 20},
		table.RowColumn{Title: "Name", Min: 8, Grow: true},
		table.RowColumn{Title: "Why", Min: 12, Max: 44, Grow: true},
	)
	p.Table.SpellOut()
	return p
}

// choices are the groups to choose from: those of the question if there is
// one, else all.
func (p *networkPage) choices(s *wizard.Session) ([]intent.Choice, bool) {
	if q, ok := s.World.Question(p.about.Answers); ok {
		return q.Choices, true
	}
	return intent.NodeGroupChoices(s.World.Snapshot(), s.Intent), false
}

func (p *networkPage) Refresh(s *wizard.Session) {
	if s.World.Obs == nil {
		p.placed = false
		return
	}
	choices, asked := p.choices(s)
	rows := make([]table.Row, len(choices))
	for i, c := range choices {
		name := ""
		if len(c.Detail) > 0 {
			name = c.Detail[0]
		}
		why := table.Cell{Text: c.Source, Tone: theme.Muted}
		switch {
		case c.Disabled != "":
			why = table.Cell{Text: theme.SymbolFailed + " " + c.Disabled, Tone: theme.Bad}
		case asked && len(c.Detail) > 1:
			why.Text = strings.Join(c.Detail[1:], ", ")
		case p.chosen(s, c.Value):
			why = table.Cell{Text: theme.SymbolDone + " " + c.Source, Tone: theme.Good}
		}
		rows[i] = table.Row{Key: c.Value, Disabled: c.Disabled, Cells: []table.Cell{{Text: c.Value}, {Text: name}, why}}
	}
	p.Table.SetRows(rows)
	if !p.placed {
		p.placed = true
		p.Table.SelectFirstEnabled()
		if groups := s.World.Target.NodeGroups; len(groups) > 0 {
			p.Table.SelectKey(groups[0].ID)
		}
	}
}

// chosen reports whether a group is among those that are settled.
func (p *networkPage) chosen(s *wizard.Session, id string) bool {
	return slices.ContainsFunc(s.World.Target.NodeGroups, func(r intent.Ref) bool { return r.ID == id })
}

func (p *networkPage) Draw(s *wizard.Session, width, height int) wizard.Drawing {
	lines, ok := unread(s, width)
	if !ok {
		return wizard.Drawing{Lines: lines}
	}
	t, snapshot := s.Theme, s.World.Snapshot()
	if height >= 9 {
		lines = draw.Pairs(t, []draw.Pair{
			{Name: "VPC", Value: vpcLine(snapshot.Cloud.VPC)},
			{Name: "Subnets", Value: subnetLine(snapshot.Cloud.Subnets)},
			{Name: "DNS rules on", Value: refs(s.World.Target.DNSGroups), Source: s.Source("dnsGroups")},
		}, width)
		lines = append(lines, "")
	}
	if q, asked := s.World.Question(p.about.Answers); asked {
		lines = append(lines, drawQuestion(s, q, width)...)
	} else if src := s.Source("nodeSecurityGroup"); src != "" {
		lines = append(lines, t.Paint(theme.Muted, widget.Cut("Node security group: "+src, width)))
	}
	var below []string
	if _, asked := s.World.Question(p.about.Answers); !asked {
		// While the question is open, checks of its answer tell nothing.
		below = draw.Findings(t, draw.Unsettled(s.World.FindingsOf(p.about.Steps)), width)
	}
	room := max(4, height-len(lines)-min(len(below), height/3))
	lines = append(lines, p.Table.Draw(t, width, room)...)
	return wizard.Drawing{Lines: append(lines, below...)}
}

// drawQuestion draws a question that discovery could not answer.
func drawQuestion(s *wizard.Session, q intent.Question, width int) []string {
	var lines []string
	for i, line := range widget.Wrap(phrase.Sentence(q.Text), width-2) {
		prefix := "  "
		if i == 0 {
			prefix = theme.SymbolQuestion + " "
		}
		lines = append(lines, s.Theme.Paint(theme.Warn, prefix+line))
	}
	return lines
}

func vpcLine(v world.VPC) string {
	parts := []string{v.ID}
	if v.Name != "" {
		parts[0] += " (" + v.Name + ")"
	}
	return strings.Join(append(parts, v.CIDRs...), ", ")
}

func subnetLine(subnets []world.Subnet) string {
	public, zones := 0, map[string]bool{}
	for _, n := range subnets {
		if n.Public {
			public++
		}
		zones[n.Zone] = true
	}
	return fmt.Sprintf("%d private, %d public, in %s", len(subnets)-public, public, phrase.Count(len(zones), "zone"))
}

// refs writes references with commas.
func refs(refs []intent.Ref) string {
	names := make([]string, len(refs))
	for i, r := range refs {
		names[i] = r.String()
	}
	return phrase.List(names)
}

func (p *networkPage) Next(s *wizard.Session) (tea.Cmd, bool) {
	if cmd, ok := needsWorld(s); !ok {
		return cmd, false
	}
	row, ok := p.Table.Current()
	switch {
	case !ok:
		return s.Warn("No row is chosen: esc shows all rows again."), false
	case row.Disabled != "":
		return s.Warn("This group cannot be chosen: " + row.Disabled + "."), false
	case p.chosen(s, row.Key):
		return nil, true // as it was discovered, or as it was answered before
	}
	choose := func(in *intent.Intent) { in.NodeSecurityGroup = intent.NodeGroupIntent{ID: row.Key} }
	if err := s.Allowed(choose); err != nil {
		return s.Warn(err.Error()), false
	}
	s.Answer(choose)
	return nil, true
}

func (p *networkPage) Commands(s *wizard.Session) []string {
	vpc := "VPC"
	if snapshot := s.World.Snapshot(); snapshot != nil {
		vpc = snapshot.Cloud.VPC.ID
	}
	read := []string{
		shell.Command("aws ec2 describe-security-groups --filters Name=vpc-id,Values=%s%s", vpc, regionFlag(s)),
		shell.Command("aws ec2 describe-network-interfaces --filters Name=vpc-id,Values=%s%s", vpc, regionFlag(s)),
		"kubectl -n kube-system get endpointslices -l kubernetes.io/service-name=kube-dns",
	}
	return append(read, s.World.CommandsOf(p.about.Steps)...)
}
