// Package reach says whether one end may talk to the other by security groups and
// network ACLs, and by which rule.
package reach

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"podsg/steps/world"
)

// Endpoint is one end of a connection as security groups see it.
type Endpoint struct {
	// Groups are the security groups of its network interface. An endpoint
	// without any (a machine outside the VPC) is restricted by none.
	Groups []string
	// IP is its private address; empty when it is not known, as for a pod or a
	// database that does not exist yet.
	IP string
	// Ranges are, when the address is not known, the ranges that it will be one
	// of: a rule for all of them is a rule for it.
	Ranges []string
	// Addresses are further addresses and prefixes that all belong to it: a rule
	// for any of them is a rule for it.
	Addresses []string
	// Label is what people call it; it is used where it has no group.
	Label string
}

// RuleHit is a rule that lets traffic pass, with the group it belongs to.
type RuleHit struct {
	GroupID string     `json:"groupId"`
	Rule    world.Rule `json:"rule"`
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
	MissingSide world.Direction
	// Uncertain says, when it is not allowed, what would have to be known to be
	// sure: a group that was not observed, an unknown address, a prefix list
	// that was not read. Empty: the verdict is certain.
	Uncertain string
	// Why is one sentence that names the rules that let it pass or the rule that
	// is missing.
	Why string

	Out, In sideVerdict
}

// sideVerdict is what the rules of one end say by themselves.
type sideVerdict struct {
	Open   bool
	Unsure string // when it is not open: why that is not certain
	Why    string
}

// Reach decides from observed security groups, by id, whether a connection from
// one endpoint to another may pass. Protocol is tcp, udp, icmp, icmpv6, an IANA
// number, or -1 for all traffic; port is the target's (for ICMP the type).
//
// A rule passes if its protocol and ports cover the request and its peer is one
// of the other end's groups, or a range or prefix list that holds its address:
// https://docs.aws.amazon.com/vpc/latest/userguide/security-group-rules.html
// Of several rules the most particular one is reported.
func Reach(groups map[string]world.SecurityGroup, from, to Endpoint, protocol string, port int) Reachability {
	q := newReachQuery(groups, from, to, protocol, port)
	egress, unsureOut := q.side(from, to, world.Egress)
	ingress, unsureIn := q.side(to, from, world.Ingress)

	v := Reachability{EgressRule: bestHit(egress), IngressRule: bestHit(ingress)}
	v.Out = q.judge(from, to, world.Egress, v.EgressRule, unsureOut)
	v.In = q.judge(to, from, world.Ingress, v.IngressRule, unsureIn)
	v.Allowed = v.Out.Open && v.In.Open
	if v.Allowed {
		v.Why = q.whyAllowed(v, from, to)
		return v
	}
	var missing, unsure []string
	v.MissingSide = world.Ingress
	if !v.Out.Open {
		v.MissingSide = world.Egress
	}
	certain := false // one side that is closed for certain decides it
	for _, side := range []sideVerdict{v.Out, v.In} {
		if side.Open {
			continue
		}
		missing = append(missing, side.Why)
		unsure = append(unsure, side.Unsure)
		certain = certain || side.Unsure == ""
	}
	if !certain {
		v.Uncertain = strings.Join(unsure, "; ")
	}
	v.Why = strings.Join(missing, ", and ")
	if v.Uncertain != "" {
		v.Why += " (not certain: " + v.Uncertain + ")"
	}
	return v
}

// judge says what the rules of one end come to.
func (q reachQuery) judge(self, peer Endpoint, dir world.Direction, hit *RuleHit, unsure []string) sideVerdict {
	switch {
	case hit != nil:
		return sideVerdict{Open: true, Why: q.whyHit(*hit)}
	case len(self.Groups) == 0:
		return sideVerdict{Open: true, Why: endpointName(self) + " has no security group"}
	default:
		return sideVerdict{Unsure: strings.Join(unsure, "; "), Why: q.whyMissing(self, peer, dir)}
	}
}

// Admits lists every ingress rule of the target's groups that admits the
// source, whether or not the source's own egress rules let it out: what has to
// go before the source is kept out.
func Admits(groups map[string]world.SecurityGroup, from, to Endpoint, protocol string, port int) []RuleHit {
	q := newReachQuery(groups, from, to, protocol, port)
	hits, _ := q.side(to, from, world.Ingress)
	return hits
}

// reachQuery is one question to a set of security groups.
type reachQuery struct {
	groups   map[string]world.SecurityGroup
	protocol string
	port     int
	ipv6     bool // an end has an IPv6 address, so that the connection is one
}

func newReachQuery(groups map[string]world.SecurityGroup, from, to Endpoint, protocol string, port int) reachQuery {
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
func (q reachQuery) side(self, peer Endpoint, dir world.Direction) (hits []RuleHit, unsure []string) {
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

// Covers reports whether a rule is about a protocol and a port.
func Covers(rule world.Rule, protocol string, port int) bool {
	return reachQuery{protocol: protocolName(protocol), port: port}.covers(rule)
}

// covers reports whether a rule's protocol and ports include the request.
func (q reachQuery) covers(rule world.Rule) bool {
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
func (q reachQuery) peerMatches(rule world.Rule, peer Endpoint) (hit bool, doubt string) {
	switch {
	case rule.PeerGroup != "":
		return slices.Contains(peer.Groups, rule.PeerGroup), ""
	case rule.CIDR != "":
		hit, known := q.rangesHold([]string{rule.CIDR}, peer)
		if !known {
			doubt = fmt.Sprintf("the address of %s is not known, and %s admits %s", endpointName(peer), ruleName(rule), rule.CIDR)
		}
		return hit, doubt
	case rule.PrefixList != "":
		hit, known := q.rangesHold(rule.PrefixCIDRs, peer)
		switch {
		case len(rule.PrefixCIDRs) == 0:
			doubt = fmt.Sprintf("the entries of prefix list %s in %s were not observed", rule.PrefixList, ruleName(rule))
		case !known:
			doubt = fmt.Sprintf("the address of %s is not known, and %s admits prefix list %s", endpointName(peer), ruleName(rule), rule.PrefixList)
		}
		return hit, doubt
	default:
		return false, ""
	}
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
func particularity(r world.Rule) int {
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
