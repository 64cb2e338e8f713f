package world

// NetworkPolicy is a Kubernetes NetworkPolicy.
// https://kubernetes.io/docs/concepts/services-networking/network-policies/
type NetworkPolicy struct {
	ObjectFacts
	PodSelector *Selector `json:"podSelector,omitempty"`
	// Isolates are the directions in which it keeps from the selected pods what
	// no rule admits.
	Isolates []Direction   `json:"isolates,omitempty"`
	Ingress  []NetworkRule `json:"ingress,omitempty"`
	Egress   []NetworkRule `json:"egress,omitempty"`
}

// NetworkRule admits what one of its peers and one of its ports admit. Without
// peers it admits everybody, without ports every port.
type NetworkRule struct {
	Peers []NetworkPeer `json:"peers,omitempty"`
	Ports []NetworkPort `json:"ports,omitempty"`
}

// NetworkPeer is one peer of a [NetworkRule]: a range of addresses, or pods. Pods
// without a selector of namespaces are those of the policy's own namespace.
type NetworkPeer struct {
	Pods       *Selector `json:"podSelector,omitempty"`
	Namespaces *Selector `json:"namespaceSelector,omitempty"`
	CIDR       string    `json:"cidr,omitempty"`
	Except     []string  `json:"except,omitempty"`
}

// NetworkPort is one port of a [NetworkRule], a range of them, or one that the
// target's containers give a name. Without any it is every port of its protocol.
type NetworkPort struct {
	Protocol string `json:"protocol"` // tcp, udp, sctp
	Port     int    `json:"port,omitempty"`
	EndPort  int    `json:"endPort,omitempty"`
	Name     string `json:"name,omitempty"`
}

// Rules are the rules of a direction.
func (p NetworkPolicy) Rules(d Direction) []NetworkRule {
	if d == Ingress {
		return p.Ingress
	}
	return p.Egress
}
