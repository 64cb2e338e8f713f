package cloud_test

import (
	"net/netip"
	"strings"
	"testing"

	"podsg/sandbox/cloud"
)

// site is a world with POD_SG, RDS_SG, a database that admits POD_SG, a pod
// with a branch interface in POD_SG (green) and an ordinary pod (red).
type site struct {
	*world
	pod, db     string
	rule        string // RDS_SG's rule
	green, red  netip.Addr
	database    netip.Addr
	greenBranch cloud.Branch
}

func newSite(t *testing.T) *site {
	t.Helper()
	s := &site{world: newWorld(t, cloud.Config{})}
	s.pod, s.db = s.createGroup(t, "POD_SG"), s.createGroup(t, "RDS_SG")
	s.rule = try(s.AddRule(s.db, cloud.Rule{Protocol: "tcp", FromPort: 5432, Peer: s.pod}))(t)
	host := try(s.AddDatabase(s.world.database(t, s.db)))(t)
	s.database, _ = s.LookupHost(host)
	trunk := try(s.CreateTrunk(clusterName, s.nodes[0]))(t)
	s.greenBranch = try(s.CreateBranch(clusterName, trunk.ID, []string{s.pod}))(t)
	s.green = s.greenBranch.PrivateIP
	s.red = try(s.AssignPodIP(s.nodes[0]))(t)
	return s
}

func (s *site) want(t *testing.T, from, to netip.Addr, protocol string, port int, want bool, why string) {
	t.Helper()
	ok, got := s.Reachable(from, to, protocol, port)
	if ok != want || !strings.Contains(got, why) {
		t.Errorf("%s to %s %s/%d: %t, %q; want %t with %q", from, to, protocol, port, ok, got, want, why)
	}
}

func TestGreenPodReachesTheDatabaseAndRedPodDoesNot(t *testing.T) {
	s := newSite(t)
	s.want(t, s.green, s.database, "tcp", 5432, true, "ingress allowed by "+s.rule+" of "+s.db+" (RDS_SG)")
	s.want(t, s.red, s.database, "tcp", 5432, false, "no ingress rule of "+s.db+" (RDS_SG)")
	s.want(t, s.green, s.database, "tcp", 5433, false, "no ingress rule")
	s.want(t, s.green, s.database, "udp", 5432, false, "no ingress rule")
}

func TestReachabilityFollowsTheRules(t *testing.T) {
	any4 := func(from, to int) cloud.Rule {
		return cloud.Rule{Protocol: "tcp", FromPort: from, ToPort: to, Peer: "0.0.0.0/0"}
	}
	tests := map[string]struct {
		change           func(t *testing.T, s *site)
		green, red       bool
		greenWhy, redWhy string
	}{
		"the rule is revoked": {
			func(t *testing.T, s *site) { check(t, s.RemoveRules(s.db, false)) }, false, false, "no ingress rule", "no ingress rule",
		},
		"the node group is admitted too": {
			func(t *testing.T, s *site) {
				try(s.AddRule(s.db, cloud.Rule{Protocol: "tcp", FromPort: 5000, ToPort: 6000, Peer: s.clusterGroup}))(t)
			}, true, true, "", admitted,
		},
		"all protocols are admitted from the VPC": {
			func(t *testing.T, s *site) {
				try(s.AddRule(s.db, cloud.Rule{Protocol: "-1", Peer: "192.168.0.0/16"}))(t)
			}, true, true, "", "",
		},
		"a prefix list with the node's subnets is admitted": {
			func(t *testing.T, s *site) {
				list := try(s.AddPrefixList("nodes", "192.168.0.0/17", "192.168.128.0/17"))(t)
				try(s.AddRule(s.db, cloud.Rule{Protocol: "tcp", FromPort: 5432, Peer: list}))(t)
			}, true, true, "", "",
		},
		"IPv6 alone is admitted": {
			func(t *testing.T, s *site) {
				check(t, s.RemoveRules(s.db, false))
				try(s.AddRule(s.db, cloud.Rule{Protocol: "tcp", FromPort: 5432, Peer: "::/0"}))(t)
			}, false, false, "no ingress rule", "no ingress rule",
		},
		"the pods' group has no egress": {
			func(t *testing.T, s *site) { check(t, s.RemoveRules(s.pod, true)) }, false, false, "no egress rule of sg-", "no ingress rule",
		},
		"the pods' group has egress to the port": {
			func(t *testing.T, s *site) {
				check(t, s.RemoveRules(s.pod, true))
				try(s.AddRule(s.pod, cloud.Rule{Egress: true, Protocol: "tcp", FromPort: 5432, Peer: s.db}))(t)
			}, true, false, "", "no ingress rule",
		},
		"a network ACL denies the port": {
			func(t *testing.T, s *site) {
				try(s.AddNetworkACL(s.VPC, "strict", s.PrivateSubnets,
					cloud.ACLEntry{Number: 90, Protocol: "tcp", FromPort: 5432, ToPort: 5432, CIDR: "192.168.0.0/16"},
					cloud.ACLEntry{Number: 100, Allow: true, Protocol: "-1", CIDR: "0.0.0.0/0"},
					cloud.ACLEntry{Number: 100, Egress: true, Allow: true, Protocol: "-1", CIDR: "0.0.0.0/0"}))(t)
			}, false, false, "rule 90 of the network ACL", "no ingress rule",
		},
		"a network ACL lets no answers out": {
			func(t *testing.T, s *site) {
				try(s.AddNetworkACL(s.VPC, "strict", s.PrivateSubnets,
					cloud.ACLEntry{Number: 100, Allow: true, Protocol: "-1", CIDR: "0.0.0.0/0"},
					cloud.ACLEntry{Number: 100, Egress: true, Allow: true, Protocol: "tcp", FromPort: 0, ToPort: 40000, CIDR: "0.0.0.0/0"}))(t)
			}, false, false, "(answers)", "no ingress rule",
		},
		"the database is open to the world": {
			func(t *testing.T, s *site) { try(s.AddRule(s.db, any4(0, 65535)))(t) }, true, true, "", "",
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			s := newSite(t)
			s.apart(t)
			test.change(t, s)
			s.want(t, s.green, s.database, "tcp", 5432, test.green, test.greenWhy)
			s.want(t, s.red, s.database, "tcp", 5432, test.red, test.redWhy)
		})
	}
}

