package steps

import (
	"podsg/steps/check"
	"podsg/steps/follow"
	"podsg/steps/intent"
	"podsg/steps/plan"
	"podsg/steps/world"
)

// Diagnose runs every check of the procedure and judges what they find. With the
// name of a pod it follows that pod of the target's namespace instead; a pod that
// is not there is [follow.ErrNoSuchPod].
func Diagnose(s *world.Snapshot, t *intent.Target, pod string) (*plan.Diagnosis, error) {
	findings := Check(s, t)
	if pod != "" {
		var err error
		if findings, err = follow.CheckPod(s, t, pod); err != nil {
			return nil, err
		}
	}
	verdict, ordered := Judge(s, findings)
	if ordered == nil {
		ordered = []check.Finding{}
	}
	d := &plan.Diagnosis{
		SchemaVersion: plan.SchemaVersion, Cluster: s.Cloud.Cluster.Name, Region: s.Cloud.Identity.Region, Account: s.Cloud.Identity.Account,
		Namespace: t.Namespace, TakenAt: s.TakenAt, Versions: plan.Versions{Kubernetes: s.Cloud.Cluster.Version},
		Verdict: verdict, Summary: check.Summarize(ordered), Checks: ordered,
	}
	if s.Kube.CNI != nil {
		d.Versions.VPCCNI = s.Kube.CNI.Version
	}
	return d, nil
}

// Judge makes a verdict of findings of the procedure, or of one pod, and puts
// them into its order.
func Judge(s *world.Snapshot, findings []check.Finding) (check.Verdict, []check.Finding) {
	return check.Judge(s, append(Registry(), follow.Checks()...), findings)
}
