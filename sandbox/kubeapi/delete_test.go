package kubeapi_test

import (
	"context"
	"slices"
	"testing"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	clocktesting "k8s.io/utils/clock/testing"

	"podsg/sandbox/kubeapi"
	"podsg/sandbox/kubeapi/gvr"
	"podsg/sandbox/kubeapi/storage"
)

func TestFinalizerHoldsAnObjectUntilItIsDropped(t *testing.T) {
	w := newWorld(t)
	ctx := context5(t)
	sets := w.typed.AppsV1().DaemonSets("kube-system")
	held := daemonSet()
	held.Finalizers = []string{"example.com/hold"}
	must(t)(sets.Create(ctx, held, metav1.CreateOptions{}))
	if err := sets.Delete(ctx, "aws-node", metav1.DeleteOptions{}); err != nil {
		t.Fatal(err)
	}
	going, err := sets.Get(ctx, "aws-node", metav1.GetOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if going.DeletionTimestamp == nil {
		t.Error("the object does not say that it is being deleted")
	}
	going.Status.NumberReady = 1
	must(t)(sets.UpdateStatus(ctx, going, metav1.UpdateOptions{}))
	if _, err := sets.Get(ctx, "aws-node", metav1.GetOptions{}); err != nil {
		t.Fatalf("a status write ended the deletion: %v", err)
	}
	must(t)(sets.Patch(ctx, "aws-node", types.MergePatchType, []byte(`{"metadata":{"finalizers":null}}`), metav1.PatchOptions{}))
	if _, err := sets.Get(ctx, "aws-node", metav1.GetOptions{}); !apierrors.IsNotFound(err) {
		t.Errorf("after the last finalizer: %v, want not found", err)
	}
}

func TestPodWaitsForItsKubelet(t *testing.T) {
	start := time.Date(2026, 11, 1, 12, 0, 0, 400e6, time.UTC)
	fake := clocktesting.NewFakeClock(start)
	w := newWorld(t, func(s *storage.Config, _ *kubeapi.Config) { s.Clock = fake })
	ctx := context5(t)
	kubelet := storage.NewClient[*corev1.Pod](w.store, gvr.Pods, "kubelet")
	must(t)(kubelet.Create(pod("bound", "n1")))
	must(t)(kubelet.Create(pod("unbound", "")))
	pods := w.typed.CoreV1().Pods("workshop")
	for _, name := range []string{"bound", "unbound"} {
		if err := pods.Delete(ctx, name, metav1.DeleteOptions{}); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := pods.Get(ctx, "unbound", metav1.GetOptions{}); !apierrors.IsNotFound(err) {
		t.Errorf("a pod without node: %v, want it gone at once", err)
	}
	going, err := pods.Get(ctx, "bound", metav1.GetOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if want := start.Truncate(time.Second).Add(30 * time.Second); !going.DeletionTimestamp.Time.Equal(want) {
		t.Errorf("deletion timestamp = %v, want %v", going.DeletionTimestamp, want)
	}
	if at, ok := w.store.DeletionRequested(going.UID); !ok || !at.Equal(start) {
		t.Errorf("DeletionRequested() = %v, %v; want the precise %v", at, ok, start)
	}
	zero := int64(0)
	if err := kubelet.Delete("workshop", "bound", metav1.DeleteOptions{GracePeriodSeconds: &zero}); err != nil {
		t.Fatal(err)
	}
	if _, err := pods.Get(ctx, "bound", metav1.GetOptions{}); !apierrors.IsNotFound(err) {
		t.Errorf("after the kubelet ended it: %v, want not found", err)
	}
}

// family creates a Deployment with a ReplicaSet with a pod that runs on a node.
func family(t *testing.T, w *world) {
	t.Helper()
	labels := map[string]string{"app": "green-pod"}
	template := corev1.PodTemplateSpec{ObjectMeta: metav1.ObjectMeta{Labels: labels}, Spec: pod("x", "").Spec}
	selector := &metav1.LabelSelector{MatchLabels: labels}
	deployment, err := storage.NewClient[*appsv1.Deployment](w.store, gvr.Deployments, "test").Create(&appsv1.Deployment{
		ObjectMeta: metav1.ObjectMeta{Name: "green", Namespace: "workshop"},
		Spec:       appsv1.DeploymentSpec{Selector: selector, Template: template},
	})
	if err != nil {
		t.Fatal(err)
	}
	set, err := storage.NewClient[*appsv1.ReplicaSet](w.store, gvr.ReplicaSets, "test").Create(&appsv1.ReplicaSet{
		ObjectMeta: metav1.ObjectMeta{Name: "green-1", Namespace: "workshop",
			OwnerReferences: []metav1.OwnerReference{*metav1.NewControllerRef(deployment, appsv1.SchemeGroupVersion.WithKind("Deployment"))}},
		Spec: appsv1.ReplicaSetSpec{Selector: selector, Template: template},
	})
	if err != nil {
		t.Fatal(err)
	}
	member := pod("green-1-a", "n1")
	member.OwnerReferences = []metav1.OwnerReference{*metav1.NewControllerRef(set, appsv1.SchemeGroupVersion.WithKind("ReplicaSet"))}
	must(t)(storage.NewClient[*corev1.Pod](w.store, gvr.Pods, "test").Create(member))
}

// survivors names what is left of a family; a pod or owner that is being
// deleted is marked.
func survivors(t *testing.T, ctx context.Context, w *world) []string {
	t.Helper()
	var left []string
	add := func(kind string, object metav1.Object) {
		if object.GetDeletionTimestamp() != nil {
			kind += " going"
		}
		if len(object.GetOwnerReferences()) > 0 {
			kind += " owned"
		}
		left = append(left, kind)
	}
	deployments, err := w.typed.AppsV1().Deployments("workshop").List(ctx, metav1.ListOptions{})
	if err != nil {
		t.Fatal(err)
	}
	for i := range deployments.Items {
		add("deployment", &deployments.Items[i])
	}
	sets, err := w.typed.AppsV1().ReplicaSets("workshop").List(ctx, metav1.ListOptions{})
	if err != nil {
		t.Fatal(err)
	}
	for i := range sets.Items {
		add("replicaset", &sets.Items[i])
	}
	pods, err := w.typed.CoreV1().Pods("workshop").List(ctx, metav1.ListOptions{})
	if err != nil {
		t.Fatal(err)
	}
	for i := range pods.Items {
		add("pod", &pods.Items[i])
	}
	return left
}

func TestDeletionCascadesAsAsked(t *testing.T) {
	tests := map[string]struct {
		policy metav1.DeletionPropagation
		before []string // while the kubelet still ends the pod
		after  []string
	}{
		"in the background the owner goes first": {
			metav1.DeletePropagationBackground, []string{"pod going owned"}, nil,
		},
		"in the foreground owners wait for what they own": {
			metav1.DeletePropagationForeground, []string{"deployment going", "replicaset going owned", "pod going owned"}, nil,
		},
		"orphans stay, without an owner": {
			metav1.DeletePropagationOrphan, []string{"replicaset", "pod owned"}, []string{"replicaset"},
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			ctx := context5(t)
			family(t, w)
			if err := w.typed.AppsV1().Deployments("workshop").Delete(ctx, "green", metav1.DeleteOptions{PropagationPolicy: &test.policy}); err != nil {
				t.Fatal(err)
			}
			if got := survivors(t, ctx, w); !slices.Equal(got, test.before) {
				t.Errorf("at first %q, want %q", got, test.before)
			}
			zero := int64(0)
			kubelet := storage.NewClient[*corev1.Pod](w.store, gvr.Pods, "kubelet")
			if err := kubelet.Delete("workshop", "green-1-a", metav1.DeleteOptions{GracePeriodSeconds: &zero}); err != nil {
				t.Fatal(err)
			}
			if got := survivors(t, ctx, w); !slices.Equal(got, test.after) {
				t.Errorf("in the end %q, want %q", got, test.after)
			}
		})
	}
}

// A controller that has not seen yet that its object is going may make another
// dependent, as a ReplicaSet's does for a pod that was deleted.
func TestDependentsMadeTooLateAreDeletedToo(t *testing.T) {
	for name, policy := range map[string]metav1.DeletionPropagation{
		"while the owner waits for what it owns": metav1.DeletePropagationForeground,
		"after the owner has gone":               metav1.DeletePropagationBackground,
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			ctx := context5(t)
			family(t, w)
			set, err := w.typed.AppsV1().ReplicaSets("workshop").Get(ctx, "green-1", metav1.GetOptions{})
			if err != nil {
				t.Fatal(err)
			}
			if err := w.typed.AppsV1().Deployments("workshop").Delete(ctx, "green", metav1.DeleteOptions{PropagationPolicy: &policy}); err != nil {
				t.Fatal(err)
			}
			late := pod("green-1-late", "")
			late.OwnerReferences = []metav1.OwnerReference{*metav1.NewControllerRef(set, appsv1.SchemeGroupVersion.WithKind("ReplicaSet"))}
			must(t)(storage.NewClient[*corev1.Pod](w.store, gvr.Pods, "test").Create(late))
			zero := int64(0)
			if err := storage.NewClient[*corev1.Pod](w.store, gvr.Pods, "kubelet").Delete("workshop", "green-1-a", metav1.DeleteOptions{GracePeriodSeconds: &zero}); err != nil {
				t.Fatal(err)
			}
			if got := survivors(t, ctx, w); len(got) > 0 {
				t.Errorf("in the end %q, want nothing", got)
			}
		})
	}
}

