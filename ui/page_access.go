package ui

import (
	tea "charm.land/bubbletea/v2"

	"podsg/steps"
	"podsg/ui/keys"
	"podsg/ui/theme"
)

// accessPage shows who podsg works as and whether that is enough.
type accessPage struct{ basePage }

func newAccessPage() *accessPage {
	p := &accessPage{}
	p.about = facts{
		id: pageAccess, title: "Identity and permissions", rail: "Access", allChecks: true,
		steps: []steps.StepID{steps.StepIdentity, steps.StepCluster},
	}
	return p
}

func (p *accessPage) draw(m *Session, width, _ int) drawing {
	lines, ok := m.unread(width)
	if !ok {
		return drawing{Lines: lines}
	}
	s := m.world.snapshot()
	lines = drawPairs(m.theme, callerPairs(s), width)
	lines = append(lines, "")
	lines = append(lines, drawFindings(m.theme, m.world.findingsOf(p.about.steps), width)...)
	for _, fact := range gapsOf(s) {
		lines = append(lines, wrapped(m.theme, theme.Warn, theme.SymbolWarning+" not read: "+string(fact)+" ("+s.Gaps[fact].Reason+")", width, 2)...)
	}
	return drawing{Lines: lines}
}

// told is who podsg works as, and what it could not read.
func (p *accessPage) told(m *Session) []string {
	var lines []string
	s := m.world.snapshot()
	for _, fact := range callerPairs(s) {
		if fact.value != "" {
			lines = append(lines, "  "+fact.name+": "+fact.value)
		}
	}
	for _, fact := range gapsOf(s) {
		lines = append(lines, "  not read: "+string(fact))
	}
	return lines
}

// callerPairs are who podsg works as, and where.
func callerPairs(s *steps.Snapshot) []pair {
	return []pair{
		{name: "Account", value: s.Cloud.Identity.Account},
		{name: "Caller", value: s.Cloud.Identity.ARN},
		{name: "Region", value: s.Cloud.Identity.Region},
		{name: "Cluster", value: clusterLine(s.Cloud.Cluster)},
		{name: "Context", value: s.Kube.Context},
		{name: "API server", value: s.Kube.Server},
	}
}

func clusterLine(c steps.Cluster) string {
	if c.Version == "" {
		return c.Name
	}
	return c.Name + ", Kubernetes " + c.Version + " (" + c.PlatformVersion + ")"
}

// gapsOf lists the facts that could not be read, in a stable order.
func gapsOf(s *steps.Snapshot) []steps.Fact {
	return sortedKeys(s.Gaps)
}

func (p *accessPage) next(m *Session) (tea.Cmd, bool) { return m.needsWorld() }

func (p *accessPage) offers(*Session) []keys.Action { return []keys.Action{keys.Retry} }

func (p *accessPage) commands(m *Session) []string {
	cluster := m.intent.Cluster
	return []string{
		"aws sts get-caller-identity",
		"aws eks describe-cluster --name " + cluster + m.regionFlag(),
		"aws eks update-kubeconfig --name " + cluster + m.regionFlag(),
		"kubectl auth can-i --list",
	}
}
