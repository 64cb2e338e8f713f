// Package scripted is an engine that plays fixed scenes: for the tests of the
// screens, which need the same cluster, the same plan and the same run every
// time. What it answers is made of the engine's own types, and the plan is the
// engine's own plan.
package scripted

import (
	"fmt"
	"time"

	"podsg/steps/plan"
	"podsg/steps/world"
)

// Start is the time at which every scene begins.
var Start = time.Date(2026, time.November, 2, 9, 30, 0, 0, time.UTC)

// The names of the scene.
const (
	Cluster = "workshop"
	Account = "123456789012"
	Region  = "us-west-2"
	vpcID   = "vpc-0a1b2c3d4e5f60718"
	nodesSG = "sg-0c1a2b3c4d5e6f708"
	otherSG = "sg-0d1a2b3c4d5e6f709"
	defSG   = "sg-0e1a2b3c4d5e6f710"
)

// Workshop is the cluster as a workshop finds it: made by eksctl, node groups
// of m5.large and t3.medium, a second cluster in the same VPC whose name begins
// alike, the VPC CNI as an EKS add-on, and no database.
func Workshop() *world.Snapshot {
	s := &world.Snapshot{SchemaVersion: plan.SchemaVersion, TakenAt: Start, CA: []byte("bundle")}
	c := &s.Cloud
	c.Identity = world.Identity{Account: Account, ARN: "arn:aws:sts::" + Account + ":assumed-role/workshop-admin/ada", Region: Region, Partition: "aws"}
	c.Cluster = world.Cluster{
		Name: Cluster, ARN: "arn:aws:eks:" + Region + ":" + Account + ":cluster/" + Cluster, Status: "ACTIVE",
		Endpoint: "https://0123456789ABCDEF.gr7.us-west-2.eks.amazonaws.com", Version: "1.34", PlatformVersion: "eks.9",
		RoleARN: "arn:aws:iam::" + Account + ":role/eksctl-workshop-cluster-ServiceRole-1A2B3C", VPCID: vpcID, SecurityGroupID: nodesSG,
		PublicEndpoint: true, IPFamily: "ipv4", AuthMode: "API_AND_CONFIG_MAP",
	}
	c.VPC = world.VPC{ID: vpcID, Name: "eksctl-workshop-cluster/VPC", CIDRs: []string{"192.168.0.0/16"}, DNSSupport: true, DNSHostnames: true, HasIGW: true}
	for i, zone := range []string{"a", "b", "c"} {
		for j, kind := range []string{"Public", "Private"} {
			id := fmt.Sprintf("subnet-0%d%d1b2c3d4e5f6071", i, j)
			c.Subnets = append(c.Subnets, world.Subnet{
				ID: id, Name: fmt.Sprintf("eksctl-workshop-cluster/Subnet%sUSWEST2%s", kind, string(zone[0]-32)), Zone: Region + zone,
				CIDR: fmt.Sprintf("192.168.%d.0/19", 32*(i+3*j)), FreeIPs: 8100 - 7*i - j, Public: j == 0,
			})
			c.Cluster.SubnetIDs = append(c.Cluster.SubnetIDs, id)
		}
	}
	c.SecurityGroups = []world.SecurityGroup{
		{ID: nodesSG, Name: "eks-cluster-sg-workshop-1234567890", Description: "EKS created security group", VPCID: vpcID,
			Tags: map[string]string{"Name": "eks-cluster-sg-workshop-1234567890", "kubernetes.io/cluster/workshop": "owned"}, Rules: groupRules(nodesSG)},
		{ID: otherSG, Name: "eks-cluster-sg-workshop-2-9876543210", Description: "EKS created security group", VPCID: vpcID,
			Tags: map[string]string{"Name": "eks-cluster-sg-workshop-2-9876543210", "kubernetes.io/cluster/workshop-2": "owned"}, Rules: groupRules(otherSG)},
		{ID: defSG, Name: "default", Description: "default VPC security group", VPCID: vpcID, Rules: groupRules(defSG)},
	}
	nodes(s)
	c.InstanceTypes = map[string]world.InstanceType{
		"m5.large":  {Name: "m5.large", Known: true, Trunking: true, BranchENIs: 9, ENIs: 3, Hypervisor: "nitro", Source: "VPC resource controller v1.8.2"},
		"t3.medium": {Name: "t3.medium", Known: true, ENIs: 3, Hypervisor: "nitro", Source: "VPC resource controller v1.8.2"},
	}
	c.ClusterRole = world.Role{Name: "eksctl-workshop-cluster-ServiceRole-1A2B3C", ARN: c.Cluster.RoleARN,
		AttachedPolicies: []string{"arn:aws:iam::aws:policy/AmazonEKSClusterPolicy"}}
	c.Addon = &world.Addon{Name: "vpc-cni", Version: "v1.23.1-eksbuild.1", Status: "ACTIVE", ConfigurationValues: `{"env":{"ENABLE_PREFIX_DELEGATION":"true"}}`}
	c.DBOptions = world.DBOptions{
		DefaultVersion: "17.6", CheckedVersion: "17.6", Versions: []string{"15.14", "16.10", "17.6"},
		Classes: []string{"db.t4g.micro", "db.t3.micro", "db.t4g.small", "db.m7g.large"},
	}
	kubernetes(s)
	return s
}

