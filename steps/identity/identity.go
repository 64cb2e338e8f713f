// Package identity is the first step of the procedure: who podsg acts as, in AWS
// and in the cluster, and whether that is enough.
package identity

import (
	"embed"
	"net/url"
	"slices"
	"strings"

	"podsg/steps/check"
	"podsg/steps/plan"
	"podsg/steps/say"
	"podsg/steps/shell"
	"podsg/steps/world"
)

// Step is the step of the procedure.
var Step = plan.Step{
	ID: check.StepIdentity,
	About: []string{
		"Who podsg acts as, in AWS and in the cluster, and whether that is enough.",
		"Nothing is changed before every permission that the plan needs has been asked for.",
	},
	Checks: Checks,
}

//go:embed *.md
var pages embed.FS

// Checks are the checks of the step, in their order.
var Checks = check.In("identity", check.StepIdentity, pages,
	check.Check{
		ID: "D01", Title: "AWS credentials",
		About:    check.AboutCluster,
		Severity: check.Pass,
		Run: func(c *check.Context) {
			id := c.Cloud.Identity
			c.Pass("account %s, region %s", id.Account, id.Region).Saw(id.ARN)
		},
	},
	check.Check{
		ID: "D02", Title: "Kubernetes access belongs to the cluster",
		About:    check.AboutCluster,
		Severity: check.Fail, Blocks: true,
		Needs: []world.Fact{world.FactNodes},
		Run:   contextOfCluster,
	},
	check.Check{
		ID: "D03", Title: "Kubernetes permissions",
		About:    check.AboutCluster,
		Severity: check.Fail,
		Needs:    []world.Fact{world.FactAccess},
		Run:      kubernetesAccess,
	},
	check.Check{
		ID: "P01", Title: "AWS permissions of the caller",
		About: check.AboutCluster,
		// A simulation does not see every condition, so its no is a warning.
		Severity: check.Warn,
		Needs:    []world.Fact{world.FactPermissions},
		Run: func(c *check.Context) {
			denied := c.Cloud.DeniedActions
			if len(denied) == 0 {
				c.Pass("the policy simulation allows every call")
				return
			}
			c.Warn("%s", say.N(len(denied), "the policy simulation denies %d call", "the policy simulation denies %d calls")).Saw(denied...).
				Mend(say.T("ask for the policy that this prints"), "podsg permissions -o iam --mode write")
		},
	},
)

// contextOfCluster compares where Kubernetes was reached with what EKS says.
func contextOfCluster(c *check.Context) {
	t := c.Target
	by, same := sameServer(c.Kube, t.Cluster)
	found := c.Expect(c.Kube.Server == "" || same,
		say.T("context %q is the API server of cluster %s%s", c.Kube.Context, t.Cluster.Name, by),
		say.T("context %q points at another API server than cluster %s", c.Kube.Context, t.Cluster.Name)).
		Saw("kubeconfig: " + c.Kube.Server)
	if c.Kube.TLSServerName != "" {
		found.Saw("tls-server-name: " + c.Kube.TLSServerName)
	}
	found.Saw("eks: "+t.Cluster.Endpoint).
		Mend(say.T("use the cluster's own context"), shell.Command("aws eks update-kubeconfig --name %s --region %s", t.Cluster.Name, c.Cloud.Identity.Region))
}

// kubernetesAccess fails on what cannot be read, and warns of what cannot be
// changed: a plan and a diagnosis change nothing.
func kubernetesAccess(c *check.Context) {
	reads := slices.DeleteFunc(slices.Clone(c.Kube.DeniedAccess), func(p string) bool { return slices.Contains(c.Kube.DeniedChanges, p) })
	switch {
	case len(reads) > 0:
		c.Fail("%d things that podsg reads are not allowed", len(reads)).Saw(c.Kube.DeniedAccess...).
			Mend(say.T("ask for the role that this prints"), "podsg permissions -o rbac --mode read")
	case len(c.Kube.DeniedChanges) > 0:
		c.Warn("reading is allowed, but %d things that setup may have to change are not", len(c.Kube.DeniedChanges)).
			Saw(c.Kube.DeniedChanges...).Mend(say.T("ask for the role that this prints"), "podsg permissions -o rbac --mode write")
	default:
		c.Pass("everything that podsg does is allowed")
	}
}

// sameServer reports whether Kubernetes was reached at the cluster's API server:
// by its address, or through a tunnel, where the certificate proves it by its
// name or by its authority, which every cluster has of its own.
func sameServer(k world.ClusterFacts, c world.Cluster) (by say.Text, same bool) {
	endpoint := hostOf(c.Endpoint)
	switch {
	case endpoint == "":
		return say.Text{}, k.Server == c.Endpoint
	case hostOf(k.Server) == endpoint:
		return say.Text{}, true
	case strings.EqualFold(k.TLSServerName, endpoint):
		return say.T(", by the name of its certificate"), true
	case k.CAData != "" && k.CAData == c.CAData:
		return say.T(", by the authority of its certificate"), true
	default:
		return say.Text{}, false
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
