package facts

import (
	"cmp"
	"strings"

	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
	"k8s.io/utils/ptr"

	"podsg/steps/world"
)

// NetworkPolicy reduces a NetworkPolicy to what podsg looks at. One without
// policy types is about ingress, and about egress if it has rules for it; the API
// server writes down which.
func NetworkPolicy(p *networkingv1.NetworkPolicy) world.NetworkPolicy {
	out := world.NetworkPolicy{ObjectFacts: Object(p), PodSelector: Selector(&p.Spec.PodSelector)}
	for _, t := range p.Spec.PolicyTypes {
		out.Isolates = append(out.Isolates, world.Direction(strings.ToLower(string(t))))
	}
	if len(p.Spec.PolicyTypes) == 0 {
		out.Isolates = []world.Direction{world.Ingress}
		if len(p.Spec.Egress) > 0 {
			out.Isolates = append(out.Isolates, world.Egress)
		}
	}
	for _, r := range p.Spec.Ingress {
		out.Ingress = append(out.Ingress, networkRule(r.From, r.Ports))
	}
	for _, r := range p.Spec.Egress {
		out.Egress = append(out.Egress, networkRule(r.To, r.Ports))
	}
	return out
}

func networkRule(peers []networkingv1.NetworkPolicyPeer, ports []networkingv1.NetworkPolicyPort) world.NetworkRule {
	var out world.NetworkRule
	for _, p := range peers {
		peer := world.NetworkPeer{Pods: Selector(p.PodSelector), Namespaces: Selector(p.NamespaceSelector)}
		if p.IPBlock != nil {
			peer.CIDR, peer.Except = p.IPBlock.CIDR, p.IPBlock.Except
		}
		out.Peers = append(out.Peers, peer)
	}
	for _, p := range ports {
		port := world.NetworkPort{
			Protocol: strings.ToLower(string(cmp.Or(ptr.Deref(p.Protocol, ""), corev1.ProtocolTCP))), EndPort: int(ptr.Deref(p.EndPort, 0)),
		}
		switch {
		case p.Port == nil:
		case p.Port.Type == intstr.String:
			port.Name = p.Port.StrVal
		default:
			port.Port = p.Port.IntValue()
		}
		out.Ports = append(out.Ports, port)
	}
	return out
}
