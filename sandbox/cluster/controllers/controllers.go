// Package controllers has the controllers of kube-controller-manager that turn
// objects into other objects: workloads into pods, Services into endpoints. Each
// is a file of its own, and a line of the list in Start.
package controllers

import (
	"context"

	"podsg/sandbox/cluster/component"
)

// Start runs the controllers until ctx ends.
func Start(ctx context.Context, b *component.Base) {
	for _, start := range []func(context.Context, *component.Base){
		startNamespaces, startEndpoints, startDaemonSets, startDeployments, startReplicaSets, startStatefulSets, startJobs, startCronJobs,
		startDisruptionBudgets, startAutoscalers, startClaims,
	} {
		start(ctx, b)
	}
}
