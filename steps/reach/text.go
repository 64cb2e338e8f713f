package reach

import (
	"cmp"
	"fmt"

	"podsg/steps/world"
)

// RuleText is a rule in words: "tcp 5432 from sg-0123".
func RuleText(r world.Rule) string {
	word := map[world.Direction]string{world.Ingress: "from", world.Egress: "to"}[r.Direction]
	return fmt.Sprintf("%s %s %s", ruleTraffic(r), word, cmp.Or(r.PeerGroup, r.CIDR, r.PrefixList))
}
