package observe

import (
	"context"

	"golang.org/x/sync/errgroup"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"

	"podsg/kube/api"
	"podsg/kube/facts"
	"podsg/kube/internal/follow"
	"podsg/steps/world"
)

// traffic observes what leads packets to pods, and what keeps them away from
// those of the chosen namespace.
func (o *observation) traffic(ctx context.Context) error {
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() (err error) {
		if o.beside {
			return nil
		}
		core := o.Calls.CoreV1()
		o.facts.Services, err = everywhere(ctx, o, world.FactTraffic, func(ns string) follow.Source {
			return follow.Listed(core.Services(ns), core.Services(ns), "", "")
		}, func(s *corev1.Service) (world.Service, bool) { return facts.Service(s), true })
		return o.Problem("list services", "", err)
	})
	if ns := o.scope.Namespace; ns != "" {
		policies := o.Calls.NetworkingV1().NetworkPolicies(ns)
		group.Go(func() error {
			found, err := api.Collect(ctx, follow.Listed(policies, policies, "", ""), func(p *networkingv1.NetworkPolicy) (world.NetworkPolicy, bool) {
				return world.NetworkPolicy{ObjectFacts: facts.Object(p), PodSelector: facts.Selector(&p.Spec.PodSelector)}, true
			})
			o.facts.NetworkPolicies = found
			return o.UnlessMissing("list NetworkPolicies of namespace", ns, err)
		})
	}
	return group.Wait()
}
