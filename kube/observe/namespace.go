package observe

import (
	"cmp"
	"context"
	"slices"

	"golang.org/x/sync/errgroup"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"podsg/kube/api"
	"podsg/kube/facts"
	"podsg/kube/internal/follow"
	"podsg/steps/world"
)

// caConfigMap is the ConfigMap by which test pods trust the database.
const caConfigMap = "podsg-rds-ca"

// namespace observes the chosen namespace, its service accounts and the
// ConfigMap with the authorities of RDS.
func (o *observation) namespace(ctx context.Context) error {
	name := o.scope.Namespace
	if name == "" {
		return nil
	}
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error {
		ns, err := o.Calls.CoreV1().Namespaces().Get(ctx, name, metav1.GetOptions{})
		if err != nil {
			return o.UnlessMissing("read namespace", name, err)
		}
		o.facts.Namespace = &world.Namespace{ObjectFacts: facts.Object(ns), Phase: string(ns.Status.Phase)}
		return nil
	})
	group.Go(func() error {
		accounts := o.Calls.CoreV1().ServiceAccounts(name)
		found, err := api.Collect(ctx, follow.Listed(accounts, accounts, "", ""), func(a *corev1.ServiceAccount) (world.ServiceAccount, bool) {
			return world.ServiceAccount{Name: a.Name, Labels: a.Labels}, true
		})
		if err != nil {
			return o.Problem("list service accounts of namespace", name, err)
		}
		slices.SortFunc(found, func(a, b world.ServiceAccount) int { return cmp.Compare(a.Name, b.Name) })
		o.facts.ServiceAccounts = found
		return nil
	})
	group.Go(func() error {
		cm, err := o.Calls.CoreV1().ConfigMaps(name).Get(ctx, caConfigMap, metav1.GetOptions{})
		if err != nil {
			return o.UnlessMissing("read ConfigMap", caConfigMap, err)
		}
		facts := facts.Object(cm)
		o.facts.CAConfigMap = &facts
		return nil
	})
	return group.Wait()
}
