package sandbox

import (
	"math/rand/v2"
	"net/netip"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	"k8s.io/utils/ptr"

	"podsg/sandbox/kubeapi/gvr"
	"podsg/sandbox/kubeapi/storage"
)

// services is what CoreDNS and kube-proxy make of the cluster's Services: names
// that pods can ask for, and addresses that lead to pods that are ready.
type services struct{ store *storage.Store }

const clusterDomain = "cluster.local"

// lookup resolves a name of a Service, or of a pod behind one without an
// address, as the pod at an address asks for it. known says that the name is
// one of the cluster's.
func (s services) lookup(from netip.Addr, name string) (addresses []netip.Addr, known bool) {
	parts := strings.Split(strings.TrimSuffix(strings.TrimSuffix(name, "."), "."+clusterDomain), ".")
	if n := len(parts); n > 2 && parts[n-1] == "svc" {
		parts = parts[:n-1]
	}
	switch len(parts) {
	case 1: // of its own namespace
		return s.addresses("", parts[0], s.namespaceOf(from))
	case 2:
		return s.addresses("", parts[0], parts[1])
	case 3:
		return s.addresses(parts[0], parts[1], parts[2])
	}
	return nil, false
}

// namespaceOf is the namespace of the pod at an address.
func (s services) namespaceOf(address netip.Addr) string {
	pods, err := storage.NewClient[*corev1.Pod](s.store, gvr.Pods, "").List("", storage.ByField("status.podIP", address.String()))
	if err != nil || len(pods) == 0 {
		return ""
	}
	return pods[0].Namespace
}

func (s services) addresses(host, name, namespace string) ([]netip.Addr, bool) {
	service, err := storage.NewClient[*corev1.Service](s.store, gvr.Services, "").Get(namespace, name)
	if err != nil {
		return nil, false
	}
	if address, err := netip.ParseAddr(service.Spec.ClusterIP); err == nil {
		return []netip.Addr{address}, host == ""
	}
	var found []netip.Addr
	for _, e := range s.endpoints(service) {
		if host == "" || e.Hostname != nil && *e.Hostname == host {
			found = append(found, parsed(e.Addresses)...)
		}
	}
	return found, true
}

func parsed(texts []string) (addresses []netip.Addr) {
	for _, text := range texts {
		if a, err := netip.ParseAddr(text); err == nil {
			addresses = append(addresses, a)
		}
	}
	return addresses
}

func (s services) slices(service *corev1.Service) []*discoveryv1.EndpointSlice {
	list, err := storage.NewClient[*discoveryv1.EndpointSlice](s.store, gvr.EndpointSlices, "").List(
		service.Namespace, storage.ByLabels(map[string]string{discoveryv1.LabelServiceName: service.Name}))
	if err != nil {
		return nil
	}
	return list
}

// endpoints are the ready endpoints of a Service whose pods are not on their way
// out. If there are none, they are those that still serve while they end, as
// kube-proxy has it.
func (s services) endpoints(service *corev1.Service) []discoveryv1.Endpoint {
	var ready, ending []discoveryv1.Endpoint
	for _, slice := range s.slices(service) {
		for _, e := range slice.Endpoints {
			switch {
			case ptr.Deref(e.Conditions.Ready, true) && s.stays(service.Namespace, e.TargetRef):
				ready = append(ready, e)
			case ptr.Deref(e.Conditions.Serving, true):
				ending = append(ending, e)
			}
		}
	}
	if len(ready) > 0 {
		return ready
	}
	return ending
}

// stays says that a pod is not on its way out. A Service learns that a moment
// later, in which a request could meet a pod that has ended already: kube-proxy
// has as long as the pod's grace period in life, which a faster clock shortens.
func (s services) stays(namespace string, ref *corev1.ObjectReference) bool {
	if ref == nil || ref.Kind != "Pod" {
		return true
	}
	p, err := storage.NewClient[*corev1.Pod](s.store, gvr.Pods, "").Get(namespace, ref.Name)
	return err == nil && p.UID == ref.UID && p.DeletionTimestamp == nil
}

// forward says where a connection to a Service's address leads: to one of its
// endpoints, or nowhere. known says that the address is that of a Service.
func (s services) forward(to netip.AddrPort) (backend netip.AddrPort, ok, known bool) {
	found, err := storage.NewClient[*corev1.Service](s.store, gvr.Services, "").List("", storage.ByField("spec.clusterIP", to.Addr().String()))
	if err != nil || len(found) == 0 {
		return netip.AddrPort{}, false, false
	}
	service := found[0]
	i := slices.IndexFunc(service.Spec.Ports, func(p corev1.ServicePort) bool { return p.Port == int32(to.Port()) })
	if i < 0 {
		return netip.AddrPort{}, false, true
	}
	backend, ok = s.pick(service, service.Spec.Ports[i].Name)
	return backend, ok, true
}

// pick is one of the ready endpoints of a Service's port.
func (s services) pick(service *corev1.Service, portName string) (netip.AddrPort, bool) {
	port := uint16(0)
	for _, slice := range s.slices(service) {
		for _, p := range slice.Ports {
			if p.Port != nil && (p.Name == nil && portName == "" || p.Name != nil && *p.Name == portName) {
				port = uint16(*p.Port)
			}
		}
	}
	var addresses []netip.Addr
	for _, e := range s.endpoints(service) {
		addresses = append(addresses, parsed(e.Addresses)...)
	}
	if len(addresses) == 0 || port == 0 {
		return netip.AddrPort{}, false
	}
	return netip.AddrPortFrom(addresses[rand.IntN(len(addresses))], port), true
}
