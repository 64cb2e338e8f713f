package steps

import (
	"fmt"
	"strings"
	"testing"
)

func TestAFullSecurityGroupIsTold(t *testing.T) {
	t.Parallel()
	// fill adds rules for ranges to a group of the shop.
	fill := func(group, rules int, dir Direction, cidr string) func(*Snapshot) {
		return func(s *Snapshot) {
			g := &s.Cloud.SecurityGroups[group]
			for i := range rules {
				g.Rules = append(g.Rules, Rule{ID: fmt.Sprint("sgr-fill-", i), Direction: dir, Protocol: "tcp", FromPort: 1000 + i, ToPort: 1000 + i, CIDR: cidr})
			}
		}
	}
	const nodes, pods, db = 0, 1, 2
	unadmitted := func(s *Snapshot) { s.Cloud.SecurityGroups[db].Rules = s.Cloud.SecurityGroups[db].Rules[:1] }
	for name, x := range map[string]struct {
		edits []func(*Snapshot)
		want  Status
		says  string
	}{
		"groups with a few rules":                    {nil, Pass, ""},
		"a group with room for one rule":             {[]func(*Snapshot){fill(db, ruleQuota-2, Ingress, "192.0.2.0/24")}, Pass, ""},
		"a full group, and no rule is missing":       {[]func(*Snapshot){fill(db, ruleQuota-1, Ingress, "192.0.2.0/24")}, Warn, "sg-db (RDS_SG) has 60 ingress rules"},
		"a full group, and a rule is missing":        {[]func(*Snapshot){unadmitted, fill(db, ruleQuota, Ingress, "192.0.2.0/24")}, Warn, "setup would add 1"},
		"room for the rule that is missing":          {[]func(*Snapshot){unadmitted, fill(db, ruleQuota-1, Ingress, "192.0.2.0/24")}, Pass, ""},
		"the quota of the group was raised":          {[]func(*Snapshot){fill(db, ruleQuota+10, Ingress, "192.0.2.0/24")}, Pass, ""},
		"each direction counts by itself":            {[]func(*Snapshot){fill(db, 40, Ingress, "192.0.2.0/24"), fill(db, 40, Egress, "192.0.2.0/24")}, Pass, ""},
		"IPv6 and IPv4 count by themselves":          {[]func(*Snapshot){fill(db, 40, Ingress, "192.0.2.0/24"), fill(db, 40, Ingress, "2001:db8::/32")}, Pass, ""},
		"a rule for a group counts for IPv6 as well": {[]func(*Snapshot){fill(db, ruleQuota-1, Ingress, "2001:db8::/32")}, Warn, "60 ingress rules"},
		"the pods' egress is full":                   {[]func(*Snapshot){fill(pods, ruleQuota-1, Egress, "192.0.2.0/24")}, Warn, "60 egress rules"},
		"CoreDNS's group is full":                    {[]func(*Snapshot){fill(nodes, ruleQuota-2, Ingress, "192.0.2.0/24")}, Warn, "sg-nodes"},
		"a full group that nobody is about": {[]func(*Snapshot){func(s *Snapshot) {
			s.Cloud.SecurityGroups = append(s.Cloud.SecurityGroups, SecurityGroup{ID: "sg-x", Name: "x", VPCID: "vpc-1"})
			fill(3, ruleQuota, Ingress, "192.0.2.0/24")(s)
		}}, Pass, ""},
		"groups that may not be read": {[]func(*Snapshot){func(s *Snapshot) { s.AddGap(FactSecurityGroups, errNoSuchPod) }}, Skip, "security groups not observed"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := shopSnapshot()
			for _, edit := range x.edits {
				edit(s)
			}
			f := diagnosed(t, s, Intent{})["D87"]
			if all := f.Reason + strings.Join(f.Evidence, "\n"); f.Status != x.want || !strings.Contains(all, x.says) || (f.Status == Warn) != (f.Fix != nil) {
				t.Errorf("%s, want %s … %s: %s %v %+v", f.Status, x.want, x.says, f.Reason, f.Evidence, f.Fix)
			}
		})
	}
}
