package network

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"podsg/steps/check"
	"podsg/steps/cni"
	"podsg/steps/intent"
	"podsg/steps/plan"
	"podsg/steps/reach"
	"podsg/steps/say"
	"podsg/steps/world"
)

// StepProbes is the step about probes.
var StepProbes = plan.Step{
	ID: check.StepProbes,
	About: []string{
		"In strict mode the kubelet's TCP and HTTP probes come to the pod through its security group.",
		"So the pods' group must admit the nodes on the ports that are probed. In standard mode they do not pass it.",
	},
	Checks: ProbeChecks,
	Plan:   planProbes,
}

// probePorts are the TCP ports that the kubelet probes the selected pods on:
// those of the pods, and those of the workloads whose pods are still to come. A
// workload does not tell its service account, so one that a policy selects by
// that counts by its pods alone.
func probePorts(s *world.Snapshot, t *intent.Target) []int {
	ports := map[int]bool{}
	add := func(probed []int) {
		for _, p := range probed {
			ports[p] = true
		}
	}
	matches := func(selector *world.Selector, labels map[string]string) bool {
		ok, err := selector.Matches(labels)
		return err == nil && ok
	}
	accounts := s.AccountLabels()
	for _, p := range s.Kube.Pods {
		if p.Namespace == t.Namespace && !p.HostNetwork && !p.Ended() && matches(t.Selector, p.Labels) && matches(t.SASelector, accounts[p.ServiceAccount]) {
			add(p.ProbePorts)
		}
	}
	for _, w := range s.WorkloadsIn(t.Namespace) {
		if t.SASelector == nil && matches(t.Selector, w.PodLabels) {
			add(w.ProbePorts)
		}
	}
	return slices.Sorted(maps.Keys(ports))
}

// probingNodes are the nodes that probe: the kubelet does so from the primary
// interface. Each must be admitted, so there is one endpoint for every set of
// groups, whose address may be any of the nodes'.
func probingNodes(s *world.Snapshot, t *intent.Target) []reach.Endpoint {
	able := map[string]bool{}
	for _, n := range s.Candidates() {
		able[n.InstanceID] = true
	}
	byGroups := map[string]int{}
	var out []reach.Endpoint
	for _, i := range s.Cloud.Instances {
		if len(able) > 0 && !able[i.ID] {
			continue // no selected pod can run there
		}
		key := strings.Join(slices.Sorted(slices.Values(i.PrimaryGroups)), " ")
		at, seen := byGroups[key]
		if !seen {
			at = len(out)
			byGroups[key] = at
			out = append(out, reach.Endpoint{Groups: i.PrimaryGroups, Label: "the nodes"})
		}
		if i.PrivateIP != "" {
			out[at].Ranges = append(out[at].Ranges, i.PrivateIP)
		}
	}
	if len(out) == 0 {
		out = append(out, reach.Endpoint{Groups: intent.RefIDs(t.NodeGroups), Label: "the nodes"})
	}
	return out
}

const noProbes = "no selected pod has TCP, HTTP or gRPC probes"

// earlyDemux judges the setting by whether any selected pod needs it.
func earlyDemux(c *check.Context) {
	if c.Target.Mode != world.ModeStrict {
		c.Skip("standard mode: probes do not pass the pods' security group")
		return
	}
	if c.Kube.CNI == nil {
		return
	}
	off := c.Kube.CNI.InitEnv[world.EnvEarlyDemux] == "true"
	if !off && len(probePorts(c.Snapshot, c.Target)) == 0 {
		c.Pass(noProbes)
		return
	}
	found := c.Expect(off, say.T("%s=true", world.EnvEarlyDemux),
		say.T("strict mode without %s=true: the kubelet's TCP and HTTP probes of the pods fail", world.EnvEarlyDemux))
	if c.Target.EarlyDemux == "false" {
		found.Mend(say.T("setup was told to set it to false: leave that answer out, or choose standard mode"), c.Target.SetupCommand())
		return
	}
	found.BySetup(c.Target, say.T("setup sets it; aws-node restarts, some nodes at a time, and running pods are not touched")).
		ByHand(c.Target, say.T("set %s=true on the init container of aws-node, which restarts, some nodes at a time; running pods are not touched", world.EnvEarlyDemux),
			cni.SetCommand(c.Snapshot, world.CNISettings{InitEnv: map[string]string{world.EnvEarlyDemux: "true"}}))
}

