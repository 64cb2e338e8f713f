package steps

import (
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"
)

// Endpoint is one end of a connection as security groups see it.
type Endpoint struct {
	// Groups are the security groups of its network interface. An endpoint
	// without any (a machine outside the VPC) is restricted by none.
	Groups []string
	// IP is its private address; empty when it is not known, as for a pod or a
	// database that does not exist yet.
	IP string
	// Label is what people call it; it is used where it has no group.
	Label string
}

// RuleHit is a rule that lets traffic pass, with the group it belongs to.
type RuleHit struct {
	GroupID string `json:"groupId"`
	Rule    Rule   `json:"rule"`
}

// Reachability says whether security groups let a connection pass, and by which
// rules. Security groups keep state, so that answers need no rule of their own.
type Reachability struct {
	Allowed bool
	// EgressRule of the source and IngressRule of the target let it pass. One
	// is nil when it is missing, or when that end has no security group.
	EgressRule, IngressRule *RuleHit
	// MissingSide is the side on which no rule lets it pass, egress first; empty
	// when it is allowed.
	MissingSide Direction
	// Uncertain says, when it is not allowed, what would have to be known to be
	// sure: a group that was not observed, an unknown address, a prefix list
	// that was not read. Empty: the verdict is certain.
	Uncertain string
	// Why is one sentence that names the rules that let it pass or the rule that
	// is missing.
	Why string
}

// Reach decides from observed security groups, by id, whether a connection from
// one endpoint to another may pass. Protocol is tcp, udp, icmp, icmpv6, an IANA
// number, or -1 for all traffic; port is the target's (for ICMP the type).
//
// A rule passes if its protocol and ports cover the request and its peer is one
// of the other end's groups, or a range or prefix list that holds its address:
// https://docs.aws.amazon.com/vpc/latest/userguide/security-group-rules.html
// Of several rules the most particular one is reported.
func Reach(groups map[string]SecurityGroup, from, to Endpoint, protocol string, port int) Reachability {
	q := newReachQuery(groups, from, to, protocol, port)
	egress, unsureOut := q.side(from, to, Egress)
	ingress, unsureIn := q.side(to, from, Ingress)

	v := Reachability{EgressRule: bestHit(egress), IngressRule: bestHit(ingress)}
	outOpen := v.EgressRule != nil || len(from.Groups) == 0
	inOpen := v.IngressRule != nil || len(to.Groups) == 0
	v.Allowed = outOpen && inOpen
	if v.Allowed {
		v.Why = q.whyAllowed(v, from, to)
		return v
	}

	var missing, unsure []string
	if !outOpen {
		v.MissingSide = Egress
		missing = append(missing, q.whyMissing(from, to, Egress))
		unsure = append(unsure, unsureOut...)
	}
	if !inOpen {
		if v.MissingSide == "" {
			v.MissingSide = Ingress
		}
		missing = append(missing, q.whyMissing(to, from, Ingress))
		unsure = append(unsure, unsureIn...)
	}
	v.Uncertain = strings.Join(unsure, "; ")
	v.Why = strings.Join(missing, ", and ")
	if v.Uncertain != "" {
		v.Why += " (not certain: " + v.Uncertain + ")"
	}
	return v
}

// Admits lists every ingress rule of the target's groups that admits the
// source, whether or not the source's own egress rules let it out: what has to
// go before the source is kept out.
func Admits(groups map[string]SecurityGroup, from, to Endpoint, protocol string, port int) []RuleHit {
	q := newReachQuery(groups, from, to, protocol, port)
	hits, _ := q.side(to, from, Ingress)
	return hits
}

// reachQuery is one question to a set of security groups.
type reachQuery struct {
	groups   map[string]SecurityGroup
	protocol string
	port     int
	ipv6     bool // an end has an IPv6 address, so that the connection is one
}

func newReachQuery(groups map[string]SecurityGroup, from, to Endpoint, protocol string, port int) reachQuery {
	return reachQuery{
		groups: groups, protocol: protocolName(protocol), port: port,
		ipv6: isIPv6(from.IP) || isIPv6(to.IP),
	}
}

func isIPv6(ip string) bool {
	addr, err := netip.ParseAddr(ip)
	return err == nil && addr.Unmap().Is6()
}

