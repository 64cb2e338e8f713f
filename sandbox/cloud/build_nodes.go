package cloud

import (
	"cmp"
	"fmt"
	"slices"

	limits "github.com/aws/amazon-vpc-resource-controller-k8s/pkg/aws/vpc"
)

// NodeGroupSpec describes a node group to make.
type NodeGroupSpec struct {
	Name           string
	InstanceType   string // default m5.large
	Count          int
	Subnets        []string // the nodes are spread over them
	SelfManaged    bool     // not known to EKS
	CapacityType   string   // default ON_DEMAND
	AMIType        string   // default AL2023 for the type's architecture
	Labels         map[string]string
	Taints         []Taint
	NodeRole       string   // name; if empty, a role as eksctl makes it is made
	NodePolicies   []string // further policies of that role
	NoCNIPolicy    bool     // leave AmazonEKS_CNI_Policy out of that role
	Groups         []string // security groups of the nodes; default the cluster security group
	AutoscalerTags bool     // the tags that the cluster autoscaler looks for
}

// AddNodeGroup makes a node group and launches its instances. It returns their ids.
func (a *eksService) AddNodeGroup(cluster string, spec NodeGroupSpec) (instanceIDs []string, err error) {
	spec.InstanceType = cmp.Or(spec.InstanceType, "m5.large")
	if limits.Limits[spec.InstanceType] == nil {
		return nil, fmt.Errorf("add node group %q: unknown instance type %q", spec.Name, spec.InstanceType)
	}
	a.state.lock()
	defer a.state.unlock()
	stack := "eksctl-" + cluster + "-nodegroup-" + spec.Name
	if spec.NodeRole == "" {
		policies := []string{"AmazonEKSWorkerNodePolicy", "AmazonEC2ContainerRegistryReadOnly"}
		if !spec.NoCNIPolicy {
			policies = append(policies, "AmazonEKS_CNI_Policy")
		}
		spec.NodeRole = stack + "-NodeInstanceRole-" + a.state.IDs.stackSuffix()
		if _, err := a.state.iam.newRole(RoleSpec{Name: spec.NodeRole, Policies: append(policies, spec.NodePolicies...)}); err != nil {
			return nil, fmt.Errorf("add node group %q: %w", spec.Name, err)
		}
	}
	profile := "eks-" + a.state.IDs.stackSuffix()
	if err := a.state.iam.newInstanceProfile(profile, spec.NodeRole); err != nil {
		return nil, fmt.Errorf("add node group %q: %w", spec.Name, err)
	}
	c, err := a.state.cluster(cluster)
	if err != nil {
		return nil, err
	}
	amiType := "AL2023_x86_64_STANDARD"
	if typeOf(spec.InstanceType).architecture == "arm64" {
		amiType = "AL2023_ARM_64_STANDARD"
	}
	g := &nodeGroup{
		Name: spec.Name, Status: "ACTIVE", InstanceTypes: []string{spec.InstanceType}, AMIType: cmp.Or(spec.AMIType, amiType),
		CapacityType: cmp.Or(spec.CapacityType, "ON_DEMAND"), Role: a.state.iam.roleARN(a.state.iam.roleByName(spec.NodeRole)), Subnets: spec.Subnets,
		DesiredSize: spec.Count, MinSize: spec.Count, MaxSize: spec.Count + 2, DiskSize: 20, Labels: copyTags(spec.Labels), Taints: spec.Taints,
		Tags: tags{"alpha.eksctl.io/cluster-name": cluster}, Created: a.state.now(), Version: c.Version, ReleaseVersion: c.Version + ".2-20261101",
		ASG: "eks-" + spec.Name + "-" + a.state.IDs.uuid(),
	}
	if !spec.SelfManaged {
		g.ARN = a.state.arn("eks", "nodegroup/"+cluster+"/"+spec.Name+"/"+a.state.IDs.uuid())
	}
	if len(spec.Groups) > 0 {
		g.LaunchTemplate = a.state.IDs.ec2("lt")
	}
	g.profile, g.profileID, g.groups, g.autoscalerTags = profile, a.state.iam.profileID(profile), slices.Clone(spec.Groups), spec.AutoscalerTags
	if len(g.groups) == 0 {
		g.groups = []string{c.ClusterGroup}
	}
	c.NodeGroups[spec.Name] = g
	return a.state.launch(c, g, spec.Count)
}

// AddNodes launches further instances of a node group and returns their ids.
func (a *eksService) AddNodes(cluster, nodeGroup string, count int) (instanceIDs []string, err error) {
	a.state.lock()
	defer a.state.unlock()
	c, err := a.state.cluster(cluster)
	if err != nil {
		return nil, err
	}
	g := c.NodeGroups[nodeGroup]
	if g == nil {
		return nil, fmt.Errorf("add nodes: cluster %q has no node group %q", cluster, nodeGroup)
	}
	g.DesiredSize += count
	g.MaxSize = max(g.MaxSize, g.DesiredSize)
	return a.state.launch(c, g, count)
}

func (a *eksState) launch(c *eksCluster, g *nodeGroup, count int) ([]string, error) {
	if len(g.Subnets) == 0 && count > 0 {
		return nil, fmt.Errorf("launch nodes of %q: the node group has no subnets", g.Name)
	}
	var ids []string
	for n := range count {
		s := a.ec2.subnetByID(g.Subnets[n%len(g.Subnets)])
		if s == nil {
			return ids, noSubnet(g.Subnets[n%len(g.Subnets)])
		}
		e, err := a.ec2.newInterface(interfaceSpec{subnet: s.ID, groups: g.groups})
		if err != nil {
			return ids, fmt.Errorf("launch node of %q: %w", g.Name, err)
		}
		i := &instance{
			ID: a.IDs.ec2("i"), Type: g.InstanceTypes[0], Subnet: s.ID, VPC: s.VPC, State: "running", LaunchTime: a.now(), Image: "ami-0" + a.IDs.hex(16),
			Profile: g.profile, profileID: g.profileID, PrivateDNS: e.PrivateDNS, Cluster: c.Name, NodeGroup: g.Name, Tags: a.nodeTags(c, g),
		}
		a.ec2.addInstance(i)
		if s.MapPublicIP {
			e.PublicIP = a.ec2.publicAddress()
		}
		if err := a.ec2.attach(e, i, 0); err != nil {
			return ids, fmt.Errorf("launch node of %q: %w", g.Name, err)
		}
		ids = append(ids, i.ID)
	}
	return ids, nil
}

func (a *eksState) nodeTags(c *eksCluster, g *nodeGroup) tags {
	t := tags{
		"Name": c.Name + "-" + g.Name + "-Node", "kubernetes.io/cluster/" + c.Name: "owned", "aws:autoscaling:groupName": g.ASG,
		"alpha.eksctl.io/cluster-name": c.Name, "alpha.eksctl.io/nodegroup-name": g.Name,
	}
	if g.ARN != "" {
		t["eks:cluster-name"], t["eks:nodegroup-name"] = c.Name, g.Name
	}
	if g.autoscalerTags {
		t["k8s.io/cluster-autoscaler/enabled"], t["k8s.io/cluster-autoscaler/"+c.Name] = "true", "owned"
	}
	return t
}
