package steps

import (
	"fmt"
	"strings"
	"testing"

	"podsg/steps/check"
	"podsg/steps/follow"
	"podsg/steps/network"
	"podsg/steps/world"
)

func TestAFullSecurityGroupIsTold(t *testing.T) {
	t.Parallel()
	// fill adds rules for ranges to a group of the shop.
	fill := func(group, rules int, dir world.Direction, cidr string) func(*world.Snapshot) {
		return func(s *world.Snapshot) {
			g := &s.Cloud.SecurityGroups[group]
			for i := range rules {
				g.Rules = append(g.Rules, world.Rule{ID: fmt.Sprint("sgr-fill-", i), Direction: dir, Protocol: "tcp", FromPort: 1000 + i, ToPort: 1000 + i, CIDR: cidr})
			}
		}
	}
	const nodes, pods, db = 0, 1, 2
	unadmitted := func(s *world.Snapshot) { s.Cloud.SecurityGroups[db].Rules = s.Cloud.SecurityGroups[db].Rules[:1] }
	for name, x := range map[string]struct {
		edits []func(*world.Snapshot)
		want  check.Status
		says  string
	}{
		"groups with a few rules":                    {nil, check.Pass, ""},
		"a group with room for one rule":             {[]func(*world.Snapshot){fill(db, network.RuleQuota-2, world.Ingress, "192.0.2.0/24")}, check.Pass, ""},
		"a full group, and no rule is missing":       {[]func(*world.Snapshot){fill(db, network.RuleQuota-1, world.Ingress, "192.0.2.0/24")}, check.Warn, "sg-db (RDS_SG) has 60 ingress rules"},
		"a full group, and a rule is missing":        {[]func(*world.Snapshot){unadmitted, fill(db, network.RuleQuota, world.Ingress, "192.0.2.0/24")}, check.Warn, "setup would add 1"},
		"room for the rule that is missing":          {[]func(*world.Snapshot){unadmitted, fill(db, network.RuleQuota-1, world.Ingress, "192.0.2.0/24")}, check.Pass, ""},
		"the quota of the group was raised":          {[]func(*world.Snapshot){fill(db, network.RuleQuota+10, world.Ingress, "192.0.2.0/24")}, check.Pass, ""},
		"each direction counts by itself":            {[]func(*world.Snapshot){fill(db, 40, world.Ingress, "192.0.2.0/24"), fill(db, 40, world.Egress, "192.0.2.0/24")}, check.Pass, ""},
		"IPv6 and IPv4 count by themselves":          {[]func(*world.Snapshot){fill(db, 40, world.Ingress, "192.0.2.0/24"), fill(db, 40, world.Ingress, "2001:db8::/32")}, check.Pass, ""},
		"a rule for a group counts for IPv6 as well": {[]func(*world.Snapshot){fill(db, network.RuleQuota-1, world.Ingress, "2001:db8::/32")}, check.Warn, "60 ingress rules"},
		"the pods' egress is full":                   {[]func(*world.Snapshot){fill(pods, network.RuleQuota-1, world.Egress, "192.0.2.0/24")}, check.Warn, "60 egress rules"},
		"CoreDNS's group is full":                    {[]func(*world.Snapshot){fill(nodes, network.RuleQuota-2, world.Ingress, "192.0.2.0/24")}, check.Warn, "sg-nodes"},
		"a full group that nobody is about": {[]func(*world.Snapshot){func(s *world.Snapshot) {
			s.Cloud.SecurityGroups = append(s.Cloud.SecurityGroups, world.SecurityGroup{ID: "sg-x", Name: "x", VPCID: "vpc-1"})
			fill(3, network.RuleQuota, world.Ingress, "192.0.2.0/24")(s)
		}}, check.Pass, ""},
		"groups that may not be read": {[]func(*world.Snapshot){func(s *world.Snapshot) { s.AddGap(world.FactSecurityGroups, follow.ErrNoSuchPod) }}, check.Skip, "security groups not observed"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := shopSnapshot()
			for _, edit := range x.edits {
				edit(s)
			}
			f := diagnosed(t, s, ofOrders())["D87"]
			if all := f.Reason.String() + strings.Join(f.Evidence, "\n"); f.Status != x.want || !strings.Contains(all, x.says) || (f.Status == check.Warn) != (f.Fix != nil) {
				t.Errorf("%s, want %s … %s: %s %v %+v", f.Status, x.want, x.says, f.Reason.String(), f.Evidence, f.Fix)
			}
		})
	}
}
