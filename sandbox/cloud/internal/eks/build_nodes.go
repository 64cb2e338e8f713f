package eks

import (
	"cmp"
	"fmt"
	"slices"

	limits "github.com/aws/amazon-vpc-resource-controller-k8s/pkg/aws/vpc"

	"podsg/sandbox/cloud/internal/ec2"
	"podsg/sandbox/cloud/internal/iam"
	"podsg/sandbox/cloud/internal/tags"
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
func (a *Service) AddNodeGroup(cluster string, spec NodeGroupSpec) (instanceIDs []string, err error) {
	spec.InstanceType = cmp.Or(spec.InstanceType, "m5.large")
	if limits.Limits[spec.InstanceType] == nil {
		return nil, fmt.Errorf("add node group %q: unknown instance type %q", spec.Name, spec.InstanceType)
	}
	a.state.Lock()
	defer a.state.Unlock()
	stack := "eksctl-" + cluster + "-nodegroup-" + spec.Name
	if spec.NodeRole == "" {
		policies := []string{"AmazonEKSWorkerNodePolicy", "AmazonEC2ContainerRegistryReadOnly"}
		if !spec.NoCNIPolicy {
			policies = append(policies, "AmazonEKS_CNI_Policy")
		}
		spec.NodeRole = stack + "-NodeInstanceRole-" + a.state.IDs.StackSuffix()
		if _, err := a.state.iam.NewRole(iam.RoleSpec{Name: spec.NodeRole, Policies: append(policies, spec.NodePolicies...)}); err != nil {
			return nil, fmt.Errorf("add node group %q: %w", spec.Name, err)
		}
	}
	profile := "eks-" + a.state.IDs.StackSuffix()
	if err := a.state.iam.NewInstanceProfile(profile, spec.NodeRole); err != nil {
		return nil, fmt.Errorf("add node group %q: %w", spec.Name, err)
	}
	c, err := a.state.Cluster(cluster)
	if err != nil {
		return nil, err
	}
	amiType := "AL2023_x86_64_STANDARD"
	if ec2.TypeOf(spec.InstanceType).Architecture == "arm64" {
		amiType = "AL2023_ARM_64_STANDARD"
	}
	g := &NodeGroup{
		Name: spec.Name, Status: "ACTIVE", InstanceTypes: []string{spec.InstanceType}, AMIType: cmp.Or(spec.AMIType, amiType),
		CapacityType: cmp.Or(spec.CapacityType, "ON_DEMAND"), Role: a.state.iam.RoleARN(spec.NodeRole), Subnets: spec.Subnets,
		DesiredSize: spec.Count, MinSize: spec.Count, MaxSize: spec.Count + 2, DiskSize: 20, Labels: tags.Copy(spec.Labels), Taints: spec.Taints,
		Tags: tags.Tags{"alpha.eksctl.io/cluster-name": cluster}, Created: a.state.Now(), Version: c.Version, ReleaseVersion: c.Version + ".2-20261101",
		ASG: "eks-" + spec.Name + "-" + a.state.IDs.UUID(),
	}
	if !spec.SelfManaged {
		g.ARN = a.state.ARN("eks", "nodegroup/"+cluster+"/"+spec.Name+"/"+a.state.IDs.UUID())
	}
	if len(spec.Groups) > 0 {
		g.LaunchTemplate = a.state.IDs.EC2("lt")
	}
	g.profile, g.profileID, g.groups, g.autoscalerTags = profile, a.state.iam.ProfileID(profile), slices.Clone(spec.Groups), spec.AutoscalerTags
	if len(g.groups) == 0 {
		g.groups = []string{c.ClusterGroup}
	}
	c.NodeGroups[spec.Name] = g
	return a.state.launch(c, g, spec.Count)
}

// AddNodes launches further instances of a node group and returns their ids.
func (a *Service) AddNodes(cluster, nodeGroup string, count int) (instanceIDs []string, err error) {
	a.state.Lock()
	defer a.state.Unlock()
	c, err := a.state.Cluster(cluster)
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

func (a *State) launch(c *Cluster, g *NodeGroup, count int) ([]string, error) {
	if len(g.Subnets) == 0 && count > 0 {
		return nil, fmt.Errorf("launch nodes of %q: the node group has no subnets", g.Name)
	}
	var ids []string
	for n := range count {
		s := a.ec2.Subnet(g.Subnets[n%len(g.Subnets)])
		if s == nil {
			return ids, ec2.NoSubnet(g.Subnets[n%len(g.Subnets)])
		}
		e, err := a.ec2.NewInterface(ec2.InterfaceInput{Subnet: s.ID, Groups: g.groups})
		if err != nil {
			return ids, fmt.Errorf("launch node of %q: %w", g.Name, err)
		}
		i := &ec2.Instance{
			ID: a.IDs.EC2("i"), Type: g.InstanceTypes[0], Subnet: s.ID, VPC: s.VPC, State: "running", LaunchTime: a.Now(), Image: "ami-0" + a.IDs.Hex(16),
			Profile: g.profile, ProfileID: g.profileID, PrivateDNS: e.PrivateDNS, Cluster: c.Name, NodeGroup: g.Name, Tags: a.nodeTags(c, g),
		}
		a.ec2.AddInstance(i)
		if s.MapPublicIP {
			e.PublicIP = a.ec2.PublicAddress()
		}
		if err := a.ec2.Attach(e, i, 0); err != nil {
			return ids, fmt.Errorf("launch node of %q: %w", g.Name, err)
		}
		ids = append(ids, i.ID)
	}
	return ids, nil
}

func (a *State) nodeTags(c *Cluster, g *NodeGroup) tags.Tags {
	t := tags.Tags{
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
