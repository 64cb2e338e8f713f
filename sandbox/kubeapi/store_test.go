package kubeapi_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	admissionv1 "k8s.io/api/admission/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/watch"

	"podsg/sandbox/kubeapi/access"
	"podsg/sandbox/kubeapi/gvr"
	"podsg/sandbox/kubeapi/storage"
	"podsg/sandbox/kubeapi/webhook"
)

const podENI = corev1.ResourceName("vpc.amazonaws.com/pod-eni")

func TestAdmissionChangesAndRefusesWrites(t *testing.T) {
	w := newWorld(t)
	ctx := context5(t)
	w.store.AddMutator(func(req *webhook.Request) error {
		p, ok := req.Object.(*corev1.Pod)
		if !ok || req.Operation != admissionv1.Create || p.Labels["app"] != "green-pod" {
			return nil
		}
		p.Spec.Containers[0].Resources.Limits = corev1.ResourceList{podENI: resource.MustParse("1")}
		return nil
	})
	w.store.AddValidator(func(req *webhook.Request) error {
		p, ok := req.Object.(*corev1.Pod)
		if !ok || req.User.Name == "eks:vpc-resource-controller" {
			return nil
		}
		old := ""
		if before, ok := req.OldObject.(*corev1.Pod); ok {
			old = before.Annotations[string(podENI)]
		}
		if p.Annotations[string(podENI)] != old {
			return webhook.Denied("vpod.vpc.k8s.aws", "annotation is not set by vpc-resource-controller")
		}
		return nil
	})
	green := pod("green", "")
	green.Labels["app"] = "green-pod"
	pods := w.typed.CoreV1().Pods("workshop")
	for _, options := range []metav1.CreateOptions{{DryRun: []string{metav1.DryRunAll}}, {}} {
		created, err := pods.Create(ctx, green.DeepCopy(), options)
		if err != nil {
			t.Fatal(err)
		}
		resources := created.Spec.Containers[0].Resources
		limit, request := resources.Limits[podENI], resources.Requests[podENI]
		if limit.Value() != 1 || request.Value() != 1 {
			t.Errorf("dry run %v: limit %v and request %v of pod-eni, want 1 and 1", options.DryRun, limit.String(), request.String())
		}
	}
	annotate := []byte(`{"metadata":{"annotations":{"vpc.amazonaws.com/pod-eni":"[]"}}}`)
	_, err := pods.Patch(ctx, "green", types.MergePatchType, annotate, metav1.PatchOptions{})
	const refusal = `admission webhook "vpod.vpc.k8s.aws" denied the request: annotation is not set by vpc-resource-controller`
	if !apierrors.IsForbidden(err) || err.Error() != refusal {
		t.Errorf("annotating by hand = %v, want %s", err, refusal)
	}
	controller := storage.NewClient[*corev1.Pod](w.store, gvr.Pods, "vpc-resource-controller").
		As(access.User{Name: "eks:vpc-resource-controller"})
	must(t)(controller.Mutate("workshop", "green", func(p *corev1.Pod) error {
		p.Annotations = map[string]string{string(podENI): "[]"}
		return nil
	}))
}

func TestClientMutateSurvivesOtherWriters(t *testing.T) {
	store := newWorld(t).store
	maps := storage.NewClient[*corev1.ConfigMap](store, gvr.ConfigMaps, "counter")
	must(t)(maps.Create(configMap("c", map[string]string{"n": ""})))
	const writers, writes = 4, 25
	var group sync.WaitGroup
	for range writers {
		group.Go(func() {
			for range writes {
				if _, err := maps.Mutate("workshop", "c", func(c *corev1.ConfigMap) error {
					c.Data["n"] += "x"
					return nil
				}); err != nil {
					t.Errorf("mutate = %v", err)
				}
			}
		})
	}
	group.Wait()
	got, err := maps.Get("workshop", "c")
	if err != nil || len(got.Data["n"]) != writers*writes {
		t.Errorf("counted %d, %v; want %d", len(got.Data["n"]), err, writers*writes)
	}
}

func TestClientWatchDeliversWhatIsThenWhatChanges(t *testing.T) {
	store := newWorld(t).store
	maps := storage.NewClient[*corev1.ConfigMap](store, gvr.ConfigMaps, "test")
	must(t)(maps.Create(configMap("a", nil)))
	ctx, cancel := context.WithCancel(context5(t))
	defer cancel()
	events, err := maps.Watch(ctx, "workshop", storage.Selector{})
	if err != nil {
		t.Fatal(err)
	}
	must(t)(maps.Mutate("workshop", "a", func(c *corev1.ConfigMap) error { c.Data = map[string]string{"k": "v"}; return nil }))
	must(t)(maps.Mutate("workshop", "a", func(*corev1.ConfigMap) error { return nil })) // no change, no event
	if err := maps.Delete("workshop", "a", metav1.DeleteOptions{}); err != nil {
		t.Fatal(err)
	}
	for _, want := range []watch.EventType{watch.Added, watch.Modified, watch.Deleted} {
		select {
		case e := <-events:
			if e.Type != want || e.Object.Name != "a" {
				t.Errorf("event = %s %s, want %s a", e.Type, e.Object.Name, want)
			}
		case <-ctx.Done():
			t.Fatalf("no %s event", want)
		}
	}
	cancel()
	if e, open := <-events; open {
		t.Errorf("event %v after the end of the context", e)
	}
}

