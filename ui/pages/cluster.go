package pages

import (
	"cmp"

	tea "charm.land/bubbletea/v2"

	"podsg/steps/intent"
	"podsg/steps/shell"
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
func (p *clusterPage) proposed(s *wizard.Session) (name, why string) {
	if s.Intent.Cluster != "" {
		return s.Intent.Cluster, cmp.Or(s.Options.Sources["cluster"], "chosen")
	}
	for _, name := range s.Clusters {
		if c := s.Options.Context; c != "" && (c == name || len(c) > len(name) && c[len(c)-len(name)-1:] == "/"+name) {
			return name, "current kubectl context"
		}
	}
	return "", ""
}

func (p *clusterPage) Refresh(s *wizard.Session) {
	name, why := p.proposed(s)
	rows := make([]table.Row, 0, len(s.Clusters))
	for _, c := range s.Clusters {
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

func (p *clusterPage) Draw(s *wizard.Session, width, height int) wizard.Drawing {
	t := s.Theme
	var lines []string
	if practice := s.Options.Sandbox; practice != nil && height > 8 {
		text := "This is the practice world: an account, a cluster and a database on this computer that behave like the real ones. Nothing costs money and nothing can break."
		for _, line := range widget.Wrap(text, min(width, 100)) {
			lines = append(lines, t.Paint(theme.Warn, line))
		}
		lines = append(lines, "")
	}
	switch {
	case s.IdentityErr != nil:
		lines = append(lines, draw.Problem(t, s.IdentityErr, width)...)
		lines = append(lines, "", t.Paint(theme.Muted, "r asks again."))
	case s.ClustersErr != nil:
		lines = append(lines, draw.Problem(t, s.ClustersErr, width)...)
		lines = append(lines, "", t.Paint(theme.Muted, "r asks again."))
	case !s.Listed:
		lines = append(lines, waiting(s, s.Listing)...)
	case len(s.Clusters) == 0:
		lines = append(lines, widget.Wrap("There are no EKS clusters in region "+s.Identity.Region+". Start podsg with another region: podsg --region NAME.", width)...)
		lines = append(lines, "", t.Paint(theme.Muted, "r asks again."))
	default:
		if name := s.Intent.Cluster; name != "" && !p.has(s, name) {
			lines = append(lines, t.Paint(theme.Warn, theme.SymbolWarning+" There is no cluster "+name+" in region "+s.Identity.Region+". Choose one of these:"), "")
		}
		lines = append(lines, p.Table.Draw(t, width, max(3, height-len(lines)))...)
	}
	return wizard.Drawing{Lines: lines}
}

func (p *clusterPage) has(s *wizard.Session, name string) bool {
	for _, c := range s.Clusters {
		if c == name {
			return true
		}
	}
	return false
}

func (p *clusterPage) Next(s *wizard.Session) (tea.Cmd, bool) {
	row, ok := p.Table.Current()
	switch {
	case s.Listing != nil && !s.Listed:
		return s.Say("Still asking AWS. esc stops waiting."), false
	case !ok:
		return s.Warn("There is no cluster to choose here."), false
	}
	if row.Key != s.Intent.Cluster || s.World.Obs == nil {
		chooseCluster(s, row.Key)
		cmd := s.Read()
		if s.OnlyChecks {
			s.Diagnose = true
			s.Touched()
			return cmd, false
		}
		return cmd, true
	}
	return nil, true
}

// chooseCluster begins anew with a cluster. What was answered by an id of the
// cluster before means nothing here, or, worse, something else; nor does what
// the other pages had their pointers on.
func chooseCluster(s *wizard.Session, name string) {
	if in := &s.Intent; s.World.Obs != nil && in.Cluster != name {
		in.NodeSecurityGroup, in.PodSecurityGroup.ID = intent.NodeGroupIntent{}, ""
		if in.Database.Existing != nil {
			in.Database = intent.DatabaseIntent{CAFile: in.Database.CAFile, TLSMode: in.Database.TLSMode}
		}
		in.Database.SecurityGroup.ID = ""
	}
	s.Intent.Cluster = name
	s.World = wizard.World{}
	for i, p := range s.NewPages() {
		if i != s.At {
			s.Pages[i] = p
		}
	}
	s.Reached = s.At
}

func (p *clusterPage) Commands(s *wizard.Session) []string {
	return []string{"aws sts get-caller-identity", shell.Command("aws eks list-clusters%s", regionFlag(s))}
}

func (p *clusterPage) Label(s *wizard.Session, a keys.Action) string {
	if a == keys.Retry {
		return "ask again"
	}
	return p.TablePage.Label(s, a)
}
