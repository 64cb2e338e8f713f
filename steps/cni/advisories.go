package cni

import (
	"fmt"
	"strings"

	"podsg/steps/check"
	"podsg/steps/cluster"
	"podsg/steps/say"
	"podsg/steps/world"
)

// AdvisoriesOf is the day on which the table of advisories was last compared
// with its sources.
const AdvisoriesOf = "2026-11-30"

// Advisory is a fault that some versions of a component are known to have, as far
// as it concerns security groups for pods.
type Advisory struct {
	ID        string
	Component string
	Since     world.Version // the first version that has it
	Until     world.Version // the first that has it no more
	Does      say.Text
	WayOut    say.Text
	Source    string // page that says so
	// when narrows it down to clusters that are set up in some way; nil: all.
	when func(*check.Context) bool
}

// Versions are those that have the fault, in words.
func (a Advisory) Versions() string {
	return fmt.Sprintf("%s %s and later, before %s", a.Component, a.Since, a.Until)
}

// Advisories is the table. Faults that a check of their own looks for are not in
// it.
func Advisories() []Advisory {
	const cni, changes = "VPC CNI", "https://github.com/aws/amazon-vpc-cni-k8s/blob/master/CHANGELOG.md"
	return []Advisory{
		{
			ID: "cni-1.22-permissions", Component: cni, Since: cniAsksForGroups, Until: cniAsksNoMore,
			Does:   say.T("aws-node asks EC2 for security groups when it starts (from v1.22.1 for subnets too), and is never ready where its role may not"),
			WayOut: say.T("update to v1.22.2 or later, or allow ec2:DescribeSecurityGroups and ec2:DescribeSubnets to the role; AmazonEKS_CNI_Policy does, policies of your own for IPv6 often do not"),
			Source: "https://github.com/aws/amazon-vpc-cni-k8s/issues/3705",
		},
		{
			ID: "cni-1.23-agent", Component: cni, Since: world.Version{1, 23, 0}, Until: world.Version{1, 24, 0},
			Does:   say.T("network policy agents older than v1.4.1 do not find the VPC CNI, which moved to a Unix socket: network policies are not enforced as they should"),
			WayOut: say.T("run the network policy agent v1.4.1 or later, which the add-on's own manifest has"),
			Source: changes,
			when: func(c *check.Context) bool {
				agent, known := world.ParseVersion(c.Kube.CNI.AgentVersion)
				return known && agent.Before(world.Version{1, 4, 1})
			},
		},
		{
			ID: "cni-force-delete", Component: cni, Since: world.Version{1, 7, 7}, Until: world.Version{1, 20, 0},
			Does:   say.T("a pod with a branch ENI that is deleted by force may leave its network behind on the node, by a race"),
			WayOut: say.T("update the VPC CNI, and delete pods without --force"),
			Source: "https://github.com/aws/amazon-vpc-cni-k8s/pull/3304",
			when:   func(*check.Context) bool { return false }, // worth knowing, and no reason to warn of
		},
		{
			ID: "cni-custom-networking", Component: cni, Since: world.Version{1, 7, 7}, Until: world.Version{1, 19, 5},
			Does:   say.T("with custom networking and security groups for pods together, a node may fail to get ready"),
			WayOut: say.T("update the VPC CNI"),
			Source: "https://github.com/aws/amazon-vpc-cni-k8s/pull/3277",
			when:   func(c *check.Context) bool { return c.CustomNetworking() },
		},
	}
}

// AdvisoryText is the table as a page.
func AdvisoryText() string {
	var b strings.Builder
	fmt.Fprintf(&b, "# Versions with known faults\n\nAs of %s. Check P12 warns of those that a cluster has.\n", AdvisoriesOf)
	for _, a := range Advisories() {
		fmt.Fprintf(&b, "\n## %s\n\n%s.\n\nWhat it does: %s.\n\nWay out: %s.\n\nSource: %s\n", a.ID, a.Versions(), a.Does, a.WayOut, a.Source)
	}
	return b.String()
}

// advisories looks for versions with a known fault.
func advisories(c *check.Context) {
	v, known := world.ParseVersion(c.Kube.CNI.Version)
	if !known {
		c.Skip("the version of the VPC CNI is not known")
		return
	}
	found := 0
	for _, a := range Advisories() {
		if v.Before(a.Since) || !v.Before(a.Until) || a.when != nil && !a.when(c) {
			continue
		}
		found++
		c.Warn("%s %s has a known fault: %s", a.Component, v, a.Does).Saw("advisory "+a.ID+" of "+AdvisoriesOf, a.Source).
			Mend(a.WayOut, cluster.UpdateVersionCommand(c.Snapshot))
	}
	if found == 0 {
		c.Pass("none is known of VPC CNI %s (as of %s)", v, AdvisoriesOf)
	}
}
