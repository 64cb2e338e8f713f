package observe

import (
	"context"
	"slices"

	"golang.org/x/sync/errgroup"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"podsg/kube/facts"
	"podsg/kube/internal/follow"
	"podsg/steps/world"
)

// traffic observes what leads packets to pods, and what keeps them away.
func (o *observation) traffic(ctx context.Context) error {
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() (err error) {
		core := o.Calls.CoreV1()
		o.facts.Services, err = everywhere(ctx, o, world.FactTraffic, func(ns string) follow.Source {
			return follow.Listed(core.Services(ns), core.Services(ns), "", "")
		}, func(s *corev1.Service) (world.Service, bool) { return facts.Service(s), true })
		return o.Problem("list services", "", err)
	})
	group.Go(func() error {
		networking := o.Calls.NetworkingV1()
		found, err := everywhere(ctx, o, world.FactTraffic, func(ns string) follow.Source {
			return follow.Listed(networking.NetworkPolicies(ns), networking.NetworkPolicies(ns), "", "")
		}, func(p *networkingv1.NetworkPolicy) (world.NetworkPolicy, bool) { return facts.NetworkPolicy(p), true })
		if err != nil {
			return o.Problem("list NetworkPolicies", "", err)
		}
		o.facts.NetworkPolicies = found
		if !slices.ContainsFunc(found, asksForNamespaceLabels) {
			return nil
		}
		// Who may not read the labels has a policy that cannot be judged, not a fact
		// that is missing.
		if system, err := o.Calls.CoreV1().Namespaces().Get(ctx, metav1.NamespaceSystem, metav1.GetOptions{}); err == nil {
			o.facts.SystemLabels = system.Labels
		}
		return nil
	})
	return group.Wait()
}

// asksForNamespaceLabels reports whether a policy selects namespaces by more than
// their name, which every namespace has as a label.
func asksForNamespaceLabels(p world.NetworkPolicy) bool {
	return slices.ContainsFunc(slices.Concat(p.Ingress, p.Egress), func(r world.NetworkRule) bool {
		return slices.ContainsFunc(r.Peers, func(peer world.NetworkPeer) bool {
			s := peer.Namespaces
			if s == nil {
				return false
			}
			for key := range s.MatchLabels {
				if key != corev1.LabelMetadataName {
					return true
				}
			}
			return slices.ContainsFunc(s.MatchExpressions, func(e world.SelectorRequirement) bool { return e.Key != corev1.LabelMetadataName })
		})
	})
}
