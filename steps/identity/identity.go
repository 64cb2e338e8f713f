package identity

import (
	"fmt"
	"net/url"
	"slices"
	"strings"

	"podsg/steps/check"
	"podsg/steps/intent"
	"podsg/steps/plan"
	"podsg/steps/say"
	"podsg/steps/words"
	"podsg/steps/world"
)

var StepIdentity = plan.Step{
	ID: check.StepIdentity,
	About: []string{
		"Who podsg acts as, in AWS and in the cluster, and whether that is enough.",
		"Nothing is changed before every permission that the plan needs has been asked for.",
	},
	Check: CheckIdentity,
}

var (
	CheckCaller     = check.Check{ID: "D01", Title: "AWS credentials"}
	CheckContext    = check.Check{ID: "D02", Title: "Kubernetes access belongs to the cluster"}
	CheckAccess     = check.Check{ID: "D03", Title: "Kubernetes permissions"}
	CheckIAMAllowed = check.Check{ID: "P01", Title: "AWS permissions of the caller"}
)

func CheckIdentity(s *world.Snapshot, t *intent.Target) []check.Finding {
	f := &check.Findings{Step: check.StepIdentity, S: s, T: t}
	id := s.Cloud.Identity
	f.Add(CheckCaller, check.Pass, fmt.Sprintf("account %s, region %s", id.Account, id.Region)).Saw(id.ARN)

	if f.Known(CheckContext, world.FactNodes) {
		by, same := sameServer(s.Kube, t.Cluster)
		found := f.Expect(CheckContext, s.Kube.Server == "" || same,
			fmt.Sprintf("context %q is the API server of cluster %s%s", s.Kube.Context, t.Cluster.Name, by),
			fmt.Sprintf("context %q points at another API server than cluster %s", s.Kube.Context, t.Cluster.Name)).
			Saw("kubeconfig: " + s.Kube.Server)
		if s.Kube.TLSServerName != "" {
			found.Saw("tls-server-name: " + s.Kube.TLSServerName)
		}
		found.Saw("eks: "+t.Cluster.Endpoint).
			Mend(say.T("use the cluster's own context"), "aws eks update-kubeconfig --name "+t.Cluster.Name+" --region "+id.Region).Blocks()
	}
	if f.Known(CheckAccess, world.FactAccess) {
		checkKubernetesAccess(f)
	}
	if f.Known(CheckIAMAllowed, world.FactPermissions) {
		// A simulation does not see every condition, so its no is a warning.
		status, reason := check.Pass, "the policy simulation allows every call"
		if len(s.Cloud.DeniedActions) > 0 {
			status, reason = check.Warn, "the policy simulation denies "+words.NumberOf(len(s.Cloud.DeniedActions), "call")
		}
		f.Add(CheckIAMAllowed, status, reason).Saw(s.Cloud.DeniedActions...).
			Mend(say.T("ask for the policy that this prints"), "podsg permissions -o iam --mode write")
	}
	return f.Out
}

// checkKubernetesAccess fails on what cannot be read, and warns of what cannot
// be changed: a plan and a diagnosis change nothing.
func checkKubernetesAccess(f *check.Findings) {
	reads := slices.DeleteFunc(slices.Clone(f.S.Kube.DeniedAccess), func(p string) bool { return slices.Contains(f.S.Kube.DeniedChanges, p) })
	switch {
	case len(reads) > 0:
		f.Add(CheckAccess, check.Fail, fmt.Sprintf("%d things that podsg reads are not allowed", len(reads))).Saw(f.S.Kube.DeniedAccess...).
			Mend(say.T("ask for the role that this prints"), "podsg permissions -o rbac --mode read")
	case len(f.S.Kube.DeniedChanges) > 0:
		f.Add(CheckAccess, check.Warn, fmt.Sprintf("reading is allowed, but %d things that setup may have to change are not", len(f.S.Kube.DeniedChanges))).
			Saw(f.S.Kube.DeniedChanges...).Mend(say.T("ask for the role that this prints"), "podsg permissions -o rbac --mode write")
	default:
		f.Add(CheckAccess, check.Pass, "everything that podsg does is allowed")
	}
}

// sameServer reports whether Kubernetes was reached at the cluster's API server:
// by its address, or through a tunnel, where the certificate proves it by its
// name or by its authority, which every cluster has of its own.
func sameServer(k world.ClusterFacts, c world.Cluster) (by string, same bool) {
	endpoint := hostOf(c.Endpoint)
	switch {
	case endpoint == "":
		return "", k.Server == c.Endpoint
	case hostOf(k.Server) == endpoint:
		return "", true
	case strings.EqualFold(k.TLSServerName, endpoint):
		return ", by the name of its certificate", true
	case k.CAData != "" && k.CAData == c.CAData:
		return ", by the authority of its certificate", true
	default:
		return "", false
	}
}

// hostOf is the host of a URL in lower case, without its port.
func hostOf(server string) string {
	u, err := url.Parse(server)
	if err != nil {
		return ""
	}
	return strings.ToLower(u.Hostname())
}
