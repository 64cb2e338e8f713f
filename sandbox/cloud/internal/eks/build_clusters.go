package eks

import (
	"cmp"
	"encoding/base64"
	"fmt"

	"podsg/sandbox/cloud/internal/awserr"
	"podsg/sandbox/cloud/internal/ec2"
	"podsg/sandbox/cloud/internal/iam"
	"podsg/sandbox/cloud/internal/tags"
)

// ClusterSpec describes an EKS cluster to make.
type ClusterSpec struct {
	Name            string
	Version         string // Kubernetes; default 1.34
	PlatformVersion string // default eks.9
	Subnets         []string
	ExtraGroups     []string // additional control plane security groups

	Endpoint             string // https URL of the Kubernetes API
	CertificateAuthority []byte // PEM
	PrivateEndpoint      bool   // not reachable from outside the VPC

	// RoleARN is the cluster role. If empty, a role as eksctl makes it is made,
	// with AmazonEKSClusterPolicy, RolePolicies and, unless
	// NoVPCResourceController is set, AmazonEKSVPCResourceController.
	RoleARN                 string
	RolePolicies            []string
	NoVPCResourceController bool

	IPFamily           string // ipv4 (default) or ipv6
	AuthenticationMode string // default API_AND_CONFIG_MAP
	AutoMode           bool
	Tags               map[string]string
}

const clusterGroupDescription = "EKS created security group applied to ENI that is attached to EKS Control Plane master nodes, as well as any managed workloads."

// AddCluster makes a cluster with its cluster security group and the
// interfaces of its control plane, and returns the security group's id.
func (a *Service) AddCluster(spec ClusterSpec) (clusterGroup string, err error) {
	a.state.Lock()
	defer a.state.Unlock()
	if spec.RoleARN == "" {
		policies := append([]string{"AmazonEKSClusterPolicy"}, spec.RolePolicies...)
		if !spec.NoVPCResourceController {
			policies = append(policies, "AmazonEKSVPCResourceController")
		}
		spec.RoleARN, err = a.state.iam.NewRole(iam.RoleSpec{
			Name: "eksctl-" + spec.Name + "-cluster-ServiceRole-" + a.state.IDs.StackSuffix(), Service: "eks.amazonaws.com", Policies: policies,
			Tags: map[string]string{"alpha.eksctl.io/cluster-name": spec.Name},
		})
		if err != nil {
			return "", fmt.Errorf("add cluster %q: %w", spec.Name, err)
		}
	}
	if a.state.clusters[spec.Name] != nil {
		return "", awserr.WithStatus(409, "ResourceInUseException", "Cluster already exists with name: %s", spec.Name)
	}
	if len(spec.Subnets) == 0 || a.state.ec2.Subnet(spec.Subnets[0]) == nil {
		return "", fmt.Errorf("add cluster %q: it needs subnets", spec.Name)
	}
	c := &Cluster{
		Name: spec.Name, Version: cmp.Or(spec.Version, "1.34"), PlatformVersion: cmp.Or(spec.PlatformVersion, "eks.9"), Endpoint: spec.Endpoint,
		CertificateAuthority: base64.StdEncoding.EncodeToString(spec.CertificateAuthority), RoleARN: spec.RoleARN, Status: "ACTIVE",
		VPC: a.state.ec2.Subnet(spec.Subnets[0]).VPC, Subnets: spec.Subnets, ExtraGroups: spec.ExtraGroups, PublicAccess: !spec.PrivateEndpoint,
		PrivateAccess: spec.PrivateEndpoint, IPFamily: cmp.Or(spec.IPFamily, "ipv4"), ServiceCIDR: "10.100.0.0/16",
		AuthenticationMode: cmp.Or(spec.AuthenticationMode, "API_AND_CONFIG_MAP"), AutoMode: spec.AutoMode, Tags: tags.Copy(spec.Tags), Created: a.state.Now(),
		NodeGroups: map[string]*NodeGroup{}, Addons: map[string]*addon{}, Updates: map[string]*update{},
		AccessEntries: []string{a.state.iam.CallerARN()},
	}
	if c.IPFamily == "ipv6" {
		c.ServiceCIDR = "fd30:1c53:5f8a::/108"
	}
	name := "eks-cluster-sg-" + spec.Name + "-" + a.state.IDs.Digits(9)
	g := a.state.ec2.NewGroup(c.VPC, name, clusterGroupDescription, tags.Tags{
		"Name": name, "kubernetes.io/cluster/" + spec.Name: "owned", "aws:eks:cluster-name": spec.Name,
	})
	a.state.ec2.AdmitItself(g)
	c.ClusterGroup = g.ID
	for _, id := range spec.Subnets[:min(2, len(spec.Subnets))] {
		e, err := a.state.ec2.NewInterface(ec2.InterfaceInput{
			Subnet: id, Description: "Amazon EKS " + spec.Name, Groups: append([]string{g.ID}, spec.ExtraGroups...),
			Tags: tags.Tags{"Name": "Amazon EKS " + spec.Name},
		})
		if err != nil {
			return "", fmt.Errorf("add cluster %q: %w", spec.Name, err)
		}
		a.state.ec2.AttachManaged(e, "ela-attach", "amazon-aws")
	}
	a.state.clusters[spec.Name] = c
	return g.ID, nil
}