// side lists the rules of self's groups in one direction that let peer pass,
// and why rules that were left out cannot be judged.
func (q reachQuery) side(self, peer Endpoint, dir Direction) (hits []RuleHit, unsure []string) {
	for _, id := range self.Groups {
		group, observed := q.groups[id]
		if !observed {
			unsure = append(unsure, fmt.Sprintf("security group %s was not observed", id))
			continue
		}
		for _, rule := range group.Rules {
			if rule.Direction != dir || !q.covers(rule) {
				continue
			}
			switch hit, doubt := q.peerMatches(rule, peer); {
			case hit:
				hits = append(hits, RuleHit{GroupID: id, Rule: rule})
			case doubt != "":
				unsure = append(unsure, doubt)
			}
		}
	}
	return hits, unsure
}

// covers reports whether a rule's protocol and ports include the request.
func (q reachQuery) covers(rule Rule) bool {
	protocol := protocolName(rule.Protocol)
	if protocol == "-1" {
		return true
	}
	if protocol != q.protocol {
		return false
	}
	switch protocol {
	case "tcp", "udp":
		return rule.FromPort == -1 || rule.FromPort <= q.port && q.port <= rule.ToPort
	case "icmp", "icmpv6": // FromPort is the type, ToPort the code
		return rule.FromPort == -1 || rule.FromPort == q.port
	default: // other protocols have no ports
		return true
	}
}

// protocolName gives the protocols that EC2 has names for their name.
func protocolName(p string) string {
	switch p = strings.ToLower(p); p {
	case "6":
		return "tcp"
	case "17":
		return "udp"
	case "1":
		return "icmp"
	case "58":
		return "icmpv6"
	case "all", "":
		return "-1"
	default:
		return p
	}
}

// peerMatches reports whether a rule's peer is this endpoint. When that cannot
// be known, doubt says why.
func (q reachQuery) peerMatches(rule Rule, peer Endpoint) (hit bool, doubt string) {
	switch {
	case rule.PeerGroup != "":
		return slices.Contains(peer.Groups, rule.PeerGroup), ""
	case rule.CIDR != "":
		hit, known := q.rangeHolds(rule.CIDR, peer.IP)
		if !known {
			doubt = fmt.Sprintf("the address of %s is not known, and %s admits %s", endpointName(peer), ruleName(rule), rule.CIDR)
		}
		return hit, doubt
	case rule.PrefixList != "":
		known := true
		for _, cidr := range rule.PrefixCIDRs {
			hit, sure := q.rangeHolds(cidr, peer.IP)
			if hit {
				return true, ""
			}
			known = known && sure
		}
		switch {
		case len(rule.PrefixCIDRs) == 0:
			doubt = fmt.Sprintf("the entries of prefix list %s in %s were not observed", rule.PrefixList, ruleName(rule))
		case !known:
			doubt = fmt.Sprintf("the address of %s is not known, and %s admits prefix list %s", endpointName(peer), ruleName(rule), rule.PrefixList)
		}
		return false, doubt
	default:
		return false, ""
	}
}

// rangeHolds reports whether a range holds an address. That of every address,
// 0.0.0.0/0 or ::/0, is decided without knowing it: it holds whoever speaks its
// version of IP, which is 4 unless an address says otherwise.
func (q reachQuery) rangeHolds(cidr, ip string) (hit, known bool) {
	prefix, err := netip.ParsePrefix(cidr)
	if err != nil {
		return false, true
	}
	if ip == "" {
		if prefix.Addr().Is6() != q.ipv6 {
			return false, true
		}
		return prefix.Bits() == 0, prefix.Bits() == 0
	}
	addr, err := netip.ParseAddr(ip)
	if err != nil {
		return false, false
	}
	return prefix.Contains(addr.Unmap()), true
}

// bestHit is the hit to report: a rule that names a group before one that names a
// range, and a narrow range before a wide one.
func bestHit(hits []RuleHit) *RuleHit {
	var chosen *RuleHit
	for i := range hits {
		if chosen == nil || particularity(hits[i].Rule) > particularity(chosen.Rule) {
			chosen = &hits[i]
		}
	}
	return chosen
}

