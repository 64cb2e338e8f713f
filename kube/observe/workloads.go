package observe

import (
	"cmp"
	"context"
	"slices"

	"golang.org/x/sync/errgroup"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"podsg/kube/api"
	"podsg/kube/facts"
	"podsg/kube/internal/follow"
	"podsg/steps/world"
)

// workloads observes the controllers of the chosen namespace.
func (o *observation) workloads(ctx context.Context) error {
	if o.scope.Namespace == "" {
		return nil
	}
	apps := o.Calls.AppsV1()
	deployments, daemonSets, statefulSets := apps.Deployments(o.scope.Namespace), apps.DaemonSets(o.scope.Namespace), apps.StatefulSets(o.scope.Namespace)
	found := make([][]world.Workload, 3)
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() (err error) {
		found[0], err = api.Collect(ctx, follow.Listed(deployments, deployments, "", ""), func(d *appsv1.Deployment) (world.Workload, bool) {
			return workload(d, "Deployment", &d.Spec.Template, replicas(d.Spec.Replicas), d.Status.ReadyReplicas, d.Status.UpdatedReplicas), true
		})
		return o.UnlessMissing("list Deployments of namespace", o.scope.Namespace, err)
	})
	group.Go(func() (err error) {
		found[1], err = api.Collect(ctx, follow.Listed(daemonSets, daemonSets, "", ""), func(d *appsv1.DaemonSet) (world.Workload, bool) {
			return workload(d, "DaemonSet", &d.Spec.Template, d.Status.DesiredNumberScheduled, d.Status.NumberReady, d.Status.UpdatedNumberScheduled), true
		})
		return o.UnlessMissing("list DaemonSets of namespace", o.scope.Namespace, err)
	})
	group.Go(func() (err error) {
		found[2], err = api.Collect(ctx, follow.Listed(statefulSets, statefulSets, "", ""), func(s *appsv1.StatefulSet) (world.Workload, bool) {
			return workload(s, "StatefulSet", &s.Spec.Template, replicas(s.Spec.Replicas), s.Status.ReadyReplicas, s.Status.UpdatedReplicas), true
		})
		return o.UnlessMissing("list StatefulSets of namespace", o.scope.Namespace, err)
	})
	if err := group.Wait(); err != nil {
		return err
	}
	o.facts.Workloads = slices.Concat(found...)
	slices.SortFunc(o.facts.Workloads, func(a, b world.Workload) int {
		return cmp.Or(cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Name, b.Name))
	})
	return nil
}

func workload(object metav1.Object, kind string, template *corev1.PodTemplateSpec, wanted, ready, updated int32) world.Workload {
	ports, _ := facts.Probes(&template.Spec)
	return world.Workload{
		ObjectFacts: facts.Object(object),
		Kind:        kind,
		PodLabels:   template.Labels,
		Replicas:    int(wanted),
		Ready:       int(ready),
		Updated:     int(updated),
		ProbePorts:  ports,
	}
}

// replicas is a controller's wish; Kubernetes takes 1 when it is not given.
func replicas(n *int32) int32 {
	if n == nil {
		return 1
	}
	return *n
}
