package facts

import (
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"

	"podsg/steps/world"
)

// Container finds a container by name.
func Container(containers []corev1.Container, name string) *corev1.Container {
	for i := range containers {
		if containers[i].Name == name {
			return &containers[i]
		}
	}
	return nil
}

// Rollout is the state of a DaemonSet's roll-out.
func Rollout(ds *appsv1.DaemonSet) world.Rollout {
	return world.Rollout{
		Observed: ds.Status.ObservedGeneration >= ds.Generation,
		Desired:  int(ds.Status.DesiredNumberScheduled),
		Updated:  int(ds.Status.UpdatedNumberScheduled),
		Ready:    int(ds.Status.NumberReady),
	}
}
