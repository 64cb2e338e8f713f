package eks

import (
	"maps"
	"slices"

	"podsg/sandbox/cloud/internal/awserr"
	"podsg/sandbox/cloud/internal/tags"
	"podsg/sandbox/cloud/internal/wire"
)

type listClustersInput struct {
	paging
	Include string `query:"include" json:"-"`
}

func (in *listClustersInput) Resource(a *State) string { return a.clusterARN("*") }

type listClustersOutput struct {
	Clusters  []string `json:"clusters"`
	NextToken *string  `json:"nextToken"`
}

func listClusters(a *State, _ wire.Caller, in *listClustersInput) (*listClustersOutput, error) {
	names, next, err := page(a, slices.Sorted(maps.Keys(a.clusters)), in.paging)
	return &listClustersOutput{names, next}, err
}

type describeClusterInput struct{ clusterInput }

type describeClusterOutput struct {
	Cluster clusterJSON `json:"cluster"`
}

type clusterJSON struct {
	Name                 string            `json:"name"`
	Arn                  string            `json:"arn"`
	CreatedAt            wire.Epoch        `json:"createdAt"`
	Version              string            `json:"version"`
	PlatformVersion      string            `json:"platformVersion"`
	Endpoint             string            `json:"endpoint"`
	RoleArn              string            `json:"roleArn"`
	Status               string            `json:"status"`
	CertificateAuthority map[string]string `json:"certificateAuthority"`
	VPC                  vpcConfigJSON     `json:"resourcesVpcConfig"`
	Network              networkJSON       `json:"kubernetesNetworkConfig"`
	Access               accessJSON        `json:"accessConfig"`
	Compute              *computeJSON      `json:"computeConfig,omitempty"`
	Health               healthJSON        `json:"health"`
	Tags                 tags.Tags         `json:"tags"`
}

type vpcConfigJSON struct {
	SubnetIDs             []string `json:"subnetIds"`
	SecurityGroupIDs      []string `json:"securityGroupIds"`
	ClusterGroup          string   `json:"clusterSecurityGroupId"`
	VpcID                 string   `json:"vpcId"`
	EndpointPublicAccess  bool     `json:"endpointPublicAccess"`
	EndpointPrivateAccess bool     `json:"endpointPrivateAccess"`
	PublicAccessCidrs     []string `json:"publicAccessCidrs"`
}

type networkJSON struct {
	ServiceIPv4CIDR      string       `json:"serviceIpv4Cidr,omitempty"`
	ServiceIPv6CIDR      string       `json:"serviceIpv6Cidr,omitempty"`
	IPFamily             string       `json:"ipFamily"`
	ElasticLoadBalancing *enabledJSON `json:"elasticLoadBalancing,omitempty"`
}

type enabledJSON struct {
	Enabled bool `json:"enabled"`
}

type accessJSON struct {
	AuthenticationMode string `json:"authenticationMode"`
}

type computeJSON struct {
	Enabled   bool     `json:"enabled"`
	NodePools []string `json:"nodePools"`
}

type healthJSON struct {
	Issues []ClusterIssue `json:"issues"`
}

func describeCluster(a *State, _ wire.Caller, in *describeClusterInput) (*describeClusterOutput, error) {
	c, err := a.Cluster(in.Name)
	if err != nil {
		return nil, err
	}
	x := clusterJSON{
		Name: c.Name, Arn: a.clusterARN(c.Name), CreatedAt: wire.Epoch(c.Created), Version: c.Version, PlatformVersion: c.PlatformVersion,
		Endpoint: c.Endpoint, RoleArn: c.RoleARN, Status: c.Status, Tags: c.Tags,
		CertificateAuthority: map[string]string{"data": c.CertificateAuthority},
		VPC: vpcConfigJSON{
			SubnetIDs: c.Subnets, SecurityGroupIDs: append([]string{}, c.ExtraGroups...), ClusterGroup: c.ClusterGroup, VpcID: c.VPC,
			EndpointPublicAccess: c.PublicAccess, EndpointPrivateAccess: c.PrivateAccess, PublicAccessCidrs: []string{},
		},
		Network: networkJSON{IPFamily: c.IPFamily},
		Access:  accessJSON{c.AuthenticationMode},
		Health:  healthJSON{append([]ClusterIssue{}, c.Health...)},
	}
	if c.PublicAccess {
		x.VPC.PublicAccessCidrs = []string{"0.0.0.0/0"}
	}
	if c.IPFamily == "ipv6" {
		x.Network.ServiceIPv6CIDR = c.ServiceCIDR
	} else {
		x.Network.ServiceIPv4CIDR = c.ServiceCIDR
	}
	x.Compute = &computeJSON{Enabled: c.AutoMode, NodePools: []string{}}
	if c.AutoMode {
		x.Compute.NodePools = []string{"general-purpose", "system"}
	}
	return &describeClusterOutput{x}, nil
}

type listNodegroupsInput struct {
	clusterInput
	paging
}

type listNodegroupsOutput struct {
	Nodegroups []string `json:"nodegroups"`
	NextToken  *string  `json:"nextToken"`
}

func listNodegroups(a *State, _ wire.Caller, in *listNodegroupsInput) (*listNodegroupsOutput, error) {
	c, err := a.Cluster(in.Name)
	if err != nil {
		return nil, err
	}
	var managed []string
	for _, name := range slices.Sorted(maps.Keys(c.NodeGroups)) {
		if c.NodeGroups[name].ARN != "" {
			managed = append(managed, name)
		}
	}
	names, next, err := page(a, managed, in.paging)
	return &listNodegroupsOutput{names, next}, err
}

