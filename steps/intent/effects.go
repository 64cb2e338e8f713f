package intent

import (
	"slices"
	"strconv"

	"podsg/steps/effects"
	"podsg/steps/reach"
	"podsg/steps/workload"
	"podsg/steps/world"
)

// UserWorkloads are the workloads whose pods the policy selects and that podsg did
// not make: those that were named, and whatever else the selector catches.
func UserWorkloads(s *world.Snapshot, t *Target) []world.Workload {
	var out []world.Workload
	for _, w := range s.WorkloadsIn(t.Namespace) {
		if !w.Owned && !w.Windows && workload.Catches(s, w, t.Selector, t.SASelector) {
			out = append(out, w)
		}
	}
	return out
}

// GroupsAfter are the security groups that the selected pods get, with
// [effects.NewGroup] for one that is still to be made.
func (t *Target) GroupsAfter(s *world.Snapshot) []string {
	var out []string
	for _, g := range t.PolicyGroups {
		id := g.ID
		if id == "" {
			id = effects.NewGroup
		}
		out = append(out, id)
	}
	for _, p := range s.PoliciesIn(t.Namespace) {
		if p.Name != t.PolicyName && slices.ContainsFunc(UserWorkloads(s, t), func(w world.Workload) bool {
			return workload.Catches(s, w, p.PodSelector, p.ServiceAccountSelector)
		}) {
			out = append(out, p.GroupIDs...)
		}
	}
	return out
}

// LostFlows are the connections of the user's pods that end with the groups of
// their nodes, each with what was decided about it.
func LostFlows(s *world.Snapshot, t *Target) []effects.Flow {
	workloads := UserWorkloads(s, t)
	if len(workloads) == 0 {
		return nil
	}
	c := effects.Case{Namespace: t.Namespace, Before: groupsBefore(s, workloads), After: t.GroupsAfter(s), Ports: calledPorts(s, t, workloads)}
	if t.DBGroup.ID != "" {
		c.Solved = map[string]int{t.DBGroup.ID: t.Port}
	}
	flows := effects.Lost(s, c)
	for i := range flows {
		switch t.Intent.LostFlows {
		case LostAddRules:
			flows[i].Solution = LostAddRules
		case LostAccept:
			flows[i].Solution = LostAccept
		}
	}
	return flows
}

// groupsBefore are the groups that pods of workloads have today: those of the
// interfaces that hold their addresses, or, as long as there are none, those that
// pods have on the nodes that they may run on.
func groupsBefore(s *world.Snapshot, workloads []world.Workload) [][]string {
	var out [][]string
	for _, w := range workloads {
		for _, p := range s.WorkloadPods(w) {
			if e, ok := s.InterfaceByIP(p.IP); ok && p.IP != "" {
				out = append(out, e.Groups)
			}
		}
	}
	if len(out) == 0 {
		for _, e := range NodeEndpoints(s) {
			out = append(out, e.Groups)
		}
	}
	return out
}

// calledPorts are the ports on which others call the pods: those of the Services
// that select them and of their containers, and where the kubelet's probes pass
// the pods' groups those of the probes.
func calledPorts(s *world.Snapshot, t *Target, workloads []world.Workload) []effects.Port {
	var out []effects.Port
	add := func(p effects.Port) {
		if p.Number > 0 && !slices.ContainsFunc(out, func(o effects.Port) bool {
			return o.Protocol == p.Protocol && o.Number == p.Number && o.Kubelet == p.Kubelet
		}) {
			out = append(out, p)
		}
	}
	for _, w := range workloads {
		for _, service := range s.Kube.Services {
			if service.Namespace != w.Namespace || len(service.PodLabels) == 0 {
				continue
			}
			if ok, err := (&world.Selector{MatchLabels: service.PodLabels}).Matches(w.PodLabels); err != nil || !ok {
				continue
			}
			for _, p := range service.Ports {
				add(effects.Port{Protocol: p.Protocol, Number: targetPort(w, p), For: "Service " + service.Name})
			}
		}
	}
	for _, w := range workloads {
		for _, port := range w.Ports {
			add(effects.Port{Protocol: reach.ProtocolTCP, Number: port})
		}
		if t.Mode == world.ModeStrict {
			for _, port := range w.ProbePorts {
				add(effects.Port{Protocol: reach.ProtocolTCP, Number: port, For: "probes", Kubelet: true})
			}
		}
	}
	return out
}

// targetPort is the port of the pods that a port of a Service leads to.
func targetPort(w world.Workload, p world.ServicePort) int {
	if p.TargetPort == "" {
		return p.Port
	}
	if n, err := strconv.Atoi(p.TargetPort); err == nil {
		return n
	}
	return w.NamedPorts[p.TargetPort]
}

// lostFlows asks what becomes of connections that would be lost.
func (r *Resolver) lostFlows() error {
	if r.diagnosing || r.In.LostFlows != "" && r.In.LostFlows != LostAsk {
		return nil
	}
	flows := LostFlows(r.S, &r.T)
	if len(flows) == 0 {
		return nil
	}
	text := "with security groups of their own these pods lose connections that the groups of their nodes allow today:"
	for _, f := range flows {
		text += "\n    " + f.String()
	}
	r.ask(Question{
		Key: "lostFlows", Flag: "--lost-flows", Text: text,
		Choices: []Choice{
			{Value: LostAddRules, Label: LostAddRules, Detail: []string{"plan a rule for each"}},
			{Value: LostAccept, Label: LostAccept, Detail: []string{"nobody needs them"}},
		},
	})
	return nil
}
