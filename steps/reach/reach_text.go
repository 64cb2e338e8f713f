package reach

import (
	"fmt"
	"strconv"
	"strings"

	"podsg/steps/words"
	"podsg/steps/world"
)

func (q reachQuery) whyAllowed(v Reachability, from, to Endpoint) string {
	var parts []string
	for _, hit := range []*RuleHit{v.EgressRule, v.IngressRule} {
		if hit != nil {
			parts = append(parts, q.whyHit(*hit))
		}
	}
	if len(parts) == 0 {
		return fmt.Sprintf("neither %s nor %s has a security group", endpointName(from), endpointName(to))
	}
	return strings.Join(parts, ", and ")
}

// whyHit names the rule that lets it pass.
func (q reachQuery) whyHit(h RuleHit) string {
	verb := "admits %s from"
	if h.Rule.Direction == world.Egress {
		verb = "lets %s out to"
	}
	return fmt.Sprintf("%s %s %s %s", q.groupName(h.GroupID), ruleName(h.Rule), fmt.Sprintf(verb, ruleTraffic(h.Rule)), q.rulePeer(h.Rule))
}

// whyMissing names the rule that self's groups lack for peer.
func (q reachQuery) whyMissing(self, peer Endpoint, dir world.Direction) string {
	have, preposition := "has no", "from"
	if len(self.Groups) > 1 {
		have = "have no"
	}
	if dir == world.Egress {
		preposition = "to"
	}
	return fmt.Sprintf("%s %s %s rule for %s %s %s", words.JoinWords(q.groupNames(self.Groups), "and"), have, dir,
		trafficName(q.protocol, q.port, q.port), preposition, q.peerName(peer))
}

func (q reachQuery) peerName(peer Endpoint) string {
	if len(peer.Groups) == 0 {
		return endpointName(peer)
	}
	return words.JoinWords(q.groupNames(peer.Groups), "or")
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

func (q reachQuery) rulePeer(r world.Rule) string {
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

func ruleName(r world.Rule) string {
	if r.ID == "" {
		return string(r.Direction) + " rule"
	}
	return fmt.Sprintf("%s rule %s", r.Direction, r.ID)
}

func ruleTraffic(r world.Rule) string {
	return trafficName(protocolName(r.Protocol), r.FromPort, r.ToPort)
}

// TrafficName is a protocol with its ports, as a plan shows it.
func TrafficName(protocol string, from, to int) string {
	return trafficName(protocolName(protocol), from, to)
}

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
