package pages

import (
	"cmp"

	tea "charm.land/bubbletea/v2"

	"podsg/steps/check"
	"podsg/steps/intent"
	"podsg/steps/plan"
	"podsg/steps/shell"
	"podsg/steps/world"
	"podsg/ui/draw"
	"podsg/ui/theme"
	"podsg/ui/widget"
	"podsg/ui/wizard"
)

// cniPage asks how the VPC CNI enforces the pods' groups.
type cniPage struct{ FormPage }

func newCNIPage() *cniPage {
	p := &cniPage{}
	p.about = wizard.Facts{
		ID: wizard.PageCNI, Title: "VPC CNI and the controller's role", Rail: "VPC CNI",
		Steps: []check.StepID{check.StepCNI, check.StepIAM}, Answers: []string{"cni"},
		Keys: map[string]string{"mode": "cni.enforcingMode", "demux": "cni.disableTCPEarlyDemux"},
	}
	p.Form = widget.NewForm()
	p.Fill, p.store = fillCNI, storeCNI
	return p
}

func fillCNI(s *wizard.Session) []widget.Field {
	if s.World.Obs == nil {
		return nil
	}
	demux := cmp.Or(s.Intent.CNI.DisableTCPEarlyDemux, "auto")
	help := ""
	if s.World.Target.Mode == world.ModeStrict {
		help = "All traffic of the pods passes their group alone."
	}
	return []widget.Field{
		{Key: "mode", Label: "Enforcing mode", Value: cmp.Or(s.Intent.CNI.EnforcingMode, s.World.Target.Mode, world.ModeStandard),
			Options: []widget.Option{{Value: world.ModeStandard, Label: "standard"}, {Value: world.ModeStrict, Label: "strict"}},
			Source:  s.Source("cni.enforcingMode"), Help: help},
		{Key: "demux", Label: "Early demux off", Value: demux,
			Options: []widget.Option{{Value: "auto", Label: "auto"}, {Value: "true", Label: "yes"}, {Value: "false", Label: "no"}},
			Source:  s.Source("cni.disableTCPEarlyDemux"), Help: "DISABLE_TCP_EARLY_DEMUX; auto sets it in strict mode, where probes need it."},
	}
}

func storeCNI(_ *wizard.Session, in *intent.Intent, key, value string) {
	switch key {
	case "mode":
		in.CNI.EnforcingMode = value
	case "demux":
		in.CNI.DisableTCPEarlyDemux = value
	}
}

func (p *cniPage) Draw(s *wizard.Session, width, height int) wizard.Drawing {
	lines, ok := unread(s, width)
	if !ok {
		return wizard.Drawing{Lines: lines}
	}
	d := p.FormPage.Draw(s, width, height)
	snapshot := s.World.Snapshot()
	pairs := []draw.Pair{}
	if c := snapshot.Kube.CNI; c != nil {
		pairs = append(pairs, draw.Pair{Name: "Version", Value: c.Version})
		now := "off"
		if c.Env["ENABLE_POD_ENI"] == "true" {
			now = "on"
		}
		pairs = append(pairs, draw.Pair{Name: "Branch ENIs", Value: now})
	}
	how := "variables of DaemonSet kube-system/aws-node"
	if a := snapshot.Cloud.Addon; a != nil {
		how = "configuration of the EKS add-on, " + a.Version + " (" + a.Status + ")"
	}
	pairs = append(pairs, draw.Pair{Name: "Changed by", Value: how}, draw.Pair{Name: "Cluster role", Value: snapshot.Cloud.ClusterRole.Name})
	d.Lines = append(d.Lines, "")
	d.Lines = append(d.Lines, draw.Pairs(s.Theme, pairs, width)...)
	if changes := changesOf(s, p.about.Steps); len(changes) > 0 {
		d.Lines = append(d.Lines, "", s.Theme.Paint(theme.Title, "What will be done"))
		for _, c := range changes {
			d.Lines = append(d.Lines, draw.Change(s.Theme, c, width))
		}
	} else if s.World.Plan != nil {
		d.Lines = append(d.Lines, "", s.Theme.Paint(theme.Good, theme.SymbolDone)+" Nothing has to be changed here.")
	}
	if below := draw.Unsettled(s.World.FindingsOf(p.about.Steps)); len(below) > 0 {
		d.Lines = append(d.Lines, "")
		d.Lines = append(d.Lines, draw.Findings(s.Theme, below, width)...)
	}
	return d
}

func (p *cniPage) Next(s *wizard.Session) (tea.Cmd, bool) { return needsWorld(s) }

func (p *cniPage) Commands(s *wizard.Session) []string {
	out := []string{"kubectl -n kube-system get daemonset aws-node -o yaml"}
	if snapshot := s.World.Snapshot(); snapshot != nil && snapshot.Cloud.Addon != nil {
		out = []string{shell.Command("aws eks describe-addon --cluster-name %s --addon-name vpc-cni%s", s.Intent.Cluster, regionFlag(s))}
	}
	return append(out, s.World.CommandsOf(p.about.Steps)...)
}

// changesOf returns the planned changes of some steps.
func changesOf(s *wizard.Session, ids []check.StepID) []plan.Change {
	if s.World.Plan == nil {
		return nil
	}
	var out []plan.Change
	for _, c := range s.World.Plan.Changes {
		for _, id := range ids {
			if c.Step == id {
				out = append(out, c)
			}
		}
	}
	return out
}
