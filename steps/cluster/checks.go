package cluster

import (
	"embed"
	"fmt"
	"strconv"

	"podsg/steps/check"
	"podsg/steps/say"
	"podsg/steps/shell"
	"podsg/steps/world"
)

//go:embed *.md
var pages embed.FS

// Checks are the checks of the step, in their order.
var Checks = check.In("cluster", check.StepCluster, pages,
	check.Check{
		ID: "D04", Title: "Cluster is active",
		About:    check.AboutCluster,
		Severity: check.Fail, Blocks: true,
		Run: func(c *check.Context) {
			k := c.Target.Cluster
			c.Expect(k.Status == "ACTIVE" || k.Status == "UPDATING",
				say.T("%s, Kubernetes %s (%s), in %s", k.Status, k.Version, k.PlatformVersion, k.VPCID), say.T("its status is %s", k.Status)).
				Saw(k.HealthIssues...).On(k.Name).
				Mend(say.T("wait until it is active, or see its health"), shell.Command("aws eks describe-cluster --name %s --query 'cluster.[status,health]'", k.Name))
		},
	},
	check.Check{
		ID: "D05", Title: "Kubernetes API answers",
		About:    check.AboutCluster,
		Severity: check.Fail, Blocks: true,
		Uses: []world.Fact{world.FactNodes},
		Run: func(c *check.Context) {
			k := c.Target.Cluster
			if reason, missing := c.Missing(world.FactNodes); missing {
				c.Fail("%s", reason).Saw("public endpoint: "+strconv.FormatBool(k.PublicEndpoint), k.Endpoint).
					Mend(say.T("if the endpoint is private, run podsg inside the VPC or through its VPN or bastion"), "kubectl get --raw /readyz")
				return
			}
			c.Pass("it answers at %s", k.Endpoint)
		},
	},
	check.Check{
		ID: "P05", Title: "VPC answers questions for names",
		About:    check.AboutCluster,
		Severity: check.Fail, Blocks: true,
		Needs: []world.Fact{world.FactNetwork},
		Run:   vpcDNS,
	},
	check.Check{
		ID: "D10", Title: "Amazon VPC CNI is installed",
		About:    check.AboutCluster,
		Severity: check.Fail, Blocks: true,
		Needs:       []world.Fact{world.FactCNI},
		ExplainedBy: []string{"D05"},
		Run: func(c *check.Context) {
			k := c.Target.Cluster
			if c.Kube.CNI == nil && k.AutoMode {
				c.Skip("EKS Auto Mode has its own networking")
				return
			}
			found := c.Expect(c.Kube.CNI != nil, say.T("DaemonSet kube-system/aws-node is there"),
				say.T("there is no DaemonSet kube-system/aws-node: security groups for pods need the Amazon VPC CNI")).
				Mend(say.T("install the add-on, or use the network policies of the CNI that is installed"), shell.Command("aws eks create-addon --cluster-name %s --addon-name %s", k.Name, world.AddonVPCCNI))
			// https://docs.cilium.io/en/stable/installation/cni-chaining-aws-cni/
			if mode := c.Kube.CiliumChaining; mode != "" && found.Status == check.Pass {
				found.Saw("Cilium is chained to it (" + mode + "): it attaches packet filters to the interfaces that the VPC CNI makes, so its network policies count beside the security groups")
			}
		},
	},
	check.Check{
		ID: "D06", Title: "VPC CNI knows security groups for pods",
		About:    check.AboutCluster,
		Severity: check.Fail, Blocks: true,
		Needs: []world.Fact{world.FactCNI},
		Run:   cniAge,
	},
	check.Check{
		ID: "D07", Title: "Nodes are not all of EKS Auto Mode",
		About:    check.AboutCluster,
		Severity: check.Fail, Blocks: true,
		Needs: []world.Fact{world.FactNodes},
		Run:   autoMode,
	},
	check.Check{
		ID: "D09", Title: "Nodes are EC2 instances",
		About:    check.AboutCluster,
		Severity: check.Warn,
		Needs:    []world.Fact{world.FactNodes},
		Run:      notEC2,
	},
	check.Check{
		ID: "D68", Title: "Subnets have free addresses",
		About:    check.AboutCluster,
		Severity: check.Warn,
		Needs:    []world.Fact{world.FactNetwork, world.FactInstances},
		Run:      freeAddresses,
	},
)

