package vpcrc

import (
	coordinationv1 "k8s.io/api/coordination/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/ptr"

	"podsg/sandbox/cluster/names"
)

const leaseSeconds = 30

// RenewLease holds the leader election lease of the VPC resource controller. It
// is renewed only while the controller runs.
func (r *Controller) RenewLease() {
	if r.down.Load() {
		return
	}
	now := metav1.NewMicroTime(r.Clock.Now())
	_, err := r.Leases.Mutate(resourceControllerActor, names.SystemNamespace, names.ControllerLease, func(l *coordinationv1.Lease) error {
		l.Spec.RenewTime = &now
		return nil
	})
	if apierrors.IsNotFound(err) {
		_, err = r.Leases.Create(resourceControllerActor, &coordinationv1.Lease{
			ObjectMeta: metav1.ObjectMeta{Name: names.ControllerLease, Namespace: names.SystemNamespace},
			Spec: coordinationv1.LeaseSpec{
				HolderIdentity:       ptr.To("ip-10-0-183-97.internal_" + names.UUID(r.Name)),
				LeaseDurationSeconds: ptr.To(int32(leaseSeconds)),
				AcquireTime:          &now,
				RenewTime:            &now,
				LeaseTransitions:     ptr.To(int32(3)),
			},
		})
	}
	if err != nil {
		r.Log.Debug("lease not renewed", "lease", names.ControllerLease, "error", err)
	}
}
