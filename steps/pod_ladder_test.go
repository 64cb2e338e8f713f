package steps

import (
	"strings"
	"testing"
	"time"

	"podsg/steps/check"
	"podsg/steps/intent"
	"podsg/steps/nodes"
	"podsg/steps/world"
)

// shopSnapshot is a cluster that was set up by hand: nothing in it carries
// podsg's marks.
func shopSnapshot() *world.Snapshot {
	made := time.Date(2026, 11, 1, 12, 0, 0, 0, time.UTC)
	allOut := world.Rule{ID: "sgr-out", Direction: world.Egress, Protocol: "-1", FromPort: -1, ToPort: -1, CIDR: "0.0.0.0/0"}
	s := &world.Snapshot{TakenAt: made.Add(time.Hour)}
	s.Cloud.Cluster = world.Cluster{Name: "shop", VPCID: "vpc-1", Status: "ACTIVE", SecurityGroupID: "sg-nodes"}
	s.Cloud.VPC = world.VPC{ID: "vpc-1", DNSSupport: true, DNSHostnames: true}
	s.Cloud.ClusterRole = world.Role{Name: "cluster-role", AttachedPolicies: []string{world.ManagedPolicyARN("aws", world.PolicyCluster), world.ManagedPolicyARN("aws", world.PolicyController)}}
	s.Cloud.SecurityGroups = []world.SecurityGroup{
		{ID: "sg-nodes", Name: "nodes", VPCID: "vpc-1", Rules: []world.Rule{
			allOut,
			{ID: "sgr-dns-t", Direction: world.Ingress, Protocol: "tcp", FromPort: 53, ToPort: 53, PeerGroup: "sg-pods"},
			{ID: "sgr-dns-u", Direction: world.Ingress, Protocol: "udp", FromPort: 53, ToPort: 53, PeerGroup: "sg-pods"},
		}},
		{ID: "sg-pods", Name: "POD_SG", VPCID: "vpc-1", Rules: []world.Rule{allOut}},
		{ID: "sg-db", Name: "RDS_SG", VPCID: "vpc-1", Rules: []world.Rule{allOut, {ID: "sgr-db", Direction: world.Ingress, Protocol: "tcp", FromPort: 5432, ToPort: 5432, PeerGroup: "sg-pods"}}},
	}
	s.Cloud.Instances = []world.Instance{{ID: "i-1", Type: "m5.large", PrivateDNS: "node-1", PrivateIP: "10.0.0.10", PrimaryGroups: []string{"sg-nodes"}}}
	s.Cloud.Interfaces = []world.Interface{
		{ID: "eni-node", InstanceID: "i-1", PrivateIP: "10.0.0.10", IPs: []string{"10.0.0.11"}, Groups: []string{"sg-nodes"}},
		{ID: "eni-b", Type: world.InterfaceBranch, Status: "in-use", PrivateIP: "10.0.0.50", Groups: []string{"sg-pods"}},
	}
	s.Cloud.Databases = []world.Database{{Identifier: "orders", Engine: "postgres", Status: "available", Address: "orders.rds", Port: 5432, VPCID: "vpc-1", Groups: []string{"sg-db"}, Username: "app"}}
	s.Kube.DNS.PodIPs = []string{"10.0.0.11"}
	s.Kube.Admission = world.Admission{PolicyCRD: true, MutatingWebhook: true}
	s.Kube.Settings = world.Settings{CNIRole: true, CNIPatchesNodes: true, ControllerRole: true, ControllerBinding: true}
	s.Kube.Policies = []world.PodPolicy{{
		ObjectFacts: world.ObjectFacts{Namespace: "shop", Name: "db-clients", CreatedAt: made},
		PodSelector: &world.Selector{MatchLabels: map[string]string{"db": "yes"}}, GroupIDs: []string{"sg-pods"},
	}}
	s.Kube.Pods = []world.Pod{{
		ObjectFacts: world.ObjectFacts{Namespace: "shop", Name: "api-1", Labels: map[string]string{"db": "yes"}, CreatedAt: made.Add(time.Minute)},
		Node:        "node-1", Phase: "Running", Ready: true, IP: "10.0.0.50", ENILimitOn: 0,
		ENIs: []world.PodENI{{ENIID: "eni-b", PrivateIP: "10.0.0.50", VLAN: 1}},
	}}
	return s
}

