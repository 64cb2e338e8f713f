package scenario

import (
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"

	"podsg/sandbox/cloud"
	"podsg/sandbox/cluster"
)

// This file makes the world in which the procedure has been carried out to its
// end, with the names that podsg gives things, so that no command needs an
// answer in it. The broken worlds differ from it in one thing each.

// The names of what is set up.
const (
	appNamespace = "sg-per-pod"
	policyName   = "allow-rds-access"
	secretName   = "rds"
	caName       = "podsg-rds-ca"
	databaseName = "rds-workshop"
	greenName    = "green-pod"
	redName      = "red-pod"

	databasePort = 5432
	dnsPort      = 53
	managedBy    = "app.kubernetes.io/managed-by"
	probeLabel   = "podsg/probe"
	greenRole    = "green" // value of the label

	clientContainer = "probe"
)

// readyPassword is the database's. It guards nothing: the world ends with the
// process.
const readyPassword = "practice-workshop-27x"

// readyCNI is the configuration of the VPC CNI's add-on.
const readyCNI = `{"env":{"ENABLE_POD_ENI":"true","POD_SECURITY_GROUP_ENFORCING_MODE":"standard"}}`

// strictCNI is that of a cluster in strict mode, where the kubelet's probes need
// a setting of their own.
const strictCNI = `{"env":{"ENABLE_POD_ENI":"true","POD_SECURITY_GROUP_ENFORCING_MODE":"strict"},"init":{"env":{"DISABLE_TCP_EARLY_DEMUX":"true"}}}`

// ready is the world in which everything works, while it is being made.
type ready struct {
	*Builder

	// What it is made of. A broken world may plan it otherwise.
	nodes    cloud.NodeGroupSpec
	more     []cloud.NodeGroupSpec // further node groups
	addon    cloud.AddonSpec       // the VPC CNI's, whose configuration the VPC CNI has
	cni      string                // configuration that the VPC CNI has instead
	database cloud.DatabaseSpec

	authorities   []byte // PEM, that the pods trust
	elsewhere     bool   // the database is in a VPC of its own
	withoutPolicy bool   // the policy is not there when the pods come

	// What was made.
	network                                     cloud.Network
	clusterGroup, podGroup, databaseGroup, host string
	instances                                   []string

	// The objects of the application, not yet in the cluster.
	policy     *unstructured.Unstructured
	secret     *corev1.Secret
	quota      *corev1.ResourceQuota // of the namespace; nil: there is none
	green, red *appsv1.Deployment
	others     []runtime.Object
	first      []cluster.Stage // what is done before they come
}

// owned are the tags of what podsg made.
func (r *ready) owned() map[string]string {
	return map[string]string{"podsg:cluster": r.Cluster, managedBy: "podsg"}
}

// makeAccount makes what the procedure leaves in the AWS account.
func (r *ready) makeAccount() error {
	var err error
	if r.network, err = r.cluster3x3(append([]cloud.NodeGroupSpec{r.nodes}, r.more...)...); err != nil {
		return err
	}
	for _, n := range r.Account.Nodes(r.Cluster) {
		r.instances = append(r.instances, n.InstanceID)
		r.clusterGroup = n.SecurityGroups[0]
	}
	a := r.Account
	if err := a.AttachRolePolicy(a.ClusterRole(r.Cluster), "AmazonEKSVPCResourceController"); err != nil {
		return err
	}
	if err := a.AddAddon(r.Cluster, r.addon); err != nil {
		return err
	}
	if r.podGroup, err = a.AddSecurityGroup(r.network.VPC, "POD_SG", "Pods of "+r.Cluster+" that may reach the database", r.owned()); err != nil {
		return err
	}
	if r.databaseGroup, err = a.AddSecurityGroup(r.network.VPC, "RDS_SG", "Database "+databaseName, r.owned()); err != nil {
		return err
	}
	if err := r.addRules(r.databaseGroup, cloud.Rule{
		Protocol: "tcp", FromPort: databasePort, Peer: r.podGroup, Description: "podsg: database port", Tags: r.owned(),
	}); err != nil {
		return err
	}
	for _, protocol := range []string{"tcp", "udp"} {
		if err := r.addRules(r.clusterGroup, cloud.Rule{
			Protocol: protocol, FromPort: dnsPort, Peer: r.podGroup, Description: "podsg: dns rules", Tags: r.owned(),
		}); err != nil {
			return err
		}
	}
	return r.makeDatabase()
}

func (r *ready) makeDatabase() error {
	a, subnets := r.Account, r.network.PrivateSubnets
	if r.elsewhere {
		other, err := a.AddEKSCTLNetwork("data", "10.20.0.0/16", false)
		if err != nil {
			return err
		}
		group, err := a.AddSecurityGroup(other.VPC, "RDS_SG", "Database "+databaseName, r.owned())
		if err != nil {
			return err
		}
		subnets, r.database.Groups = other.PrivateSubnets, []string{group}
		if err := r.addRules(group, cloud.Rule{Protocol: "tcp", FromPort: databasePort, Peer: "192.168.0.0/16"}); err != nil {
			return err
		}
	}
	if err := a.AddDBSubnetGroup(r.database.SubnetGroup, subnets, r.owned()); err != nil {
		return err
	}
	spec := r.database
	spec.Tags = r.owned()
	if len(spec.Groups) == 0 {
		spec.Groups = []string{r.databaseGroup}
	}
	var err error
	r.host, err = a.AddDatabase(spec)
	return err
}

func (r *ready) addRules(group string, rules ...cloud.Rule) error {
	for _, rule := range rules {
		if _, err := r.Account.AddRule(group, rule); err != nil {
			return err
		}
	}
	return nil
}

// admitDNS lets the pods of a group look up names.
func (r *ready) admitDNS(group string) error {
	return r.addRules(r.clusterGroup, cloud.Rule{Protocol: "tcp", FromPort: dnsPort, Peer: group}, cloud.Rule{Protocol: "udp", FromPort: dnsPort, Peer: group})
}
