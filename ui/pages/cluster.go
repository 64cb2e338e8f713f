package pages

import (
	"cmp"

	tea "charm.land/bubbletea/v2"

	"podsg/steps"
	"podsg/ui/draw"
	"podsg/ui/keys"
	"podsg/ui/table"
	"podsg/ui/theme"
	"podsg/ui/widget"
	"podsg/ui/wizard"
)

// clusterPage is the first page: which cluster.
type clusterPage struct {
	TablePage
	placed bool // the cursor has been put on the proposed cluster
}

func newClusterPage() *clusterPage {
	p := &clusterPage{}
	p.about = wizard.Facts{ID: wizard.PageCluster, Title: "Welcome to podsg", Rail: "Cluster", Answers: []string{"cluster"}, First: true}
	p.Table = table.New(table.RowColumn{Title: "Cluster", Min: 12, Grow: true}, table.RowColumn{Title: "", Min: 8})
	return p
}

// proposed is the cluster to begin with, and where that comes from.
func (p *clusterPage) proposed(m *wizard.Session) (name, why string) {
	if m.Intent.Cluster != "" {
		return m.Intent.Cluster, cmp.Or(m.Options.Sources["cluster"], "chosen")
	}
	for _, name := range m.Clusters {
		if c := m.Options.Context; c != "" && (c == name || len(c) > len(name) && c[len(c)-len(name)-1:] == "/"+name) {
			return name, "current kubectl context"
		}
	}
	return "", ""
}

func (p *clusterPage) Refresh(m *wizard.Session) {
	name, why := p.proposed(m)
	rows := make([]table.Row, 0, len(m.Clusters))
	for _, c := range m.Clusters {
		note := ""
		if c == name {
			note = why
		}
		rows = append(rows, table.Row{Key: c, Cells: []table.Cell{{Text: c}, {Text: note, Tone: theme.Muted}}})
	}
	p.Table.SetRows(rows)
	if !p.placed && len(rows) > 0 {
		p.placed = true
		p.Table.SelectKey(name)
	}
}

func (p *clusterPage) Draw(m *wizard.Session, width, height int) wizard.Drawing {
	t := m.Theme
	var lines []string
	if s := m.Options.Sandbox; s != nil && height > 8 {
		text := "This is the practice world: an account, a cluster and a database on this computer that behave like the real ones. Nothing costs money and nothing can break."
		for _, line := range widget.Wrap(text, min(width, 100)) {
			lines = append(lines, t.Paint(theme.Warn, line))
		}
		lines = append(lines, "")
	}
	switch {
	case m.IdentityErr != nil:
		lines = append(lines, draw.Problem(t, m.IdentityErr, width)...)
		lines = append(lines, "", t.Paint(theme.Muted, "r asks again."))
	case m.ClustersErr != nil:
		lines = append(lines, draw.Problem(t, m.ClustersErr, width)...)
		lines = append(lines, "", t.Paint(theme.Muted, "r asks again."))
	case !m.Listed:
		lines = append(lines, waiting(m, m.Listing)...)
	case len(m.Clusters) == 0:
		lines = append(lines, widget.Wrap("There are no EKS clusters in region "+m.Identity.Region+". Start podsg with another region: podsg --region NAME.", width)...)
		lines = append(lines, "", t.Paint(theme.Muted, "r asks again."))
	default:
		if name := m.Intent.Cluster; name != "" && !p.has(m, name) {
			lines = append(lines, t.Paint(theme.Warn, theme.SymbolWarning+" There is no cluster "+name+" in region "+m.Identity.Region+". Choose one of these:"), "")
		}
		lines = append(lines, p.Table.Draw(t, width, max(3, height-len(lines)))...)
	}
	return wizard.Drawing{Lines: lines}
}

func (p *clusterPage) has(m *wizard.Session, name string) bool {
	for _, c := range m.Clusters {
		if c == name {
			return true
		}
	}
	return false
}

func (p *clusterPage) Next(m *wizard.Session) (tea.Cmd, bool) {
	row, ok := p.Table.Current()
	switch {
	case m.Listing != nil && !m.Listed:
		return m.Say("Still asking AWS. esc stops waiting."), false
	case !ok:
		return m.Warn("There is no cluster to choose here."), false
	}
	if row.Key != m.Intent.Cluster || m.World.Obs == nil {
		chooseCluster(m, row.Key)
		cmd := m.Read()
		if m.OnlyChecks {
			m.Diagnose = true
			m.Touched()
			return cmd, false
		}
		return cmd, true
	}
	return nil, true
}

// chooseCluster begins anew with a cluster. What was answered by an id of the
// cluster before means nothing here, or, worse, something else; nor does what
// the other pages had their pointers on.
func chooseCluster(m *wizard.Session, name string) {
	if in := &m.Intent; m.World.Obs != nil && in.Cluster != name {
		in.NodeSecurityGroup, in.PodSecurityGroup.ID = steps.NodeGroupIntent{}, ""
		if in.Database.Existing != nil {
			in.Database = steps.DatabaseIntent{CAFile: in.Database.CAFile, TLSMode: in.Database.TLSMode}
		}
		in.Database.SecurityGroup.ID = ""
	}
	m.Intent.Cluster = name
	m.World = wizard.World{}
	for i, p := range m.NewPages() {
		if i != m.At {
			m.Pages[i] = p
		}
	}
	m.Reached = m.At
}

func (p *clusterPage) Commands(m *wizard.Session) []string {
	return []string{"aws sts get-caller-identity", "aws eks list-clusters" + regionFlag(m)}
}

func (p *clusterPage) Label(m *wizard.Session, a keys.Action) string {
	if a == keys.Retry {
		return "ask again"
	}
	return p.TablePage.Label(m, a)
}
