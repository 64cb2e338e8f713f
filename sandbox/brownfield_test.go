package sandbox

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"

	"podsg/sandbox/kubeapi/gvr"
	"podsg/sandbox/kubeapi/storage"
)

// inBrownfield starts the shop.
func inBrownfield(t *testing.T) *World {
	t.Helper()
	w, err := Start(t.Context(), Options{Scenario: "brownfield", Speed: 100})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(w.Close)
	return w
}

// until waits for what comes by itself.
func until(t *testing.T, what string, holds func() bool) {
	t.Helper()
	again, limit := time.NewTicker(20*time.Millisecond), time.NewTimer(time.Minute)
	defer again.Stop()
	defer limit.Stop()
	for !holds() {
		select {
		case <-again.C:
		case <-limit.C:
			t.Fatalf("after a minute still not: %s", what)
		}
	}
}

// flows are the requests so far, by flow.
func (w *World) flows() map[string]Flow {
	flows := map[string]Flow{}
	for _, f := range w.Requests() {
		flows[f.Name] = f
	}
	return flows
}

// busy waits until every flow had so many more good requests.
func busy(t *testing.T, w *World, more int) {
	t.Helper()
	before := w.flows()
	if len(before) < 7 {
		until(t, "every flow has begun", func() bool { before = w.flows(); return len(before) == 7 })
	}
	for name, b := range before {
		until(t, name+" goes on", func() bool { return w.flows()[name].Good >= b.Good+more })
	}
}

// restart does what kubectl rollout restart does.
func restart(template *corev1.PodTemplateSpec) {
	if template.Annotations == nil {
		template.Annotations = map[string]string{}
	}
	template.Annotations["kubectl.kubernetes.io/restartedAt"] = time.Now().Format(time.RFC3339Nano)
}

func TestTheShopIsRestartedWithoutOneFailedRequest(t *testing.T) {
	t.Parallel()
	w := inBrownfield(t)
	deployments := storage.NewClient[*appsv1.Deployment](w.store, gvr.Deployments, "kubectl")
	for _, name := range []string{"web", "api"} {
		if _, err := deployments.Mutate("shop", name, func(d *appsv1.Deployment) error { restart(&d.Spec.Template); return nil }); err != nil {
			t.Fatal(err)
		}
	}
	sets := storage.NewClient[*appsv1.StatefulSet](w.store, gvr.StatefulSets, "kubectl")
	if _, err := sets.Mutate("shop", "worker", func(s *appsv1.StatefulSet) error { restart(&s.Spec.Template); return nil }); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"web", "api"} {
		until(t, name+" is rolled over", func() bool {
			d, err := deployments.Get("shop", name)
			s := d.Status
			return err == nil && s.ObservedGeneration == d.Generation && s.UpdatedReplicas == 2 && s.Replicas == 2 && s.AvailableReplicas == 2
		})
	}
	until(t, "the worker is rolled over", func() bool {
		s, err := sets.Get("shop", "worker")
		return err == nil && s.Status.ObservedGeneration == s.Generation && s.Status.UpdateRevision == s.Status.CurrentRevision && s.Status.ReadyReplicas == 2
	})
	pods := storage.NewClient[*corev1.Pod](w.store, gvr.Pods, "")
	until(t, "the old pods are gone", func() bool {
		list, err := pods.List("shop", storage.Selector{})
		return err == nil && len(list) == 6
	})
	busy(t, w, 5)
	for name, f := range w.flows() {
		if f.Failed+f.Errors > 0 {
			t.Errorf("%s: %+v", name, f)
		}
	}
	list, err := pods.List("shop", storage.ByLabels(map[string]string{"app": "api"}))
	if err != nil {
		t.Fatal(err)
	}
	var said strings.Builder
	if err := w.cluster.Logs(t.Context(), list[0], &corev1.PodLogOptions{}, &said); err != nil || !strings.Contains(said.String(), "api: requests to orders-db: ") {
		t.Errorf("api said %q, %v", said.String(), err)
	}
}

// group finds a security group by its name.
func (w *World) group(t *testing.T, name string) string {
	t.Helper()
	objects, err := w.Objects()
	if err != nil {
		t.Fatal(err)
	}
	for id, raw := range objects {
		var g struct{ ID, Name string }
		if strings.HasPrefix(id, "aws security-group/") && json.Unmarshal(raw, &g) == nil && g.Name == name {
			return g.ID
		}
	}
	t.Fatalf("there is no group %s", name)
	return ""
}

func TestWhatTheRulesKeepAwayFailsAndNothingElse(t *testing.T) {
	t.Parallel()
	w := inBrownfield(t)
	nodes := w.account.Nodes("workshop")[0].SecurityGroups[0]
	if err := w.account.RemoveRulesFor(w.group(t, "orders-db"), nodes); err != nil {
		t.Fatal(err)
	}
	until(t, "api and worker miss the database", func() bool {
		f := w.flows()
		return f["api → orders-db"].Failed > 1 && f["worker → orders-db"].Failed > 1 && f["web → api"].Errors > 1
	})
	busyBefore := w.flows()
	until(t, "the cache goes on", func() bool { return w.flows()["worker → cache"].Good > busyBefore["worker → cache"].Good+2 })
	for _, name := range []string{"api → cache", "worker → cache", "web → api", "invoices → api", "clients → web"} {
		if f := w.flows()[name]; f.Failed > 0 {
			t.Errorf("%+v", f)
		}
	}
}

// The balancer is kept from web, and web is not kept from anything.
func TestWhomTheNodesGroupDoesNotKnowIsNotAnswered(t *testing.T) {
	t.Parallel()
	w := inBrownfield(t)
	nodes := w.account.Nodes("workshop")[0].SecurityGroups[0]
	if err := w.account.RemoveRulesFor(nodes, w.group(t, "k8s-traffic-workshop-6d0e1b7c44")); err != nil {
		t.Fatal(err)
	}
	until(t, "the clients are not answered", func() bool { return w.flows()["clients → web"].Failed > 1 })
	for name, f := range w.flows() {
		if name != "clients → web" && f.Failed+f.Errors > 0 {
			t.Errorf("%+v", f)
		}
	}
}

func TestNamesOfServicesAreThoseOfTheCluster(t *testing.T) {
	t.Parallel()
	w := inBrownfield(t)
	pods, err := storage.NewClient[*corev1.Pod](w.store, gvr.Pods, "").List("shop", storage.ByLabels(map[string]string{"app": "web"}))
	if err != nil {
		t.Fatal(err)
	}
	from := parsed([]string{pods[0].Status.PodIP})[0]
	api, err := storage.NewClient[*corev1.Service](w.store, gvr.Services, "").Get("shop", "api")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"api", "api.shop", "api.shop.svc", "api.shop.svc.cluster.local", "api.shop.svc.cluster.local."} {
		found, known := services{w.store}.lookup(from, name)
		if !known || len(found) != 1 || found[0].String() != api.Spec.ClusterIP {
			t.Errorf("%s: %v, %v", name, found, known)
		}
	}
	workers, known := services{w.store}.lookup(from, "worker")
	one, alsoKnown := services{w.store}.lookup(from, "worker-1.worker.shop.svc.cluster.local")
	if !known || !alsoKnown || len(workers) != 2 || len(one) != 1 {
		t.Errorf("the headless service: %v and %v", workers, one)
	}
	for _, name := range []string{"api.billing", "orders-db", "example.com"} {
		if found, known := (services{w.store}).lookup(from, name); known {
			t.Errorf("%s: %v", name, found)
		}
	}
}
