package steps

import (
	"fmt"
	"strings"
)

var stepDNS = Step{
	ID: StepDNS, Title: "DNS rules",
	About: []string{
		"With a security group of their own, the selected pods have lost their node's access to CoreDNS.",
		"So CoreDNS's security group must admit port 53 from them, by TCP and by UDP.",
	},
	Check: checkDNS,
	Plan:  planDNS,
}

var checkDNSRules = check{"D76", "Selected pods reach CoreDNS"}

// dnsPaths are the reachability verdicts of the selected pods to every CoreDNS
// address, by protocol.
func dnsPaths(s *Snapshot, t *Target, protocol string) (allowed bool, why []string) {
	allowed = true
	for _, ip := range s.Kube.DNS.PodIPs {
		eni, ok := s.InterfaceByIP(ip)
		if !ok {
			continue
		}
		r := Reach(s.groupMap(), t.podEndpoint(), Endpoint{Groups: eni.Groups, IP: ip, Label: "CoreDNS " + ip}, protocol, dnsPort)
		allowed = allowed && r.Allowed
		why = append(why, fmt.Sprintf("%s %s: %s", protocol, ip, r.Why))
	}
	return allowed, why
}

func checkDNS(s *Snapshot, t *Target) []Finding {
	f := &findings{step: StepDNS, s: s, t: t}
	if !f.known(checkDNSRules, FactSecurityGroups, FactDNS, FactInterfaces) {
		return f.out
	}
	if t.PodGroup.ID == "" {
		f.add(checkDNSRules, Fail, "the pod security group does not exist yet").bySetup(t, "setup makes it and the rules")
		return f.out
	}
	tcp, whyTCP := dnsPaths(s, t, protocolTCP)
	udp, whyUDP := dnsPaths(s, t, protocolUDP)
	f.expect(checkDNSRules, tcp && udp, "port 53 is open to them by TCP and UDP", "port 53 is not open to them, so they cannot look up the database's name").
		saw(append(whyTCP, whyUDP...)...).on(refIDs(t.DNSGroups)...).
		bySetup(t, "setup adds the missing rules")
	return f.out
}

func planDNS(s *Snapshot, t *Target, p *Plan) {
	for _, g := range t.DNSGroups {
		for _, protocol := range []string{protocolTCP, protocolUDP} {
			if t.PodGroup.ID != "" && s.dnsAdmitted(t, g.ID, protocol) {
				continue
			}
			planRule(p, t, Change{
				ID: fmt.Sprintf("dns-%s-%s", protocol, strings.TrimPrefix(g.ID, "sg-")), Step: StepDNS,
				Why: "lets the selected pods look up names at CoreDNS", Needs: []string{changePodGroup},
			}, AddRule{Group: g, Direction: Ingress, Protocol: protocol, Port: dnsPort, Peer: t.PodGroup})
		}
	}
	planDNSEgress(s, t, p)
}

// dnsAdmitted reports whether a group that CoreDNS carries admits the pods.
func (s *Snapshot) dnsAdmitted(t *Target, groupID, protocol string) bool {
	return len(Admits(s.groupMap(), t.podEndpoint(), Endpoint{Groups: []string{groupID}}, protocol, dnsPort)) > 0
}

// planDNSEgress opens the way out of an existing pod group that restricts it.
func planDNSEgress(s *Snapshot, t *Target, p *Plan) {
	if t.PodGroup.ID == "" || len(t.DNSGroups) == 0 {
		return
	}
	for _, protocol := range []string{protocolTCP, protocolUDP} {
		for _, g := range t.DNSGroups {
			if Reach(s.groupMap(), t.podEndpoint(), Endpoint{Groups: []string{g.ID}}, protocol, dnsPort).MissingSide != Egress {
				continue
			}
			planRule(p, t, Change{
				ID: fmt.Sprintf("dns-egress-%s-%s", protocol, strings.TrimPrefix(g.ID, "sg-")), Step: StepDNS,
				Why: "the pods' group restricts what they may send",
			}, AddRule{Group: t.PodGroup, Direction: Egress, Protocol: protocol, Port: dnsPort, Peer: g})
		}
	}
}