type describeNodegroupInput struct {
	clusterInput
	NodeGroup string `path:"nodegroupName" json:"-"`
}

type describeNodegroupOutput struct {
	Nodegroup nodegroupJSON `json:"nodegroup"`
}

type nodegroupJSON struct {
	Name           string            `json:"nodegroupName"`
	Arn            string            `json:"nodegroupArn"`
	Cluster        string            `json:"clusterName"`
	Version        string            `json:"version"`
	ReleaseVersion string            `json:"releaseVersion"`
	CreatedAt      wire.Epoch        `json:"createdAt"`
	ModifiedAt     wire.Epoch        `json:"modifiedAt"`
	Status         string            `json:"status"`
	CapacityType   string            `json:"capacityType"`
	Scaling        scalingJSON       `json:"scalingConfig"`
	InstanceTypes  []string          `json:"instanceTypes,omitempty"`
	Subnets        []string          `json:"subnets"`
	AMIType        string            `json:"amiType"`
	NodeRole       string            `json:"nodeRole"`
	Labels         map[string]string `json:"labels"`
	Taints         []Taint           `json:"taints,omitempty"`
	Resources      resourcesJSON     `json:"resources"`
	DiskSize       int               `json:"diskSize,omitempty"`
	Health         healthJSON        `json:"health"`
	LaunchTemplate map[string]string `json:"launchTemplate,omitempty"`
	Tags           tags.Tags         `json:"tags"`
}

type scalingJSON struct {
	MinSize     int `json:"minSize"`
	MaxSize     int `json:"maxSize"`
	DesiredSize int `json:"desiredSize"`
}

type resourcesJSON struct {
	AutoScalingGroups []map[string]string `json:"autoScalingGroups"`
}

func describeNodegroup(a *State, _ wire.Caller, in *describeNodegroupInput) (*describeNodegroupOutput, error) {
	c, err := a.Cluster(in.Name)
	if err != nil {
		return nil, err
	}
	g := c.NodeGroups[in.NodeGroup]
	if g == nil || g.ARN == "" {
		return nil, awserr.WithStatus(404, "ResourceNotFoundException", "No node group found for name: %s.", in.NodeGroup)
	}
	x := nodegroupJSON{
		Name: g.Name, Arn: g.ARN, Cluster: c.Name, Version: g.Version, ReleaseVersion: g.ReleaseVersion, CreatedAt: wire.Epoch(g.Created),
		ModifiedAt: wire.Epoch(g.Created), Status: g.Status, CapacityType: g.CapacityType, Scaling: scalingJSON{g.MinSize, g.MaxSize, g.DesiredSize},
		InstanceTypes: g.InstanceTypes, Subnets: g.Subnets, AMIType: g.AMIType, NodeRole: g.Role, Labels: g.Labels, Taints: g.Taints,
		Resources: resourcesJSON{[]map[string]string{{"name": g.ASG}}}, DiskSize: g.DiskSize, Health: healthJSON{[]ClusterIssue{}}, Tags: g.Tags,
	}
	if g.LaunchTemplate != "" {
		x.LaunchTemplate = map[string]string{"id": g.LaunchTemplate, "version": "1"}
		x.DiskSize = 0
	}
	return &describeNodegroupOutput{x}, nil
}

type listPodIdentitiesInput struct {
	clusterInput
	paging
	Namespace      string `query:"namespace" json:"-"`
	ServiceAccount string `query:"serviceAccount" json:"-"`
}

type podIdentityJSON struct {
	ClusterName string `json:"clusterName"`
	podIdentity
}

type listPodIdentitiesOutput struct {
	Associations []podIdentityJSON `json:"associations"`
	NextToken    *string           `json:"nextToken"`
}

func listPodIdentityAssociations(a *State, _ wire.Caller, in *listPodIdentitiesInput) (*listPodIdentitiesOutput, error) {
	c, err := a.Cluster(in.Name)
	if err != nil {
		return nil, err
	}
	var found []podIdentityJSON
	for _, p := range c.PodIdentities {
		if (in.Namespace == "" || in.Namespace == p.Namespace) && (in.ServiceAccount == "" || in.ServiceAccount == p.ServiceAccount) {
			found = append(found, podIdentityJSON{c.Name, p})
		}
	}
	list, next, err := page(a, found, in.paging)
	return &listPodIdentitiesOutput{list, next}, err
}

type listAccessEntriesInput struct {
	clusterInput
	paging
	PolicyArn string `query:"associatedPolicyArn" json:"-"`
}

type listAccessEntriesOutput struct {
	AccessEntries []string `json:"accessEntries"`
	NextToken     *string  `json:"nextToken"`
}

func listAccessEntries(a *State, _ wire.Caller, in *listAccessEntriesInput) (*listAccessEntriesOutput, error) {
	c, err := a.Cluster(in.Name)
	if err != nil {
		return nil, err
	}
	if c.AuthenticationMode == "CONFIG_MAP" {
		return nil, awserr.New("InvalidRequestException", "The cluster's authentication mode must be set to one of [API, API_AND_CONFIG_MAP] to perform this operation.")
	}
	entries, next, err := page(a, c.AccessEntries, in.paging)
	return &listAccessEntriesOutput{entries, next}, err
}
