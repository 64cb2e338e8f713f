package kube

import (
	"cmp"
	"context"
	"slices"

	"golang.org/x/sync/errgroup"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"podsg/steps"
)

// namespace observes the chosen namespace, its service accounts and podsg's own
// ConfigMap in it.
func (o *observation) namespace(ctx context.Context) error {
	name := o.scope.Namespace
	if name == "" {
		return nil
	}
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error {
		ns, err := o.calls.CoreV1().Namespaces().Get(ctx, name, metav1.GetOptions{})
		if err != nil {
			return o.unlessMissing("read namespace", name, err)
		}
		o.facts.Namespace = &steps.Namespace{ObjectFacts: objectFacts(ns), Phase: string(ns.Status.Phase)}
		return nil
	})
	group.Go(func() error {
		accounts := o.calls.CoreV1().ServiceAccounts(name)
		found, err := collect(ctx, listed(accounts, accounts, "", ""), func(a *corev1.ServiceAccount) (steps.ServiceAccount, bool) {
			return steps.ServiceAccount{Name: a.Name, Labels: a.Labels}, true
		})
		if err != nil {
			return o.problem("list service accounts of namespace", name, err)
		}
		slices.SortFunc(found, func(a, b steps.ServiceAccount) int { return cmp.Compare(a.Name, b.Name) })
		o.facts.ServiceAccounts = found
		return nil
	})
	group.Go(func() error {
		maps := o.calls.CoreV1().ConfigMaps(name)
		found, err := collect(ctx, listed(maps, maps, steps.LabelManagedBy+"="+steps.ManagedBy, ""), func(cm *corev1.ConfigMap) (steps.ObjectFacts, bool) {
			return objectFacts(cm), true
		})
		if err != nil {
			return o.problem("list ConfigMaps of namespace", name, err)
		}
		if len(found) > 0 {
			o.facts.CAConfigMap = &found[0]
		}
		return nil
	})
	return group.Wait()
}
