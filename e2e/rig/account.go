package rig

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"podsg/sandbox/cloud"
)

// ClusterName is the name of the cluster.
const ClusterName = "workshop"

// NodeGroup is a node group to make.
type NodeGroup struct {
	Name, InstanceType string
	Count              int
}

// buildAccount makes what eksctl makes: a VPC, a cluster whose role lacks the
// policy of the VPC resource controller, and node groups.
func (r *Rig) buildAccount() error {
	network, err := r.account.AddEKSCTLNetwork(ClusterName, vpcCIDR, false)
	if err != nil {
		return err
	}
	r.network = network
	subnets := append(append([]string{}, network.PublicSubnets...), network.PrivateSubnets...)
	if _, err := r.account.AddCluster(cloud.ClusterSpec{
		Name: ClusterName, Version: "1.36", Subnets: subnets, ExtraGroups: []string{network.ControlPlaneGroup},
		Endpoint: r.apiURL(), CertificateAuthority: r.pki.caPEM, NoVPCResourceController: true,
		Tags: map[string]string{"alpha.eksctl.io/cluster-name": ClusterName},
	}); err != nil {
		return err
	}
	for _, g := range r.options.NodeGroups {
		if _, err := r.account.AddNodeGroup(ClusterName, cloud.NodeGroupSpec{
			Name: g.Name, InstanceType: g.InstanceType, Count: g.Count, Subnets: network.PrivateSubnets,
		}); err != nil {
			return err
		}
	}
	if r.options.SelfManagedCNI {
		return nil
	}
	return r.account.AddAddon(ClusterName, cloud.AddonSpec{Name: cniAddon})
}

// serveAWS serves the AWS endpoint and, beside it, the instance metadata of the
// host that the VPC resource controller runs on.
func (r *Rig) serveAWS(ctx context.Context) error {
	mux := http.NewServeMux()
	mux.Handle("/", r.account.Handler())
	// An instance that the account does not know: a host of EKS's own.
	mux.Handle("/latest/", r.account.Metadata(""))
	return r.serve(ctx, &http.Server{Addr: local(r.ports.aws), Handler: mux, ReadHeaderTimeout: time.Minute}, false)
}

// Environment is the environment by which podsg reaches the account, the cluster
// and the databases, in the form NAME=value. There is no kubeconfig in it: podsg
// makes its own token, as for a real cluster.
func (r *Rig) Environment() []string {
	key, secret, _ := r.account.Credentials()
	return []string{
		"AWS_ENDPOINT_URL=" + r.awsURL(),
		"AWS_REGION=" + r.account.Region(),
		"AWS_ACCESS_KEY_ID=" + key,
		"AWS_SECRET_ACCESS_KEY=" + secret,
		"AWS_EC2_METADATA_DISABLED=true",
		"PODSG_CLUSTER=" + ClusterName,
		"PODSG_RDS_CA=" + r.path("pki", "ca.crt"),
	}
}

func (r *Rig) awsURL() string { return fmt.Sprintf("http://%s", local(r.ports.aws)) }
