package steps

import (
	"strings"
	"testing"

	"podsg/steps/check"
	"podsg/steps/follow"
	"podsg/steps/intent"
	"podsg/steps/world"
)

// filteredShop is the shop with its pods, its database and CoreDNS in subnets of
// their own, each with a network ACL that lets everything pass.
func filteredShop() *world.Snapshot {
	s := shopSnapshot()
	s.Cloud.VPC.CIDRs = []string{"10.0.0.0/16"}
	s.Cloud.Subnets = []world.Subnet{{ID: "subnet-pods", CIDR: "10.0.0.0/24"}, {ID: "subnet-db", CIDR: "10.0.1.0/24"}, {ID: "subnet-db2", CIDR: "10.0.2.0/24"}, {ID: "subnet-dns", CIDR: "10.0.3.0/24"}}
	for _, n := range s.Cloud.Subnets {
		s.Cloud.ACLs = append(s.Cloud.ACLs, world.ACL{ID: "acl-" + strings.TrimPrefix(n.ID, "subnet-"), SubnetIDs: []string{n.ID}, Entries: openACL()})
	}
	s.Cloud.Instances[0].SubnetID = "subnet-pods"
	s.Cloud.Databases[0].SubnetIDs = []string{"subnet-db"}
	s.Cloud.Interfaces = append(s.Cloud.Interfaces, world.Interface{ID: "eni-dns", SubnetID: "subnet-dns", PrivateIP: "10.0.3.11", Groups: []string{"sg-nodes"}})
	s.Kube.DNS.PodIPs = []string{"10.0.3.11"}
	s.Kube.CNI = &world.CNI{Env: map[string]string{}}
	return s
}

// addEntry puts an entry into an ACL of a snapshot.
func addEntry(s *world.Snapshot, acl string, e world.ACLEntry) {
	for i := range s.Cloud.ACLs {
		if s.Cloud.ACLs[i].ID == acl {
			s.Cloud.ACLs[i].Entries = append(s.Cloud.ACLs[i].Entries, e)
		}
	}
}