func TestADiagnosisLooksAtWhatIsThereWhoeverMadeIt(t *testing.T) {
	t.Parallel()
	s := shopSnapshot()
	if ns := intent.NamespaceToDiagnose(s, intent.Intent{}); ns != "shop" {
		t.Fatalf("namespace %q", ns)
	}
	stray := *s
	stray.Kube.Pods = []world.Pod{{ObjectFacts: world.ObjectFacts{Namespace: intent.DefaultNamespace, Name: "api", Labels: s.Kube.Policies[0].PodSelector.MatchLabels}}}
	if ns := intent.NamespaceToDiagnose(&stray, intent.Intent{}); ns != "" {
		t.Errorf("namespace %q, though its policy would select pods of the default one", ns)
	}
	target, err := intent.ResolveForDiagnosis(s, intent.Intent{Cluster: "shop", Namespace: "shop"})
	if err != nil {
		t.Fatal(err)
	}
	if target.PolicyName != "db-clients" || target.PodGroup.ID != "sg-pods" || target.DB.Identifier != "orders" || target.DBGroup.ID != "sg-db" {
		t.Fatalf("%+v", target)
	}
	s.CA = []byte("PEM")
	setup, _, err := intent.Resolve(s, intent.Intent{Cluster: "shop", Namespace: "shop", Policy: intent.PolicyIntent{Name: "db-clients"}})
	if err != nil || !setup.AdoptsPolicy || setup.PodGroup.ID != "sg-pods" {
		t.Fatalf("setup does not use the policy that was named: %+v, %v", setup, err)
	}
}

func TestAGroupOfAnotherVPCIsNamedAsTheCause(t *testing.T) {
	t.Parallel()
	s := shopSnapshot()
	s.Kube.Policies[0].GroupIDs = []string{"sg-elsewhere"}
	target, err := intent.ResolveForDiagnosis(s, intent.Intent{Cluster: "shop", Namespace: "shop"})
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range Check(s, &target) {
		if f.ID == "D82" && f.Status == check.Fail && strings.Contains(f.Reason.String(), "another VPC") {
			return
		}
	}
	t.Fatal("no check names it")
}

func TestANodeThatJustAskedForItsTrunkIsNoFailure(t *testing.T) {
	t.Parallel()
	for name, x := range map[string]struct {
		second world.Node
		events []world.ClusterEvent
		want   check.Status
	}{
		"both offer branch ENIs":       {world.Node{PodENIs: 9}, nil, check.Pass},
		"one has only asked so far":    {world.Node{}, nil, check.Warn},
		"an event says that it failed": {world.Node{}, []world.ClusterEvent{{Kind: "Node", Name: "node-2", Reason: "TrunkENICreationFailed", Message: "UnauthorizedOperation"}}, check.Fail},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := shopSnapshot()
			s.Cloud.InstanceTypes = map[string]world.InstanceType{"m5.large": {Name: "m5.large", Known: true, Trunking: true, BranchENIs: 9, ENIs: 3}}
			s.Kube.CNI = &world.CNI{Version: "v1.23.1", Env: map[string]string{world.EnvPodENI: "true"}}
			asked := map[string]string{world.FeatureSGP: ""}
			x.second.Name, x.second.InstanceID, x.second.InstanceType, x.second.Ready, x.second.Features = "node-2", "i-2", "m5.large", true, asked
			s.Kube.Nodes = []world.Node{{Name: "node-1", InstanceID: "i-1", InstanceType: "m5.large", Ready: true, Features: asked, PodENIs: 9}, x.second}
			s.Kube.Events = x.events
			target, err := intent.ResolveForDiagnosis(s, intent.Intent{Cluster: "shop", Namespace: "shop"})
			if err != nil {
				t.Fatal(err)
			}
			for _, f := range check.Run(nodes.Checks, s, &target) {
				if f.ID == "D37" && f.Status != x.want {
					t.Errorf("%s: %s, want %s", f.Status, f.Reason.String(), x.want)
				}
			}
		})
	}
}
