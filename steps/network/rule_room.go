package network

import (
	"fmt"
	"slices"
	"strings"

	"podsg/steps/check"
	"podsg/steps/intent"
	"podsg/steps/plan"
	"podsg/steps/say"
	"podsg/steps/words"
	"podsg/steps/world"
)

// RuleQuota is how many rules of one direction a security group may have unless
// AWS was asked for more, IPv4 and IPv6 each by itself:
// https://docs.aws.amazon.com/vpc/latest/userguide/amazon-vpc-limits.html
const RuleQuota = 60

// ruleRoom looks for groups that are full by the default quota.
func ruleRoom(c *check.Context) {
	s, t := c.Snapshot, c.Target
	planned := plannedRules(s, t)
	var full, ids, seen []string
	needed := false
	for _, g := range s.Cloud.SecurityGroups {
		added := planned[g.ID]
		if len(added) == 0 && !slices.Contains(t.GroupIDs(), g.ID) {
			continue
		}
		for _, dir := range []world.Direction{world.Ingress, world.Egress} {
			count, more := g.RuleCount(dir), added[dir]
			rules := say.N(count, "%d %s rule", "%d %s rules", dir)
			seen = append(seen, fmt.Sprintf("%s (%s): %s", g.ID, g.Name, rules))
			switch {
			case more > 0 && count+more > RuleQuota:
				needed = true
				full = append(full, fmt.Sprintf("%s (%s) has %s, and setup would add %d", g.ID, g.Name, rules, more))
			case count == RuleQuota: // with more than that the quota was raised
				full = append(full, fmt.Sprintf("%s (%s) has %s", g.ID, g.Name, rules))
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
		c.Pass("none is full by the default quota of %d rules a direction", RuleQuota).Saw(words.Few(seen)...)
	default:
		reason := say.T("%s is full by the default quota of %d rules a direction, so that no rule can be added", strings.Join(ids, ", "), RuleQuota)
		if needed {
			reason = say.T("%s has no room for the rules that are missing, by the default quota of %d rules a direction", strings.Join(ids, ", "), RuleQuota)
		}
		c.Add(check.Warn, reason).Saw(full...).On(ids...).
			Mend(say.T("look whether your quota is higher; if not, remove rules that nothing needs, or ask for a higher one"),
				"aws service-quotas get-service-quota --service-code vpc --quota-code L-0EA8095F --query Quota.Value")
	}
}

// plannedRules counts the rules that setup would add to existing groups.
func plannedRules(s *world.Snapshot, t *intent.Target) map[string]map[world.Direction]int {
	p := &plan.Plan{}
	planPort(s, t, p)
	planDNS(s, t, p)
	planProbes(s, t, p)
	out := map[string]map[world.Direction]int{}
	for _, c := range p.Changes {
		rule, ok := c.Action.(AddRule)
		if !ok || rule.Group.ID == "" {
			continue
		}
		if out[rule.Group.ID] == nil {
			out[rule.Group.ID] = map[world.Direction]int{}
		}
		out[rule.Group.ID][rule.Direction]++
	}
	return out
}
