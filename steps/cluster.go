package steps

import (
	"fmt"
	"strconv"
	"strings"
)

var stepCluster = Step{
	ID: StepCluster,
	About: []string{
		"The cluster's control plane runs the VPC resource controller, which makes the pods' network interfaces.",
		"They live in the cluster's VPC and in the subnets of its nodes, so both are looked up from the cluster itself.",
	},
	Check: checkCluster,
}

var (
	checkActive    = check{id: "D04", title: "Cluster is active"}
	checkReachable = check{id: "D05", title: "Kubernetes API answers"}
	checkCNIAge    = check{id: "D06", title: "VPC CNI knows security groups for pods"}
	checkAutoMode  = check{id: "D07", title: "Nodes are not all of EKS Auto Mode"}
	checkNotEC2    = check{id: "D09", title: "Nodes are EC2 instances"}
	checkVPCCNI    = check{id: "D10", title: "Amazon VPC CNI is installed"}
	checkFreeIPs   = check{id: "D68", title: "Subnets have free addresses"}
)

// The oldest VPC CNI releases that know the feature, and the enforcing mode.
// https://docs.aws.amazon.com/eks/latest/userguide/security-groups-for-pods.html
var (
	cniWithPodENI        = version{1, 7, 7}
	cniWithEnforcingMode = version{1, 11, 0}
)

func checkCluster(s *Snapshot, t *Target) []Finding {
	f := &findings{step: StepCluster, s: s, t: t}
	c := t.Cluster
	active := f.expect(checkActive, c.Status == "ACTIVE" || c.Status == "UPDATING",
		fmt.Sprintf("%s, Kubernetes %s (%s), in %s", c.Status, c.Version, c.PlatformVersion, c.VPCID),
		"its status is "+c.Status).saw(c.HealthIssues...).on(c.Name)
	active.mend("wait until it is active, or see its health", "aws eks describe-cluster --name "+c.Name+" --query 'cluster.[status,health]'").blocks()

	if reason, missing := s.Missing(FactNodes); missing {
		f.add(checkReachable, Fail, reason).saw("public endpoint: "+strconv.FormatBool(c.PublicEndpoint), c.Endpoint).
			mend("if the endpoint is private, run podsg inside the VPC or through its VPN or bastion", "kubectl get --raw /readyz").blocks()
	} else {
		f.add(checkReachable, Pass, "it answers at "+c.Endpoint)
	}
	if f.known(checkVPCCNI, FactCNI) {
		if s.Kube.CNI == nil && c.AutoMode {
			f.add(checkVPCCNI, Skip, "EKS Auto Mode has its own networking")
		} else {
			f.expect(checkVPCCNI, s.Kube.CNI != nil, "DaemonSet kube-system/aws-node is there",
				"there is no DaemonSet kube-system/aws-node: security groups for pods need the Amazon VPC CNI").
				mend("install the add-on, or use the network policies of the CNI that is installed", "aws eks create-addon --cluster-name "+c.Name+" --addon-name "+AddonVPCCNI).blocks()
		}
	}
	if s.Kube.CNI != nil && f.known(checkCNIAge, FactCNI) {
		v, ok := parseVersion(s.Kube.CNI.Version)
		switch {
		case !ok:
			f.add(checkCNIAge, Warn, "its version cannot be read from image "+s.Kube.CNI.Image).mend("check that it is v1.11.0 or later", "")
		case v.before(cniWithPodENI):
			f.add(checkCNIAge, Fail, fmt.Sprintf("version %s is older than %s", v, cniWithPodENI)).
				mend("update the VPC CNI to a version that aws eks describe-addon-versions --addon-name "+AddonVPCCNI+" lists", updateVersionCommand(s)).blocks()
		case t.Mode == ModeStandard && v.before(cniWithEnforcingMode):
			f.add(checkCNIAge, Fail, fmt.Sprintf("version %s does not know the standard enforcing mode, which came with %s", v, cniWithEnforcingMode)).
				mend("update the VPC CNI, or choose strict mode", "podsg setup --enforcing-mode strict").blocks()
		default:
			f.add(checkCNIAge, Pass, "version "+v.String())
		}
	}
	checkComputeTypes(f)
	checkSubnetAddresses(f)
	return f.out
}

