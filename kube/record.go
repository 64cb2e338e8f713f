package kube

import (
	"context"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/ptr"

	"podsg/steps"
)

// journal observes podsg's own record, and the lock.
func (o *observation) journal(ctx context.Context) (err error) {
	if o.facts.Journal, err = (Writer{Client: o.Client}).LoadJournal(ctx); err != nil {
		return err
	}
	lease, err := o.calls.CoordinationV1().Leases(steps.JournalNamespace).Get(ctx, steps.LockName, metav1.GetOptions{})
	if err != nil {
		return o.unlessMissing("read the lock", lockObject, err)
	}
	o.facts.Lock = &steps.LockFacts{Holder: ptr.Deref(lease.Spec.HolderIdentity, ""), Expires: expiry(lease).UTC()}
	return nil
}
