package panes

import (
	"context"

	"podsg/kube/live/rows"
	"podsg/steps/world"
)

// Source is where the rows come from.
type Source interface {
	// Changed receives a value when there is something new to take. It may do so
	// at any rate.
	Changed() <-chan struct{}
	// Take returns what has happened since it was last called. Rows are never
	// modified after they were given.
	Take() rows.Update
	// Annotation returns a pod's annotation vpc.amazonaws.com/pod-eni as it
	// stands.
	Annotation(ctx context.Context, namespace, pod string) (string, error)
	// Follow passes the lines of a pod's log to emit, until ctx ends or the pod
	// is gone.
	Follow(ctx context.Context, namespace, pod string, emit func(rows.LogLine)) error
}

// Interfaces asks EC2 what Kubernetes does not know.
type Interfaces interface {
	// PodInterfaces passes the trunk and branch ENIs of a VPC to each as they
	// arrive: there may be tens of thousands.
	PodInterfaces(ctx context.Context, vpcID string, each func(world.Interface)) error
	// SecurityGroups lists the security groups of a VPC with their rules.
	SecurityGroups(ctx context.Context, vpcID string) ([]world.SecurityGroup, error)
}
