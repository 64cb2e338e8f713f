package steps

import (
	"strings"
	"testing"
	"time"
)

// shopSnapshot is a cluster that was set up by hand: nothing in it carries
// podsg's marks.
func shopSnapshot() *Snapshot {
	made := time.Date(2026, 11, 1, 12, 0, 0, 0, time.UTC)
	allOut := Rule{ID: "sgr-out", Direction: Egress, Protocol: "-1", FromPort: -1, ToPort: -1, CIDR: "0.0.0.0/0"}
	s := &Snapshot{TakenAt: made.Add(time.Hour)}
	s.Cloud.Cluster = Cluster{Name: "shop", VPCID: "vpc-1", Status: "ACTIVE", SecurityGroupID: "sg-nodes"}
	s.Cloud.SecurityGroups = []SecurityGroup{
		{ID: "sg-nodes", Name: "nodes", VPCID: "vpc-1", Rules: []Rule{
			allOut,
			{ID: "sgr-dns-t", Direction: Ingress, Protocol: "tcp", FromPort: 53, ToPort: 53, PeerGroup: "sg-pods"},
			{ID: "sgr-dns-u", Direction: Ingress, Protocol: "udp", FromPort: 53, ToPort: 53, PeerGroup: "sg-pods"},
		}},
		{ID: "sg-pods", Name: "POD_SG", VPCID: "vpc-1", Rules: []Rule{allOut}},
		{ID: "sg-db", Name: "RDS_SG", VPCID: "vpc-1", Rules: []Rule{allOut, {ID: "sgr-db", Direction: Ingress, Protocol: "tcp", FromPort: 5432, ToPort: 5432, PeerGroup: "sg-pods"}}},
	}
	s.Cloud.Instances = []Instance{{ID: "i-1", Type: "m5.large", PrivateDNS: "node-1", PrivateIP: "10.0.0.10", PrimaryGroups: []string{"sg-nodes"}}}
	s.Cloud.Interfaces = []Interface{
		{ID: "eni-node", InstanceID: "i-1", PrivateIP: "10.0.0.10", IPs: []string{"10.0.0.11"}, Groups: []string{"sg-nodes"}},
		{ID: "eni-b", Type: InterfaceBranch, Status: "in-use", PrivateIP: "10.0.0.50", Groups: []string{"sg-pods"}},
	}
	s.Cloud.Databases = []Database{{Identifier: "orders", Engine: "postgres", Status: "available", Address: "orders.rds", Port: 5432, VPCID: "vpc-1", Groups: []string{"sg-db"}, Username: "app"}}
	s.Kube.DNS.PodIPs = []string{"10.0.0.11"}
	s.Kube.Admission = Admission{PolicyCRD: true, MutatingWebhook: true}
	s.Kube.Settings = Settings{CNIRole: true, CNIPatchesNodes: true, ControllerRole: true, ControllerBinding: true}
	s.Kube.Policies = []PodPolicy{{
		ObjectFacts: ObjectFacts{Namespace: "shop", Name: "db-clients", CreatedAt: made},
		PodSelector: &Selector{MatchLabels: map[string]string{"db": "yes"}}, GroupIDs: []string{"sg-pods"},
	}}
	s.Kube.Pods = []Pod{{
		ObjectFacts: ObjectFacts{Namespace: "shop", Name: "api-1", Labels: map[string]string{"db": "yes"}, CreatedAt: made.Add(time.Minute)},
		Node:        "node-1", Phase: "Running", Ready: true, IP: "10.0.0.50", ENILimitOn: 0,
		ENIs: []PodENI{{ENIID: "eni-b", PrivateIP: "10.0.0.50", VLAN: 1}},
	}}
	return s
}