// probeAccess judges the way of the nodes to the probed ports.
func probeAccess(c *check.Context) {
	t := c.Target
	if t.Mode != world.ModeStrict {
		c.Skip("standard mode: probes do not pass the pods' security group")
		return
	}
	ports := probePorts(c.Snapshot, t)
	if len(ports) == 0 {
		c.Pass(noProbes)
		return
	}
	if !c.Known(world.FactSecurityGroups, world.FactInstances) || noSuchGroup(c) {
		return
	}
	var closed, uncertain []string
	for _, from := range probingNodes(c.Snapshot, t) {
		for _, port := range ports {
			r := reach.Reach(c.GroupMap(), from, t.PodEndpoint(c.Snapshot), reach.ProtocolTCP, port)
			switch {
			case t.PodGroup.ID == "":
				closed = append(closed, fmt.Sprintf("port %d: there is no pod security group yet", port))
			case r.Allowed:
			case r.Uncertain != "":
				uncertain = append(uncertain, fmt.Sprintf("port %d: %s", port, r.Uncertain))
			default:
				closed = append(closed, fmt.Sprintf("port %d: %s", port, r.Why))
			}
		}
	}
	var doubt say.Text
	if len(closed) == 0 {
		doubt = say.Maybe(strings.Join(uncertain, "; "))
	}
	c.Decide(len(closed)+len(uncertain) == 0, doubt, say.T("on ports %v", ports), say.T("probed ports are closed to the nodes")).Saw(closed...).
		BySetup(t, say.T("setup adds the rules")).
		ByHand(t, say.T("admit the nodes' group at the pods' on the probed ports"), rulesByHand(c.Snapshot, t, planProbes))
}

// planProbes adds the rules that probes need.
func planProbes(s *world.Snapshot, t *intent.Target, p *plan.Plan) {
	if t.Mode != world.ModeStrict {
		return
	}
	chosen := t.Intent.NodeSecurityGroup != intent.NodeGroupIntent{}
	groups := s.GroupMap()
	for _, port := range probePorts(s, t) {
		for _, from := range probingNodes(s, t) {
			if t.PodGroup.ID != "" && reach.Reach(groups, from, t.PodEndpoint(s), reach.ProtocolTCP, port).In.Open {
				continue
			}
			for _, g := range probingGroups(t, s, from, chosen) {
				id := fmt.Sprintf("probe-%d-%s", port, strings.TrimPrefix(g.ID, "sg-"))
				if p.Has(id) {
					continue
				}
				planRule(p, t, plan.Change{
					ID: id, Step: check.StepProbes, Why: "lets the kubelet probe the selected pods", Needs: []string{plan.ChangePodGroup},
				}, AddRule{Group: t.PodGroup, Direction: world.Ingress, Protocol: reach.ProtocolTCP, Port: port, Peer: g})
			}
		}
	}
}

// probingGroups are the groups that a rule for some nodes names: the chosen ones
// if they carry any, else the cluster's own, else the first.
func probingGroups(t *intent.Target, s *world.Snapshot, from reach.Endpoint, chosen bool) []intent.Ref {
	var carried []intent.Ref
	for _, g := range t.NodeGroups {
		if slices.Contains(from.Groups, g.ID) {
			carried = append(carried, g)
		}
	}
	if chosen && len(carried) > 0 {
		return carried
	}
	for _, id := range from.Groups {
		if id == t.Cluster.SecurityGroupID {
			g, _ := s.Group(id)
			return []intent.Ref{intent.IDRef(id, g.Name)}
		}
	}
	if len(carried) > 0 {
		return carried[:1]
	}
	if len(from.Groups) > 0 { // not what was chosen, but what they carry
		g, _ := s.Group(from.Groups[0])
		return []intent.Ref{intent.IDRef(from.Groups[0], g.Name)}
	}
	return nil
}
