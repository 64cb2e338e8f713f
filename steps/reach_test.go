package steps

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
	"slices"
	"testing"

	"podsg/steps/reach"
	"podsg/steps/world"
)

const (
	podGroup  = "sg-0000000000000pod1"
	nodeGroup = "sg-000000000000node1"
	dbGroup   = "sg-000000000000rds01"
)

func allOut() world.Rule {
	return world.Rule{ID: "sgr-out", Direction: world.Egress, Protocol: "-1", FromPort: -1, ToPort: -1, CIDR: "0.0.0.0/0"}
}

func ingress(id, protocol string, from, to int, edit func(*world.Rule)) world.Rule {
	r := world.Rule{ID: id, Direction: world.Ingress, Protocol: protocol, FromPort: from, ToPort: to}
	edit(&r)
	return r
}

func fromGroup(id string) func(*world.Rule)  { return func(r *world.Rule) { r.PeerGroup = id } }
func fromCIDR(cidr string) func(*world.Rule) { return func(r *world.Rule) { r.CIDR = cidr } }
func fromPrefixList(id string, cidrs ...string) func(*world.Rule) {
	return func(r *world.Rule) { r.PrefixList, r.PrefixCIDRs = id, cidrs }
}

// reachWorld is a pod group, a node group and a database group that has rules.
func reachWorld(dbRules ...world.Rule) map[string]world.SecurityGroup {
	return map[string]world.SecurityGroup{
		podGroup:  {ID: podGroup, Name: "POD_SG", Rules: []world.Rule{allOut()}},
		nodeGroup: {ID: nodeGroup, Name: "eks-node", Rules: []world.Rule{allOut()}},
		dbGroup:   {ID: dbGroup, Name: "RDS_SG", Rules: dbRules},
	}
}