// particularity ranks how narrowly a rule says who its peer is.
func particularity(r Rule) int {
	switch {
	case r.PeerGroup != "":
		return 1000
	case r.CIDR != "":
		prefix, err := netip.ParsePrefix(r.CIDR)
		if err != nil {
			return -1
		}
		return prefix.Bits()
	default:
		return 0
	}
}

func (q reachQuery) whyAllowed(v Reachability, from, to Endpoint) string {
	var parts []string
	if v.EgressRule != nil {
		parts = append(parts, fmt.Sprintf("%s %s lets %s out to %s", q.groupName(v.EgressRule.GroupID),
			ruleName(v.EgressRule.Rule), ruleTraffic(v.EgressRule.Rule), q.rulePeer(v.EgressRule.Rule)))
	}
	if v.IngressRule != nil {
		parts = append(parts, fmt.Sprintf("%s %s admits %s from %s", q.groupName(v.IngressRule.GroupID),
			ruleName(v.IngressRule.Rule), ruleTraffic(v.IngressRule.Rule), q.rulePeer(v.IngressRule.Rule)))
	}
	if len(parts) == 0 {
		return fmt.Sprintf("neither %s nor %s has a security group", endpointName(from), endpointName(to))
	}
	return strings.Join(parts, ", and ")
}

// whyMissing names the rule that self's groups lack for peer.
func (q reachQuery) whyMissing(self, peer Endpoint, dir Direction) string {
	have, preposition := "has no", "from"
	if len(self.Groups) > 1 {
		have = "have no"
	}
	if dir == Egress {
		preposition = "to"
	}
	return fmt.Sprintf("%s %s %s rule for %s %s %s", joinWords(q.groupNames(self.Groups), "and"), have, dir,
		trafficName(q.protocol, q.port, q.port), preposition, q.peerName(peer))
}

func (q reachQuery) peerName(peer Endpoint) string {
	if len(peer.Groups) == 0 {
		return endpointName(peer)
	}
	return joinWords(q.groupNames(peer.Groups), "or")
}

func (q reachQuery) groupNames(ids []string) []string {
	names := make([]string, 0, len(ids))
	for _, id := range ids {
		names = append(names, q.groupName(id))
	}
	return names
}

// groupName is a group as people read it: sg-0123 (POD_SG).
func (q reachQuery) groupName(id string) string {
	if name := q.groups[id].Name; name != "" && name != id {
		return fmt.Sprintf("%s (%s)", id, name)
	}
	return id
}

func (q reachQuery) rulePeer(r Rule) string {
	switch {
	case r.PeerGroup != "":
		return q.groupName(r.PeerGroup)
	case r.CIDR != "":
		return r.CIDR
	default:
		return "prefix list " + r.PrefixList
	}
}

func endpointName(e Endpoint) string {
	switch {
	case e.Label != "" && e.IP != "":
		return fmt.Sprintf("%s (%s)", e.Label, e.IP)
	case e.Label != "":
		return e.Label
	case e.IP != "":
		return e.IP
	case len(e.Groups) > 0:
		return strings.Join(e.Groups, ", ")
	default:
		return "an unknown address"
	}
}

func ruleName(r Rule) string {
	if r.ID == "" {
		return string(r.Direction) + " rule"
	}
	return fmt.Sprintf("%s rule %s", r.Direction, r.ID)
}

func ruleTraffic(r Rule) string { return trafficName(protocolName(r.Protocol), r.FromPort, r.ToPort) }

// trafficName is a protocol with its ports: tcp 5432, udp 1000-2000, all traffic.
func trafficName(protocol string, from, to int) string {
	switch protocol {
	case "-1":
		return "all traffic"
	case "tcp", "udp":
		switch {
		case from == -1 || from == 0 && to == 65535:
			return "all " + protocol
		case from == to:
			return protocol + " " + strconv.Itoa(from)
		default:
			return fmt.Sprintf("%s %d-%d", protocol, from, to)
		}
	case "icmp", "icmpv6":
		if from == -1 {
			return "all " + protocol
		}
		return fmt.Sprintf("%s type %d", protocol, from)
	default:
		return "protocol " + protocol
	}
}

// joinWords joins words as a sentence does: a, b and c.
func joinWords(words []string, conjunction string) string {
	if len(words) < 2 {
		return strings.Join(words, "")
	}
	last := len(words) - 1
	return strings.Join(words[:last], ", ") + " " + conjunction + " " + words[last]
}
