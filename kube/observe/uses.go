package observe

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"sync"

	"golang.org/x/sync/errgroup"
	appsv1 "k8s.io/api/apps/v1"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"podsg/kube/api"
	"podsg/kube/facts"
	"podsg/kube/internal/follow"
	"podsg/steps/world"
)

// Uses implements [plan.Kube]. What a controller made is named by its controller,
// unless that one was not seen here.
func (c Reader) Uses(ctx context.Context, namespace string) ([]world.Use, error) {
	found := &users{seen: map[types.UID]struct{}{}}
	group, ctx := errgroup.WithContext(ctx)
	read := func(what string, list func() error) {
		group.Go(func() error { return c.UnlessMissing("list "+what+" of namespace", namespace, list()) })
	}
	pods, accounts := c.Calls.CoreV1().Pods(namespace), c.Calls.CoreV1().ServiceAccounts(namespace)
	deployments, replicaSets := c.Calls.AppsV1().Deployments(namespace), c.Calls.AppsV1().ReplicaSets(namespace)
	daemonSets, statefulSets := c.Calls.AppsV1().DaemonSets(namespace), c.Calls.AppsV1().StatefulSets(namespace)
	jobs, cronJobs := c.Calls.BatchV1().Jobs(namespace), c.Calls.BatchV1().CronJobs(namespace)
	controllers := c.Calls.CoreV1().ReplicationControllers(namespace)
	read("pods", func() error {
		return each(ctx, follow.Listed(pods, pods, "", ""), func(o *corev1.Pod) {
			if o.Status.Phase != corev1.PodSucceeded && o.Status.Phase != corev1.PodFailed {
				found.add("pod", o, facts.Uses(&o.Spec))
			}
		})
	})
	read("service accounts", func() error {
		return each(ctx, follow.Listed(accounts, accounts, "", ""), func(o *corev1.ServiceAccount) { found.add("serviceaccount", o, accountUses(o)) })
	})
	read("Deployments", func() error {
		return each(ctx, follow.Listed(deployments, deployments, "", ""), func(o *appsv1.Deployment) { found.add("deployment", o, facts.Uses(&o.Spec.Template.Spec)) })
	})
	read("ReplicaSets", func() error {
		return each(ctx, follow.Listed(replicaSets, replicaSets, "", ""), func(o *appsv1.ReplicaSet) { found.add("replicaset", o, facts.Uses(&o.Spec.Template.Spec)) })
	})
	read("DaemonSets", func() error {
		return each(ctx, follow.Listed(daemonSets, daemonSets, "", ""), func(o *appsv1.DaemonSet) { found.add("daemonset", o, facts.Uses(&o.Spec.Template.Spec)) })
	})
	read("StatefulSets", func() error {
		return each(ctx, follow.Listed(statefulSets, statefulSets, "", ""), func(o *appsv1.StatefulSet) { found.add("statefulset", o, facts.Uses(&o.Spec.Template.Spec)) })
	})
	read("Jobs", func() error {
		return each(ctx, follow.Listed(jobs, jobs, "", ""), func(o *batchv1.Job) {
			if o.Status.CompletionTime == nil {
				found.add("job", o, facts.Uses(&o.Spec.Template.Spec))
			}
		})
	})
	read("CronJobs", func() error {
		return each(ctx, follow.Listed(cronJobs, cronJobs, "", ""), func(o *batchv1.CronJob) {
			found.add("cronjob", o, facts.Uses(&o.Spec.JobTemplate.Spec.Template.Spec))
		})
	})
	read("ReplicationControllers", func() error {
		return each(ctx, follow.Listed(controllers, controllers, "", ""), func(o *corev1.ReplicationController) {
			if o.Spec.Template != nil {
				found.add("replicationcontroller", o, facts.Uses(&o.Spec.Template.Spec))
			}
		})
	})
	if err := group.Wait(); err != nil {
		return nil, err
	}
	return found.uses(), nil
}

// each lists a source and tells a function of every object.
func each[T follow.Object](ctx context.Context, source follow.Source, see func(T)) error {
	_, err := api.Collect(ctx, source, func(object T) (struct{}, bool) { see(object); return struct{}{}, false })
	return err
}

// accountUses are the Secrets that the pods of a service account get from it.
func accountUses(a *corev1.ServiceAccount) []world.Use {
	var out []world.Use
	for _, s := range a.ImagePullSecrets {
		out = append(out, world.Use{Kind: world.KindSecret, Name: s.Name, How: "imagePullSecrets"})
	}
	for _, s := range a.Secrets {
		out = append(out, world.Use{Kind: world.KindSecret, Name: s.Name, How: "secrets"})
	}
	return out
}

// users are the objects of a namespace that podsg did not make and that need others.
type users struct {
	mu   sync.Mutex
	seen map[types.UID]struct{}
	all  []user
}

type user struct {
	owners []metav1.OwnerReference
	uses   []world.Use
}

func (u *users) add(kind string, o metav1.Object, uses []world.Use) {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.seen[o.GetUID()] = struct{}{}
	if facts.OwnedBy(o) || o.GetDeletionTimestamp() != nil {
		return
	}
	for i := range uses {
		uses[i].User = kind + " " + o.GetName()
	}
	u.all = append(u.all, user{o.GetOwnerReferences(), uses})
}

// uses are those of objects whose owners, if they have any, were not all seen.
func (u *users) uses() []world.Use {
	var out []world.Use
	for _, x := range u.all {
		unseen := func(o metav1.OwnerReference) bool { _, there := u.seen[o.UID]; return !there }
		if len(x.owners) == 0 || slices.ContainsFunc(x.owners, unseen) {
			out = append(out, x.uses...)
		}
	}
	slices.SortFunc(out, func(a, b world.Use) int {
		return cmp.Or(strings.Compare(string(a.Kind), string(b.Kind)), strings.Compare(a.Name, b.Name), strings.Compare(a.User, b.User), strings.Compare(a.How, b.How))
	})
	return slices.Compact(out)
}
