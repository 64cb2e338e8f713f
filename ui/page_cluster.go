package ui

import (
	"cmp"

	tea "charm.land/bubbletea/v2"

	"podsg/steps"
	"podsg/ui/keys"
	"podsg/ui/theme"
	"podsg/ui/widget"
)

// clusterPage is the first page: which cluster.
type clusterPage struct {
	tablePage
	placed bool // the cursor has been put on the proposed cluster
}

func newClusterPage() *clusterPage {
	p := &clusterPage{}
	p.about = facts{id: pageCluster, title: "Welcome to podsg", rail: "Cluster", answers: []string{"cluster"}, first: true}
	p.table = widget.NewTable(widget.Column{Title: "Cluster", Min: 12, Grow: true}, widget.Column{Title: "", Min: 8})
	return p
}

// proposed is the cluster to begin with, and where that comes from.
func (p *clusterPage) proposed(m *Session) (name, why string) {
	if m.intent.Cluster != "" {
		return m.intent.Cluster, cmp.Or(m.options.Sources["cluster"], "chosen")
	}
	for _, name := range m.clusters {
		if c := m.options.Context; c != "" && (c == name || len(c) > len(name) && c[len(c)-len(name)-1:] == "/"+name) {
			return name, "current kubectl context"
		}
	}
	return "", ""
}

func (p *clusterPage) refresh(m *Session) {
	name, why := p.proposed(m)
	rows := make([]widget.Row, 0, len(m.clusters))
	for _, c := range m.clusters {
		note := ""
		if c == name {
			note = why
		}
		rows = append(rows, widget.Row{Key: c, Cells: []widget.Cell{{Text: c}, {Text: note, Tone: theme.Muted}}})
	}
	p.table.SetRows(rows)
	if !p.placed && len(rows) > 0 {
		p.placed = true
		p.table.SelectKey(name)
	}
}

func (p *clusterPage) draw(m *Session, width, height int) drawing {
	t := m.theme
	var lines []string
	if s := m.options.Sandbox; s != nil && height > 8 {
		text := "This is the practice world: an account, a cluster and a database on this computer that behave like the real ones. Nothing costs money and nothing can break."
		for _, line := range widget.Wrap(text, min(width, 100)) {
			lines = append(lines, t.Paint(theme.Warn, line))
		}
		lines = append(lines, "")
	}
	switch {
	case m.identityErr != nil:
		lines = append(lines, drawProblem(t, m.identityErr, width)...)
		lines = append(lines, "", t.Paint(theme.Muted, "r asks again."))
	case m.clustersErr != nil:
		lines = append(lines, drawProblem(t, m.clustersErr, width)...)
		lines = append(lines, "", t.Paint(theme.Muted, "r asks again."))
	case !m.listed:
		lines = append(lines, m.waiting(m.listing)...)
	case len(m.clusters) == 0:
		lines = append(lines, widget.Wrap("There are no EKS clusters in region "+m.identity.Region+". Start podsg with another region: podsg --region NAME.", width)...)
		lines = append(lines, "", t.Paint(theme.Muted, "r asks again."))
	default:
		if name := m.intent.Cluster; name != "" && !p.has(m, name) {
			lines = append(lines, t.Paint(theme.Warn, theme.SymbolWarning+" There is no cluster "+name+" in region "+m.identity.Region+". Choose one of these:"), "")
		}
		lines = append(lines, p.table.Draw(t, width, max(3, height-len(lines)))...)
	}
	return drawing{Lines: lines}
}

func (p *clusterPage) has(m *Session, name string) bool {
	for _, c := range m.clusters {
		if c == name {
			return true
		}
	}
	return false
}

func (p *clusterPage) next(m *Session) (tea.Cmd, bool) {
	row, ok := p.table.Current()
	switch {
	case m.listing != nil && !m.listed:
		return m.say("Still asking AWS. esc stops waiting."), false
	case !ok:
		return m.warn("There is no cluster to choose here."), false
	}
	if row.Key != m.intent.Cluster || m.world.obs == nil {
		m.chooseCluster(row.Key)
		cmd := m.read()
		if m.onlyChecks {
			m.diagnose = true
			m.touched()
			return cmd, false
		}
		return cmd, true
	}
	return nil, true
}

// chooseCluster begins anew with a cluster. What was answered by an id of the
// cluster before means nothing here, or, worse, something else; nor does what
// the other pages had their pointers on.
func (m *Session) chooseCluster(name string) {
	if in := &m.intent; m.world.obs != nil && in.Cluster != name {
		in.NodeSecurityGroup, in.PodSecurityGroup.ID = steps.NodeGroupIntent{}, ""
		if in.Database.Existing != nil {
			in.Database = steps.DatabaseIntent{CAFile: in.Database.CAFile, TLSMode: in.Database.TLSMode}
		}
		in.Database.SecurityGroup.ID = ""
	}
	m.intent.Cluster = name
	m.world = world{}
	for i, p := range m.newPages() {
		if i != m.at {
			m.pages[i] = p
		}
	}
	m.reached = m.at
}

func (p *clusterPage) commands(m *Session) []string {
	return []string{"aws sts get-caller-identity", "aws eks list-clusters" + m.regionFlag()}
}

func (p *clusterPage) label(m *Session, a keys.Action) string {
	if a == keys.Retry {
		return "ask again"
	}
	return p.tablePage.label(m, a)
}
