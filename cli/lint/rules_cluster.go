package lint

import (
	"slices"

	"podsg/steps/say"
	"podsg/steps/world"
)

// fargateProfile is the label of pods that run on Fargate.
// https://docs.aws.amazon.com/eks/latest/userguide/fargate-profile.html
const fargateProfile = "eks.amazonaws.com/fargate-profile"

// fargate reports pods of Fargate that a policy takes the cluster's security
// group from: without it they do not start.
func fargate(j *judgement) {
	j.selected(func(w *Workload, by []*Policy) {
		if w.Pod.Metadata.Labels[fargateProfile] == "" {
			return
		}
		if j.cluster == nil {
			j.report(Warning, w.Object, 0, say.T("%s selects pods of a Fargate profile: unless it gives them the cluster's security group too, they do not start", by[0]),
				say.T("add the cluster's security group to groupIds"))
			return
		}
		group := j.cluster.Cloud.Cluster.SecurityGroupID
		if group != "" && !slices.ContainsFunc(by, func(p *Policy) bool { return slices.Contains(p.Spec.SecurityGroups.GroupIDs, group) }) {
			j.report(Error, w.Object, 0, say.T("%s selects pods of a Fargate profile and does not give them the cluster's security group %s: they do not start", by[0], group),
				say.T("add %s to groupIds", group))
		}
	})
}

// strictProbes reports probes that kubelet cannot make in strict mode.
func strictProbes(j *judgement) {
	if j.cluster == nil || j.cluster.Kube.CNI == nil {
		return
	}
	cni := j.cluster.Kube.CNI
	if mode := cni.Env[world.EnvEnforcingMode]; mode != "" && mode != world.ModeStrict || cni.InitEnv[world.EnvEarlyDemux] == "true" {
		return // where no mode is set, it is strict
	}
	j.selected(func(w *Workload, by []*Policy) {
		if w.Pod.probed() {
			j.report(Error, w.Object, 0, say.T("%s selects it, the VPC CNI enforces strictly, and %s is not true: kubelet's probes do not reach it", by[0], world.EnvEarlyDemux),
				say.T("set %s to true, use standard mode, or probe by exec", world.EnvEarlyDemux))
		}
	})
}

// groupsThere compares the security groups with those of the VPC.
func groupsThere(j *judgement) {
	if j.cluster == nil {
		return
	}
	if _, missing := j.cluster.Missing(world.FactSecurityGroups); missing {
		return
	}
	for _, p := range j.Policies {
		for _, id := range p.Spec.SecurityGroups.GroupIDs {
			if _, there := j.cluster.Group(id); groupPattern.MatchString(id) && !there {
				j.report(Error, p.Object, p.line("spec", "securityGroups"), say.T("%s is not in the VPC of cluster %s: its pods would wait in ContainerCreating", id, j.cluster.Cloud.Cluster.Name),
					say.T("give the id of a security group of %s", j.cluster.Cloud.Cluster.VPCID))
			}
		}
	}
}
