package scenario

import (
	sandboxclock "podsg/sandbox/clock"
	"podsg/sandbox/cloud"
)

// A Builder fills an account for a scenario.
type Builder struct {
	Account  *cloud.Account
	Endpoint string // of the Kubernetes API
	CAPEM    []byte
	Cluster  string
	Clock    *sandboxclock.Clock
}

// workshop makes the cluster that every scenario starts from: in the shape that
// eksctl gives it, but without the controller's policy on the cluster role,
// which is one of the things to be set up.
func (b *Builder) workshop() (cloud.Network, error) {
	return b.cluster3x3(
		cloud.NodeGroupSpec{Name: "ng-m5", InstanceType: "m5.large", Count: 3},
		cloud.NodeGroupSpec{Name: "ng-t3", InstanceType: "t3.medium", Count: 2},
	)
}

// cluster3x3 makes a cluster in 3 public and 3 private subnets, with nodes in
// the private ones.
func (b *Builder) cluster3x3(nodeGroups ...cloud.NodeGroupSpec) (cloud.Network, error) {
	n, err := b.Account.AddEKSCTLNetwork(b.Cluster, "", false)
	if err != nil {
		return n, err
	}
	subnets := append(append([]string{}, n.PublicSubnets...), n.PrivateSubnets...)
	if _, err := b.Account.AddCluster(cloud.ClusterSpec{
		Name: b.Cluster, Version: "1.36", Subnets: subnets, ExtraGroups: []string{n.ControlPlaneGroup},
		Endpoint: b.Endpoint, CertificateAuthority: b.CAPEM, NoVPCResourceController: true,
		Tags: map[string]string{"alpha.eksctl.io/cluster-name": b.Cluster},
	}); err != nil {
		return n, err
	}
	for _, g := range nodeGroups {
		g.Subnets = n.PrivateSubnets
		if _, err := b.Account.AddNodeGroup(b.Cluster, g); err != nil {
			return n, err
		}
	}
	return n, nil
}

// neighbour adds a second cluster to the VPC, whose name begins with the
// first's: a search by name pattern finds both.
func (b *Builder) neighbour(n cloud.Network) error {
	name := b.Cluster + "-2"
	if _, err := b.Account.AddCluster(cloud.ClusterSpec{
		Name: name, Version: "1.36", Subnets: n.PrivateSubnets, Endpoint: "https://0123456789ABCDEF.gr7." + b.Account.Region() + ".eks.amazonaws.com", CertificateAuthority: b.CAPEM,
	}); err != nil {
		return err
	}
	_, err := b.Account.AddNodeGroup(name, cloud.NodeGroupSpec{Name: "ng-1", InstanceType: "m5.large", Count: 1, Subnets: n.PrivateSubnets[:1]})
	return err
}
