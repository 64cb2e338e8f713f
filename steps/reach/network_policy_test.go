package reach

import (
	"strings"
	"testing"

	"podsg/steps/world"
)

// policy is a NetworkPolicy that isolates the pods of a namespace that have
// app=api, or all where the selector is empty.
func policy(namespace string, selector *world.Selector, side world.Direction, rules ...world.NetworkRule) world.NetworkPolicy {
	p := world.NetworkPolicy{ObjectFacts: world.ObjectFacts{Name: "p", Namespace: namespace}, PodSelector: selector, Isolates: []world.Direction{side}}
	if side == world.Ingress {
		p.Ingress = rules
	} else {
		p.Egress = rules
	}
	return p
}

func byLabel(key, value string) *world.Selector {
	return &world.Selector{MatchLabels: map[string]string{key: value}}
}

func TestNetworkPoliciesDecide(t *testing.T) {
	every := &world.Selector{}
	api := PolicyEnd{Namespace: "shop", Labels: map[string]string{"app": "api"}, Name: "the pods"}
	dns := PolicyEnd{
		Namespace: "kube-system", Labels: map[string]string{"k8s-app": "kube-dns"}, NamedPorts: map[string]int{"dns": 53, "dns-tcp": 53},
		IPs: []string{"10.0.0.53"}, Name: "CoreDNS",
	}
	labelled := dns
	labelled.NamespaceLabels = map[string]string{"team": "platform"}
	database := PolicyEnd{IPs: []string{"10.0.8.7"}, Name: "the database"}
	somewhere := PolicyEnd{IPs: []string{"10.0.8.0/24", "10.0.9.0/24"}, Name: "the database"}
	to := func(peers ...world.NetworkPeer) world.NetworkRule { return world.NetworkRule{Peers: peers} }
	block := func(cidr string, except ...string) world.NetworkPeer {
		return world.NetworkPeer{CIDR: cidr, Except: except}
	}
	system := world.NetworkPeer{Namespaces: byLabel("kubernetes.io/metadata.name", "kube-system")}
	platform := world.NetworkPeer{Namespaces: byLabel("team", "platform")}
	ports := func(r world.NetworkRule, all ...world.NetworkPort) world.NetworkRule { r.Ports = all; return r }
	out := func(rules ...world.NetworkRule) []world.NetworkPolicy {
		return []world.NetworkPolicy{policy("shop", byLabel("app", "api"), world.Egress, rules...)}
	}
	for name, c := range map[string]struct {
		policies  []world.NetworkPolicy
		to        PolicyEnd
		protocol  string
		port      int
		allowed   bool
		side      world.Direction
		uncertain string
	}{
		"none":                       {to: database, port: 5432, allowed: true},
		"of another namespace":       {policies: []world.NetworkPolicy{policy("other", every, world.Egress)}, to: database, port: 5432, allowed: true},
		"of other pods":              {policies: []world.NetworkPolicy{policy("shop", byLabel("app", "web"), world.Egress)}, to: database, port: 5432, allowed: true},
		"of ingress alone":           {policies: []world.NetworkPolicy{policy("shop", every, world.Ingress)}, to: database, port: 5432, allowed: true},
		"default deny":               {policies: []world.NetworkPolicy{policy("shop", every, world.Egress)}, to: database, port: 5432, side: world.Egress},
		"everybody":                  {policies: out(world.NetworkRule{}), to: database, port: 5432, allowed: true},
		"its range":                  {policies: out(to(block("10.0.8.0/24"))), to: database, port: 5432, allowed: true},
		"its range but it":           {policies: out(to(block("10.0.0.0/16", "10.0.8.0/24"))), to: database, port: 5432, side: world.Egress},
		"its range but a part of it": {policies: out(to(block("10.0.0.0/16", "10.0.8.0/25"))), to: somewhere, port: 5432, side: world.Egress, uncertain: "10.0.0.0/16"},
		"one of its ranges":          {policies: out(to(block("10.0.8.0/24"))), to: somewhere, port: 5432, side: world.Egress, uncertain: "10.0.8.0/24"},
		"another range":              {policies: out(to(block("192.168.0.0/16"))), to: database, port: 5432, side: world.Egress},
		"another port":               {policies: out(ports(to(block("0.0.0.0/0")), world.NetworkPort{Protocol: "tcp", Port: 443})), to: database, port: 5432, side: world.Egress},
		"a range of ports":           {policies: out(ports(world.NetworkRule{}, world.NetworkPort{Protocol: "tcp", Port: 5000, EndPort: 6000})), to: database, port: 5432, allowed: true},
		"a protocol":                 {policies: out(ports(world.NetworkRule{}, world.NetworkPort{Protocol: "tcp"})), to: database, port: 5432, allowed: true},
		"a protocol, and DNS by UDP": {policies: out(ports(world.NetworkRule{}, world.NetworkPort{Protocol: "tcp"})), to: dns, protocol: "udp", port: 53, side: world.Egress},
		"a named port":               {policies: out(ports(to(system), world.NetworkPort{Protocol: "udp", Name: "dns"})), to: dns, protocol: "udp", port: 53, allowed: true},
		"a named port of an address": {policies: out(ports(world.NetworkRule{}, world.NetworkPort{Protocol: "tcp", Name: "postgres"})), to: database, port: 5432, side: world.Egress},
		"any of two policies":        {policies: append(out(), out(to(block("10.0.8.0/24")))...), to: database, port: 5432, allowed: true},
		"pods of its namespace":      {policies: out(to(world.NetworkPeer{Pods: every})), to: dns, protocol: "udp", port: 53, side: world.Egress},
		"pods of a namespace":        {policies: out(to(world.NetworkPeer{Pods: byLabel("k8s-app", "kube-dns"), Namespaces: every})), to: dns, protocol: "udp", port: 53, allowed: true},
		"a namespace by labels that are not known": {policies: out(to(platform)), to: dns, protocol: "udp", port: 53, side: world.Egress, uncertain: "kube-system"},
		"a namespace by its labels":                {policies: out(to(platform)), to: labelled, protocol: "udp", port: 53, allowed: true},
		"pods are no addresses":                    {policies: out(to(world.NetworkPeer{Pods: every, Namespaces: every})), to: database, port: 5432, side: world.Egress},
		"CoreDNS takes nothing":                    {policies: []world.NetworkPolicy{policy("kube-system", every, world.Ingress)}, to: dns, protocol: "udp", port: 53, side: world.Ingress},
	} {
		t.Run(name, func(t *testing.T) {
			if c.protocol == "" {
				c.protocol = "tcp"
			}
			v := Policies(c.policies, api, c.to, c.protocol, c.port)
			if v.Allowed != c.allowed || v.Side != c.side || (v.Uncertain == "") != (c.uncertain == "") || !strings.Contains(v.Uncertain, c.uncertain) {
				t.Errorf("got %+v, want allowed %v, side %q, uncertain %q", v, c.allowed, c.side, c.uncertain)
			}
		})
	}
}
