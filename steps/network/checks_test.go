package network

import (
	"fmt"
	"testing"

	"podsg/steps/check"
	"podsg/steps/check/checktest"
	"podsg/steps/intent"
	"podsg/steps/world"
)

// withoutRules takes the rules of a direction from a group.
func withoutRules(group string, direction world.Direction) func(*world.Snapshot) {
	return func(s *world.Snapshot) {
		for i := range s.Cloud.SecurityGroups {
			g := &s.Cloud.SecurityGroups[i]
			if g.ID != group {
				continue
			}
			var kept []world.Rule
			for _, r := range g.Rules {
				if r.Direction != direction {
					kept = append(kept, r)
				}
			}
			g.Rules = kept
		}
	}
}

// addRule adds a rule to a group.
func addRule(group string, rule world.Rule) func(*world.Snapshot) {
	return func(s *world.Snapshot) {
		for i := range s.Cloud.SecurityGroups {
			if s.Cloud.SecurityGroups[i].ID == group {
				s.Cloud.SecurityGroups[i].Rules = append(s.Cloud.SecurityGroups[i].Rules, rule)
			}
		}
	}
}

func noPodGroup(t *intent.Target) { t.PodGroup.ID, t.PodGroups = "", nil }

func strict(t *intent.Target) { t.Mode = world.ModeStrict }

func TestTheChosenGroupIsOnTheNodes(t *testing.T) {
	checktest.Table(t, NodeGroupChecks, "P02", map[string]checktest.Case{
		"it is":     {Want: check.Pass, Says: "on all of 1 node"},
		"it is not": {Target: func(t *intent.Target) { t.NodeGroups = []intent.Ref{intent.IDRef("sg-old", "old")} }, Want: check.Warn, Says: "1 of 1 node does not carry"},
	})
}

func TestThePodsGroupIsInTheClustersVPC(t *testing.T) {
	checktest.Table(t, PodGroupChecks, "D83", map[string]checktest.Case{
		"it is":              {Want: check.Pass},
		"there is none":      {Target: noPodGroup, Want: check.Fail, Says: "setup makes it"},
		"one of another VPC": {Target: func(t *intent.Target) { t.PodGroup.ID = "sg-elsewhere" }, Want: check.Fail, Says: "belongs to another VPC"},
	})
}

func TestALoadBalancerCanTellThePodsGroup(t *testing.T) {
	balanced := func(s *world.Snapshot) {
		s.Kube.Services = []world.Service{{ObjectFacts: world.ObjectFacts{Name: "green", Namespace: intent.DefaultNamespace}, Type: "LoadBalancer", PodLabels: map[string]string{"app": intent.GreenLabel}}}
	}
	checktest.Table(t, PodGroupChecks, "D88", map[string]checktest.Case{
		"no load balancer":        {},
		"one group":               {Edit: balanced, Want: check.Pass},
		"two groups, none tagged": {Edit: func(s *world.Snapshot) { balanced(s); s.Kube.Policies[0].GroupIDs = []string{"sg-pods", "sg-nodes"} }, Want: check.Warn, Says: "1 selected pod cannot be given"},
	})
}

func TestTheDatabaseAdmitsTheSelectedPods(t *testing.T) {
	checktest.Table(t, PortChecks, "D77", map[string]checktest.Case{
		"it does":                 {Want: check.Pass, Says: "sgr-db"},
		"the rule is gone":        {Edit: withoutRules("sg-db", world.Ingress), Want: check.Fail, Says: "setup adds ingress tcp 5432"},
		"there is no pods' group": {Target: noPodGroup, Want: check.Fail, Says: "setup makes it and the rule"},
	})
}

func TestPodsMaySendToTheDatabase(t *testing.T) {
	checktest.Table(t, PortChecks, "D78", map[string]checktest.Case{
		"they may":                {Want: check.Pass},
		"no egress":               {Edit: withoutRules("sg-pods", world.Egress), Want: check.Fail, Says: "setup adds egress tcp 5432"},
		"there is no pods' group": {Target: noPodGroup, Want: check.Skip},
	})
}

func TestTheDatabaseAdmitsNobodyElse(t *testing.T) {
	checktest.Table(t, PortChecks, "D80", map[string]checktest.Case{
		"it does not":         {Want: check.Pass},
		"it admits the nodes": {Edit: addRule("sg-db", checktest.From("sgr-nodes", "tcp", 5432, "sg-nodes")), Want: check.Fail, Says: "revoke-security-group-ingress --group-id sg-db --security-group-rule-ids sgr-nodes"},
		"it admits the VPC": {
			Edit: addRule("sg-db", world.Rule{ID: "sgr-vpc", Direction: world.Ingress, Protocol: "tcp", FromPort: 5432, ToPort: 5432, CIDR: "10.0.0.0/16"}),
			Want: check.Fail, Says: "sgr-vpc",
		},
	})
}