func TestNetworkACLsAreJudgedThereAndBack(t *testing.T) {
	t.Parallel()
	const everywhere = "0.0.0.0/0"
	deny := func(acl string, dir world.Direction, protocol string, from, to int, cidr string) func(*world.Snapshot) {
		return func(s *world.Snapshot) { addEntry(s, acl, aclEntry(90, dir, false, protocol, from, to, cidr)) }
	}
	both := func(edits ...func(*world.Snapshot)) func(*world.Snapshot) {
		return func(s *world.Snapshot) {
			for _, edit := range edits {
				edit(s)
			}
		}
	}
	for name, x := range map[string]struct {
		edit func(*world.Snapshot)
		want check.Status
		says string // in the evidence or the reason
	}{
		"they let everything pass":                      {func(*world.Snapshot) {}, check.Pass, ""},
		"the pods' subnet lets the port not out":        {deny("acl-pods", world.Egress, "tcp", 5432, 5432, everywhere), check.Fail, "acl-pods of subnet-pods: entry 90 denies tcp 5432 to 10.0.1.0/24"},
		"the database's subnet lets the port not in":    {deny("acl-db", world.Ingress, "tcp", 5432, 5432, "10.0.0.0/16"), check.Fail, "acl-db of subnet-db: entry 90 denies tcp 5432 from 10.0.0.0/24"},
		"the database's subnet lets no answer out":      {deny("acl-db", world.Egress, "tcp", 1024, 65535, everywhere), check.Fail, "32768-60999 to 10.0.0.0/24"},
		"the pods' subnet lets no answer in":            {deny("acl-pods", world.Ingress, "-1", -1, -1, "10.0.1.0/24"), check.Fail, "from 10.0.1.0/24"},
		"the pods' subnet lets some answers not in":     {deny("acl-pods", world.Ingress, "tcp", 40000, 45000, everywhere), check.Warn, "40000-45000"},
		"ports that Linux does not take are denied":     {deny("acl-pods", world.Ingress, "tcp", 1024, 32767, everywhere), check.Pass, ""},
		"part of the pods' subnet is denied":            {deny("acl-db", world.Ingress, "tcp", 5432, 5432, "10.0.0.128/25"), check.Warn, "10.0.0.128/25, which is part of it"},
		"another database's port is denied":             {deny("acl-pods", world.Egress, "tcp", 3306, 3306, everywhere), check.Pass, ""},
		"the pods' subnet lets UDP not to CoreDNS":      {deny("acl-pods", world.Egress, "udp", 53, 53, everywhere), check.Fail, "udp 53 to 10.0.3.11"},
		"CoreDNS's subnet lets no lookup by TCP in":     {deny("acl-dns", world.Ingress, "tcp", 53, 53, everywhere), check.Fail, "acl-dns of subnet-dns: entry 90 denies tcp 53"},
		"an answer of CoreDNS is denied":                {deny("acl-dns", world.Egress, "udp", 1024, 65535, everywhere), check.Fail, "acl-dns"},
		"a subnet where neither is has a strict ACL":    {deny("acl-db2", world.Ingress, "-1", -1, -1, everywhere), check.Pass, ""},
		"one of the database's two subnets is closed":   {both(func(s *world.Snapshot) { s.Cloud.Databases[0].SubnetIDs = []string{"subnet-db", "subnet-db2"} }, deny("acl-db", world.Ingress, "-1", -1, -1, everywhere)), check.Warn, "acl-db"},
		"both of the database's subnets are closed":     {both(func(s *world.Snapshot) { s.Cloud.Databases[0].SubnetIDs = []string{"subnet-db", "subnet-db2"} }, deny("acl-pods", world.Egress, "tcp", 5432, 5432, everywhere)), check.Fail, "subnet-pods"},
		"the database's interface is elsewhere":         {both(func(s *world.Snapshot) { s.Cloud.Databases[0].SubnetIDs = []string{"subnet-db", "subnet-db2"} }, deny("acl-db", world.Ingress, "-1", -1, -1, everywhere), databaseAt("subnet-db2", "10.0.2.9")), check.Pass, ""},
		"the database's interface is there":             {both(func(s *world.Snapshot) { s.Cloud.Databases[0].SubnetIDs = []string{"subnet-db", "subnet-db2"} }, deny("acl-db", world.Ingress, "-1", -1, -1, everywhere), databaseAt("subnet-db", "10.0.1.9")), check.Fail, "acl-db"},
		"all are in one subnet":                         {both(deny("acl-pods", world.Ingress, "-1", -1, -1, everywhere), deny("acl-pods", world.Egress, "-1", -1, -1, everywhere), inOneSubnet), check.Pass, "no connection leaves its subnet"},
		"a node that can have no trunk is in a closed":  {both(deny("acl-db2", world.Egress, "-1", -1, -1, everywhere), nodeOf("t3.medium", "subnet-db2")), check.Pass, ""},
		"a node that can have a trunk is in a closed":   {both(deny("acl-db2", world.Egress, "-1", -1, -1, everywhere), nodeOf("m5.large", "subnet-db2")), check.Fail, "acl-db2"},
		"custom networking makes interfaces in another": {both(deny("acl-db2", world.Egress, "-1", -1, -1, everywhere), customNetworkingIn("subnet-db2")), check.Fail, "acl-db2"},
		"custom networking leaves the nodes' alone":     {both(deny("acl-pods", world.Egress, "-1", -1, -1, everywhere), customNetworkingIn("subnet-db2")), check.Pass, ""},
		"custom networking without an ENIConfig":        {customNetworkingIn(), check.Skip, "not known in which subnets"},
		"an ACL that was not observed":                  {func(s *world.Snapshot) { s.Cloud.ACLs = s.Cloud.ACLs[1:] }, check.Skip, "subnet-pods"},
		"ACLs that may not be read":                     {func(s *world.Snapshot) { s.AddGap(world.FactACLs, follow.ErrNoSuchPod) }, check.Skip, "network acls not observed"},
		"a cluster of IPv6":                             {func(s *world.Snapshot) { s.Cloud.Cluster.IPFamily = "ipv6" }, check.Skip, "IPv6"},
		"a database of another VPC is left out":         {both(func(s *world.Snapshot) { s.Cloud.Databases[0].VPCID = "vpc-2" }, deny("acl-db", world.Ingress, "-1", -1, -1, everywhere)), check.Pass, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := filteredShop()
			x.edit(s)
			in := intent.Intent{}
			in.Database.Existing = &intent.ExistingDatabase{Identifier: "orders"}
			f := diagnosed(t, s, in)["D85"]
			if all := f.Reason.String() + strings.Join(f.Evidence, "\n"); f.Status != x.want || !strings.Contains(all, x.says) {
				t.Fatalf("%s, want %s … %s: %s %v", f.Status, x.want, x.says, f.Reason.String(), f.Evidence)
			}
			if bad := f.Status == check.Fail || f.Status == check.Warn; bad && (f.Fix == nil || !strings.Contains(f.Fix.Command, f.Objects[0])) {
				t.Errorf("no way to mend it: %+v of %v", f.Fix, f.Objects)
			}
		})
	}
}

func databaseAt(subnet, ip string) func(*world.Snapshot) {
	return func(s *world.Snapshot) {
		s.Cloud.Interfaces = append(s.Cloud.Interfaces, world.Interface{ID: "eni-db", Description: "RDSNetworkInterface", SubnetID: subnet, PrivateIP: ip, Groups: []string{"sg-db"}})
	}
}

func nodeOf(instanceType, subnet string) func(*world.Snapshot) {
	return func(s *world.Snapshot) {
		s.Cloud.InstanceTypes = map[string]world.InstanceType{"m5.large": {Known: true, Trunking: true}, "t3.medium": {Known: true}}
		s.Cloud.Instances = append(s.Cloud.Instances, world.Instance{ID: "i-2", Type: instanceType, SubnetID: subnet, PrimaryGroups: []string{"sg-nodes"}})
	}
}

func inOneSubnet(s *world.Snapshot) {
	s.Cloud.Databases[0].SubnetIDs = []string{"subnet-pods"}
	s.Cloud.Interfaces[len(s.Cloud.Interfaces)-1].SubnetID = "subnet-pods"
}

func customNetworkingIn(subnets ...string) func(*world.Snapshot) {
	return func(s *world.Snapshot) {
		s.Kube.CNI.Env["AWS_VPC_K8S_CNI_CUSTOM_NETWORK_CFG"] = "true"
		for _, id := range subnets {
			s.Kube.ENIConfigs = append(s.Kube.ENIConfigs, world.ENIConfig{Name: id, SubnetID: id})
		}
	}
}