func TestClientSaysWhenAResourceIsNotServed(t *testing.T) {
	store := storage.NewStore(storage.Config{})
	policies := storage.NewClient[*unstructured.Unstructured](store, gvr.SecurityGroupPolicies, "test")
	if _, err := policies.List("", storage.Selector{}); !apierrors.IsNotFound(err) {
		t.Errorf("list = %v, want not found", err)
	}
	wrong := storage.NewClient[*corev1.Secret](newWorld(t).store, gvr.Namespaces, "test")
	if _, err := wrong.Get("", "default"); err == nil || !strings.Contains(err.Error(), "objects are *v1.Namespace, not *v1.Secret") {
		t.Errorf("get with the wrong type = %v", err)
	}
}

func TestMutateThatFailsWritesNothing(t *testing.T) {
	store := newWorld(t).store
	maps := storage.NewClient[*corev1.ConfigMap](store, gvr.ConfigMaps, "test")
	must(t)(maps.Create(configMap("a", map[string]string{"k": "v"})))
	refusal := errors.New("no")
	_, err := maps.Mutate("workshop", "a", func(c *corev1.ConfigMap) error { c.Data["k"] = "w"; return refusal })
	got, getErr := maps.Get("workshop", "a")
	if !errors.Is(err, refusal) || getErr != nil || got.Data["k"] != "v" {
		t.Errorf("mutate = %v, object %v, %v; want the refusal and the old value", err, got.Data, getErr)
	}
}

func TestDumpComparesWorldsAndNotMoments(t *testing.T) {
	build := func() *storage.Store {
		w := newWorld(t)
		family(t, w)
		runningPod(t, w, "green")
		return w.store
	}
	dump := func(s *storage.Store) []byte {
		t.Helper()
		text, err := s.Dump()
		if err != nil {
			t.Fatal(err)
		}
		return text
	}
	one, two := build(), build()
	if a, b := dump(one), dump(two); !bytes.Equal(a, b) {
		t.Errorf("two worlds that were made alike differ:\n%s\n%s", a, b)
	}
	before := dump(one)
	sets := storage.NewClient[*corev1.Secret](one, gvr.Secrets, "podsg")
	must(t)(sets.Create(&corev1.Secret{ObjectMeta: metav1.ObjectMeta{Name: "rds", Namespace: "workshop"}}))
	after := dump(one)
	if bytes.Equal(before, after) || !bytes.Contains(after, []byte(`"secrets workshop/rds"`)) {
		t.Error("the dump does not show a new secret")
	}
	if err := sets.Delete("workshop", "rds", metav1.DeleteOptions{}); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(before, dump(one)) {
		t.Error("the dump differs after the secret was deleted again")
	}
}

func TestCreationTimeIsKeptPrecisely(t *testing.T) {
	store := newWorld(t).store
	before := time.Now()
	created, err := storage.NewClient[*corev1.ConfigMap](store, gvr.ConfigMaps, "test").Create(configMap("a", nil))
	if err != nil {
		t.Fatal(err)
	}
	at, ok := store.Created(created.UID)
	if !ok || at.Before(before) || at.After(time.Now()) {
		t.Errorf("Created() = %v, %v; want a moment between %v and now", at, ok, before)
	}
	if _, ok := store.Created("unknown"); ok {
		t.Error("Created() knows an unknown UID")
	}
}

// largeStore holds 10,000 pods, 100 in each of 100 namespaces.
func largeStore(b *testing.B) *storage.Store {
	b.Helper()
	store := storage.NewStore(storage.Config{})
	namespaces := storage.NewClient[*corev1.Namespace](store, gvr.Namespaces, "")
	pods := storage.NewClient[*corev1.Pod](store, gvr.Pods, "")
	for n := range 100 {
		name := fmt.Sprintf("ns-%02d", n)
		if _, err := namespaces.Create(&corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: name}}); err != nil {
			b.Fatal(err)
		}
		for i := range 100 {
			p := pod(fmt.Sprintf("pod-%02d", i), fmt.Sprintf("node-%02d", i))
			p.Namespace = name
			if _, err := pods.Create(p); err != nil {
				b.Fatal(err)
			}
		}
	}
	return store
}

func BenchmarkListOneNamespaceOfTenThousandPods(b *testing.B) {
	pods := storage.NewClient[*corev1.Pod](largeStore(b), gvr.Pods, "")
	for b.Loop() {
		if items, err := pods.List("ns-50", storage.Selector{}); err != nil || len(items) != 100 {
			b.Fatal(len(items), err)
		}
	}
}

func BenchmarkListOneNodeOfTenThousandPods(b *testing.B) {
	pods := storage.NewClient[*corev1.Pod](largeStore(b), gvr.Pods, "")
	for b.Loop() {
		if items, err := pods.List("", storage.ByField("spec.nodeName", "node-50")); err != nil || len(items) != 100 {
			b.Fatal(len(items), err)
		}
	}
}

func BenchmarkStatusWriteAmongTenThousandPods(b *testing.B) {
	pods := storage.NewClient[*corev1.Pod](largeStore(b), gvr.Pods, "kubelet")
	i := 0
	for b.Loop() {
		i++
		if _, err := pods.MutateStatus("ns-50", "pod-50", func(p *corev1.Pod) error { p.Status.Message = fmt.Sprint(i); return nil }); err != nil {
			b.Fatal(err)
		}
	}
}
