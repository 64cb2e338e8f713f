package cluster

import (
	coordinationv1 "k8s.io/api/coordination/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/ptr"
)

const leaseSeconds = 30

// renewLease holds the leader election lease of the VPC resource controller. It
// is renewed only while the controller runs.
func (r *vpcController) renewLease() {
	if r.down.Load() {
		return
	}
	now := metav1.NewMicroTime(r.clock.Now())
	_, err := r.leases.mutate(resourceControllerActor, systemNamespace, controllerLease, func(l *coordinationv1.Lease) error {
		l.Spec.RenewTime = &now
		return nil
	})
	if apierrors.IsNotFound(err) {
		_, err = r.leases.create(resourceControllerActor, &coordinationv1.Lease{
			ObjectMeta: metav1.ObjectMeta{Name: controllerLease, Namespace: systemNamespace},
			Spec: coordinationv1.LeaseSpec{
				HolderIdentity:       ptr.To("ip-10-0-183-97.internal_" + uuidOf(r.name)),
				LeaseDurationSeconds: ptr.To(int32(leaseSeconds)),
				AcquireTime:          &now,
				RenewTime:            &now,
				LeaseTransitions:     ptr.To(int32(3)),
			},
		})
	}
	if err != nil {
		r.log.Debug("lease not renewed", "lease", controllerLease, "error", err)
	}
}
