package pages

import (
	"maps"
	"slices"

	tea "charm.land/bubbletea/v2"

	"podsg/steps/check"
	"podsg/steps/shell"
	"podsg/steps/world"
	"podsg/ui/draw"
	"podsg/ui/keys"
	"podsg/ui/theme"
	"podsg/ui/wizard"
)

// accessPage shows who podsg works as and whether that is enough.
type accessPage struct{ basePage }

func newAccessPage() *accessPage {
	p := &accessPage{}
	p.about = wizard.Facts{
		ID: wizard.PageAccess, Title: "Identity and permissions", Rail: "Access", AllChecks: true,
		Steps: []check.StepID{check.StepIdentity, check.StepCluster},
	}
	return p
}

func (p *accessPage) Draw(s *wizard.Session, width, _ int) wizard.Drawing {
	lines, ok := unread(s, width)
	if !ok {
		return wizard.Drawing{Lines: lines}
	}
	snapshot := s.World.Snapshot()
	lines = draw.Pairs(s.Theme, callerPairs(snapshot), width)
	lines = append(lines, "")
	lines = append(lines, draw.Findings(s.Theme, s.World.FindingsOf(p.about.Steps), width)...)
	for _, fact := range gapsOf(snapshot) {
		lines = append(lines, draw.Wrapped(s.Theme, theme.Warn, theme.SymbolWarning+" not read: "+string(fact)+" ("+snapshot.Gaps[fact].Reason+")", width, 2)...)
	}
	return wizard.Drawing{Lines: lines}
}

// Told is who podsg works as, and what it could not read.
func (p *accessPage) Told(s *wizard.Session) []string {
	var lines []string
	snapshot := s.World.Snapshot()
	for _, fact := range callerPairs(snapshot) {
		if fact.Value != "" {
			lines = append(lines, "  "+fact.Name+": "+fact.Value)
		}
	}
	for _, fact := range gapsOf(snapshot) {
		lines = append(lines, "  not read: "+string(fact))
	}
	return lines
}

// callerPairs are who podsg works as, and where.
func callerPairs(s *world.Snapshot) []draw.Pair {
	return []draw.Pair{
		{Name: "Account", Value: s.Cloud.Identity.Account},
		{Name: "Caller", Value: s.Cloud.Identity.ARN},
		{Name: "Region", Value: s.Cloud.Identity.Region},
		{Name: "Cluster", Value: clusterLine(s.Cloud.Cluster)},
		{Name: "Context", Value: s.Kube.Context},
		{Name: "API server", Value: s.Kube.Server},
	}
}

func clusterLine(c world.Cluster) string {
	if c.Version == "" {
		return c.Name
	}
	return c.Name + ", Kubernetes " + c.Version + " (" + c.PlatformVersion + ")"
}

// gapsOf lists the facts that could not be read, in a stable order.
func gapsOf(s *world.Snapshot) []world.Fact {
	return slices.Sorted(maps.Keys(s.Gaps))
}

func (p *accessPage) Next(s *wizard.Session) (tea.Cmd, bool) { return needsWorld(s) }

func (p *accessPage) Offers(*wizard.Session) []keys.Action { return []keys.Action{keys.Retry} }

func (p *accessPage) Commands(s *wizard.Session) []string {
	cluster := s.Intent.Cluster
	return []string{
		"aws sts get-caller-identity",
		shell.Command("aws eks describe-cluster --name %s%s", cluster, regionFlag(s)),
		shell.Command("aws eks update-kubeconfig --name %s%s", cluster, regionFlag(s)),
		"kubectl auth can-i --list",
	}
}
