package network

import (
	"fmt"
	"slices"
	"strings"

	"podsg/steps/check"
	"podsg/steps/intent"
	"podsg/steps/plan"
	"podsg/steps/reach"
	"podsg/steps/say"
	"podsg/steps/world"
)

var StepDNS = plan.Step{
	ID: check.StepDNS,
	About: []string{
		"With a security group of their own, the selected pods have lost their node's access to CoreDNS.",
		"So CoreDNS's security group must admit port 53 from them, by TCP and by UDP.",
	},
	Check: CheckDNS,
	Plan:  PlanDNS,
}

var CheckDNSRules = check.Check{ID: "D76", Title: "Selected pods reach CoreDNS"}

// dnsPaths is what security groups say of the way of the selected pods to every
// CoreDNS address, by both protocols.
type dnsPaths struct {
	closed    bool     // one is closed for certain
	uncertain []string // what would have to be known of the others
	lost      []string // addresses that are on no observed network interface
	why       []string
}

func PathsToDNS(s *world.Snapshot, t *intent.Target) dnsPaths {
	var out dnsPaths
	groups := s.GroupMap()
	for _, protocol := range []string{reach.ProtocolTCP, reach.ProtocolUDP} {
		for _, ip := range s.Kube.DNS.PodIPs {
			eni, ok := s.InterfaceByIP(ip)
			if !ok {
				if protocol == reach.ProtocolTCP {
					out.lost = append(out.lost, ip)
				}
				continue
			}
			r := reach.Reach(groups, t.PodEndpoint(s), reach.Endpoint{Groups: eni.Groups, IP: ip, Label: "CoreDNS " + ip}, protocol, dnsPort)
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

func CheckDNS(s *world.Snapshot, t *intent.Target) []check.Finding {
	f := &check.Findings{Step: check.StepDNS, S: s, T: t}
	if !f.Known(CheckDNSRules, world.FactSecurityGroups, world.FactDNS, world.FactInterfaces) {
		return f.Out
	}
	if t.PodGroup.ID == "" {
		f.Add(CheckDNSRules, check.Fail, "the pod security group does not exist yet").BySetup(t, say.T("setup makes it and the rules"))
		return f.Out
	}
	if len(s.Kube.DNS.PodIPs) == 0 {
		if t.Cluster.AutoMode {
			f.Add(CheckDNSRules, check.Skip, "no CoreDNS pod was found: in EKS Auto Mode every node answers its own pods")
			return f.Out
		}
		f.Add(CheckDNSRules, check.Fail, "no CoreDNS pod is ready, so no pod of the cluster can look up a name").
			Mend(say.T("see why: a Deployment without replicas, or pods without a node to run on"), "kubectl -n kube-system get deployments,pods,endpointslices -l k8s-app=kube-dns -o wide")
		return f.Out
	}
	paths := PathsToDNS(s, t)
	if len(paths.lost) > 0 && !paths.closed && len(paths.uncertain) == 0 {
		f.Add(CheckDNSRules, check.Skip, fmt.Sprintf("no network interface of %s holds the CoreDNS address %s, so its security groups are not known", t.Cluster.VPCID, strings.Join(paths.lost, " or "))).
			Saw(paths.why...)
		return f.Out
	}
	uncertain := ""
	if !paths.closed {
		uncertain = strings.Join(paths.uncertain, "; ")
	}
	f.Decide(CheckDNSRules, !paths.closed && uncertain == "", uncertain, "port 53 is open to them by TCP and UDP", "port 53 is not open to them, so they cannot look up the database's name").
		Saw(paths.why...).On(intent.RefIDs(t.DNSGroups)...).
		BySetup(t, say.T("setup adds the missing rules"))
	return f.Out
}

func PlanDNS(s *world.Snapshot, t *intent.Target, p *plan.Plan) {
	for _, g := range t.DNSGroups {
		for _, protocol := range []string{reach.ProtocolTCP, reach.ProtocolUDP} {
			if t.PodGroup.ID != "" && dnsAdmitted(s, t, g.ID, protocol) {
				continue
			}
			planRule(p, t, plan.Change{
				ID: fmt.Sprintf("dns-%s-%s", protocol, strings.TrimPrefix(g.ID, "sg-")), Step: check.StepDNS,
				Why: "lets the selected pods look up names at CoreDNS", Needs: []string{plan.ChangePodGroup},
			}, AddRule{Group: g, Direction: world.Ingress, Protocol: protocol, Port: dnsPort, Peer: t.PodGroup})
		}
	}
	planDNSEgress(s, t, p)
}

// dnsAdmitted reports whether a group that CoreDNS carries admits the pods.
func dnsAdmitted(s *world.Snapshot, t *intent.Target, groupID, protocol string) bool {
	return len(reach.Admits(s.GroupMap(), t.PodEndpoint(s), reach.Endpoint{Groups: []string{groupID}}, protocol, dnsPort)) > 0
}

// planDNSEgress opens the way out of an existing pod group that restricts it.
func planDNSEgress(s *world.Snapshot, t *intent.Target, p *plan.Plan) {
	if t.PodGroup.ID == "" || len(t.DNSGroups) == 0 {
		return
	}
	for _, protocol := range []string{reach.ProtocolTCP, reach.ProtocolUDP} {
		for _, g := range t.DNSGroups {
			if reach.Reach(s.GroupMap(), t.PodEndpoint(s), reach.Endpoint{Groups: []string{g.ID}}, protocol, dnsPort).MissingSide != world.Egress {
				continue
			}
			planRule(p, t, plan.Change{
				ID: fmt.Sprintf("dns-egress-%s-%s", protocol, strings.TrimPrefix(g.ID, "sg-")), Step: check.StepDNS,
				Why: "the pods' group restricts what they may send",
			}, AddRule{Group: t.PodGroup, Direction: world.Egress, Protocol: protocol, Port: dnsPort, Peer: g})
		}
	}
}
