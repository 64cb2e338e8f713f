package reach

import (
	"fmt"
	"slices"

	"podsg/steps/words"
	"podsg/steps/world"
)

// labelNamespace is the label that every namespace has, with its name.
// https://kubernetes.io/docs/reference/labels-annotations-taints/#kubernetes-io-metadata-name
const labelNamespace = "kubernetes.io/metadata.name"

// PolicyEnd is one end of a connection as NetworkPolicies see it: a pod, or
// addresses outside the cluster.
type PolicyEnd struct {
	// Namespace is a pod's; empty: the end is no pod.
	Namespace string
	Labels    map[string]string
	// NamespaceLabels are those beside the name; nil: they are not known.
	NamespaceLabels map[string]string
	NamedPorts      map[string]int
	// IPs are addresses or ranges, of which the end has one.
	IPs []string
	// Name is what people call it.
	Name string
}

// PolicyVerdict is what NetworkPolicies say of a connection.
type PolicyVerdict struct {
	Allowed bool
	// Denied are the policies that isolate an end, and of which none admits the
	// connection.
	Denied []world.NetworkPolicy
	// Side is the direction that they isolate the end in, the sender's first.
	Side world.Direction
	// Uncertain says, when it is not allowed, what would have to be known to be
	// sure. Empty: the verdict is certain.
	Uncertain string
	// Why is one sentence.
	Why string
}

// Policies decides whether NetworkPolicies let a connection pass, where they are
// enforced: what one end sends, and what the other takes. A pod that no policy of
// a direction selects is not isolated in it; of those that select it, any rule may
// admit. https://kubernetes.io/docs/concepts/services-networking/network-policies/
func Policies(policies []world.NetworkPolicy, from, to PolicyEnd, protocol string, port int) PolicyVerdict {
	for _, side := range []world.Direction{world.Egress, world.Ingress} {
		self, peer := from, to
		if side == world.Ingress {
			self, peer = to, from
		}
		v := policySide(policies, self, peer, policyQuery{side, protocol, port, to.NamedPorts})
		if !v.Allowed {
			return v
		}
	}
	return PolicyVerdict{Allowed: true, Why: fmt.Sprintf("network policies let %s reach %s at %s %d", from.Name, to.Name, protocol, port)}
}

// policyQuery is one direction of a question. A named port is one of the end that
// takes the connection.
type policyQuery struct {
	side     world.Direction
	protocol string
	port     int
	named    map[string]int
}

// policySide judges the policies of one end.
func policySide(policies []world.NetworkPolicy, self, peer PolicyEnd, q policyQuery) PolicyVerdict {
	var isolating []world.NetworkPolicy
	var unsure []string
	if self.Namespace == "" {
		return PolicyVerdict{Allowed: true}
	}
	for _, p := range policies {
		if p.Namespace != self.Namespace || !slices.Contains(p.Isolates, q.side) {
			continue
		}
		if selects, err := p.PodSelector.Matches(self.Labels); err != nil || !selects {
			continue
		}
		isolating = append(isolating, p)
		for _, r := range p.Rules(q.side) {
			if !q.admitsPort(r) {
				continue
			}
			admits, doubt := admitsPeer(p, r, peer)
			if admits {
				return PolicyVerdict{Allowed: true}
			}
			if doubt != "" && !slices.Contains(unsure, doubt) {
				unsure = append(unsure, doubt)
			}
		}
	}
	if len(isolating) == 0 {
		return PolicyVerdict{Allowed: true}
	}
	word := "to"
	if q.side == world.Ingress {
		word = "from"
	}
	return PolicyVerdict{
		Denied: isolating, Side: q.side, Uncertain: words.JoinWords(unsure, "and"),
		Why: fmt.Sprintf("no %s rule of %s admits %s %d %s %s", q.side, words.JoinWords(policyNames(isolating), "or"), q.protocol, q.port, word, peer.Name),
	}
}