func TestAPodIsFollowedToWhereItStopped(t *testing.T) {
	t.Parallel()
	for name, x := range map[string]struct {
		breakIt func(s *Snapshot, p *Pod)
		id      string // of the check that fails; empty: none does
		says    string
	}{
		"a healthy pod passes every rung":     {func(*Snapshot, *Pod) {}, "", ""},
		"a pod on the host's network":         {func(_ *Snapshot, p *Pod) { p.HostNetwork = true }, "D54", "hostNetwork"},
		"a label that no policy selects":      {func(_ *Snapshot, p *Pod) { p.Labels = map[string]string{"db": "no"} }, "D48", "has its node's security groups"},
		"a pod that is older than its policy": {func(s *Snapshot, p *Pod) { p.ENILimitOn, p.ENIs = -1, nil; p.CreatedAt = p.CreatedAt.Add(-time.Hour) }, "D55", "older than policy db-clients"},
		"a sidecar that was put in front":     {func(_ *Snapshot, p *Pod) { p.ENILimitOn = 1 }, "D55", "reads the first container only"},
		"no node has a free branch ENI":       {func(_ *Snapshot, p *Pod) { p.Node, p.ENIs, p.Phase = "", nil, "Pending"; p.Reason = "Unschedulable" }, "D61", "waits for a node"},
		"the controller may not make interfaces": {func(s *Snapshot, p *Pod) {
			p.ENIs = nil
			s.Kube.Events = []ClusterEvent{{Kind: "Pod", Name: p.Name, Namespace: p.Namespace, Reason: "BranchAllocationFailed", Message: "UnauthorizedOperation"}}
		}, "D63", "could not give it one: the controller may not make the branch ENI"},
		"another webhook changes the pod": {func(s *Snapshot, p *Pod) {
			p.ENIs = nil
			s.Kube.Events = []ClusterEvent{{Kind: "Pod", Name: p.Name, Namespace: p.Namespace, Reason: "BranchENIAnnotationFailed", Message: "pod updates may not change fields other than"}}
		}, "D63", "another webhook changes the pod"},
		"an error of an earlier pod of the same name": {func(s *Snapshot, p *Pod) {
			p.ENIs = nil
			s.Kube.Events = []ClusterEvent{{At: p.CreatedAt.Add(-time.Minute), Kind: "Pod", Name: p.Name, Namespace: p.Namespace, Reason: "BranchAllocationFailed", Message: "UnauthorizedOperation"}}
		}, "D63", "no event says why"},
		"a node whose branch ENIs cool down": {func(s *Snapshot, p *Pod) {
			p.ENIs = nil
			s.Kube.Nodes = []Node{{Name: "node-1", InstanceID: "i-1", PodENIs: 1}}
			s.Cloud.Interfaces = append(s.Cloud.Interfaces, Interface{ID: "eni-t", Type: InterfaceTrunk, InstanceID: "i-1"}, Interface{ID: "eni-c", Type: InterfaceBranch, TrunkID: "eni-t"})
		}, "D63", "cool down included"},
		"a webhook that did not answer for the pod": {func(_ *Snapshot, p *Pod) { p.ENILimitOn, p.ENIs = -1, nil }, "D55", "was created 1m0s after policy db-clients: the webhook did not answer"},
		"a policy in another namespace":             {func(s *Snapshot, _ *Pod) { s.Kube.Policies[0].Namespace = "elsewhere" }, "D48", "none of the 0 policies"},
		"the policy's groups changed afterwards":    {func(s *Snapshot, _ *Pod) { s.Kube.Policies[0].GroupIDs = []string{"sg-db"} }, "D45", "the policies now give sg-db"},
		"the pod is not on its branch ENI":          {func(_ *Snapshot, p *Pod) { p.IP = "10.0.0.77" }, "D67", "10.0.0.77"},
		"CoreDNS does not admit the pod's group":    {func(s *Snapshot, _ *Pod) { s.Cloud.SecurityGroups[0].Rules = s.Cloud.SecurityGroups[0].Rules[:2] }, "D76", "port 53"},
		"the database does not admit its group":     {func(s *Snapshot, _ *Pod) { s.Cloud.SecurityGroups[2].Rules = s.Cloud.SecurityGroups[2].Rules[:1] }, "D77", "no ingress rule"},
		"the database admits every node, as well": {func(s *Snapshot, _ *Pod) {
			s.Cloud.SecurityGroups[2].Rules[1].PeerGroup = ""
			s.Cloud.SecurityGroups[2].Rules[1].CIDR = "0.0.0.0/0"
		}, "D80", "every ordinary pod"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := shopSnapshot()
			x.breakIt(s, &s.Kube.Pods[0])
			target, err := ResolveForDiagnosis(s, Intent{Cluster: "shop", Namespace: "shop"})
			if err != nil {
				t.Fatal(err)
			}
			found, err := CheckPod(s, &target, "api-1")
			if err != nil {
				t.Fatal(err)
			}
			var failed []string
			for _, f := range found {
				if f.Status == Fail {
					failed = append(failed, f.ID+" "+f.Reason)
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
	if ns := NamespaceToDiagnose(s, Intent{}); ns != "shop" {
		t.Fatalf("namespace %q", ns)
	}
	stray := *s
	stray.Kube.Pods = []Pod{{ObjectFacts: ObjectFacts{Namespace: DefaultNamespace, Name: "api", Labels: s.Kube.Policies[0].PodSelector.MatchLabels}}}
	if ns := NamespaceToDiagnose(&stray, Intent{}); ns != "" {
		t.Errorf("namespace %q, though its policy would select pods of the default one", ns)
	}
	target, err := ResolveForDiagnosis(s, Intent{Cluster: "shop", Namespace: "shop"})
	if err != nil {
		t.Fatal(err)
	}
	if target.PolicyName != "db-clients" || target.PodGroup.ID != "sg-pods" || target.DB.Identifier != "orders" || target.DBGroup.ID != "sg-db" {
		t.Fatalf("%+v", target)
	}
	if _, _, err := Resolve(s, Intent{Cluster: "shop", Namespace: "shop", Policy: PolicyIntent{Name: "db-clients"}}); KindOf(err) != ProblemUsage {
		t.Fatalf("setup adopted a policy that it did not make: %v", err)
	}
}

func TestAGroupOfAnotherVPCIsNamedAsTheCause(t *testing.T) {
	t.Parallel()
	s := shopSnapshot()
	s.Kube.Policies[0].GroupIDs = []string{"sg-elsewhere"}
	target, err := ResolveForDiagnosis(s, Intent{Cluster: "shop", Namespace: "shop"})
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range Check(s, &target) {
		if f.ID == "D82" && f.Status == Fail && strings.Contains(f.Reason, "another VPC") {
			return
		}
	}
	t.Fatal("no check names it")
}

func TestANodeThatJustAskedForItsTrunkIsNoFailure(t *testing.T) {
	t.Parallel()
	for name, x := range map[string]struct {
		second Node
		events []ClusterEvent
		want   Status
	}{
		"both offer branch ENIs":       {Node{PodENIs: 9}, nil, Pass},
		"one has only asked so far":    {Node{}, nil, Warn},
		"an event says that it failed": {Node{}, []ClusterEvent{{Kind: "Node", Name: "node-2", Reason: "TrunkENICreationFailed", Message: "UnauthorizedOperation"}}, Fail},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := shopSnapshot()
			s.Cloud.InstanceTypes = map[string]InstanceType{"m5.large": {Name: "m5.large", Known: true, Trunking: true, BranchENIs: 9, ENIs: 3}}
			s.Kube.CNI = &CNI{Version: "v1.23.1", Env: map[string]string{envPodENI: "true"}}
			asked := map[string]string{FeatureSGP: ""}
			x.second.Name, x.second.InstanceID, x.second.InstanceType, x.second.Ready, x.second.Features = "node-2", "i-2", "m5.large", true, asked
			s.Kube.Nodes = []Node{{Name: "node-1", InstanceID: "i-1", InstanceType: "m5.large", Ready: true, Features: asked, PodENIs: 9}, x.second}
			s.Kube.Events = x.events
			target, err := ResolveForDiagnosis(s, Intent{Cluster: "shop", Namespace: "shop"})
			if err != nil {
				t.Fatal(err)
			}
			for _, f := range checkInstances(s, &target) {
				if f.ID == "D37" && f.Status != x.want {
					t.Errorf("%s: %s, want %s", f.Status, f.Reason, x.want)
				}
			}
		})
	}
}
