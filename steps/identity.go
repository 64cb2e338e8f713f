package steps

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
)

var stepIdentity = Step{
	ID: StepIdentity,
	About: []string{
		"Who podsg acts as, in AWS and in the cluster, and whether that is enough.",
		"Nothing is changed before every permission that the plan needs has been asked for.",
	},
	Check: checkIdentity,
}

var (
	checkCaller     = check{id: "D01", title: "AWS credentials"}
	checkContext    = check{id: "D02", title: "Kubernetes access belongs to the cluster"}
	checkAccess     = check{id: "D03", title: "Kubernetes permissions"}
	checkIAMAllowed = check{id: "P01", title: "AWS permissions of the caller"}
)

func checkIdentity(s *Snapshot, t *Target) []Finding {
	f := &findings{step: StepIdentity, s: s, t: t}
	id := s.Cloud.Identity
	f.add(checkCaller, Pass, fmt.Sprintf("account %s, region %s", id.Account, id.Region)).saw(id.ARN)

	if f.known(checkContext, FactNodes) {
		by, same := sameServer(s.Kube, t.Cluster)
		found := f.expect(checkContext, s.Kube.Server == "" || same,
			fmt.Sprintf("context %q is the API server of cluster %s%s", s.Kube.Context, t.Cluster.Name, by),
			fmt.Sprintf("context %q points at another API server than cluster %s", s.Kube.Context, t.Cluster.Name)).
			saw("kubeconfig: " + s.Kube.Server)
		if s.Kube.TLSServerName != "" {
			found.saw("tls-server-name: " + s.Kube.TLSServerName)
		}
		found.saw("eks: "+t.Cluster.Endpoint).
			mend("use the cluster's own context", "aws eks update-kubeconfig --name "+t.Cluster.Name+" --region "+id.Region).blocks()
	}
	if f.known(checkAccess, FactAccess) {
		checkKubernetesAccess(f)
	}
	if f.known(checkIAMAllowed, FactPermissions) {
		// A simulation does not see every condition, so its no is a warning.
		status, reason := Pass, "the policy simulation allows every call"
		if len(s.Cloud.DeniedActions) > 0 {
			status, reason = Warn, "the policy simulation denies "+numberOf(len(s.Cloud.DeniedActions), "call")
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

// sameServer reports whether Kubernetes was reached at the cluster's API server:
// by its address, or through a tunnel, where the certificate proves it by its
// name or by its authority, which every cluster has of its own.
func sameServer(k ClusterFacts, c Cluster) (by string, same bool) {
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
