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

// StepDNS is the step about the way to CoreDNS.
var StepDNS = plan.Step{
	ID: check.StepDNS,
	About: []string{
		"With a security group of their own, the selected pods have lost their node's access to CoreDNS.",
		"So CoreDNS's security group must admit port 53 from them, by TCP and by UDP.",
	},
	Checks: DNSChecks,
	Plan:   planDNS,
}

// dnsPaths is what security groups say of the way of the selected pods to every
// CoreDNS address, by both protocols.
type dnsPaths struct {
	closed    bool     // one is closed for certain
	uncertain []string // what would have to be known of the others
	lost      []string // addresses that are on no observed network interface
	why       []string
}

// pathsToDNS judges them.
func pathsToDNS(s *world.Snapshot, t *intent.Target) dnsPaths {
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

// dnsRules judges the way to CoreDNS.
func dnsRules(c *check.Context) {
	t := c.Target
	if t.PodGroup.ID == "" && notMissed(c) || noSuchGroup(c) {
		return
	}
	if t.PodGroup.ID == "" {
		c.Fail("the pod security group does not exist yet").BySetup(t, say.T("setup makes it and the rules"))
		return
	}
	if len(c.Kube.DNS.PodIPs) == 0 {
		if t.Cluster.AutoMode {
			c.Skip("no CoreDNS pod was found: in EKS Auto Mode every node answers its own pods")
			return
		}
		c.Fail("no CoreDNS pod is ready, so no pod of the cluster can look up a name").
			Mend(say.T("see why: a Deployment without replicas, or pods without a node to run on"), "kubectl -n kube-system get deployments,pods,endpointslices -l k8s-app=kube-dns -o wide")
		return
	}
	paths := pathsToDNS(c.Snapshot, t)
	if len(paths.lost) > 0 && !paths.closed && len(paths.uncertain) == 0 {
		c.Skip("no network interface of %s holds the CoreDNS address %s, so its security groups are not known", t.Cluster.VPCID, strings.Join(paths.lost, " or ")).
			Saw(paths.why...)
		return
	}
	var uncertain say.Text
	if !paths.closed {
		uncertain = say.Maybe(strings.Join(paths.uncertain, "; "))
	}
	c.Decide(!paths.closed && uncertain.IsZero(), uncertain, say.T("port 53 is open to them by TCP and UDP"), say.T("port 53 is not open to them, so they cannot look up the database's name")).
		Saw(paths.why...).On(intent.RefIDs(t.DNSGroups)...).
		BySetup(t, say.T("setup adds the missing rules")).
		ByHand(t, say.T("admit the pods' group at CoreDNS on port 53, by TCP and UDP"), rulesByHand(c.Snapshot, t, planDNS))
}

// planDNS adds the rules that are missing on the way to CoreDNS.
func planDNS(s *world.Snapshot, t *intent.Target, p *plan.Plan) {
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