// vpcDNS looks whether the VPC's own resolver answers, which CoreDNS asks for
// every name outside the cluster, the database's too. EKS asks for both
// attributes.
// https://docs.aws.amazon.com/eks/latest/userguide/network-reqs.html
func vpcDNS(c *check.Context) {
	vpc := c.Cloud.VPC
	fix := func(attribute string) string {
		return shell.Command(`aws ec2 modify-vpc-attribute --vpc-id %s --%s '{"Value":true}'`, vpc.ID, attribute)
	}
	switch {
	case !vpc.DNSSupport:
		c.Fail("enableDnsSupport of %s is off: its resolver answers nobody, so no pod finds the database by its name", vpc.ID).On(vpc.ID).
			Mend(say.T("turn it on; it interrupts nothing"), fix("enable-dns-support"))
	case !vpc.DNSHostnames:
		c.Warn("enableDnsHostnames of %s is off: EKS asks for it, and a database that is publicly accessible cannot be made without it", vpc.ID).On(vpc.ID).
			Mend(say.T("turn it on; it interrupts nothing"), fix("enable-dns-hostnames"))
	default:
		c.Pass("enableDnsSupport and enableDnsHostnames of %s are on", vpc.ID).On(vpc.ID)
	}
}

// The oldest VPC CNI releases that know the feature, and the enforcing mode.
// https://docs.aws.amazon.com/eks/latest/userguide/security-groups-for-pods.html
var (
	cniWithPodENI        = world.Version{1, 7, 7}
	cniWithEnforcingMode = world.Version{1, 11, 0}
)

func cniAge(c *check.Context) {
	if c.Kube.CNI == nil {
		return
	}
	v, ok := world.ParseVersion(c.Kube.CNI.Version)
	switch {
	case !ok:
		c.Warn("its version cannot be read from image %s", c.Kube.CNI.Image).Mend(say.T("check that it is v1.11.0 or later"), "")
	case v.Before(cniWithPodENI):
		c.Fail("version %s is older than %s", v, cniWithPodENI).
			Mend(say.T("update the VPC CNI to a version that aws eks describe-addon-versions --addon-name %s lists", world.AddonVPCCNI), UpdateVersionCommand(c.Snapshot))
	case c.Target.Mode == world.ModeStandard && v.Before(cniWithEnforcingMode):
		c.Fail("version %s does not know the standard enforcing mode, which came with %s", v, cniWithEnforcingMode).
			Mend(say.T("update the VPC CNI, or choose strict mode"), "podsg setup --enforcing-mode strict")
	default:
		c.Pass("version %s", v)
	}
}

func autoMode(c *check.Context) {
	var auto []string
	for _, n := range c.Kube.Nodes {
		if n.ComputeType == "auto" {
			auto = append(auto, n.Name)
		}
	}
	switch {
	case len(auto) == 0 && !c.Target.Cluster.AutoMode:
		c.Pass("no node is")
	case c.Target.Cluster.AutoModeTakesPolicies() && len(auto) > 0:
		c.Pass("%d of %d nodes are, and from Kubernetes 1.36 on Auto Mode takes the same SecurityGroupPolicy by itself; podsg does not look into how it does", len(auto), len(c.Kube.Nodes))
	case len(auto) == len(c.Kube.Nodes):
		c.Fail("every node is managed by EKS Auto Mode, where the VPC resource controller of this procedure does nothing").Saw(auto...).
			Mend(say.T("add a managed node group of a type with trunk support; or update the cluster to Kubernetes 1.36, from which on Auto Mode takes the same SecurityGroupPolicy; before, a NodeClass gives all pods of its nodes a group (podSecurityGroupSelectorTerms)"), "kubectl get nodeclasses.eks.amazonaws.com -o yaml")
	default:
		c.Warn("%d nodes are, and pods can land on them without a branch ENI", len(auto)).Saw(auto...).
			Mend(say.T("keep the selected pods off them, with a nodeSelector for the managed node group"), "")
	}
}

func notEC2(c *check.Context) {
	var other []string
	for _, n := range c.Kube.Nodes {
		if n.ComputeType == "hybrid" || n.ComputeType == "fargate" {
			other = append(other, n.Name+" ("+n.ComputeType+")")
		}
	}
	if len(other) == 0 {
		c.Pass("all %d are", len(c.Kube.Nodes))
		return
	}
	c.Warn("%d nodes are not: they are left out", len(other)).Saw(other...).Mend(say.T("keep the selected pods off them"), "")
}

// fewAddresses is when a subnet is nearly full: a branch ENI takes an address
// of its node's subnet.
const fewAddresses = 8

func freeAddresses(c *check.Context) {
	seen := map[string]bool{}
	var low []string
	for _, i := range c.Cloud.Instances {
		n, ok := c.Subnet(i.SubnetID)
		if ok && !seen[n.ID] && n.FreeIPs < fewAddresses {
			low = append(low, fmt.Sprintf("%s (%s, %s): %d free addresses", n.ID, n.CIDR, n.Zone, n.FreeIPs))
		}
		seen[i.SubnetID] = true
	}
	if len(low) > 0 {
		c.Warn("branch ENIs take addresses of the nodes' subnets, and some are nearly full").Saw(low...).
			Mend(say.T("use larger subnets for the node group"), "")
		return
	}
	c.Pass("all %d subnets with nodes have", len(seen))
}
