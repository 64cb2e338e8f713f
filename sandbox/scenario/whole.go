package scenario

import "podsg/sandbox/cloud"

// whole lists the worlds that do not come from the ready one.
func whole() []Scenario {
	return []Scenario{
		{
			Name: Default, Title: "A workshop's cluster",
			Description: "An eksctl-shaped VPC with 3 public and 3 private subnets, node groups of m5.large and t3.medium, the VPC CNI as EKS add-on, " +
				"no database yet, and a second cluster in the same VPC whose name begins with the first's.",
			Build: buildWorkshop,
		},
		{
			Name: "existing-db", Title: "A database that is there already",
			Description: "The workshop's cluster with three databases: orders-db in the cluster's private subnets, whose password is in AWS Secrets Manager (secretsmanager:orders-db), " +
				"a MySQL database, and one in another VPC.",
			Build: buildExistingDB,
		},
		{
			Name: "self-managed-cni", Title: "A VPC CNI that no add-on manages",
			Description: "The workshop's cluster with the VPC CNI installed by kubectl: its DaemonSet is patched instead of an add-on.",
			Build:       buildSelfManagedCNI,
		},
		{
			Name: "dedicated-nodes", Title: "Nodes that are kept for one purpose",
			Description: "The workshop's cluster in which the nodes that can have a trunk ENI carry the taint dedicated=sgp:NoSchedule: what does not tolerate it runs on the others.",
			Build:       buildDedicated,
		},
		{
			Name: "china", Title: "A cluster in the China partition",
			Description: "The workshop's cluster in cn-north-1: every ARN begins with arn:aws-cn.",
			Partition:   "aws-cn", Region: "cn-north-1",
			Build: buildWorkshop,
		},
		{
			Name: "ready", Title: "Everything is set up and works",
			Description: "A cluster in which the procedure has been carried out to its end, with the names that podsg gives things: " +
				"the green pods reach the database from their own branch ENIs, the red pod does not. The broken worlds differ from it in one thing each.",
			SetUp: true,
			Build: func(b *Builder) (Built, error) { return buildReady(b, nil) },
		},
		{
			Name: "brownfield", Title: "A shop that was there before",
			Description: "A shop that runs and is busy: an Ingress and the Deployments web and api, which asks a cache and the database orders-db; a StatefulSet, a CronJob, " +
				"a disruption budget and an autoscaler; and a neighbour namespace that calls api. All know each other by the nodes' security group, " +
				"security groups for pods are not enabled, and every request is counted.",
			SetUp: true,
			Build: buildBrownfield,
		},
		{
			Name: "t3-only", Title: "Nodes that can have no trunk ENI",
			Description: "The workshop's cluster with nodes of t3.medium only, a type that security groups for pods do not work on.",
			Check:       "D33",
			Build:       buildT3Only,
		},
	}
}

func buildWorkshop(b *Builder) (Built, error) {
	n, err := b.workshop()
	if err != nil {
		return Built{}, err
	}
	if err := b.Account.AddAddon(b.Cluster, cloud.AddonSpec{Name: "vpc-cni"}); err != nil {
		return Built{}, err
	}
	return Built{VPCID: n.VPC, privateSubnets: n.PrivateSubnets}, b.neighbour(n)
}

func buildDedicated(b *Builder) (Built, error) {
	n, err := b.cluster3x3(
		cloud.NodeGroupSpec{Name: "ng-m5", InstanceType: "m5.large", Count: 3, Taints: []cloud.Taint{{Key: "dedicated", Value: "sgp", Effect: "NO_SCHEDULE"}}},
		cloud.NodeGroupSpec{Name: "ng-t3", InstanceType: "t3.medium", Count: 2},
	)
	if err != nil {
		return Built{}, err
	}
	return Built{VPCID: n.VPC}, b.Account.AddAddon(b.Cluster, cloud.AddonSpec{Name: "vpc-cni"})
}

func buildT3Only(b *Builder) (Built, error) {
	n, err := b.cluster3x3(cloud.NodeGroupSpec{Name: "ng-t3", InstanceType: "t3.medium", Count: 3})
	if err != nil {
		return Built{}, err
	}
	return Built{VPCID: n.VPC}, b.Account.AddAddon(b.Cluster, cloud.AddonSpec{Name: "vpc-cni"})
}

func buildSelfManagedCNI(b *Builder) (Built, error) {
	n, err := b.workshop()
	if err != nil {
		return Built{}, err
	}
	return Built{VPCID: n.VPC, SelfManagedCNI: true}, b.neighbour(n)
}

func buildExistingDB(b *Builder) (Built, error) {
	made, err := buildWorkshop(b)
	if err != nil {
		return made, err
	}
	other, err := b.Account.AddEKSCTLNetwork("data", "10.20.0.0/16", false)
	if err != nil {
		return made, err
	}
	if err := b.Account.AddDBSubnetGroup("shop", made.privateSubnets, nil); err != nil {
		return made, err
	}
	if err := b.Account.AddDBSubnetGroup("data", other.PrivateSubnets, nil); err != nil {
		return made, err
	}
	group, err := b.Account.AddSecurityGroup(made.VPCID, "orders-db", "PostgreSQL of the shop", nil)
	if err != nil {
		return made, err
	}
	mysqlGroup, err := b.Account.AddSecurityGroup(made.VPCID, "legacy-mysql", "MySQL of the old shop", nil)
	if err != nil {
		return made, err
	}
	otherGroup, err := b.Account.AddSecurityGroup(other.VPC, "reports-db", "PostgreSQL of the reports", nil)
	if err != nil {
		return made, err
	}
	for _, d := range []cloud.DatabaseSpec{
		{Identifier: "orders-db", SubnetGroup: "shop", Groups: []string{group}, DBName: "orders", Username: "orders", Password: ordersPassword},
		{Identifier: "legacy-mysql", Engine: "mysql", EngineVersion: "8.4.7", Port: 3306, SubnetGroup: "shop", Groups: []string{mysqlGroup}, DBName: "legacy", Username: "legacy", Password: ordersPassword},
		{Identifier: "reports-db", SubnetGroup: "data", Groups: []string{otherGroup}, DBName: "reports", Username: "reports", Password: ordersPassword},
	} {
		if _, err := b.Account.AddDatabase(d); err != nil {
			return made, err
		}
	}
	b.Account.AddSecret("orders-db", `{"username":"orders","password":"`+ordersPassword+`"}`, nil)
	return made, nil
}

// ordersPassword is the password of the databases that are there already. It
// guards nothing: the world ends with the process.
const ordersPassword = "practice-orders-27x"
