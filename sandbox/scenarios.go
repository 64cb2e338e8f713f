package sandbox

import (
	"cmp"
	"fmt"
	"strings"

	sandboxclock "podsg/sandbox/clock"
	"podsg/sandbox/cloud"
	"podsg/sandbox/cluster"
	"podsg/sandbox/kubeapi"
)

// Scenario is a practice world to choose.
type Scenario struct {
	Name        string // as in --sandbox=NAME
	Title       string
	Description string
	Check       string // the check of a broken world that names what is broken; empty: nothing is

	cluster   string
	partition string
	region    string
	setUp     bool // the procedure has been carried out before the world begins
	build     func(*builder) (built, error)
}

// built is what a scenario made that the rest of the world must know.
type built struct {
	vpcID          string
	privateSubnets []string
	selfManagedCNI bool
	cniValues      string // configuration that the VPC CNI is installed with

	// What people did in the cluster before the world begins, and what happens as
	// the last thing before it does.
	stages []cluster.Stage
	last   func(Running) error
}

// Running is a world that runs and is about to begin.
type Running struct {
	Store   *kubeapi.Store
	Cluster *cluster.Cluster
}

// DefaultScenario is the world of --sandbox without a name.
const DefaultScenario = "workshop"

// Scenarios lists the practice worlds: first those in which nothing is broken.
func Scenarios() []Scenario {
	list := whole()
	for _, b := range breakages() {
		list = append(list, b.scenario())
	}
	for i := range list {
		list[i].complete()
	}
	return list
}

// whole lists the worlds that do not come from the ready one.
func whole() []Scenario {
	return []Scenario{
		{
			Name: DefaultScenario, Title: "A workshop's cluster",
			Description: "An eksctl-shaped VPC with 3 public and 3 private subnets, node groups of m5.large and t3.medium, the VPC CNI as EKS add-on, " +
				"no database yet, and a second cluster in the same VPC whose name begins with the first's.",
			build: buildWorkshop,
		},
		{
			Name: "existing-db", Title: "A database that is there already",
			Description: "The workshop's cluster with three databases: orders-db in the cluster's private subnets, whose password is in AWS Secrets Manager (secretsmanager:orders-db), " +
				"a MySQL database, and one in another VPC.",
			build: buildExistingDB,
		},
		{
			Name: "self-managed-cni", Title: "A VPC CNI that no add-on manages",
			Description: "The workshop's cluster with the VPC CNI installed by kubectl: its DaemonSet is patched instead of an add-on.",
			build:       buildSelfManagedCNI,
		},
		{
			Name: "china", Title: "A cluster in the China partition",
			Description: "The workshop's cluster in cn-north-1: every ARN begins with arn:aws-cn.",
			partition:   "aws-cn", region: "cn-north-1",
			build: buildWorkshop,
		},
		{
			Name: "ready", Title: "Everything is set up and works",
			Description: "A cluster in which the procedure has been carried out to its end, with the names that podsg gives things: " +
				"the green pods reach the database from their own branch ENIs, the red pod does not. The broken worlds differ from it in one thing each.",
			setUp: true,
			build: func(b *builder) (built, error) { return buildReady(b, nil) },
		},
		{
			Name: "t3-only", Title: "Nodes that can have no trunk ENI",
			Description: "The workshop's cluster with nodes of t3.medium only, a type that security groups for pods do not work on.",
			Check:       "D33",
			build:       buildT3Only,
		},
	}
}

// complete fills in what a scenario does not say.
func (s *Scenario) complete() {
	s.cluster = cmp.Or(s.cluster, "workshop")
	s.partition = cmp.Or(s.partition, "aws")
	s.region = cmp.Or(s.region, "us-west-2")
}

func findScenario(name string) (Scenario, error) {
	name = cmp.Or(name, DefaultScenario)
	var names []string
	for _, s := range Scenarios() {
		if s.Name == name {
			return s, nil
		}
		names = append(names, s.Name)
	}
	return Scenario{}, fmt.Errorf("there is no practice world %q; there are: %s", name, strings.Join(names, ", "))
}

// builder fills an account for a scenario.
type builder struct {
	account  *cloud.Account
	endpoint string // of the Kubernetes API
	caPEM    []byte
	cluster  string
	clock    *sandboxclock.Clock
}

// workshop makes the cluster that every scenario starts from: in the shape that
// eksctl gives it, but without the controller's policy on the cluster role,
// which is one of the things to be set up.
func (b *builder) workshop() (cloud.Network, error) {
	return b.cluster3x3(
		cloud.NodeGroupSpec{Name: "ng-m5", InstanceType: "m5.large", Count: 3},
		cloud.NodeGroupSpec{Name: "ng-t3", InstanceType: "t3.medium", Count: 2},
	)
}

