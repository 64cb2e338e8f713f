package observe

import (
	"context"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/ptr"

	"podsg/kube/change"
	"podsg/steps/world"
)

// journal observes podsg's own record, and the lock.
func (o *observation) journal(ctx context.Context) (err error) {
	if o.facts.Journal, err = (change.Writer{Client: o.Client}).LoadJournal(ctx); err != nil {
		return err
	}
	lease, err := o.Calls.CoordinationV1().Leases(world.JournalNamespace).Get(ctx, world.LockName, metav1.GetOptions{})
	if err != nil {
		return o.UnlessMissing("read the lock", change.LockObject, err)
	}
	o.facts.Lock = &world.LockFacts{Holder: ptr.Deref(lease.Spec.HolderIdentity, ""), Expires: change.Expiry(lease).UTC()}
	return nil
}