func TestNetworkACLsLetTheConnectionThrough(t *testing.T) {
	acl := func(s *world.Snapshot) {
		s.Cloud.Databases[0].SubnetIDs = []string{"subnet-b"}
		s.Cloud.ACLs = []world.ACL{{ID: "acl-1", SubnetIDs: []string{"subnet-a", "subnet-b"}, Entries: []world.ACLEntry{
			{Number: 100, Direction: world.Ingress, Allow: true, Protocol: "-1", FromPort: -1, ToPort: -1, CIDR: "0.0.0.0/0"},
			{Number: 100, Direction: world.Egress, Allow: true, Protocol: "-1", FromPort: -1, ToPort: -1, CIDR: "0.0.0.0/0"},
		}}}
	}
	checktest.Table(t, PortChecks, "D85", map[string]checktest.Case{
		"they do": {Edit: acl, Want: check.Pass},
		"one denies the port": {Edit: func(s *world.Snapshot) {
			acl(s)
			deny := world.ACLEntry{Number: 50, Direction: world.Ingress, Protocol: "tcp", FromPort: 5432, ToPort: 5432, CIDR: "10.0.0.0/16"}
			s.Cloud.ACLs[0].Entries = append([]world.ACLEntry{deny}, s.Cloud.ACLs[0].Entries...)
		}, Want: check.Fail, Says: "acl-1 denies what the selected pods need"},
	})
}

func TestSecurityGroupsHaveRoomForRules(t *testing.T) {
	full := func(s *world.Snapshot) {
		for i := range RuleQuota - 1 {
			addRule("sg-db", world.Rule{ID: fmt.Sprint("sgr-", i), Direction: world.Ingress, Protocol: "tcp", FromPort: i + 1, ToPort: i + 1, CIDR: "192.0.2.0/24"})(s)
		}
	}
	checktest.Table(t, PortChecks, "D87", map[string]checktest.Case{
		"they have":   {Want: check.Pass, Says: "1 ingress rule"},
		"one is full": {Edit: full, Want: check.Warn, Says: "sg-db is full"},
		"one has no room for what is missing": {Edit: func(s *world.Snapshot) {
			withoutRules("sg-db", world.Ingress)(s)
			full(s)
			addRule("sg-db", world.Rule{ID: "sgr-last", Direction: world.Ingress, Protocol: "tcp", FromPort: 9999, ToPort: 9999, CIDR: "192.0.2.0/24"})(s)
		}, Want: check.Warn, Says: "no room for the rules that are missing"},
	})
}

func TestSelectedPodsReachCoreDNS(t *testing.T) {
	checktest.Table(t, DNSChecks, "D76", map[string]checktest.Case{
		"they do":             {Want: check.Pass},
		"the rules are gone":  {Edit: withoutRules("sg-nodes", world.Ingress), Want: check.Fail, Says: "port 53 is not open"},
		"no CoreDNS is ready": {Edit: func(s *world.Snapshot) { s.Kube.DNS.PodIPs = nil }, Want: check.Fail, Says: "no CoreDNS pod is ready"},
		"Auto Mode":           {Edit: func(s *world.Snapshot) { s.Kube.DNS.PodIPs = nil; s.Cloud.Cluster.AutoMode = true }, Want: check.Skip},
		"its interface is not known": {
			Edit: func(s *world.Snapshot) { s.Kube.DNS.PodIPs = []string{"10.0.0.99"} }, Want: check.Skip, Says: "holds the CoreDNS address 10.0.0.99",
		},
	})
}

func TestEarlyDemuxIsOffWhereProbesNeedIt(t *testing.T) {
	checktest.Table(t, ProbeChecks, "D22", map[string]checktest.Case{
		"standard mode": {Want: check.Skip},
		"strict mode, switched off": {Target: strict, Edit: func(s *world.Snapshot) {
			s.Kube.CNI.InitEnv = map[string]string{world.EnvEarlyDemux: "true"}
		}, Want: check.Pass},
		"strict mode, on":  {Target: strict, Want: check.Fail, Says: "setup sets it"},
		"no pod is probed": {Target: strict, Edit: func(s *world.Snapshot) { s.Kube.Workloads = nil }, Want: check.Pass, Says: noProbes},
	})
}

func TestNodesMayProbeTheSelectedPods(t *testing.T) {
	checktest.Table(t, ProbeChecks, "D23", map[string]checktest.Case{
		"standard mode":         {Want: check.Skip},
		"strict mode, they may": {Target: strict, Want: check.Pass},
		"the rule is gone":      {Target: strict, Edit: withoutRules("sg-pods", world.Ingress), Want: check.Fail, Says: "port 8080"},
		"no pod is probed":      {Target: strict, Edit: func(s *world.Snapshot) { s.Kube.Workloads = nil }, Want: check.Pass, Says: noProbes},
	})
}