func TestReachFollowsTheRules(t *testing.T) {
	pod := reach.Endpoint{Groups: []string{podGroup}, IP: "10.0.1.20", Label: "pod green"}
	node := reach.Endpoint{Groups: []string{nodeGroup}, IP: "10.0.1.7", Label: "node"}
	db := reach.Endpoint{Groups: []string{dbGroup}, IP: "10.0.9.5", Label: "database"}
	fromPod := ingress("sgr-pod", "tcp", 5432, 5432, fromGroup(podGroup))

	tests := []struct {
		name      string
		groups    map[string]world.SecurityGroup
		from, to  reach.Endpoint
		protocol  string
		port      int
		allowed   bool
		rule      string // id of the ingress rule
		missing   world.Direction
		uncertain bool
		why       string // exact, where given
	}{
		{
			name: "a rule for the pod group admits the pod", groups: reachWorld(fromPod),
			from: pod, to: db, protocol: "tcp", port: 5432, allowed: true, rule: "sgr-pod",
			why: "sg-0000000000000pod1 (POD_SG) egress rule sgr-out lets all traffic out to 0.0.0.0/0, and " +
				"sg-000000000000rds01 (RDS_SG) ingress rule sgr-pod admits tcp 5432 from sg-0000000000000pod1 (POD_SG)",
		},
		{
			name: "the same rule does not admit the node", groups: reachWorld(fromPod),
			from: node, to: db, protocol: "tcp", port: 5432, missing: world.Ingress,
			why: "sg-000000000000rds01 (RDS_SG) has no ingress rule for tcp 5432 from sg-000000000000node1 (eks-node)",
		},
		{name: "another port is not admitted", groups: reachWorld(fromPod), from: pod, to: db, protocol: "tcp", port: 5433, missing: world.Ingress},
		{name: "another protocol is not admitted", groups: reachWorld(fromPod), from: pod, to: db, protocol: "udp", port: 5432, missing: world.Ingress},
		{
			name: "a port range admits its last port", groups: reachWorld(ingress("r", "tcp", 5400, 5432, fromGroup(podGroup))),
			from: pod, to: db, protocol: "tcp", port: 5432, allowed: true, rule: "r",
		},
		{
			name: "protocol -1 admits every port", groups: reachWorld(ingress("r", "-1", -1, -1, fromGroup(podGroup))),
			from: pod, to: db, protocol: "udp", port: 53, allowed: true, rule: "r",
		},
		{
			name: "all traffic needs a rule for all traffic", groups: reachWorld(ingress("r", "tcp", 0, 65535, fromGroup(podGroup))),
			from: pod, to: db, protocol: "-1", missing: world.Ingress,
			why: "sg-000000000000rds01 (RDS_SG) has no ingress rule for all traffic from sg-0000000000000pod1 (POD_SG)",
		},
		{
			name: "a protocol number means the same as its name", groups: reachWorld(ingress("r", "6", 5432, 5432, fromGroup(podGroup))),
			from: pod, to: db, protocol: "tcp", port: 5432, allowed: true, rule: "r",
		},
		{
			name: "the VPC's range admits any pod in it", groups: reachWorld(ingress("r", "tcp", 5432, 5432, fromCIDR("10.0.0.0/16"))),
			from: pod, to: db, protocol: "tcp", port: 5432, allowed: true, rule: "r",
		},
		{
			name: "a range elsewhere admits nobody here", groups: reachWorld(ingress("r", "tcp", 5432, 5432, fromCIDR("192.168.0.0/16"))),
			from: pod, to: db, protocol: "tcp", port: 5432, missing: world.Ingress,
		},
		{
			name: "an IPv6 source is matched by IPv6 ranges only", groups: reachWorld(
				ingress("v4", "tcp", 5432, 5432, fromCIDR("0.0.0.0/0")), ingress("v6", "tcp", 5432, 5432, fromCIDR("2001:db8::/32"))),
			from: reach.Endpoint{Groups: []string{podGroup}, IP: "2001:db8::1"}, to: reach.Endpoint{Groups: []string{dbGroup}},
			protocol: "tcp", port: 5432, rule: "v6", missing: world.Egress, // POD_SG lets only IPv4 out
		},
		{
			name: "0.0.0.0/0 admits a source whose address is not known", groups: reachWorld(ingress("r", "tcp", 5432, 5432, fromCIDR("0.0.0.0/0"))),
			from: reach.Endpoint{Groups: []string{podGroup}}, to: db, protocol: "tcp", port: 5432, allowed: true, rule: "r",
		},
		{
			name: "a narrower range leaves an unknown address uncertain", groups: reachWorld(ingress("r", "tcp", 5432, 5432, fromCIDR("10.0.0.0/16"))),
			from: reach.Endpoint{Groups: []string{podGroup}, Label: "pod"}, to: db, protocol: "tcp", port: 5432, missing: world.Ingress, uncertain: true,
			why: "sg-000000000000rds01 (RDS_SG) has no ingress rule for tcp 5432 from sg-0000000000000pod1 (POD_SG) " +
				"(not certain: the address of pod is not known, and ingress rule r admits 10.0.0.0/16)",
		},
		{
			name: "a group that was not observed leaves the verdict uncertain", groups: reachWorld(),
			from: pod, to: reach.Endpoint{Groups: []string{dbGroup, "sg-gone"}}, protocol: "tcp", port: 5432, missing: world.Ingress, uncertain: true,
		},
		{
			name: "a rule may name a group that was not observed", groups: reachWorld(ingress("r", "tcp", 5432, 5432, fromGroup("sg-elsewhere"))),
			from: reach.Endpoint{Groups: []string{podGroup, "sg-elsewhere"}}, to: db, protocol: "tcp", port: 5432, allowed: true, rule: "r",
		},
		{
			name: "a prefix list admits an address of one of its entries", groups: reachWorld(ingress("r", "tcp", 5432, 5432, fromPrefixList("pl-1", "172.16.0.0/12", "10.0.1.0/24"))),
			from: pod, to: db, protocol: "tcp", port: 5432, allowed: true, rule: "r",
		},
		{
			name: "a prefix list without the address does not", groups: reachWorld(ingress("r", "tcp", 5432, 5432, fromPrefixList("pl-1", "172.16.0.0/12"))),
			from: pod, to: db, protocol: "tcp", port: 5432, missing: world.Ingress,
		},
		{
			name: "a prefix list that was not read leaves the verdict uncertain", groups: reachWorld(ingress("r", "tcp", 5432, 5432, fromPrefixList("pl-1"))),
			from: pod, to: db, protocol: "tcp", port: 5432, missing: world.Ingress, uncertain: true,
		},
		{
			name:   "a source without egress rules gets nowhere",
			groups: map[string]world.SecurityGroup{podGroup: {ID: podGroup, Name: "POD_SG"}, dbGroup: {ID: dbGroup, Name: "RDS_SG", Rules: []world.Rule{fromPod}}},
			from:   pod, to: db, protocol: "tcp", port: 5432, rule: "sgr-pod", missing: world.Egress,
			why: "sg-0000000000000pod1 (POD_SG) has no egress rule for tcp 5432 to sg-000000000000rds01 (RDS_SG)",
		},
		{
			name: "a machine outside the VPC has no egress rules to pass", groups: reachWorld(ingress("r", "tcp", 5432, 5432, fromCIDR("203.0.113.9/32"))),
			from: reach.Endpoint{IP: "203.0.113.9", Label: "this machine"}, to: db, protocol: "tcp", port: 5432, allowed: true, rule: "r",
		},
		{
			name: "of several rules the one that names the group is reported", groups: reachWorld(
				ingress("wide", "tcp", 5432, 5432, fromCIDR("0.0.0.0/0")), ingress("vpc", "tcp", 5432, 5432, fromCIDR("10.0.0.0/16")), fromPod),
			from: pod, to: db, protocol: "tcp", port: 5432, allowed: true, rule: "sgr-pod",
		},
		{
			name: "ping is admitted by its ICMP type", groups: reachWorld(ingress("r", "icmp", 8, -1, fromGroup(podGroup))),
			from: pod, to: db, protocol: "icmp", port: 8, allowed: true, rule: "r",
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := reach.Reach(tt.groups, tt.from, tt.to, tt.protocol, tt.port)
			if got.Allowed != tt.allowed {
				t.Errorf("allowed = %v, want %v: %s", got.Allowed, tt.allowed, got.Why)
			}
			if got.MissingSide != tt.missing {
				t.Errorf("missing side = %q, want %q: %s", got.MissingSide, tt.missing, got.Why)
			}
			if tt.rule != "" && (got.IngressRule == nil || got.IngressRule.Rule.ID != tt.rule) {
				t.Errorf("ingress rule = %+v, want %s", got.IngressRule, tt.rule)
			}
			if (got.Uncertain != "") != tt.uncertain {
				t.Errorf("uncertain = %q, want it %v", got.Uncertain, tt.uncertain)
			}
			if tt.why != "" && got.Why != tt.why {
				t.Errorf("why\n got %s\nwant %s", got.Why, tt.why)
			}
		})
	}
}

