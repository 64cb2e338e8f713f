package steps

import (
	"fmt"
	"slices"
	"strings"
)

var checkRuleRoom = check{id: "D87", title: "Security groups have room for rules"}

// ruleQuota is how many rules of one direction a security group may have unless
// AWS was asked for more, IPv4 and IPv6 each by itself:
// https://docs.aws.amazon.com/vpc/latest/userguide/amazon-vpc-limits.html
const ruleQuota = 60

// checkRoom looks for groups that are full by the default quota.
func checkRoom(f *findings) {
	if !f.known(checkRuleRoom, FactSecurityGroups) {
		return
	}
	s, t := f.s, f.t
	planned := plannedRules(s, t)
	var full, ids, seen []string
	needed := false
	for _, g := range s.Cloud.SecurityGroups {
		added := planned[g.ID]
		if len(added) == 0 && !slices.Contains(t.groupIDs(), g.ID) {
			continue
		}
		for _, dir := range []Direction{Ingress, Egress} {
			count, more := g.ruleCount(dir), added[dir]
			seen = append(seen, fmt.Sprintf("%s (%s): %s", g.ID, g.Name, numberOf(count, string(dir)+" rule")))
			switch {
			case more > 0 && count+more > ruleQuota:
				needed = true
				full = append(full, fmt.Sprintf("%s (%s) has %s, and setup would add %d", g.ID, g.Name, numberOf(count, string(dir)+" rule"), more))
			case count == ruleQuota: // with more than that the quota was raised
				full = append(full, fmt.Sprintf("%s (%s) has %s", g.ID, g.Name, numberOf(count, string(dir)+" rule")))
			default:
				continue
			}
			if !slices.Contains(ids, g.ID) {
				ids = append(ids, g.ID)
			}
		}
	}
	switch {
	case len(seen) == 0:
	case len(full) == 0:
		f.add(checkRuleRoom, Pass, fmt.Sprintf("none is full by the default quota of %d rules a direction", ruleQuota)).saw(few(seen)...)
	default:
		reason := fmt.Sprintf("%s is full by the default quota of %d rules a direction, so that no rule can be added", strings.Join(ids, ", "), ruleQuota)
		if needed {
			reason = fmt.Sprintf("%s has no room for the rules that are missing, by the default quota of %d rules a direction", strings.Join(ids, ", "), ruleQuota)
		}
		f.add(checkRuleRoom, Warn, reason).saw(full...).on(ids...).
			mend("look whether your quota is higher; if not, remove rules that nothing needs, or ask for a higher one",
				"aws service-quotas get-service-quota --service-code vpc --quota-code L-0EA8095F --query Quota.Value")
	}
}

// groupIDs are the existing security groups that the procedure is about: the
// pods', the database's and CoreDNS's.
func (t *Target) groupIDs() []string {
	ids := append(refIDs(t.DNSGroups), t.PodGroups...)
	ids = append(ids, refIDs([]Ref{t.PodGroup, t.DBGroup})...)
	if t.DB.Existing != nil {
		ids = append(ids, t.DB.Existing.Groups...)
	}
	return ids
}

// plannedRules counts the rules that setup would add to existing groups.
func plannedRules(s *Snapshot, t *Target) map[string]map[Direction]int {
	p := &Plan{}
	planPort(s, t, p)
	planDNS(s, t, p)
	planProbes(s, t, p)
	out := map[string]map[Direction]int{}
	for _, c := range p.Changes {
		rule, ok := c.Action.(AddRule)
		if !ok || rule.Group.ID == "" {
			continue
		}
		if out[rule.Group.ID] == nil {
			out[rule.Group.ID] = map[Direction]int{}
		}
		out[rule.Group.ID][rule.Direction]++
	}
	return out
}

// ruleCount is how many rules of a direction a group has at least, of the version
// of IP with the most. A rule for a group counts for both versions. One for a
// prefix list counts once here, though EC2 counts the size of the list, which
// its entries do not tell.
func (g SecurityGroup) ruleCount(dir Direction) int {
	v4, v6 := 0, 0
	for _, r := range g.Rules {
		if r.Direction != dir {
			continue
		}
		six := strings.Contains(r.CIDR, ":")
		if !six {
			v4++
		}
		if six || r.CIDR == "" {
			v6++
		}
	}
	return max(v4, v6)
}
