package cluster

import (
	"fmt"
	"strconv"

	"podsg/steps/check"
	"podsg/steps/intent"
	"podsg/steps/plan"
	"podsg/steps/say"
	"podsg/steps/world"
)

var StepCluster = plan.Step{
	ID: check.StepCluster,
	About: []string{
		"The cluster's control plane runs the VPC resource controller, which makes the pods' network interfaces.",
		"They live in the cluster's VPC and in the subnets of its nodes, so both are looked up from the cluster itself.",
	},
	Check: checkCluster,
}

var (
	CheckActive    = check.Check{ID: "D04", Title: "Cluster is active"}
	CheckReachable = check.Check{ID: "D05", Title: "Kubernetes API answers"}
	CheckCNIAge    = check.Check{ID: "D06", Title: "VPC CNI knows security groups for pods"}
	CheckAutoMode  = check.Check{ID: "D07", Title: "Nodes are not all of EKS Auto Mode"}
	CheckNotEC2    = check.Check{ID: "D09", Title: "Nodes are EC2 instances"}
	CheckVPCCNI    = check.Check{ID: "D10", Title: "Amazon VPC CNI is installed"}
	CheckFreeIPs   = check.Check{ID: "D68", Title: "Subnets have free addresses"}
)

// The oldest VPC CNI releases that know the feature, and the enforcing mode.
// https://docs.aws.amazon.com/eks/latest/userguide/security-groups-for-pods.html
var (
	cniWithPodENI        = world.Version{1, 7, 7}
	cniWithEnforcingMode = world.Version{1, 11, 0}
)

func checkCluster(s *world.Snapshot, t *intent.Target) []check.Finding {
	f := &check.Findings{Step: check.StepCluster, S: s, T: t}
	c := t.Cluster
	active := f.Expect(CheckActive, c.Status == "ACTIVE" || c.Status == "UPDATING",
		fmt.Sprintf("%s, Kubernetes %s (%s), in %s", c.Status, c.Version, c.PlatformVersion, c.VPCID),
		"its status is "+c.Status).Saw(c.HealthIssues...).On(c.Name)
	active.Mend(say.T("wait until it is active, or see its health"), "aws eks describe-cluster --name "+c.Name+" --query 'cluster.[status,health]'").Blocks()

	if reason, missing := s.Missing(world.FactNodes); missing {
		f.Add(CheckReachable, check.Fail, reason).Saw("public endpoint: "+strconv.FormatBool(c.PublicEndpoint), c.Endpoint).
			Mend(say.T("if the endpoint is private, run podsg inside the VPC or through its VPN or bastion"), "kubectl get --raw /readyz").Blocks()
	} else {
		f.Add(CheckReachable, check.Pass, "it answers at "+c.Endpoint)
	}
	if f.Known(CheckVPCCNI, world.FactCNI) {
		if s.Kube.CNI == nil && c.AutoMode {
			f.Add(CheckVPCCNI, check.Skip, "EKS Auto Mode has its own networking")
		} else {
			f.Expect(CheckVPCCNI, s.Kube.CNI != nil, "DaemonSet kube-system/aws-node is there",
				"there is no DaemonSet kube-system/aws-node: security groups for pods need the Amazon VPC CNI").
				Mend(say.T("install the add-on, or use the network policies of the CNI that is installed"), "aws eks create-addon --cluster-name "+c.Name+" --addon-name "+world.AddonVPCCNI).Blocks()
		}
	}
	if s.Kube.CNI != nil && f.Known(CheckCNIAge, world.FactCNI) {
		v, ok := world.ParseVersion(s.Kube.CNI.Version)
		switch {
		case !ok:
			f.Add(CheckCNIAge, check.Warn, "its version cannot be read from image "+s.Kube.CNI.Image).Mend(say.T("check that it is v1.11.0 or later"), "")
		case v.Before(cniWithPodENI):
			f.Add(CheckCNIAge, check.Fail, fmt.Sprintf("version %s is older than %s", v, cniWithPodENI)).
				Mend(say.T("%s", "update the VPC CNI to a version that aws eks describe-addon-versions --addon-name "+world.AddonVPCCNI+" lists"), UpdateVersionCommand(s)).Blocks()
		case t.Mode == world.ModeStandard && v.Before(cniWithEnforcingMode):
			f.Add(CheckCNIAge, check.Fail, fmt.Sprintf("version %s does not know the standard enforcing mode, which came with %s", v, cniWithEnforcingMode)).
				Mend(say.T("update the VPC CNI, or choose strict mode"), "podsg setup --enforcing-mode strict").Blocks()
		default:
			f.Add(CheckCNIAge, check.Pass, "version "+v.String())
		}
	}
	checkComputeTypes(f)
	checkSubnetAddresses(f)
	return f.Out
}

func checkComputeTypes(f *check.Findings) {
	if !f.Known(CheckAutoMode, world.FactNodes) {
		return
	}
	var auto, other []string
	for _, n := range f.S.Kube.Nodes {
		switch n.ComputeType {
		case "auto":
			auto = append(auto, n.Name)
		case "hybrid", "fargate":
			other = append(other, n.Name+" ("+n.ComputeType+")")
		}
	}
	switch {
	case len(auto) == 0 && !f.T.Cluster.AutoMode:
		f.Add(CheckAutoMode, check.Pass, "no node is")
	case len(auto) == len(f.S.Kube.Nodes):
		f.Add(CheckAutoMode, check.Fail, "every node is managed by EKS Auto Mode, where the VPC resource controller of this procedure does nothing").Saw(auto...).
			Mend(say.T("add a managed node group of a type with trunk support; or, with Kubernetes 1.36 and later, use Auto Mode's own security groups for pods"), "").Blocks()
	default:
		f.Add(CheckAutoMode, check.Warn, fmt.Sprintf("%d nodes are, and pods can land on them without a branch ENI", len(auto))).Saw(auto...).
			Mend(say.T("keep the selected pods off them, with a nodeSelector for the managed node group"), "")
	}
	if len(other) > 0 {
		f.Add(CheckNotEC2, check.Warn, fmt.Sprintf("%d nodes are not: they are left out", len(other))).Saw(other...).
			Mend(say.T("keep the selected pods off them"), "")
	} else {
		f.Add(CheckNotEC2, check.Pass, fmt.Sprintf("all %d are", len(f.S.Kube.Nodes)))
	}
}

// fewAddresses is when a subnet is nearly full: a branch ENI takes an address
// of its node's subnet.
const fewAddresses = 8

func checkSubnetAddresses(f *check.Findings) {
	if !f.Known(CheckFreeIPs, world.FactNetwork, world.FactInstances) {
		return
	}
	seen := map[string]bool{}
	var low []string
	for _, i := range f.S.Cloud.Instances {
		n, ok := f.S.Subnet(i.SubnetID)
		if ok && !seen[n.ID] && n.FreeIPs < fewAddresses {
			low = append(low, fmt.Sprintf("%s (%s, %s): %d free addresses", n.ID, n.CIDR, n.Zone, n.FreeIPs))
		}
		seen[i.SubnetID] = true
	}
	if len(low) > 0 {
		f.Add(CheckFreeIPs, check.Warn, "branch ENIs take addresses of the nodes' subnets, and some are nearly full").Saw(low...).
			Mend(say.T("use larger subnets for the node group"), "")
		return
	}
	f.Add(CheckFreeIPs, check.Pass, fmt.Sprintf("all %d subnets with nodes have", len(seen)))
}
