package cni

import (
	"cmp"
	"fmt"
	"net/netip"

	"podsg/steps/check"
	"podsg/steps/say"
	"podsg/steps/shell"
	"podsg/steps/words"
	"podsg/steps/world"
)

// Variables of the VPC CNI about the translation of addresses (SNAT).
const (
	EnvExternalSNAT = "AWS_VPC_K8S_CNI_EXTERNALSNAT"
	EnvExcludeSNAT  = "AWS_VPC_K8S_CNI_EXCLUDE_SNAT_CIDRS"
)

// publicSubnets looks for branch ENIs in public subnets: they have no
// public address, and in strict mode no node translates theirs.
func publicSubnets(c *check.Context) {
	if c.Target.Cluster.IPFamily == "ipv6" || !c.Known(c.NewTrunkFacts(world.FactNodes, world.FactInstanceTypes, world.FactNetwork)...) {
		return
	}
	var lines []string
	nodes := c.Candidates()
	for _, n := range nodes {
		if subnet, ok := c.Subnet(c.BranchSubnet(n)); ok && subnet.Public {
			lines = append(lines, fmt.Sprintf("%s: %s is a public subnet", n.Name, subnet.ID))
		}
	}
	if len(lines) == 0 {
		c.Pass("no branch ENI would be in a public subnet")
		return
	}
	c.Warn("selected pods on %d of %s have their branch ENI in a public subnet, without a public address: in strict mode they do not reach the internet",
		len(lines), say.N(len(nodes), "%d node", "%d nodes")).
		Saw(words.Few(lines)...).
		Mend(say.T("if they need it, run them on nodes in private subnets with a NAT gateway, or use standard mode"), standardMode(c))
}

// translation looks for a database outside the VPC, or at an IPv4 address while
// pods have IPv6 ones: on the way there the node puts its own address in place of
// the pod's, and so its own groups count.
func translation(c *check.Context) {
	d, cni := c.Target.DB.Existing, c.Kube.CNI
	if db := c.Target.DBEndpoint(c.Snapshot); c.Target.Cluster.IPFamily == "ipv6" && d != nil && isIPv4(db.IP) {
		// https://github.com/aws/amazon-vpc-cni-k8s#enable_v4_egress-v1151
		c.Warn("pods of this cluster have IPv6 addresses, and what they send to an IPv4 address such as %s of %s leaves through their node's primary address: there the node's groups count, and not the pods'", db.IP, d.Identifier).
			On(d.Identifier).
			Mend(say.T("give the database an IPv6 address (network type dual) and admit the pods' group; with IPv4 a rule can only admit the node's group, and so every pod"), shell.Command("aws rds describe-db-instances --db-instance-identifier %s --query %s", d.Identifier, "DBInstances[].[NetworkType,DBSubnetGroup.SupportedNetworkTypes]"))
		return
	}
	if c.Target.Cluster.IPFamily == "ipv6" || c.Target.Mode == world.ModeStrict || d == nil || cni == nil || d.VPCID == "" || d.VPCID == c.Target.Cluster.VPCID {
		return
	}
	var excluded say.Text
	if ranges := cni.Env[EnvExcludeSNAT]; ranges != "" {
		excluded = say.T("whether %s has an address in %s, for which nothing is translated", d.Identifier, ranges)
	}
	c.Decide(world.IsOn(cni.Env[EnvExternalSNAT]), excluded, say.T("traffic that leaves the VPC keeps the pod's address and groups"),
		say.T("%s is in %s, and in standard mode what leaves the cluster's VPC has the node's address and security groups, so a rule for the pods' group does not match", d.Identifier, d.VPCID)).
		Saw(EnvExternalSNAT+" is "+cmp.Or(cni.Env[EnvExternalSNAT], "not set")).On(d.Identifier).
		Mend(say.T("set %s=true if the nodes' subnets have a NAT gateway, or use strict mode", EnvExternalSNAT), SetCommand(c.Snapshot, world.CNISettings{Env: map[string]string{EnvExternalSNAT: "true"}}))
}

// SetCommand sets variables of the VPC CNI in the configuration of its
// add-on, or on the DaemonSet where none manages it.
func SetCommand(s *world.Snapshot, set world.CNISettings) string {
	if a := s.Cloud.Addon; a != nil {
		return ConfigureAddon{Cluster: s.Cloud.Cluster.Name, Current: a.ConfigurationValues, Role: a.ServiceAccountRole, Settings: set}.Shell()[0]
	}
	return PatchDaemonSet{Settings: set}.Shell()[0]
}

// isIPv4 reports whether an address is known and of version 4.
func isIPv4(text string) bool {
	addr, err := netip.ParseAddr(text)
	return err == nil && addr.Is4()
}
