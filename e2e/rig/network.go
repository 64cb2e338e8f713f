package rig

import (
	"context"
	"net"
	"net/netip"
	"os"

	"k8s.io/apimachinery/pkg/labels"
)

const portDNS = 53

// podNetwork is the network as pods see it: whether a connection gets through is
// computed from the account's security groups; if it does it is a real one, from
// the pod's address to the address that is asked for.
type podNetwork struct{ rig *Rig }

// LookupHost asks CoreDNS over UDP, and a security group that does not admit
// that leaves it waiting.
func (n *podNetwork) LookupHost(ctx context.Context, from netip.Addr, name string) ([]netip.Addr, error) {
	if addr, err := netip.ParseAddr(name); err == nil {
		return []netip.Addr{addr}, nil
	}
	for _, server := range n.nameServers() {
		if ok, _ := n.rig.account.Reachable(from, server, "udp", portDNS); !ok {
			continue
		}
		if addr, ok := n.rig.account.LookupHost(name); ok {
			return []netip.Addr{addr}, nil
		}
		return nil, &net.DNSError{Err: "no such host", Name: name, IsNotFound: true}
	}
	<-ctx.Done()
	return nil, &net.DNSError{Err: "i/o timeout", Name: name, IsTimeout: true}
}

// nameServers are the addresses of the ready CoreDNS pods.
func (n *podNetwork) nameServers() []netip.Addr {
	pods, err := n.rig.informers.Core().V1().Pods().Lister().Pods(systemNamespace).List(labels.SelectorFromSet(labels.Set{"k8s-app": "kube-dns"}))
	if err != nil {
		return nil
	}
	var out []netip.Addr
	for _, p := range pods {
		if addr, err := netip.ParseAddr(p.Status.PodIP); err == nil && ready(p) {
			out = append(out, addr)
		}
	}
	return out
}

// Dial connects from a pod's address. What a security group blocks gets no
// answer until ctx ends.
func (n *podNetwork) Dial(ctx context.Context, from netip.Addr, to netip.AddrPort) (net.Conn, error) {
	if ok, _ := n.rig.account.Reachable(from, to.Addr(), "tcp", int(to.Port())); !ok {
		<-ctx.Done()
		return nil, &net.OpError{Op: "dial", Net: "tcp", Addr: net.TCPAddrFromAddrPort(to), Err: os.ErrDeadlineExceeded}
	}
	if p := n.rig.kubelet.at(to.Addr()); p != nil {
		return p.dialPort(ctx, to.Port())
	}
	dialer := net.Dialer{LocalAddr: net.TCPAddrFromAddrPort(netip.AddrPortFrom(from, 0))}
	return dialer.DialContext(ctx, "tcp", to.String())
}
