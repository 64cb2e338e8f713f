package cni

import (
	"cmp"
	"fmt"

	"podsg/steps/check"
	"podsg/steps/say"
	"podsg/steps/words"
	"podsg/steps/world"
)

var (
	CheckInternet  = check.Check{ID: "D28", Title: "Strict mode leaves selected pods a way to the internet"}
	CheckElsewhere = check.Check{ID: "D29", Title: "Pods' own groups count on the way to the database"}
)

// Variables of the VPC CNI about the translation of addresses (SNAT).
const (
	EnvExternalSNAT = "AWS_VPC_K8S_CNI_EXTERNALSNAT"
	EnvExcludeSNAT  = "AWS_VPC_K8S_CNI_EXCLUDE_SNAT_CIDRS"
)

// checkEgress judges by which address selected pods leave the VPC. With IPv6
// none is translated.
func checkEgress(f *check.Findings) {
	switch {
	case f.T.Cluster.IPFamily == "ipv6":
	case f.T.Mode == world.ModeStrict:
		checkPublicSubnets(f)
	default:
		checkTranslation(f)
	}
}

// checkPublicSubnets looks for branch ENIs in public subnets: they have no
// public address, and in strict mode no node translates theirs.
func checkPublicSubnets(f *check.Findings) {
	if !f.Known(CheckInternet, f.S.NewTrunkFacts(world.FactNodes, world.FactInstanceTypes, world.FactNetwork)...) {
		return
	}
	var lines []string
	nodes := f.S.Candidates()
	for _, n := range nodes {
		if subnet, ok := f.S.Subnet(f.S.BranchSubnet(n)); ok && subnet.Public {
			lines = append(lines, fmt.Sprintf("%s: %s is a public subnet", n.Name, subnet.ID))
		}
	}
	if len(lines) == 0 {
		f.Add(CheckInternet, check.Pass, "no branch ENI would be in a public subnet")
		return
	}
	const have = "have their branch ENI in a public subnet, without a public address: in strict mode they do not reach the internet"
	f.Add(CheckInternet, check.Warn, "selected pods on "+words.PartOf(len(lines), len(nodes), "node", have, have)).
		Saw(words.Few(lines)...).
		Mend(say.T("if they need it, run them on nodes in private subnets with a NAT gateway, or use standard mode"), standardModeCommand(f.T))
}

// checkTranslation looks for a database outside the VPC: on the way there the
// node puts its own address in place of the pod's, and so its own groups count.
func checkTranslation(f *check.Findings) {
	d, cni := f.T.DB.Existing, f.S.Kube.CNI
	if d == nil || cni == nil || d.VPCID == "" || d.VPCID == f.T.Cluster.VPCID {
		return
	}
	const untranslated = "traffic that leaves the VPC keeps the pod's address and groups"
	excluded := ""
	if ranges := cni.Env[EnvExcludeSNAT]; ranges != "" {
		excluded = "whether " + d.Identifier + " has an address in " + ranges + ", for which nothing is translated"
	}
	f.Decide(CheckElsewhere, world.IsOn(cni.Env[EnvExternalSNAT]), excluded, untranslated,
		fmt.Sprintf("%s is in %s, and in standard mode what leaves the cluster's VPC has the node's address and security groups, so a rule for the pods' group does not match", d.Identifier, d.VPCID)).
		Saw(EnvExternalSNAT+" is "+cmp.Or(cni.Env[EnvExternalSNAT], "not set")).On(d.Identifier).
		Mend(say.T("%s", "set "+EnvExternalSNAT+"=true if the nodes' subnets have a NAT gateway, or use strict mode"), setCNICommand(f.S, world.CNISettings{Env: map[string]string{EnvExternalSNAT: "true"}}))
}

// setCNICommand sets variables of the VPC CNI in the configuration of its
// add-on, or on the DaemonSet where none manages it.
func setCNICommand(s *world.Snapshot, set world.CNISettings) string {
	if a := s.Cloud.Addon; a != nil {
		return ConfigureAddon{Cluster: s.Cloud.Cluster.Name, Current: a.ConfigurationValues, Role: a.ServiceAccountRole, Settings: set}.Shell()[0]
	}
	return PatchDaemonSet{Settings: set}.Shell()[0]
}
