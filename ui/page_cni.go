package ui

import (
	"cmp"

	tea "charm.land/bubbletea/v2"

	"podsg/steps"
	"podsg/ui/theme"
	"podsg/ui/widget"
)

// cniPage asks how the VPC CNI enforces the pods' groups.
type cniPage struct{ formPage }

func newCNIPage() *cniPage {
	p := &cniPage{}
	p.about = facts{
		id: pageCNI, title: "VPC CNI and the controller's role", rail: "VPC CNI",
		steps: []steps.StepID{steps.StepCNI, steps.StepIAM}, answers: []string{"cni"},
		keys: map[string]string{"mode": "cni.enforcingMode", "demux": "cni.disableTCPEarlyDemux"},
	}
	p.form = widget.NewForm()
	p.fill, p.store = fillCNI, storeCNI
	return p
}

func fillCNI(m *Session) []widget.Field {
	if m.world.obs == nil {
		return nil
	}
	demux := cmp.Or(m.intent.CNI.DisableTCPEarlyDemux, "auto")
	help := ""
	if m.world.target.Mode == steps.ModeStrict {
		help = "All traffic of the pods passes their group alone."
	}
	return []widget.Field{
		{Key: "mode", Label: "Enforcing mode", Value: cmp.Or(m.intent.CNI.EnforcingMode, m.world.target.Mode, steps.ModeStandard),
			Options: []widget.Option{{Value: steps.ModeStandard, Label: "standard"}, {Value: steps.ModeStrict, Label: "strict"}},
			Source:  m.source("cni.enforcingMode"), Help: help},
		{Key: "demux", Label: "Early demux off", Value: demux,
			Options: []widget.Option{{Value: "auto", Label: "auto"}, {Value: "true", Label: "yes"}, {Value: "false", Label: "no"}},
			Source:  m.source("cni.disableTCPEarlyDemux"), Help: "DISABLE_TCP_EARLY_DEMUX; auto sets it in strict mode, where probes need it."},
	}
}

func storeCNI(_ *Session, in *steps.Intent, key, value string) {
	switch key {
	case "mode":
		in.CNI.EnforcingMode = value
	case "demux":
		in.CNI.DisableTCPEarlyDemux = value
	}
}

func (p *cniPage) draw(m *Session, width, height int) drawing {
	lines, ok := m.unread(width)
	if !ok {
		return drawing{Lines: lines}
	}
	d := p.formPage.draw(m, width, height)
	s := m.world.snapshot()
	pairs := []pair{}
	if c := s.Kube.CNI; c != nil {
		pairs = append(pairs, pair{name: "Version", value: c.Version})
		now := "off"
		if c.Env["ENABLE_POD_ENI"] == "true" {
			now = "on"
		}
		pairs = append(pairs, pair{name: "Branch ENIs", value: now})
	}
	how := "variables of DaemonSet kube-system/aws-node"
	if a := s.Cloud.Addon; a != nil {
		how = "configuration of the EKS add-on, " + a.Version + " (" + a.Status + ")"
	}
	pairs = append(pairs, pair{name: "Changed by", value: how}, pair{name: "Cluster role", value: s.Cloud.ClusterRole.Name})
	d.Lines = append(d.Lines, "")
	d.Lines = append(d.Lines, drawPairs(m.theme, pairs, width)...)
	if changes := changesOf(m, p.about.steps); len(changes) > 0 {
		d.Lines = append(d.Lines, "", m.theme.Paint(theme.Title, "What will be done"))
		for _, c := range changes {
			d.Lines = append(d.Lines, drawChange(m.theme, c, width))
		}
	} else if m.world.plan != nil {
		d.Lines = append(d.Lines, "", m.theme.Paint(theme.Good, theme.SymbolDone)+" Nothing has to be changed here.")
	}
	if below := unsettled(m.world.findingsOf(p.about.steps)); len(below) > 0 {
		d.Lines = append(d.Lines, "")
		d.Lines = append(d.Lines, drawFindings(m.theme, below, width)...)
	}
	return d
}

func (p *cniPage) next(m *Session) (tea.Cmd, bool) { return m.needsWorld() }

func (p *cniPage) commands(m *Session) []string {
	out := []string{"kubectl -n kube-system get daemonset aws-node -o yaml"}
	if s := m.world.snapshot(); s != nil && s.Cloud.Addon != nil {
		out = []string{"aws eks describe-addon --cluster-name " + m.intent.Cluster + " --addon-name vpc-cni" + m.regionFlag()}
	}
	return append(out, m.world.commandsOf(p.about.steps)...)
}

// changesOf returns the planned changes of some steps.
func changesOf(m *Session, ids []steps.StepID) []steps.Change {
	if m.world.plan == nil {
		return nil
	}
	var out []steps.Change
	for _, c := range m.world.plan.Changes {
		for _, id := range ids {
			if c.Step == id {
				out = append(out, c)
			}
		}
	}
	return out
}

// opTone is the tone of a change's mark.
func opTone(op steps.Op) theme.Tone {
	switch op {
	case steps.Create:
		return theme.Good
	case steps.Delete:
		return theme.Bad
	default:
		return theme.Warn
	}
}

// drawChange draws a change in a line.
func drawChange(t *theme.Theme, c steps.Change, width int) string {
	return "  " + t.Paint(opTone(c.Op), string(c.Op)) + " " + widget.Cut(c.Summary, width-4)
}
