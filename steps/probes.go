package steps

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

var stepProbes = Step{
	ID: StepProbes, Title: "Probe rules",
	About: []string{
		"In strict mode the kubelet's TCP and HTTP probes come to the pod through its security group.",
		"So the pods' group must admit the nodes on the ports that are probed. In standard mode they do not pass it.",
	},
	Check: checkProbes,
	Plan:  planProbes,
}

var (
	checkEarlyDemux  = check{"D22", "TCP early demux is off where probes need it"}
	checkProbeAccess = check{"D23", "Nodes may probe the selected pods"}
)

// probePorts are the probed TCP ports of the workloads that the policy selects.
func probePorts(s *Snapshot, t *Target) []int {
	ports := map[int]bool{}
	for _, w := range s.Kube.Workloads {
		if ok, err := t.Selector.Matches(w.PodLabels); t.Selector != nil && err == nil && ok {
			for _, p := range w.ProbePorts {
				ports[p] = true
			}
		}
	}
	return slices.Sorted(maps.Keys(ports))
}

func checkProbes(s *Snapshot, t *Target) []Finding {
	f := &findings{step: StepProbes, s: s, t: t}
	if !f.known(checkEarlyDemux, FactCNI, FactPods) {
		return f.out
	}
	ports := probePorts(s, t)
	if t.Mode != ModeStrict {
		f.add(checkEarlyDemux, Skip, "standard mode: probes do not pass the pods' security group")
		f.add(checkProbeAccess, Skip, "standard mode: probes do not pass the pods' security group")
		return f.out
	}
	if s.Kube.CNI != nil {
		f.expect(checkEarlyDemux, s.Kube.CNI.InitEnv[envEarlyDemux] == "true", envEarlyDemux+"=true",
			"strict mode without "+envEarlyDemux+"=true: the kubelet's TCP and HTTP probes of the pods fail").
			bySetup(t, "setup sets it")
	}
	if len(ports) == 0 {
		f.add(checkProbeAccess, Pass, "no selected workload has TCP or HTTP probes")
		return f.out
	}
	var closed []string
	for _, port := range ports {
		if r := Reach(s.groupMap(), t.nodeEndpoint(), t.podEndpoint(s), protocolTCP, port); t.PodGroup.ID == "" || !r.Allowed {
			closed = append(closed, fmt.Sprintf("port %d: %s", port, r.Why))
		}
	}
	f.expect(checkProbeAccess, len(closed) == 0, fmt.Sprintf("on ports %v", ports), "probed ports are closed to the nodes").saw(closed...).
		bySetup(t, "setup adds the rules")
	return f.out
}

func planProbes(s *Snapshot, t *Target, p *Plan) {
	if t.Mode != ModeStrict {
		return
	}
	for _, port := range probePorts(s, t) {
		for _, g := range t.NodeGroups {
			if t.PodGroup.ID != "" && len(Admits(s.groupMap(), Endpoint{Groups: []string{g.ID}}, t.podEndpoint(s), protocolTCP, port)) > 0 {
				continue
			}
			planRule(p, t, Change{
				ID: fmt.Sprintf("probe-%d-%s", port, strings.TrimPrefix(g.ID, "sg-")), Step: StepProbes,
				Why: "lets the kubelet probe the selected pods", Needs: []string{changePodGroup},
			}, AddRule{Group: t.PodGroup, Direction: Ingress, Protocol: protocolTCP, Port: port, Peer: g})
		}
	}
}