// SetClusterEndpoint says where a cluster's Kubernetes API is served, and the
// authority (PEM) of its certificate.
func (a *Service) SetClusterEndpoint(cluster, endpoint string, authority []byte) error {
	return a.changeCluster(cluster, func(c *Cluster) {
		c.Endpoint, c.CertificateAuthority = endpoint, base64.StdEncoding.EncodeToString(authority)
	})
}

// SetClusterStatus sets a cluster's status, such as UPDATING, and its health issues.
func (a *Service) SetClusterStatus(cluster, status string, issues ...ClusterIssue) error {
	return a.changeCluster(cluster, func(c *Cluster) { c.Status, c.Health = status, issues })
}

// AccessEntries are the principals that have an access entry.
func (a *Service) AccessEntries(cluster string) []string {
	var list []string
	_ = a.changeCluster(cluster, func(c *Cluster) { list = append(list, c.AccessEntries...) }) // an unknown cluster has none
	return list
}

// AddPodIdentityAssociation gives a service account of a cluster an IAM role.
func (a *Service) AddPodIdentityAssociation(cluster, namespace, serviceAccount string) error {
	return a.changeCluster(cluster, func(c *Cluster) {
		id := "a-" + a.state.IDs.Hex(17)
		c.PodIdentities = append(c.PodIdentities, podIdentity{
			Namespace: namespace, ServiceAccount: serviceAccount, ID: id, ARN: a.state.ARN("eks", "podidentityassociation/"+cluster+"/"+id),
		})
	})
}

// AddAddon installs an EKS add-on.
func (a *Service) AddAddon(cluster string, spec AddonSpec) error {
	known := false
	err := a.changeCluster(cluster, func(c *Cluster) {
		v := a.state.addonVersion(spec.Name, spec.Version)
		if v == nil {
			return
		}
		known = true
		created := spec.Created
		if created.IsZero() {
			created = a.state.Now()
		}
		c.Addons[spec.Name] = &addon{
			Name: spec.Name, Version: v.Version, Status: cmp.Or(spec.Status, "ACTIVE"), ConfigurationValues: spec.ConfigurationValues,
			RoleARN: spec.RoleARN, Created: created, Modified: created, Tags: tags.Tags{},
			ARN: a.state.ARN("eks", "addon/"+cluster+"/"+spec.Name+"/"+a.state.IDs.UUID()),
		}
	})
	if err == nil && !known {
		err = fmt.Errorf("add add-on %q to cluster %q: EKS offers no version %q", spec.Name, cluster, spec.Version)
	}
	return err
}

func (a *Service) changeCluster(name string, change func(*Cluster)) error {
	a.state.Lock()
	defer a.state.Unlock()
	c, err := a.state.Cluster(name)
	if err != nil {
		return err
	}
	change(c)
	return nil
}

// ClusterRole is the name of a cluster's role.
func (a *Service) ClusterRole(cluster string) string {
	var name string
	_ = a.changeCluster(cluster, func(c *Cluster) { name = iam.RoleName(c.RoleARN) }) // an unknown cluster has none
	return name
}
