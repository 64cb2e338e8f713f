package network

import (
	"fmt"
	"strings"

	"podsg/steps/check"
	"podsg/steps/effects"
	"podsg/steps/intent"
	"podsg/steps/plan"
	"podsg/steps/world"
)

// StepKept is the step about connections that the pods have by the groups of their
// nodes, and would lose.
var StepKept = plan.Step{
	ID: check.StepKept,
	About: []string{
		"Pods that get security groups of their own lose what the groups of their nodes let pass.",
		"A rule for each connection keeps it; so does keeping the groups of the nodes.",
	},
	Plan: planKeptFlows,
}

// planKeptFlows adds a rule for each connection of the user's pods that would end
// with the groups of their nodes, where that was chosen.
func planKeptFlows(s *world.Snapshot, t *intent.Target, p *plan.Plan) {
	if t.Intent.LostFlows != intent.LostAddRules {
		return
	}
	ref := func(id string) intent.Ref {
		if id == effects.NewGroup || id == "" {
			return t.PodGroup
		}
		g, _ := s.Group(id)
		return intent.IDRef(id, g.Name)
	}
	for _, f := range intent.LostFlows(s, t) {
		r := f.Add
		if r.PrefixList != "" {
			continue // the plan shows it as still to be decided
		}
		rule := AddRule{Group: ref(r.Group), Direction: r.Direction, Protocol: r.Protocol, Port: r.FromPort, CIDR: r.CIDR}
		if r.ToPort != r.FromPort {
			rule.ToPort = r.ToPort
		}
		if r.CIDR == "" {
			rule.Peer = ref(r.PeerGroup)
		}
		id := strings.ToLower(fmt.Sprintf("keep-%s-%s-%s-%d-%s", f.Direction, strings.TrimPrefix(f.Group, "sg-"), r.Protocol, r.FromPort,
			strings.TrimPrefix(strings.NewReplacer("/", "-", ":", "-", "(", "", ")", "").Replace(r.PeerGroup+r.CIDR), "sg-")))
		if p.Has(id) {
			continue
		}
		planRule(p, t, plan.Change{
			ID: id, Step: check.StepKept, Needs: []string{plan.ChangePodGroup}, Why: "keeps a connection: " + f.String(),
		}, rule)
	}
}
