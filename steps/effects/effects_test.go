package effects

import (
	"slices"
	"testing"

	"podsg/steps/world"
)

func ingress(id, protocol string, from, to int, peer string) world.Rule {
	r := world.Rule{ID: id, Direction: world.Ingress, Protocol: protocol, FromPort: from, ToPort: to}
	if len(peer) > 3 && peer[:3] == "sg-" {
		r.PeerGroup = peer
	} else {
		r.CIDR = peer
	}
	return r
}

func everythingOut(id string) world.Rule {
	return world.Rule{ID: id, Direction: world.Egress, Protocol: "-1", FromPort: -1, ToPort: -1, CIDR: "0.0.0.0/0"}
}

// shop is a cluster whose nodes carry sg-nodes, with a database, a cache, a load
// balancer and the control plane about them.
func shop() *world.Snapshot {
	return &world.Snapshot{Cloud: world.CloudFacts{
		VPC:     world.VPC{CIDRs: []string{"10.0.0.0/16"}},
		Cluster: world.Cluster{Name: "workshop"},
		SecurityGroups: []world.SecurityGroup{
			{ID: "sg-nodes", Rules: []world.Rule{everythingOut("r-out"), ingress("r-lb", "tcp", 8080, 8080, "sg-lb"), ingress("r-self", "tcp", 1025, 65535, "sg-nodes"), ingress("r-ssh", "tcp", 22, 22, "10.0.0.0/8")}},
			{ID: "sg-lb"},
			{ID: "sg-db", Rules: []world.Rule{ingress("r-db", "tcp", 5432, 5432, "sg-nodes"), ingress("r-cidr", "tcp", 3306, 3306, "10.0.0.0/16")}},
			{ID: "sg-cache", Rules: []world.Rule{ingress("r-cache", "tcp", 6379, 6379, "sg-nodes")}},
			{ID: "sg-pods", Rules: []world.Rule{everythingOut("r-pods-out")}},
		},
		Databases: []world.Database{{Identifier: "stock", Port: 5432, Groups: []string{"sg-db"}}},
		Instances: []world.Instance{{ID: "i-1", PrimaryGroups: []string{"sg-nodes"}}},
		Interfaces: []world.Interface{
			{ID: "eni-lb", Description: "ELB app/shop/1", Groups: []string{"sg-lb"}},
			{ID: "eni-cache", Description: "ElastiCache shop-001", Groups: []string{"sg-cache"}},
			{ID: "eni-db", Description: "RDSNetworkInterface", Groups: []string{"sg-db"}},
		},
	}}
}

func TestWhatEndsWithTheGroupsOfTheNodesIsNamedWithItsRule(t *testing.T) {
	t.Parallel()
	web := Port{Protocol: "tcp", Number: 8080, For: "Service web"}
	rule := func(group string, r world.Rule) func(*world.Snapshot) {
		return func(s *world.Snapshot) {
			i := slices.IndexFunc(s.Cloud.SecurityGroups, func(g world.SecurityGroup) bool { return g.ID == group })
			s.Cloud.SecurityGroups[i].Rules = append(s.Cloud.SecurityGroups[i].Rules, r)
		}
	}
	const (
		balancer = "load balancer app/shop/1 (sg-lb) to these pods (Service web): tcp 8080; rule r-lb of sg-nodes allows it today"
		nodes    = "other pods and nodes (sg-nodes) to these pods (Service web): tcp 8080; rule r-self of sg-nodes allows it today"
		cache    = "these pods to ElastiCache shop-001: tcp 6379; rule r-cache of sg-cache allows it today"
		stock    = "these pods to RDS instance stock: tcp 5432; rule r-db of sg-db allows it today"
		others   = "these pods to other pods and nodes: tcp 1025-65535; rule r-self of sg-nodes allows it today"
	)
	for name, x := range map[string]struct {
		after  []string
		ports  []Port
		edit   func(*world.Snapshot)
		solved map[string]int
		want   []string
	}{
		"the groups of the nodes are kept":     {after: []string{"sg-pods", "sg-nodes"}, ports: []Port{web}},
		"a new group alone":                    {after: []string{NewGroup}, ports: []Port{web}, want: []string{balancer, nodes, cache, stock, others}},
		"an existing group without rules":      {after: []string{"sg-pods"}, ports: []Port{web}, want: []string{balancer, nodes, cache, stock, others}},
		"nobody calls the pods":                {after: []string{NewGroup}, want: []string{cache, stock, others}},
		"the pods' group admits the balancer":  {after: []string{"sg-pods"}, ports: []Port{web}, edit: rule("sg-pods", ingress("r", "tcp", 8080, 8080, "sg-lb")), want: []string{nodes, cache, stock, others}},
		"the cache admits the pods' group":     {after: []string{"sg-pods"}, edit: rule("sg-cache", ingress("r", "-1", -1, -1, "sg-pods")), want: []string{stock, others}},
		"the database is that of the access":   {after: []string{NewGroup}, solved: map[string]int{"sg-db": 5432}, want: []string{cache, others}},
		"in strict mode the kubelet's probes":  {after: []string{NewGroup}, ports: []Port{{Protocol: "tcp", Number: 9090, For: "probes", Kubelet: true}}, want: []string{"the nodes' kubelets to these pods (probes): tcp 9090; rule r-self of sg-nodes allows it today", cache, stock, others}},
		"addresses that the nodes admit":       {after: []string{NewGroup}, ports: []Port{{Protocol: "tcp", Number: 22}}, want: []string{"addresses of 10.0.0.0/8 to these pods: tcp 22; rule r-ssh of sg-nodes allows it today", cache, stock, others}},
		"a rule of podsg's for another access": {after: []string{NewGroup}, edit: func(s *world.Snapshot) { s.Cloud.SecurityGroups[3].Rules[0].Tags = world.OwnershipTags("workshop") }, want: []string{stock, others}},
	} {
		s := shop()
		if x.edit != nil {
			x.edit(s)
		}
		var got []string
		for _, f := range Lost(s, Case{Before: [][]string{{"sg-nodes"}}, After: x.after, Ports: x.ports, Solved: x.solved}) {
			got = append(got, f.String())
		}
		if !slices.Equal(got, x.want) {
			t.Errorf("%s:\ngot  %q\nwant %q", name, got, x.want)
		}
	}
}

func TestTheRuleToAddKeepsTheConnection(t *testing.T) {
	t.Parallel()
	s := shop()
	c := Case{Before: [][]string{{"sg-nodes"}}, After: []string{"sg-pods"}, Ports: []Port{{Protocol: "tcp", Number: 8080}}}
	for _, f := range Lost(s, c) {
		group, peer := f.Add.Group, f.Add.PeerGroup
		if group == NewGroup {
			group = "sg-pods"
		}
		if peer == NewGroup {
			peer = "sg-pods"
		}
		i := slices.IndexFunc(s.Cloud.SecurityGroups, func(g world.SecurityGroup) bool { return g.ID == group })
		s.Cloud.SecurityGroups[i].Rules = append(s.Cloud.SecurityGroups[i].Rules, world.Rule{
			ID: "added", Direction: f.Add.Direction, Protocol: f.Add.Protocol, FromPort: f.Add.FromPort, ToPort: f.Add.ToPort, PeerGroup: peer, CIDR: f.Add.CIDR,
			Tags: world.OwnershipTags("workshop"),
		})
	}
	if left := Lost(s, c); len(left) > 0 {
		t.Errorf("with the rules there still end %v", left)
	}
}
