package steps

import (
	"fmt"
	"slices"
	"strings"
)

var stepIdentity = Step{
	ID: StepIdentity, Title: "Identity and permissions",
	About: []string{
		"Who podsg acts as, in AWS and in the cluster, and whether that is enough.",
		"Nothing is changed before every permission that the plan needs has been asked for.",
	},
	Check: checkIdentity,
}

var (
	checkCaller     = check{"D01", "AWS credentials"}
	checkContext    = check{"D02", "Kubernetes access belongs to the cluster"}
	checkAccess     = check{"D03", "Kubernetes permissions"}
	checkIAMAllowed = check{"P01", "AWS permissions of the caller"}
)

func checkIdentity(s *Snapshot, t *Target) []Finding {
	f := &findings{step: StepIdentity, s: s, t: t}
	id := s.Cloud.Identity
	f.add(checkCaller, Pass, fmt.Sprintf("account %s, region %s", id.Account, id.Region)).saw(id.ARN)

	if f.known(checkContext, FactNodes) {
		f.expect(checkContext, s.Kube.Server == "" || sameHost(s.Kube.Server, t.Cluster.Endpoint),
			fmt.Sprintf("context %q is the API server of cluster %s", s.Kube.Context, t.Cluster.Name),
			fmt.Sprintf("context %q points at another API server than cluster %s", s.Kube.Context, t.Cluster.Name)).
			saw("kubeconfig: "+s.Kube.Server, "eks: "+t.Cluster.Endpoint).
			mend("use the cluster's own context", "aws eks update-kubeconfig --name "+t.Cluster.Name+" --region "+id.Region).blocks()
	}
	if f.known(checkAccess, FactAccess) {
		checkKubernetesAccess(f)
	}
	if f.known(checkIAMAllowed, FactPermissions) {
		// A simulation does not see every condition, so its no is a warning.
		status, reason := Pass, "the policy simulation allows every call"
		if len(s.Cloud.DeniedActions) > 0 {
			status, reason = Warn, fmt.Sprintf("the policy simulation denies %d calls", len(s.Cloud.DeniedActions))
		}
		f.add(checkIAMAllowed, status, reason).saw(s.Cloud.DeniedActions...).
			mend("ask for the policy that this prints", "podsg permissions -o iam --mode write")
	}
	return f.out
}

// checkKubernetesAccess fails on what cannot be read, and warns of what cannot
// be changed: a plan and a diagnosis change nothing.
func checkKubernetesAccess(f *findings) {
	reads := slices.DeleteFunc(slices.Clone(f.s.Kube.DeniedAccess), func(p string) bool { return slices.Contains(f.s.Kube.DeniedChanges, p) })
	switch {
	case len(reads) > 0:
		f.add(checkAccess, Fail, fmt.Sprintf("%d things that podsg reads are not allowed", len(reads))).saw(f.s.Kube.DeniedAccess...).
			mend("ask for the role that this prints", "podsg permissions -o rbac --mode read")
	case len(f.s.Kube.DeniedChanges) > 0:
		f.add(checkAccess, Warn, fmt.Sprintf("reading is allowed, but %d things that setup may have to change are not", len(f.s.Kube.DeniedChanges))).
			saw(f.s.Kube.DeniedChanges...).mend("ask for the role that this prints", "podsg permissions -o rbac --mode write")
	default:
		f.add(checkAccess, Pass, "everything that podsg does is allowed")
	}
}

// sameHost compares two API server addresses; kubeconfig and EKS differ in
// case and in a trailing slash.
func sameHost(a, b string) bool {
	norm := func(s string) string { return strings.TrimSuffix(strings.TrimSuffix(strings.ToLower(s), "/"), ":443") }
	return norm(a) == norm(b)
}