// admitsPort reports whether a rule is about the query's port.
func (q policyQuery) admitsPort(r world.NetworkRule) bool {
	return len(r.Ports) == 0 || slices.ContainsFunc(r.Ports, func(p world.NetworkPort) bool {
		switch {
		case p.Protocol != q.protocol:
			return false
		case p.Name != "":
			return q.named[p.Name] == q.port
		case p.Port == 0:
			return true
		default:
			return p.Port <= q.port && q.port <= max(p.Port, p.EndPort)
		}
	})
}

// admitsPeer reports whether a rule admits the other end. When that cannot be
// known, doubt says why.
func admitsPeer(p world.NetworkPolicy, r world.NetworkRule, end PolicyEnd) (admits bool, doubt string) {
	if len(r.Peers) == 0 {
		return true, ""
	}
	for _, peer := range r.Peers {
		hit, why := matchesPeer(p, peer, end)
		if hit {
			return true, ""
		}
		if why != "" {
			doubt = why
		}
	}
	return false, doubt
}

func matchesPeer(p world.NetworkPolicy, peer world.NetworkPeer, end PolicyEnd) (hit bool, doubt string) {
	if peer.CIDR != "" {
		return inBlock(p, peer, end)
	}
	if end.Namespace == "" {
		return false, ""
	}
	if pod, err := peer.Pods.Matches(end.Labels); err != nil || !pod {
		return false, ""
	}
	if peer.Namespaces == nil {
		return p.Namespace == end.Namespace, ""
	}
	labels := map[string]string{labelNamespace: end.Namespace}
	for k, v := range end.NamespaceLabels {
		labels[k] = v
	}
	if hit, err := peer.Namespaces.Matches(labels); err != nil || hit {
		return hit && err == nil, ""
	}
	if end.NamespaceLabels == nil && !onlyByName(peer.Namespaces) {
		return false, fmt.Sprintf("whether %s selects namespace %s, whose labels were not read", PolicyName(p), end.Namespace)
	}
	return false, ""
}

// onlyByName reports whether a selector of namespaces asks for nothing but the
// name.
func onlyByName(s *world.Selector) bool {
	for key := range s.MatchLabels {
		if key != labelNamespace {
			return false
		}
	}
	return !slices.ContainsFunc(s.MatchExpressions, func(e world.SelectorRequirement) bool { return e.Key != labelNamespace })
}

// inBlock reports whether a range of addresses holds an end.
func inBlock(p world.NetworkPolicy, peer world.NetworkPeer, end PolicyEnd) (hit bool, doubt string) {
	block, ok := ParseRange(peer.CIDR)
	if !ok {
		return false, ""
	}
	unsure := fmt.Sprintf("whether %s of %s holds the address of %s", peer.CIDR, PolicyName(p), end.Name)
	if len(end.IPs) == 0 {
		return false, unsure
	}
	held, apart := 0, 0
	for _, text := range end.IPs {
		ip, ok := ParseRange(text)
		if !ok {
			return false, unsure
		}
		switch {
		case !block.Overlaps(ip):
			apart++
			continue
		case block.Bits() > ip.Bits():
			continue // it holds a part of it
		}
		whole, part := false, false
		for _, text := range peer.Except {
			if except, ok := ParseRange(text); ok && except.Overlaps(ip) {
				part = true
				whole = whole || except.Bits() <= ip.Bits()
			}
		}
		switch {
		case whole:
			apart++
		case !part:
			held++
		}
	}
	switch {
	case held == len(end.IPs):
		return true, ""
	case apart == len(end.IPs):
		return false, ""
	default:
		return false, unsure
	}
}

// PolicyName is a NetworkPolicy by namespace and name.
func PolicyName(p world.NetworkPolicy) string { return p.Namespace + "/" + p.Name }

func policyNames(all []world.NetworkPolicy) []string {
	var out []string
	for _, p := range all {
		out = append(out, PolicyName(p))
	}
	return out
}