func checkComputeTypes(f *findings) {
	if !f.known(checkAutoMode, FactNodes) {
		return
	}
	var auto, other []string
	for _, n := range f.s.Kube.Nodes {
		switch n.ComputeType {
		case "auto":
			auto = append(auto, n.Name)
		case "hybrid", "fargate":
			other = append(other, n.Name+" ("+n.ComputeType+")")
		}
	}
	switch {
	case len(auto) == 0 && !f.t.Cluster.AutoMode:
		f.add(checkAutoMode, Pass, "no node is")
	case len(auto) == len(f.s.Kube.Nodes):
		f.add(checkAutoMode, Fail, "every node is managed by EKS Auto Mode, where the VPC resource controller of this procedure does nothing").saw(auto...).
			mend("add a managed node group of a type with trunk support; or, with Kubernetes 1.36 and later, use Auto Mode's own security groups for pods", "").blocks()
	default:
		f.add(checkAutoMode, Warn, fmt.Sprintf("%d nodes are, and pods can land on them without a branch ENI", len(auto))).saw(auto...).
			mend("keep the selected pods off them, with a nodeSelector for the managed node group", "")
	}
	if len(other) > 0 {
		f.add(checkNotEC2, Warn, fmt.Sprintf("%d nodes are not: they are left out", len(other))).saw(other...).
			mend("keep the selected pods off them", "")
	} else {
		f.add(checkNotEC2, Pass, fmt.Sprintf("all %d are", len(f.s.Kube.Nodes)))
	}
}

// fewAddresses is when a subnet is nearly full: a branch ENI takes an address
// of its node's subnet.
const fewAddresses = 8

func checkSubnetAddresses(f *findings) {
	if !f.known(checkFreeIPs, FactNetwork, FactInstances) {
		return
	}
	seen := map[string]bool{}
	var low []string
	for _, i := range f.s.Cloud.Instances {
		n, ok := f.s.Subnet(i.SubnetID)
		if ok && !seen[n.ID] && n.FreeIPs < fewAddresses {
			low = append(low, fmt.Sprintf("%s (%s, %s): %d free addresses", n.ID, n.CIDR, n.Zone, n.FreeIPs))
		}
		seen[i.SubnetID] = true
	}
	if len(low) > 0 {
		f.add(checkFreeIPs, Warn, "branch ENIs take addresses of the nodes' subnets, and some are nearly full").saw(low...).
			mend("use larger subnets for the node group", "")
		return
	}
	f.add(checkFreeIPs, Pass, fmt.Sprintf("all %d subnets with nodes have", len(seen)))
}

// version is a semantic version without pre-release.
type version [3]int

func (v version) String() string { return fmt.Sprintf("v%d.%d.%d", v[0], v[1], v[2]) }

func (v version) before(w version) bool {
	for i := range v {
		if v[i] != w[i] {
			return v[i] < w[i]
		}
	}
	return false
}

// parseVersion reads v1.23.1-eksbuild.1 and the like.
func parseVersion(s string) (version, bool) {
	s, _, _ = strings.Cut(strings.TrimPrefix(s, "v"), "-")
	parts := strings.Split(s, ".")
	var v version
	if len(parts) < 2 || len(parts) > 3 {
		return v, false
	}
	for i, p := range parts {
		n, err := strconv.Atoi(p)
		if err != nil {
			return v, false
		}
		v[i] = n
	}
	return v, true
}

// updateVersionCommand brings the CNI's add-on to another version. It names the
// role that the add-on has, as [updateAddonCommand] does.
func updateVersionCommand(s *Snapshot) string {
	command := "aws eks update-addon --cluster-name " + quote(s.Cloud.Cluster.Name) + " --addon-name " + AddonVPCCNI + " --addon-version VERSION --resolve-conflicts PRESERVE"
	if addon := s.Cloud.Addon; addon != nil && addon.ServiceAccountRole != "" {
		command += " --service-account-role-arn " + quote(addon.ServiceAccountRole)
	}
	return command + " --region " + s.Cloud.Identity.Region
}