func TestAdmitsListsEveryRuleThatLetsTheRedPodIn(t *testing.T) {
	groups := reachWorld(
		ingress("pod", "tcp", 5432, 5432, fromGroup(podGroup)),
		ingress("node", "tcp", 5432, 5432, fromGroup(nodeGroup)),
		ingress("vpc", "tcp", 1, 65535, fromCIDR("10.0.0.0/16")),
		ingress("world", "-1", -1, -1, fromCIDR("0.0.0.0/0")),
		ingress("office", "tcp", 5432, 5432, fromCIDR("203.0.113.0/24")),
		ingress("https", "tcp", 443, 443, fromGroup(nodeGroup)),
	)
	var got []string
	for _, hit := range reach.Admits(groups, reach.Endpoint{Groups: []string{nodeGroup}, IP: "10.0.1.30"}, reach.Endpoint{Groups: []string{dbGroup}}, "tcp", 5432) {
		got = append(got, hit.Rule.ID)
	}
	if want := []string{"node", "vpc", "world"}; !slices.Equal(got, want) {
		t.Errorf("rules = %v, want %v", got, want)
	}
}

// TestReachAgreesWithEnumeration compares the evaluator with a table of every
// (protocol, port, peer) that a rule stands for, in a universe small enough to
// list: 8 addresses, 8 ports, 2 protocols and 4 groups.
func TestReachAgreesWithEnumeration(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	ids := []string{"sg-a", "sg-b", "sg-c", "sg-d"}
	universe := netip.MustParsePrefix("10.0.0.0/29")

	randomRule := func(dir world.Direction) world.Rule {
		r := world.Rule{Direction: dir, Protocol: []string{"tcp", "udp", "-1"}[random.IntN(3)], FromPort: -1, ToPort: -1}
		if r.Protocol != "-1" {
			r.FromPort = random.IntN(8)
			r.ToPort = r.FromPort + random.IntN(8-r.FromPort)
		}
		switch random.IntN(3) {
		case 0:
			r.PeerGroup = ids[random.IntN(len(ids))]
		case 1:
			r.CIDR = fmt.Sprintf("10.0.0.%d/%d", random.IntN(8), 29+random.IntN(4))
		default:
			r.PrefixList, r.PrefixCIDRs = "pl-1", []string{fmt.Sprintf("10.0.0.%d/31", random.IntN(4)*2), fmt.Sprintf("10.0.0.%d/32", random.IntN(8))}
		}
		return r
	}
	someGroups := func() []string {
		chosen := slices.Clone(ids)
		random.Shuffle(len(chosen), func(i, j int) { chosen[i], chosen[j] = chosen[j], chosen[i] })
		return chosen[:1+random.IntN(2)]
	}

	type tuple struct {
		protocol string
		port     int
		peer     string // a group id or an address
	}
	enumerate := func(rules []world.Rule, dir world.Direction) map[tuple]bool {
		out := map[tuple]bool{}
		for _, r := range rules {
			if r.Direction != dir {
				continue
			}
			var peers []string
			ranges := r.PrefixCIDRs
			if r.CIDR != "" {
				ranges = []string{r.CIDR}
			}
			for _, cidr := range ranges {
				masked := netip.MustParsePrefix(cidr).Masked()
				for a := masked.Addr(); masked.Contains(a) && universe.Contains(a); a = a.Next() {
					peers = append(peers, a.String())
				}
			}
			if r.PeerGroup != "" {
				peers = []string{r.PeerGroup}
			}
			for _, protocol := range []string{"tcp", "udp"} {
				for port := range 8 {
					if r.Protocol != "-1" && (r.Protocol != protocol || port < r.FromPort || port > r.ToPort) {
						continue
					}
					for _, peer := range peers {
						out[tuple{protocol, port, peer}] = true
					}
				}
			}
		}
		return out
	}

	allowed := 0
	for range 300 {
		groups := map[string]world.SecurityGroup{}
		tables := map[string]map[world.Direction]map[tuple]bool{}
		for _, id := range ids {
			g := world.SecurityGroup{ID: id}
			for range random.IntN(4) {
				g.Rules = append(g.Rules, randomRule(world.Ingress))
			}
			for range random.IntN(4) {
				g.Rules = append(g.Rules, randomRule(world.Egress))
			}
			groups[id] = g
			tables[id] = map[world.Direction]map[tuple]bool{world.Ingress: enumerate(g.Rules, world.Ingress), world.Egress: enumerate(g.Rules, world.Egress)}
		}
		passes := func(self, peer reach.Endpoint, dir world.Direction, protocol string, port int) bool {
			for _, id := range self.Groups {
				for _, who := range append([]string{peer.IP}, peer.Groups...) {
					if tables[id][dir][tuple{protocol, port, who}] {
						return true
					}
				}
			}
			return false
		}
		for range 60 {
			from := reach.Endpoint{Groups: someGroups(), IP: fmt.Sprintf("10.0.0.%d", random.IntN(8))}
			to := reach.Endpoint{Groups: someGroups(), IP: fmt.Sprintf("10.0.0.%d", random.IntN(8))}
			protocol, port := []string{"tcp", "udp"}[random.IntN(2)], random.IntN(8)
			want := passes(from, to, world.Egress, protocol, port) && passes(to, from, world.Ingress, protocol, port)
			got := reach.Reach(groups, from, to, protocol, port)
			if got.Allowed != want || got.Uncertain != "" {
				t.Fatalf("%v -> %v %s %d: got %+v, want %v in %+v", from, to, protocol, port, got, want, groups)
			}
			if admitted := len(reach.Admits(groups, from, to, protocol, port)) > 0; admitted != passes(to, from, world.Ingress, protocol, port) {
				t.Fatalf("%v -> %v %s %d: admitted = %v in %+v", from, to, protocol, port, admitted, groups)
			}
			if want {
				allowed++
			}
		}
	}
	if allowed < 500 {
		t.Errorf("only %d allowed connections: the test hardly tests them", allowed)
	}
}
