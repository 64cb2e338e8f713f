package world

import "slices"

// Engines that enforce NetworkPolicies, as their makers call them.
const (
	EngineVPCCNI = "the VPC CNI"
	EngineCalico = "Calico"
	EngineCilium = "Cilium"
)

// PolicyEngines are what enforces NetworkPolicies in the cluster: the network
// policy agent of the VPC CNI where it is switched on, and others by their
// DaemonSets. Unsure is the reason why there may be more.
func (s *Snapshot) PolicyEngines() (engines []string, unsure string) {
	if s.Kube.CNI != nil && s.Kube.CNI.PolicyAgent || s.Cloud.Addon != nil && AddonEnforcesPolicies(s.Cloud.Addon.ConfigurationValues) {
		engines = append(engines, EngineVPCCNI)
	}
	for _, w := range s.Kube.Workloads {
		if w.Kind != WorkloadDaemonSet {
			continue
		}
		// https://docs.cilium.io and https://docs.tigera.io name theirs so.
		engine := map[string]string{"calico-node": EngineCalico, "cilium": EngineCilium}[w.Name]
		if engine != "" && !slices.Contains(engines, engine) {
			engines = append(engines, engine)
		}
	}
	if gap, missing := s.Gaps[FactWorkloads]; missing {
		return engines, gap.Reason
	}
	return engines, s.Kube.Partial[FactWorkloads]
}
