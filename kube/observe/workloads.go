package observe

import (
	"context"
	"strings"

	"golang.org/x/sync/errgroup"
	appsv1 "k8s.io/api/apps/v1"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	policyv1 "k8s.io/api/policy/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"

	"podsg/kube/api"
	"podsg/kube/facts"
	"podsg/kube/internal/follow"
	"podsg/steps/world"
)

// everywhere lists the objects of all namespaces or, when the user may not see
// those, of the chosen one, and says so. Of a kind that is not served there are
// none.
func everywhere[T follow.Object, V any](ctx context.Context, o *observation, fact world.Fact, source func(namespace string) follow.Source, reduce follow.Reduce[T, V]) ([]V, error) {
	found, err := api.Collect(ctx, source(metav1.NamespaceAll), reduce)
	if refused := err; apierrors.IsForbidden(err) && o.scope.Namespace != "" {
		if found, err = api.Collect(ctx, source(o.scope.Namespace), reduce); err == nil {
			o.partial(fact, refused)
		}
	}
	if apierrors.IsNotFound(err) {
		return nil, nil
	}
	return found, err
}

// workloads observes what makes pods. Deployments, DaemonSets and StatefulSets
// must be known; where the others may not be listed they are known by their pods.
func (o *observation) workloads(ctx context.Context) error {
	var found [5][]world.Workload
	apps, batch, policy := o.Calls.AppsV1(), o.Calls.BatchV1(), o.Calls.PolicyV1()
	owners := map[string]string{} // of ReplicaSets
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() (err error) {
		found[0], err = everywhere(ctx, o, world.FactWorkloads, func(ns string) follow.Source {
			return follow.Listed(apps.Deployments(ns), apps.Deployments(ns), "", "")
		}, func(d *appsv1.Deployment) (world.Workload, bool) { return facts.Deployment(d), true })
		return o.Problem("list Deployments", "", err)
	})
	group.Go(func() (err error) {
		found[1], err = everywhere(ctx, o, world.FactWorkloads, func(ns string) follow.Source {
			return follow.Listed(apps.DaemonSets(ns), apps.DaemonSets(ns), "", "")
		}, func(d *appsv1.DaemonSet) (world.Workload, bool) { return facts.DaemonSet(d), true })
		o.cilium(ctx, found[1])
		return o.Problem("list DaemonSets", "", err)
	})
	group.Go(func() (err error) {
		found[2], err = everywhere(ctx, o, world.FactWorkloads, func(ns string) follow.Source {
			return follow.Listed(apps.StatefulSets(ns), apps.StatefulSets(ns), "", "")
		}, func(s *appsv1.StatefulSet) (world.Workload, bool) { return facts.StatefulSet(s), true })
		return o.Problem("list StatefulSets", "", err)
	})
	group.Go(func() (err error) {
		found[3], err = everywhere(ctx, o, world.FactWorkloads, func(ns string) follow.Source {
			return follow.Listed(batch.Jobs(ns), batch.Jobs(ns), "", "")
		}, func(j *batchv1.Job) (world.Workload, bool) { return facts.Job(j), true })
		return o.unlessRefused("list Jobs", err)
	})
	group.Go(func() (err error) {
		found[4], err = everywhere(ctx, o, world.FactWorkloads, func(ns string) follow.Source {
			return follow.Listed(batch.CronJobs(ns), batch.CronJobs(ns), "", "")
		}, func(c *batchv1.CronJob) (world.Workload, bool) { return facts.CronJob(c), true })
		return o.unlessRefused("list CronJobs", err)
	})
	group.Go(func() error {
		_, err := everywhere(ctx, o, world.FactWorkloads, o.replicaSetNames, func(set *metav1.PartialObjectMetadata) (struct{}, bool) {
			if owner := metav1.GetControllerOf(set); owner != nil {
				owners[set.Namespace+"/"+set.Name] = owner.Kind + "/" + owner.Name
			}
			return struct{}{}, false
		})
		return o.unlessRefused("list ReplicaSets", err)
	})
	group.Go(func() (err error) {
		o.facts.Budgets, err = everywhere(ctx, o, world.FactWorkloads, func(ns string) follow.Source {
			return follow.Listed(policy.PodDisruptionBudgets(ns), policy.PodDisruptionBudgets(ns), "", "")
		}, func(b *policyv1.PodDisruptionBudget) (world.DisruptionBudget, bool) {
			return world.DisruptionBudget{ObjectFacts: facts.Object(b), PodSelector: facts.Selector(b.Spec.Selector), Allowed: int(b.Status.DisruptionsAllowed)}, true
		})
		return o.unlessRefused("list PodDisruptionBudgets", err)
	})
	if err := group.Wait(); err != nil {
		return err
	}
	var all []world.Workload
	for _, of := range found {
		all = append(all, of...)
	}
	o.facts.Workloads = append(all, o.byTheirPods(all, owners)...)
	world.SortWorkloads(o.facts.Workloads)
	return nil
}

