package observe

import (
	"context"
	"slices"

	"golang.org/x/sync/errgroup"
	discoveryv1 "k8s.io/api/discovery/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"podsg/kube/api"
	"podsg/kube/internal/follow"
)

// The names of the cluster's DNS in kube-system.
const (
	dnsService     = "kube-dns"
	nodeLocalCache = "node-local-dns"
)

// dns observes where the cluster's DNS answers.
func (o *observation) dns(ctx context.Context) error {
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error {
		service, err := o.Calls.CoreV1().Services(metav1.NamespaceSystem).Get(ctx, dnsService, metav1.GetOptions{})
		if apierrors.IsNotFound(err) {
			return nil
		}
		if err != nil {
			return o.Problem("read service", dnsService, err)
		}
		o.facts.DNS.ServiceIP = service.Spec.ClusterIP
		return nil
	})
	group.Go(func() error {
		slicesOf := o.Calls.DiscoveryV1().EndpointSlices(metav1.NamespaceSystem)
		source := follow.Listed(slicesOf, slicesOf, discoveryv1.LabelServiceName+"="+dnsService, "")
		ready, err := api.Collect(ctx, source, func(s *discoveryv1.EndpointSlice) ([]string, bool) { return readyAddresses(s), true })
		if err != nil {
			return o.Problem("list endpoint slices of", dnsService, err)
		}
		addresses := slices.Concat(ready...)
		slices.Sort(addresses)
		o.facts.DNS.PodIPs = slices.Compact(addresses)
		return nil
	})
	group.Go(func() error {
		_, err := o.Calls.AppsV1().DaemonSets(metav1.NamespaceSystem).Get(ctx, nodeLocalCache, metav1.GetOptions{})
		if apierrors.IsNotFound(err) {
			return nil
		}
		o.facts.DNS.NodeLocal = err == nil
		return o.Problem("read DaemonSet", nodeLocalCache, err)
	})
	return group.Wait()
}

// readyAddresses are the addresses of a slice's ready endpoints; an endpoint
// that does not say counts as ready.
func readyAddresses(s *discoveryv1.EndpointSlice) []string {
	var addresses []string
	for _, e := range s.Endpoints {
		if e.Conditions.Ready == nil || *e.Conditions.Ready {
			addresses = append(addresses, e.Addresses...)
		}
	}
	return addresses
}
