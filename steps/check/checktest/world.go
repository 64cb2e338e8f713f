// Package checktest tests checks: it has a world in which everything is set up,
// and tables of what a check says when something is changed in it.
package checktest

import (
	"slices"
	"time"

	"podsg/steps/intent"
	"podsg/steps/world"
)

// Endpoint is the address of the cluster's API server.
const Endpoint = "https://workshop.example"

// World is a cluster of one node in which everything is set up: the green pod
// reaches the database from its branch ENI. No check fails or warns in it.
func World() *world.Snapshot {
	const vpc = "vpc-1"
	tags := world.OwnershipTags("workshop")
	at := time.Date(2026, 11, 2, 9, 0, 0, 0, time.UTC)
	green := map[string]string{"app": intent.GreenLabel}
	injected := true
	return &world.Snapshot{
		SchemaVersion: 1, TakenAt: at, CA: []byte("PEM"),
		Cloud: world.CloudFacts{
			Identity: world.Identity{Account: "111122223333", ARN: "arn:aws:iam::111122223333:user/ann", Region: "us-west-2", Partition: "aws"},
			Cluster: world.Cluster{
				Name: "workshop", ARN: "arn:aws:eks:us-west-2:111122223333:cluster/workshop", Status: "ACTIVE", Endpoint: Endpoint, Version: "1.34",
				VPCID: vpc, SecurityGroupID: "sg-nodes", PublicEndpoint: true, IPFamily: "ipv4", AuthMode: "API",
			},
			VPC: world.VPC{ID: vpc, CIDRs: []string{"10.0.0.0/16"}, DNSSupport: true, DNSHostnames: true},
			Subnets: []world.Subnet{
				{ID: "subnet-a", Zone: "us-west-2a", CIDR: "10.0.0.0/24", FreeIPs: 100},
				{ID: "subnet-b", Zone: "us-west-2b", CIDR: "10.0.1.0/24", FreeIPs: 100},
			},
			SecurityGroups: []world.SecurityGroup{
				{ID: "sg-nodes", Name: "nodes", VPCID: vpc, Rules: []world.Rule{
					AllOut("sgr-nodes-out"), From("sgr-dns-tcp", "tcp", 53, "sg-pods"), From("sgr-dns-udp", "udp", 53, "sg-pods"),
				}},
				{ID: "sg-pods", Name: intent.DefaultPodGroupName, VPCID: vpc, Tags: tags, Rules: []world.Rule{
					AllOut("sgr-pods-out"), From("sgr-probes", "tcp", 8080, "sg-nodes"),
				}},
				{ID: "sg-db", Name: intent.DefaultDBGroupName, VPCID: vpc, Tags: tags, Rules: []world.Rule{
					AllOut("sgr-db-out"), From("sgr-db", "tcp", intent.DefaultDBPort, "sg-pods"),
				}},
			},
			Interfaces: []world.Interface{
				{ID: "eni-1", Status: "in-use", InstanceID: "i-1", SubnetID: "subnet-a", PrivateIP: "10.0.0.1", IPs: []string{"10.0.0.53"}, Groups: []string{"sg-nodes"}},
				{ID: "eni-trunk", Type: world.InterfaceTrunk, Status: "in-use", InstanceID: "i-1", SubnetID: "subnet-a", PrivateIP: "10.0.0.2", Groups: []string{"sg-nodes"}},
				{ID: "eni-branch", Type: world.InterfaceBranch, Status: "in-use", SubnetID: "subnet-a", PrivateIP: "10.0.0.3", Groups: []string{"sg-pods"}, TrunkID: "eni-trunk", VLAN: 1},
			},
			Instances: []world.Instance{{
				ID: "i-1", Type: "m5.large", State: "running", PrivateIP: "10.0.0.1", SubnetID: "subnet-a", Zone: "us-west-2a", PrimaryGroups: []string{"sg-nodes"},
			}},
			InstanceTypes: map[string]world.InstanceType{"m5.large": {Name: "m5.large", Known: true, Trunking: true, BranchENIs: 9, ENIs: 3}},
			ClusterRole: world.Role{
				Name: "cluster-role", ARN: "arn:aws:iam::111122223333:role/cluster-role",
				AttachedPolicies: []string{world.ManagedPolicyARN("aws", world.PolicyCluster), world.ManagedPolicyARN("aws", world.PolicyController)},
				Allowed:          slices.Concat(world.ControllerActions(), world.ClusterPolicyActions()),
			},
			NodeRoles: []world.Role{{Name: "node-role", ARN: "arn:aws:iam::111122223333:role/node-role"}},
			Addon:     &world.Addon{Name: world.AddonVPCCNI, Status: "ACTIVE"},
			Databases: []world.Database{{
				Identifier: intent.DefaultDBIdentifier, Engine: "postgres", Status: "available", Address: "db.example", Port: intent.DefaultDBPort,
				VPCID: vpc, Groups: []string{"sg-db"}, Tags: tags, Name: intent.DefaultDBName, Username: intent.DefaultDBUser,
			}},
		},
		Kube: world.ClusterFacts{
			Server: Endpoint,
			Nodes: []world.Node{{
				Name: "node-1", InstanceID: "i-1", InstanceType: "m5.large", Ready: true, PodENIs: 9, HasCNINode: true, Features: map[string]string{world.FeatureSGP: ""},
			}},
			CNI: &world.CNI{
				Version: "v1.23.2", Env: map[string]string{world.EnvPodENI: "true", world.EnvEnforcingMode: world.ModeStandard},
				Rollout: world.Rollout{Observed: true, Desired: 1, Updated: 1, Ready: 1},
			},
			DNS:       world.DNS{PodIPs: []string{"10.0.0.53"}},
			Admission: world.Admission{PolicyCRD: true, MutatingWebhook: true, ValidatingWebhook: true, DryRunInjected: &injected, ControllerRenewed: at},
			Namespace: &world.Namespace{ObjectFacts: world.ObjectFacts{Name: intent.DefaultNamespace, Owned: true}},
			Policies: []world.PodPolicy{{
				ObjectFacts: world.ObjectFacts{Name: intent.DefaultPolicyName, Namespace: intent.DefaultNamespace, Owned: true, CreatedAt: at.Add(-time.Hour)},
				PodSelector: &world.Selector{MatchLabels: green}, GroupIDs: []string{"sg-pods"},
			}},
			Pods: []world.Pod{{
				ObjectFacts: world.ObjectFacts{Name: "green", Namespace: intent.DefaultNamespace, Labels: green, CreatedAt: at.Add(-30 * time.Minute)},
				Node:        "node-1", Phase: "Running", Ready: true, IP: "10.0.0.3",
				ENIs: []world.PodENI{{ENIID: "eni-branch", PrivateIP: "10.0.0.3", VLAN: 1}},
			}},
			Settings: world.Settings{CNIRole: true, CNIPatchesNodes: true, ControllerRole: true, ControllerBinding: true},
			Secret: &world.SecretFacts{
				ObjectFacts: world.ObjectFacts{Name: intent.DefaultSecretName, Namespace: intent.DefaultNamespace, Owned: true}, HasPassword: true,
				Host: "db.example", Port: "5432", Database: intent.DefaultDBName, Username: intent.DefaultDBUser, SSLMode: intent.TLSVerifyFull,
			},
			Workloads: []world.Workload{{
				ObjectFacts: world.ObjectFacts{Name: "green", Namespace: intent.DefaultNamespace}, Kind: "Deployment", PodLabels: green, ProbePorts: []int{8080},
			}},
		},
	}
}

// AllOut is an egress rule that admits everything.
func AllOut(id string) world.Rule {
	return world.Rule{ID: id, Direction: world.Egress, Protocol: "-1", FromPort: -1, ToPort: -1, CIDR: "0.0.0.0/0"}
}

// From is an ingress rule for one port that admits a group.
func From(id, protocol string, port int, group string) world.Rule {
	return world.Rule{ID: id, Direction: world.Ingress, Protocol: protocol, FromPort: port, ToPort: port, PeerGroup: group}
}