const admitted = "ingress allowed by"

// apart moves the database into another subnet than the pods', so that network
// ACLs apply: within a subnet they do not.
func (s *site) apart(t *testing.T) {
	t.Helper()
	check(t, s.AddDBSubnetGroup("apart", s.PrivateSubnets[1:], nil))
	host := try(s.AddDatabase(cloud.DatabaseSpec{
		Identifier: "apart", SubnetGroup: "apart", Groups: []string{s.db}, Username: "workshop", Password: "long-enough",
	}))(t)
	s.database, _ = s.LookupHost(host)
}

func TestWhatIsOutsideTheVPCReachesPublicAddressesOnly(t *testing.T) {
	s := newSite(t)
	laptop := netip.MustParseAddr("198.51.100.77")
	check(t, s.AddDBSubnetGroup("public", s.PublicSubnets, nil))
	host := try(s.AddDatabase(cloud.DatabaseSpec{
		Identifier: "public", SubnetGroup: "public", Groups: []string{s.db}, Username: "workshop", Password: "long-enough", Public: true,
	}))(t)
	public, _ := s.LookupPublicHost(host)
	private, _ := s.LookupHost(host)
	s.want(t, laptop, s.database, "tcp", 5432, false, "private address")
	s.want(t, laptop, public, "tcp", 5432, false, "no ingress rule")
	// A group reference does not match traffic to the public address.
	s.want(t, s.green, private, "tcp", 5432, true, "")
	s.want(t, s.green, public, "tcp", 5432, false, "no ingress rule")
	try(s.AddRule(s.db, cloud.Rule{Protocol: "tcp", FromPort: 5432, Peer: "198.51.100.77/32"}))(t)
	s.want(t, laptop, public, "tcp", 5432, true, admitted)
	s.want(t, s.green, laptop, "tcp", 443, true, "egress allowed by") // through the NAT gateway
}

func TestAPeeredVPCNeedsRoutesBothWays(t *testing.T) {
	s := newSite(t)
	other := try(s.AddVPC(cloud.VPCSpec{CIDR: "10.9.0.0/16"}))(t)
	subnet := try(s.AddSubnet(cloud.SubnetSpec{VPC: other, CIDR: "10.9.0.0/24", Zone: "a"}))(t)
	group := try(s.AddSecurityGroup(other, "db", "x", nil))(t)
	try(s.AddRule(group, cloud.Rule{Protocol: "tcp", FromPort: 5432, Peer: "192.168.0.0/16"}))(t)
	_, ip, err := s.AddInterface(cloud.InterfaceSpec{Subnet: subnet, Groups: []string{group}})
	check(t, err)
	s.want(t, s.green, ip, "tcp", 5432, false, "private address in no network")
	pcx := try(s.AddPeering(s.VPC, other, ""))(t)
	try(s.AddRouteTable(s.VPC, "peered", s.PrivateSubnets, cloud.RouteSpec{Destination: "10.9.0.0/16", Target: pcx}))(t)
	s.want(t, s.green, ip, "tcp", 5432, false, "no route back")
	try(s.AddRouteTable(other, "peered", []string{subnet}, cloud.RouteSpec{Destination: "192.168.0.0/16", Target: pcx}))(t)
	s.want(t, s.green, ip, "tcp", 5432, true, "")
	// Across an active peering a group may be referred to.
	try(s.AddRule(group, cloud.Rule{Protocol: "tcp", FromPort: 6432, Peer: s.pod}))(t)
	s.want(t, s.green, ip, "tcp", 6432, true, "")
	s.want(t, s.red, ip, "tcp", 6432, false, "no ingress rule")
}

func TestPodsOfOneNodeReachEachOtherUnlessBehindABranch(t *testing.T) {
	s := newSite(t)
	neighbour := try(s.AssignPodIP(s.nodes[0]))(t)
	s.want(t, s.red, neighbour, "tcp", 80, true, "same instance")
	s.want(t, s.red, s.green, "tcp", 80, false, "no ingress rule of "+s.pod)
	try(s.AddRule(s.pod, cloud.Rule{Protocol: "tcp", FromPort: 80, Peer: s.clusterGroup}))(t)
	s.want(t, s.red, s.green, "tcp", 80, true, admitted)
}

func TestUnknownAddressesAreUnreachable(t *testing.T) {
	s := newSite(t)
	s.want(t, s.green, netip.MustParseAddr("192.168.255.250"), "tcp", 5432, false, "no interface has the address")
	s.want(t, netip.MustParseAddr("1.1.1.1"), netip.MustParseAddr("2.2.2.2"), "tcp", 1, false, "neither")
}
