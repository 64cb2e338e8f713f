package steps

import (
	"strings"
	"testing"
	"time"

	"podsg/steps/check"
	"podsg/steps/follow"
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

func TestAPodIsFollowedToWhereItStopped(t *testing.T) {
	t.Parallel()
	for name, x := range map[string]struct {
		breakIt func(s *world.Snapshot, p *world.Pod)
		id      string // of the check that fails; empty: none does
		says    string
	}{
		"a healthy pod passes every rung": {func(*world.Snapshot, *world.Pod) {}, "", ""},
		"a pod on the host's network":     {func(_ *world.Snapshot, p *world.Pod) { p.HostNetwork = true }, "D54", "hostNetwork"},
		"a label that no policy selects":  {func(_ *world.Snapshot, p *world.Pod) { p.Labels = map[string]string{"db": "no"} }, "D48", "has its node's security groups"},
		"a pod that is older than its policy": {func(s *world.Snapshot, p *world.Pod) {
			p.ENILimitOn, p.ENIs = -1, nil
			p.CreatedAt = p.CreatedAt.Add(-time.Hour)
		}, "D55", "older than policy db-clients"},
		"a sidecar that was put in front": {func(_ *world.Snapshot, p *world.Pod) { p.ENILimitOn = 1 }, "D55", "reads the first container only"},
		"no node has a free branch ENI": {func(_ *world.Snapshot, p *world.Pod) {
			p.Node, p.ENIs, p.Phase = "", nil, "Pending"
			p.Reason = "Unschedulable"
		}, "D61", "waits for a node"},
		"the controller may not make interfaces": {func(s *world.Snapshot, p *world.Pod) {
			p.ENIs = nil
			s.Kube.Events = []world.ClusterEvent{{Kind: "Pod", Name: p.Name, Namespace: p.Namespace, Reason: "BranchAllocationFailed", Message: "UnauthorizedOperation"}}
		}, "D63", "could not give it one: the controller may not make the branch ENI"},
		"another webhook changes the pod": {func(s *world.Snapshot, p *world.Pod) {
			p.ENIs = nil
			s.Kube.Events = []world.ClusterEvent{{Kind: "Pod", Name: p.Name, Namespace: p.Namespace, Reason: "BranchENIAnnotationFailed", Message: "pod updates may not change fields other than"}}
		}, "D63", "another webhook changes the pod"},
		"an error of an earlier pod of the same name": {func(s *world.Snapshot, p *world.Pod) {
			p.ENIs = nil
			s.Kube.Events = []world.ClusterEvent{{At: p.CreatedAt.Add(-time.Minute), Kind: "Pod", Name: p.Name, Namespace: p.Namespace, Reason: "BranchAllocationFailed", Message: "UnauthorizedOperation"}}
		}, "D63", "no event says why"},
		"a node whose branch ENIs cool down": {func(s *world.Snapshot, p *world.Pod) {
			p.ENIs = nil
			s.Kube.Nodes = []world.Node{{Name: "node-1", InstanceID: "i-1", PodENIs: 1}}
			s.Cloud.Interfaces = append(s.Cloud.Interfaces, world.Interface{ID: "eni-t", Type: world.InterfaceTrunk, InstanceID: "i-1"}, world.Interface{ID: "eni-c", Type: world.InterfaceBranch, TrunkID: "eni-t"})
		}, "D63", "cool down included"},
		"a webhook that did not answer for the pod": {func(_ *world.Snapshot, p *world.Pod) { p.ENILimitOn, p.ENIs = -1, nil }, "D55", "was created 1m0s after policy db-clients: the webhook did not answer"},
		"a policy in another namespace":             {func(s *world.Snapshot, _ *world.Pod) { s.Kube.Policies[0].Namespace = "elsewhere" }, "D48", "none of the 0 policies"},
		"the policy's groups changed afterwards":    {func(s *world.Snapshot, _ *world.Pod) { s.Kube.Policies[0].GroupIDs = []string{"sg-db"} }, "D45", "the policies now give sg-db"},
		"the pod is not on its branch ENI":          {func(_ *world.Snapshot, p *world.Pod) { p.IP = "10.0.0.77" }, "D67", "10.0.0.77"},
		"CoreDNS does not admit the pod's group": {func(s *world.Snapshot, _ *world.Pod) {
			s.Cloud.SecurityGroups[0].Rules = s.Cloud.SecurityGroups[0].Rules[:2]
		}, "D76", "port 53"},
		"the database does not admit its group": {func(s *world.Snapshot, _ *world.Pod) {
			s.Cloud.SecurityGroups[2].Rules = s.Cloud.SecurityGroups[2].Rules[:1]
		}, "D77", "no ingress rule"},
		"the database admits every node, as well": {func(s *world.Snapshot, _ *world.Pod) {
			s.Cloud.SecurityGroups[2].Rules[1].PeerGroup = ""
			s.Cloud.SecurityGroups[2].Rules[1].CIDR = "0.0.0.0/0"
		}, "D80", "every ordinary pod"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := shopSnapshot()
			x.breakIt(s, &s.Kube.Pods[0])
			target, err := intent.ResolveForDiagnosis(s, intent.Intent{Cluster: "shop", Namespace: "shop"})
			if err != nil {
				t.Fatal(err)
			}
			found, err := follow.CheckPod(s, &target, "api-1")
			if err != nil {
				t.Fatal(err)
			}
			var failed []string
			for _, f := range found {
				if f.Status == check.Fail {
					failed = append(failed, f.ID+" "+f.Reason.String())
					if f.Fix == nil {
						t.Errorf("%s fails without a way to mend it", f.ID)
					}
				}
			}
			all := strings.Join(failed, "\n")
			if (x.id == "") != (len(failed) == 0) || !strings.HasPrefix(all, x.id) || !strings.Contains(all, x.says) {
				t.Fatalf("failed:\n%s\nwant %s … %s", all, x.id, x.says)
			}
		})
	}
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
	if _, _, err := intent.Resolve(s, intent.Intent{Cluster: "shop", Namespace: "shop", Policy: intent.PolicyIntent{Name: "db-clients"}}); world.KindOf(err) != world.ProblemUsage {
		t.Fatalf("setup adopted a policy that it did not make: %v", err)
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
