package cluster

import (
	"context"

	coordinationv1 "k8s.io/api/coordination/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

const leaseSeconds = 30

// startLease holds the leader election lease of the VPC resource controller.
// It is renewed only while the controller runs.
func (c *Cluster) startLease(ctx context.Context) {
	c.renewLease()
	c.every(ctx, leaseRenewInterval, c.renewLease)
}

func (c *Cluster) renewLease() {
	if c.controllerDown.Load() {
		return
	}
	now := metav1.NewMicroTime(c.clock.Now())
	_, err := c.leases.mutate(resourceControllerActor, systemNamespace, controllerLease, func(l *coordinationv1.Lease) error {
		l.Spec.RenewTime = &now
		return nil
	})
	if apierrors.IsNotFound(err) {
		_, err = c.leases.create(resourceControllerActor, &coordinationv1.Lease{
			ObjectMeta: metav1.ObjectMeta{Name: controllerLease, Namespace: systemNamespace},
			Spec: coordinationv1.LeaseSpec{
				HolderIdentity:       ptr("ip-10-0-183-97.internal_" + uuidOf(c.name)),
				LeaseDurationSeconds: ptr(int32(leaseSeconds)),
				AcquireTime:          &now,
				RenewTime:            &now,
				LeaseTransitions:     ptr(int32(3)),
			},
		})
	}
	if err != nil {
		c.log.Debug("lease not renewed", "lease", controllerLease, "error", err)
	}
}
