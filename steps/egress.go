package steps

import (
	"cmp"
	"fmt"
)

var (
	checkInternet  = check{id: "D28", title: "Strict mode leaves selected pods a way to the internet"}
	checkElsewhere = check{id: "D29", title: "Pods' own groups count on the way to the database"}
)

// Variables of the VPC CNI about the translation of addresses (SNAT).
const (
	envExternalSNAT = "AWS_VPC_K8S_CNI_EXTERNALSNAT"
	envExcludeSNAT  = "AWS_VPC_K8S_CNI_EXCLUDE_SNAT_CIDRS"
)

// checkEgress judges by which address selected pods leave the VPC. With IPv6
// none is translated.
func checkEgress(f *findings) {
	switch {
	case f.t.Cluster.IPFamily == "ipv6":
	case f.t.Mode == ModeStrict:
		checkPublicSubnets(f)
	default:
		checkTranslation(f)
	}
}

// checkPublicSubnets looks for branch ENIs in public subnets: they have no
// public address, and in strict mode no node translates theirs.
func checkPublicSubnets(f *findings) {
	if !f.known(checkInternet, f.s.newTrunkFacts(FactNodes, FactInstanceTypes, FactNetwork)...) {
		return
	}
	var lines []string
	nodes := f.s.candidates()
	for _, n := range nodes {
		if subnet, ok := f.s.Subnet(f.s.branchSubnet(n)); ok && subnet.Public {
			lines = append(lines, fmt.Sprintf("%s: %s is a public subnet", n.Name, subnet.ID))
		}
	}
	if len(lines) == 0 {
		f.add(checkInternet, Pass, "no branch ENI would be in a public subnet")
		return
	}
	const have = "have their branch ENI in a public subnet, without a public address: in strict mode they do not reach the internet"
	f.add(checkInternet, Warn, "selected pods on "+partOf(len(lines), len(nodes), "node", have, have)).
		saw(few(lines)...).
		mend("if they need it, run them on nodes in private subnets with a NAT gateway, or use standard mode", f.t.standardModeCommand())
}

// checkTranslation looks for a database outside the VPC: on the way there the
// node puts its own address in place of the pod's, and so its own groups count.
func checkTranslation(f *findings) {
	d, cni := f.t.DB.Existing, f.s.Kube.CNI
	if d == nil || cni == nil || d.VPCID == "" || d.VPCID == f.t.Cluster.VPCID {
		return
	}
	const untranslated = "traffic that leaves the VPC keeps the pod's address and groups"
	excluded := ""
	if ranges := cni.Env[envExcludeSNAT]; ranges != "" {
		excluded = "whether " + d.Identifier + " has an address in " + ranges + ", for which nothing is translated"
	}
	f.decide(checkElsewhere, isOn(cni.Env[envExternalSNAT]), excluded, untranslated,
		fmt.Sprintf("%s is in %s, and in standard mode what leaves the cluster's VPC has the node's address and security groups, so a rule for the pods' group does not match", d.Identifier, d.VPCID)).
		saw(envExternalSNAT+" is "+cmp.Or(cni.Env[envExternalSNAT], "not set")).on(d.Identifier).
		mend("set "+envExternalSNAT+"=true if the nodes' subnets have a NAT gateway, or use strict mode", f.s.setCNICommand(CNISettings{Env: map[string]string{envExternalSNAT: "true"}}))
}

// setCNICommand sets variables of the VPC CNI in the configuration of its
// add-on, or on the DaemonSet where none manages it.
func (s *Snapshot) setCNICommand(set CNISettings) string {
	if a := s.Cloud.Addon; a != nil {
		return ConfigureAddon{Cluster: s.Cloud.Cluster.Name, Current: a.ConfigurationValues, Role: a.ServiceAccountRole, Settings: set}.Shell()[0]
	}
	return PatchDaemonSet{Settings: set}.Shell()[0]
}
