package steps

import (
	"fmt"
	"slices"
	"strings"
)

var stepDNS = Step{
	ID: StepDNS,
	About: []string{
		"With a security group of their own, the selected pods have lost their node's access to CoreDNS.",
		"So CoreDNS's security group must admit port 53 from them, by TCP and by UDP.",
	},
	Check: checkDNS,
	Plan:  planDNS,
}

var checkDNSRules = check{id: "D76", title: "Selected pods reach CoreDNS"}

// dnsPaths is what security groups say of the way of the selected pods to every
// CoreDNS address, by both protocols.
type dnsPaths struct {
	closed    bool     // one is closed for certain
	uncertain []string // what would have to be known of the others
	lost      []string // addresses that are on no observed network interface
	why       []string
}

func (s *Snapshot) dnsPaths(t *Target) dnsPaths {
	var out dnsPaths
	groups := s.groupMap()
	for _, protocol := range []string{protocolTCP, protocolUDP} {
		for _, ip := range s.Kube.DNS.PodIPs {
			eni, ok := s.InterfaceByIP(ip)
			if !ok {
				if protocol == protocolTCP {
					out.lost = append(out.lost, ip)
				}
				continue
			}
			r := Reach(groups, t.podEndpoint(s), Endpoint{Groups: eni.Groups, IP: ip, Label: "CoreDNS " + ip}, protocol, dnsPort)
			out.why = append(out.why, fmt.Sprintf("%s %s: %s", protocol, ip, r.Why))
			switch {
			case r.Allowed:
			case r.Uncertain == "":
				out.closed = true
			case !slices.Contains(out.uncertain, r.Uncertain):
				out.uncertain = append(out.uncertain, r.Uncertain)
			}
		}
	}
	return out
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
	if len(s.Kube.DNS.PodIPs) == 0 {
		if t.Cluster.AutoMode {
			f.add(checkDNSRules, Skip, "no CoreDNS pod was found: in EKS Auto Mode every node answers its own pods")
			return f.out
		}
		f.add(checkDNSRules, Fail, "no CoreDNS pod is ready, so no pod of the cluster can look up a name").
			mend("see why: a Deployment without replicas, or pods without a node to run on", "kubectl -n kube-system get deployments,pods,endpointslices -l k8s-app=kube-dns -o wide")
		return f.out
	}
	paths := s.dnsPaths(t)
	if len(paths.lost) > 0 && !paths.closed && len(paths.uncertain) == 0 {
		f.add(checkDNSRules, Skip, fmt.Sprintf("no network interface of %s holds the CoreDNS address %s, so its security groups are not known", t.Cluster.VPCID, strings.Join(paths.lost, " or "))).
			saw(paths.why...)
		return f.out
	}
	uncertain := ""
	if !paths.closed {
		uncertain = strings.Join(paths.uncertain, "; ")
	}
	f.decide(checkDNSRules, !paths.closed && uncertain == "", uncertain, "port 53 is open to them by TCP and UDP", "port 53 is not open to them, so they cannot look up the database's name").
		saw(paths.why...).on(refIDs(t.DNSGroups)...).
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
	return len(Admits(s.groupMap(), t.podEndpoint(s), Endpoint{Groups: []string{groupID}}, protocol, dnsPort)) > 0
}

// planDNSEgress opens the way out of an existing pod group that restricts it.
func planDNSEgress(s *Snapshot, t *Target, p *Plan) {
	if t.PodGroup.ID == "" || len(t.DNSGroups) == 0 {
		return
	}
	for _, protocol := range []string{protocolTCP, protocolUDP} {
		for _, g := range t.DNSGroups {
			if Reach(s.groupMap(), t.podEndpoint(s), Endpoint{Groups: []string{g.ID}}, protocol, dnsPort).MissingSide != Egress {
				continue
			}
			planRule(p, t, Change{
				ID: fmt.Sprintf("dns-egress-%s-%s", protocol, strings.TrimPrefix(g.ID, "sg-")), Step: StepDNS,
				Why: "the pods' group restricts what they may send",
			}, AddRule{Group: t.PodGroup, Direction: Egress, Protocol: protocol, Port: dnsPort, Peer: g})
		}
	}
}
