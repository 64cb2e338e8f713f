package steps

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

var stepProbes = Step{
	ID: StepProbes,
	About: []string{
		"In strict mode the kubelet's TCP and HTTP probes come to the pod through its security group.",
		"So the pods' group must admit the nodes on the ports that are probed. In standard mode they do not pass it.",
	},
	Check: checkProbes,
	Plan:  planProbes,
}

var (
	checkEarlyDemux  = check{id: "D22", title: "TCP early demux is off where probes need it"}
	checkProbeAccess = check{id: "D23", title: "Nodes may probe the selected pods"}
)

// probePorts are the TCP ports that the kubelet probes the selected pods on:
// those of the pods, and those of the workloads whose pods are still to come. A
// workload does not tell its service account, so one that a policy selects by
// that counts by its pods alone.
func probePorts(s *Snapshot, t *Target) []int {
	ports := map[int]bool{}
	add := func(probed []int) {
		for _, p := range probed {
			ports[p] = true
		}
	}
	matches := func(selector *Selector, labels map[string]string) bool {
		ok, err := selector.Matches(labels)
		return err == nil && ok
	}
	accounts := s.accountLabels()
	for _, p := range s.Kube.Pods {
		if p.Namespace == t.Namespace && !p.HostNetwork && !p.ended() && matches(t.Selector, p.Labels) && matches(t.SASelector, accounts[p.ServiceAccount]) {
			add(p.ProbePorts)
		}
	}
	for _, w := range s.Kube.Workloads {
		if t.SASelector == nil && matches(t.Selector, w.PodLabels) {
			add(w.ProbePorts)
		}
	}
	return slices.Sorted(maps.Keys(ports))
}

// probingNodes are the nodes that probe: the kubelet does so from the primary
// interface. Each must be admitted, so there is one endpoint for every set of
// groups, whose address may be any of the nodes'.
func (s *Snapshot) probingNodes(t *Target) []Endpoint {
	able := map[string]bool{}
	for _, n := range s.candidates() {
		able[n.InstanceID] = true
	}
	byGroups := map[string]int{}
	var out []Endpoint
	for _, i := range s.Cloud.Instances {
		if len(able) > 0 && !able[i.ID] {
			continue // no selected pod can run there
		}
		key := strings.Join(slices.Sorted(slices.Values(i.PrimaryGroups)), " ")
		at, seen := byGroups[key]
		if !seen {
			at = len(out)
			byGroups[key] = at
			out = append(out, Endpoint{Groups: i.PrimaryGroups, Label: "the nodes"})
		}
		if i.PrivateIP != "" {
			out[at].Ranges = append(out[at].Ranges, i.PrivateIP)
		}
	}
	if len(out) == 0 {
		out = append(out, Endpoint{Groups: refIDs(t.NodeGroups), Label: "the nodes"})
	}
	return out
}

func checkProbes(s *Snapshot, t *Target) []Finding {
	f := &findings{step: StepProbes, s: s, t: t}
	if !f.known(checkEarlyDemux, FactCNI, FactPods) {
		return f.out
	}
	if t.Mode != ModeStrict {
		f.add(checkEarlyDemux, Skip, "standard mode: probes do not pass the pods' security group")
		f.add(checkProbeAccess, Skip, "standard mode: probes do not pass the pods' security group")
		return f.out
	}
	ports := probePorts(s, t)
	checkDemux(f, ports)
	if len(ports) == 0 {
		f.add(checkProbeAccess, Pass, noProbes)
		return f.out
	}
	if !f.known(checkProbeAccess, FactSecurityGroups, FactInstances) {
		return f.out
	}
	var closed, uncertain []string
	for _, from := range s.probingNodes(t) {
		for _, port := range ports {
			r := Reach(s.groupMap(), from, t.podEndpoint(s), protocolTCP, port)
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
	doubt := ""
	if len(closed) == 0 {
		doubt = strings.Join(uncertain, "; ")
	}
	f.decide(checkProbeAccess, len(closed)+len(uncertain) == 0, doubt, fmt.Sprintf("on ports %v", ports), "probed ports are closed to the nodes").saw(closed...).
		bySetup(t, "setup adds the rules")
	return f.out
}

const noProbes = "no selected pod has TCP, HTTP or gRPC probes"

// checkDemux judges the setting by whether any selected pod needs it.
func checkDemux(f *findings, ports []int) {
	if f.s.Kube.CNI == nil {
		return
	}
	off := f.s.Kube.CNI.InitEnv[envEarlyDemux] == "true"
	if !off && len(ports) == 0 {
		f.add(checkEarlyDemux, Pass, noProbes)
		return
	}
	found := f.expect(checkEarlyDemux, off, envEarlyDemux+"=true",
		"strict mode without "+envEarlyDemux+"=true: the kubelet's TCP and HTTP probes of the pods fail")
	if f.t.EarlyDemux == "false" {
		found.mend("setup was told to set it to false: leave that answer out, or choose standard mode", f.t.setupCommand())
		return
	}
	found.bySetup(f.t, "setup sets it")
}

func planProbes(s *Snapshot, t *Target, p *Plan) {
	if t.Mode != ModeStrict {
		return
	}
	chosen := t.Intent.NodeSecurityGroup != NodeGroupIntent{}
	groups := s.groupMap()
	for _, port := range probePorts(s, t) {
		for _, from := range s.probingNodes(t) {
			if t.PodGroup.ID != "" && Reach(groups, from, t.podEndpoint(s), protocolTCP, port).in.open {
				continue
			}
			for _, g := range t.probingGroups(s, from, chosen) {
				id := fmt.Sprintf("probe-%d-%s", port, strings.TrimPrefix(g.ID, "sg-"))
				if p.has(id) {
					continue
				}
				planRule(p, t, Change{
					ID: id, Step: StepProbes, Why: "lets the kubelet probe the selected pods", Needs: []string{changePodGroup},
				}, AddRule{Group: t.PodGroup, Direction: Ingress, Protocol: protocolTCP, Port: port, Peer: g})
			}
		}
	}
}

// probingGroups are the groups that a rule for some nodes names: the chosen ones
// if they carry any, else the cluster's own, else the first.
func (t *Target) probingGroups(s *Snapshot, from Endpoint, chosen bool) []Ref {
	var carried []Ref
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
			return []Ref{IDRef(id, g.Name)}
		}
	}
	if len(carried) > 0 {
		return carried[:1]
	}
	if len(from.Groups) > 0 { // not what was chosen, but what they carry
		g, _ := s.Group(from.Groups[0])
		return []Ref{IDRef(from.Groups[0], g.Name)}
	}
	return nil
}