// groupRules are the rules of a group that admits its own members.
func groupRules(id string) []world.Rule {
	return []world.Rule{
		{ID: "sgr-1" + id[4:], Direction: world.Ingress, Protocol: "-1", FromPort: -1, ToPort: -1, PeerGroup: id},
		{ID: "sgr-2" + id[4:], Direction: world.Egress, Protocol: "-1", FromPort: -1, ToPort: -1, CIDR: "0.0.0.0/0"},
	}
}

// nodes adds three nodes of m5.large and two of t3.medium.
func nodes(s *world.Snapshot) {
	kinds := []struct {
		group, instance string
		n               int
	}{{"workers", "m5.large", 3}, {"small", "t3.medium", 2}}
	at := 10
	for _, k := range kinds {
		for i := range k.n {
			ip := fmt.Sprintf("192.168.%d.%d", 96+32*i, at)
			id := fmt.Sprintf("i-0%d1b2c3d4e5f6071", at)
			name := fmt.Sprintf("ip-192-168-%d-%d.us-west-2.compute.internal", 96+32*i, at)
			subnet := s.Cloud.Subnets[2*(i%3)+1]
			s.Cloud.Instances = append(s.Cloud.Instances, world.Instance{
				ID: id, Type: k.instance, State: "running", PrivateIP: ip, PrivateDNS: name, SubnetID: subnet.ID, Zone: subnet.Zone, PrimaryGroups: []string{nodesSG},
			})
			s.Cloud.Interfaces = append(s.Cloud.Interfaces, world.Interface{
				ID: fmt.Sprintf("eni-0%d1b2c3d4e5f607", at), Type: "interface", Status: "in-use", SubnetID: subnet.ID, PrivateIP: ip,
				IPs: []string{ip, fmt.Sprintf("192.168.%d.%d", 96+32*i, at+100)}, Groups: []string{nodesSG}, InstanceID: id,
			})
			s.Kube.Nodes = append(s.Kube.Nodes, world.Node{
				Name: name, InstanceID: id, InstanceType: k.instance, Zone: subnet.Zone, Nodegroup: k.group, Arch: "amd64", OS: "linux", ComputeType: "ec2",
				InternalIP: ip, Ready: true, MaxPods: 29, HasCNINode: true, CreatedAt: Start.Add(-48 * time.Hour),
			})
			at++
		}
	}
}

func kubernetes(s *world.Snapshot) {
	k := &s.Kube
	k.Context, k.Server, k.Version = Cluster, s.Cloud.Cluster.Endpoint, "v1.34.2-eks-1a2b3c4"
	k.CNI = &world.CNI{
		Image: "602401143452.dkr.ecr.us-west-2.amazonaws.com/amazon-k8s-cni:v1.23.1-eksbuild.1", Version: "v1.23.1",
		Env:     map[string]string{"ENABLE_POD_ENI": "false", "ENABLE_PREFIX_DELEGATION": "true"},
		InitEnv: map[string]string{"DISABLE_TCP_EARLY_DEMUX": "false"}, Strategy: "RollingUpdate", Generation: 3,
		Rollout: world.Rollout{Observed: true, Desired: 5, Updated: 5, Ready: 5},
	}
	k.DNS = world.DNS{ServiceIP: "10.100.0.10", PodIPs: []string{"192.168.96.110", "192.168.128.111"}}
	injected := true
	k.Admission = world.Admission{
		PolicyCRD: true, CNINodeCRD: true, MutatingWebhook: true, ValidatingWebhook: true, DryRunInjected: &injected, ControllerRenewed: Start.Add(-3 * time.Second),
	}
	k.Settings = world.Settings{ProxyMode: "iptables", CNIRole: true, CNIPatchesNodes: true, ControllerRole: true, ControllerBinding: true}
}

// AddDatabases adds RDS instances: one that can be used, one of another engine,
// and one in another VPC.
func AddDatabases(s *world.Snapshot) {
	const group = "sg-0f1a2b3c4d5e6f711"
	s.Cloud.SecurityGroups = append(s.Cloud.SecurityGroups, world.SecurityGroup{ID: group, Name: "orders-db", VPCID: vpcID, Rules: groupRules(group)[1:]})
	add := func(id, engine, version, vpc string) {
		s.Cloud.Databases = append(s.Cloud.Databases, world.Database{
			Identifier: id, Engine: engine, EngineVersion: version, Class: "db.m7g.large", Status: "available", VPCID: vpc, Port: 5432,
			Address: id + ".cabc.us-west-2.rds.amazonaws.com", Name: "shop", Username: "shop", Groups: []string{group}, SubnetGroup: "default",
		})
	}
	add("orders", "postgres", "16.10", vpcID)
	add("reports", "mysql", "8.4.6", vpcID)
	add("legacy", "postgres", "15.14", "vpc-0ffffffffffffffff")
}