// cluster3x3 makes a cluster in 3 public and 3 private subnets, with nodes in
// the private ones.
func (b *builder) cluster3x3(nodeGroups ...cloud.NodeGroupSpec) (cloud.Network, error) {
	n, err := b.account.AddEKSCTLNetwork(b.cluster, "", false)
	if err != nil {
		return n, err
	}
	subnets := append(append([]string{}, n.PublicSubnets...), n.PrivateSubnets...)
	if _, err := b.account.AddCluster(cloud.ClusterSpec{
		Name: b.cluster, Version: "1.36", Subnets: subnets, ExtraGroups: []string{n.ControlPlaneGroup},
		Endpoint: b.endpoint, CertificateAuthority: b.caPEM, NoVPCResourceController: true,
		Tags: map[string]string{"alpha.eksctl.io/cluster-name": b.cluster},
	}); err != nil {
		return n, err
	}
	for _, g := range nodeGroups {
		g.Subnets = n.PrivateSubnets
		if _, err := b.account.AddNodeGroup(b.cluster, g); err != nil {
			return n, err
		}
	}
	return n, nil
}

// neighbour adds a second cluster to the VPC, whose name begins with the
// first's: a search by name pattern finds both.
func (b *builder) neighbour(n cloud.Network) error {
	name := b.cluster + "-2"
	if _, err := b.account.AddCluster(cloud.ClusterSpec{
		Name: name, Version: "1.36", Subnets: n.PrivateSubnets, Endpoint: "https://0123456789ABCDEF.gr7." + b.account.Region() + ".eks.amazonaws.com", CertificateAuthority: b.caPEM,
	}); err != nil {
		return err
	}
	_, err := b.account.AddNodeGroup(name, cloud.NodeGroupSpec{Name: "ng-1", InstanceType: "m5.large", Count: 1, Subnets: n.PrivateSubnets[:1]})
	return err
}

func buildWorkshop(b *builder) (built, error) {
	n, err := b.workshop()
	if err != nil {
		return built{}, err
	}
	if err := b.account.AddAddon(b.cluster, cloud.AddonSpec{Name: "vpc-cni"}); err != nil {
		return built{}, err
	}
	return built{vpcID: n.VPC, privateSubnets: n.PrivateSubnets}, b.neighbour(n)
}

func buildT3Only(b *builder) (built, error) {
	n, err := b.cluster3x3(cloud.NodeGroupSpec{Name: "ng-t3", InstanceType: "t3.medium", Count: 3})
	if err != nil {
		return built{}, err
	}
	return built{vpcID: n.VPC}, b.account.AddAddon(b.cluster, cloud.AddonSpec{Name: "vpc-cni"})
}

func buildSelfManagedCNI(b *builder) (built, error) {
	n, err := b.workshop()
	if err != nil {
		return built{}, err
	}
	return built{vpcID: n.VPC, selfManagedCNI: true}, b.neighbour(n)
}

func buildExistingDB(b *builder) (built, error) {
	made, err := buildWorkshop(b)
	if err != nil {
		return made, err
	}
	other, err := b.account.AddEKSCTLNetwork("data", "10.20.0.0/16", false)
	if err != nil {
		return made, err
	}
	if err := b.account.AddDBSubnetGroup("shop", made.privateSubnets, nil); err != nil {
		return made, err
	}
	if err := b.account.AddDBSubnetGroup("data", other.PrivateSubnets, nil); err != nil {
		return made, err
	}
	group, err := b.account.AddSecurityGroup(made.vpcID, "orders-db", "PostgreSQL of the shop", nil)
	if err != nil {
		return made, err
	}
	mysqlGroup, err := b.account.AddSecurityGroup(made.vpcID, "legacy-mysql", "MySQL of the old shop", nil)
	if err != nil {
		return made, err
	}
	otherGroup, err := b.account.AddSecurityGroup(other.VPC, "reports-db", "PostgreSQL of the reports", nil)
	if err != nil {
		return made, err
	}
	for _, d := range []cloud.DatabaseSpec{
		{Identifier: "orders-db", SubnetGroup: "shop", Groups: []string{group}, DBName: "orders", Username: "orders", Password: ordersPassword},
		{Identifier: "legacy-mysql", Engine: "mysql", EngineVersion: "8.4.7", Port: 3306, SubnetGroup: "shop", Groups: []string{mysqlGroup}, DBName: "legacy", Username: "legacy", Password: ordersPassword},
		{Identifier: "reports-db", SubnetGroup: "data", Groups: []string{otherGroup}, DBName: "reports", Username: "reports", Password: ordersPassword},
	} {
		if _, err := b.account.AddDatabase(d); err != nil {
			return made, err
		}
	}
	b.account.AddSecret("orders-db", `{"username":"orders","password":"`+ordersPassword+`"}`, nil)
	return made, nil
}

// ordersPassword is the password of the databases that are there already. It
// guards nothing: the world ends with the process.
const ordersPassword = "practice-orders-27x"