func TestDeletionPreconditions(t *testing.T) {
	w := newWorld(t)
	ctx := context5(t)
	seedMaps(t, w, 1)
	other := types.UID("not-this-one")
	err := w.typed.CoreV1().ConfigMaps("workshop").Delete(ctx, "cm-0", metav1.DeleteOptions{Preconditions: &metav1.Preconditions{UID: &other}})
	if !apierrors.IsConflict(err) {
		t.Errorf("delete with another UID = %v, want a conflict", err)
	}
}

func TestDeleteCollectionKeepsToItsSelector(t *testing.T) {
	w := newWorld(t)
	ctx := context5(t)
	seedMaps(t, w, 4)
	maps := w.typed.CoreV1().ConfigMaps("workshop")
	if err := maps.DeleteCollection(ctx, metav1.DeleteOptions{}, metav1.ListOptions{LabelSelector: "n=1"}); err != nil {
		t.Fatal(err)
	}
	left, err := maps.List(ctx, metav1.ListOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if len(left.Items) != 2 || left.Items[0].Name != "cm-0" || left.Items[1].Name != "cm-2" {
		t.Errorf("left = %v, want cm-0 and cm-2", left.Items)
	}
}

func TestNamespaceGoesWhenItsContentHasGone(t *testing.T) {
	fake := clocktesting.NewFakeClock(time.Now())
	w := newWorld(t, func(s *storage.Config, _ *kubeapi.Config) { s.Clock = fake })
	ctx := context5(t)
	done := make(chan struct{})
	running, stop := context.WithCancel(ctx)
	go func() { defer close(done); w.store.Run(running) }()
	defer func() { stop(); <-done }()

	seedMaps(t, w, 2)
	kubelet := storage.NewClient[*corev1.Pod](w.store, gvr.Pods, "kubelet")
	must(t)(kubelet.Create(pod("p", "n1")))
	if err := w.typed.CoreV1().Namespaces().Delete(ctx, "workshop", metav1.DeleteOptions{}); err != nil {
		t.Fatal(err)
	}
	going, err := w.typed.CoreV1().Namespaces().Get(ctx, "workshop", metav1.GetOptions{})
	if err != nil || going.Status.Phase != corev1.NamespaceTerminating {
		t.Fatalf("namespace = %v, %v; want Terminating", going.Status, err)
	}
	_, err = w.typed.CoreV1().ConfigMaps("workshop").Create(ctx, configMap("late", nil), metav1.CreateOptions{})
	if !apierrors.HasStatusCause(err, corev1.NamespaceTerminatingCause) {
		t.Errorf("create in it = %v, want the cause NamespaceTerminating", err)
	}
	// tick lets the controller look once more and waits until it has.
	tick := func() {
		t.Helper()
		waitFor(t, fake.HasWaiters)
		fake.Step(time.Second)
	}
	tick()
	waitFor(t, func() bool {
		p, err := kubelet.Get("workshop", "p")
		return err == nil && p.DeletionTimestamp != nil
	})
	tick()
	waitFor(t, fake.HasWaiters)
	if _, err := w.typed.CoreV1().Namespaces().Get(ctx, "workshop", metav1.GetOptions{}); err != nil {
		t.Fatalf("the namespace did not wait for its pod: %v", err)
	}
	zero := int64(0)
	if err := kubelet.Delete("workshop", "p", metav1.DeleteOptions{GracePeriodSeconds: &zero}); err != nil {
		t.Fatal(err)
	}
	tick()
	waitFor(t, func() bool {
		_, err := w.typed.CoreV1().Namespaces().Get(ctx, "workshop", metav1.GetOptions{})
		return apierrors.IsNotFound(err)
	})
	if left, err := w.typed.CoreV1().ConfigMaps("workshop").List(ctx, metav1.ListOptions{}); err != nil || len(left.Items) != 0 {
		t.Errorf("left = %v, %v; want nothing", left.Items, err)
	}
}

// waitFor polls a condition that another goroutine is about to make true.
func waitFor(t *testing.T, condition func() bool) {
	t.Helper()
	deadline := time.After(5 * time.Second)
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for !condition() {
		select {
		case <-tick.C:
		case <-deadline:
			t.Fatal("waited in vain")
		}
	}
}