// unlessRefused is the problem of a list that can be done without: what it holds
// is then known in part.
func (o *observation) unlessRefused(doing string, err error) error {
	if apierrors.IsForbidden(err) {
		o.partial(world.FactWorkloads, err)
		return nil
	}
	return o.Problem(doing, "", err)
}

// replicaSetNames lists ReplicaSets without their templates: of old ones there
// are many.
func (o *observation) replicaSetNames(namespace string) follow.Source {
	names := o.Names.Resource(appsv1.SchemeGroupVersion.WithResource("replicasets")).Namespace(namespace)
	return follow.Source{List: func(ctx context.Context, options metav1.ListOptions) (runtime.Object, error) {
		return names.List(ctx, options)
	}}
}

// ownedPods are the living pods of one controller, or one pod that has none.
type ownedPods struct {
	like  world.Workload // by one of them
	seen  map[types.UID]bool
	ready int
}

// remember keeps by whom a pod was made, and one pod of each.
func (o *observation) remember(p *corev1.Pod) {
	kind, name := world.WorkloadPod, p.Name
	if owner := metav1.GetControllerOf(p); owner != nil {
		kind, name = owner.Kind, owner.Name
	}
	if kind == "Node" || p.DeletionTimestamp != nil || p.Status.Phase == corev1.PodSucceeded || p.Status.Phase == corev1.PodFailed {
		return // a static pod of the kubelet, or none that lives
	}
	key := p.Namespace + "/" + kind + "/" + name
	of := o.owned[key]
	if of == nil {
		of = &ownedPods{like: facts.WorkloadOfPod(p, kind, name), seen: map[types.UID]bool{}}
		o.owned[key] = of
	}
	if !of.seen[p.UID] { // pages of a list that became too old may repeat pods
		of.seen[p.UID] = true
		if facts.Pod(p).Ready {
			of.ready++
		}
	}
}

// byTheirPods are the workloads whose own objects were not seen: bare pods, and
// what controllers of other kinds made, directly or through ReplicaSets.
func (o *observation) byTheirPods(known []world.Workload, owners map[string]string) []world.Workload {
	<-o.listed
	seen := map[string]bool{}
	for _, w := range known {
		seen[w.Namespace+"/"+w.Kind+"/"+w.Name] = true
	}
	made := map[string]*world.Workload{}
	var order []string
	for _, of := range o.owned {
		w := of.like
		if owner, ok := owners[w.Namespace+"/"+w.Name]; ok && w.Kind == "ReplicaSet" {
			w.Kind, w.Name, _ = strings.Cut(owner, "/")
		} else if w.Kind == "ReplicaSet" && seen[w.Namespace+"/"+world.WorkloadDeployment+"/"+w.Name[:max(0, strings.LastIndex(w.Name, "-"))]] {
			continue // of a Deployment, where ReplicaSets may not be listed
		}
		key := w.Namespace + "/" + w.Kind + "/" + w.Name
		if seen[key] {
			continue
		}
		if made[key] == nil {
			w.Owner = ""
			made[key], order = &w, append(order, key)
		}
		made[key].Replicas += len(of.seen)
		made[key].Ready += of.ready
	}
	var out []world.Workload
	for _, key := range order {
		out = append(out, *made[key])
	}
	return out
}
