package kubeapi_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/watch"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/tools/cache"

	"podsg/sandbox/kubeapi"
	"podsg/sandbox/kubeapi/calls"
	"podsg/sandbox/kubeapi/gvr"
	"podsg/sandbox/kubeapi/storage"
)

// nextEvent waits for one event of a watch.
func nextEvent(t *testing.T, w watch.Interface) watch.Event {
	t.Helper()
	select {
	case e, ok := <-w.ResultChan():
		if !ok {
			t.Fatal("the watch ended")
		}
		return e
	case <-time.After(5 * time.Second):
		t.Fatal("no event came")
	}
	return watch.Event{}
}

func describe(t *testing.T, e watch.Event) string {
	t.Helper()
	object, err := meta.Accessor(e.Object)
	if err != nil {
		t.Fatal(err)
	}
	return fmt.Sprintf("%s %s", e.Type, object.GetName())
}

// seedMaps creates configmaps cm-0 … with the label n alternating 0 and 1.
func seedMaps(t *testing.T, w *world, n int) {
	t.Helper()
	maps := storage.NewClient[*corev1.ConfigMap](w.store, gvr.ConfigMaps, "")
	for i := range n {
		object := configMap(fmt.Sprintf("cm-%d", i), nil)
		object.Labels = map[string]string{"n": fmt.Sprint(i % 2)}
		must(t)(maps.Create(object))
	}
}

func TestWatchFollowsObjectsThroughItsSelector(t *testing.T) {
	w := newWorld(t)
	ctx := context5(t)
	seedMaps(t, w, 4)
	maps := w.typed.CoreV1().ConfigMaps("workshop")
	listed, err := maps.List(ctx, metav1.ListOptions{LabelSelector: "n=1"})
	if err != nil {
		t.Fatal(err)
	}
	relabel := func(name, value string) {
		must(t)(maps.Patch(ctx, name, types.MergePatchType, []byte(`{"metadata":{"labels":{"n":"`+value+`"}}}`), metav1.PatchOptions{}))
	}
	relabel("cm-0", "1") // begins to match
	relabel("cm-1", "0") // ceases to match
	for _, name := range []string{"cm-2", "cm-3"} {
		if err := maps.Delete(ctx, name, metav1.DeleteOptions{}); err != nil {
			t.Fatal(err)
		}
	}
	watched, err := maps.Watch(ctx, metav1.ListOptions{LabelSelector: "n=1", ResourceVersion: listed.ResourceVersion})
	if err != nil {
		t.Fatal(err)
	}
	defer watched.Stop()
	for _, want := range []string{"ADDED cm-0", "DELETED cm-1", "DELETED cm-3"} {
		if got := describe(t, nextEvent(t, watched)); got != want {
			t.Errorf("event = %s, want %s", got, want)
		}
	}
}

func TestWatchFromBeforeTheEventLogIsExpired(t *testing.T) {
	w := newWorld(t, func(s *storage.Config, _ *kubeapi.Config) { s.EventLog = 10 })
	ctx := context5(t)
	seedMaps(t, w, 1)
	maps := w.typed.CoreV1().ConfigMaps("workshop")
	old, err := maps.List(ctx, metav1.ListOptions{})
	if err != nil {
		t.Fatal(err)
	}
	inLog := ""
	for i := range 11 {
		changed, err := maps.Patch(ctx, "cm-0", types.MergePatchType, fmt.Appendf(nil, `{"data":{"i":"%d"}}`, i), metav1.PatchOptions{})
		if err != nil {
			t.Fatal(err)
		}
		if i == 0 {
			inLog = changed.ResourceVersion
		}
	}
	expired, err := maps.Watch(ctx, metav1.ListOptions{ResourceVersion: old.ResourceVersion})
	if err != nil {
		t.Fatal(err)
	}
	defer expired.Stop()
	e := nextEvent(t, expired)
	if e.Type != watch.Error || !apierrors.IsResourceExpired(apierrors.FromObject(e.Object)) {
		t.Errorf("event = %v %v, want an Expired error", e.Type, e.Object)
	}
	reached, err := maps.Watch(ctx, metav1.ListOptions{ResourceVersion: inLog})
	if err != nil {
		t.Fatal(err)
	}
	defer reached.Stop()
	for range 10 {
		if e := nextEvent(t, reached); e.Type != watch.Modified {
			t.Fatalf("event = %v, want the ten changes that the log holds", e.Type)
		}
	}
}

func TestSlowWatcherMissesNothing(t *testing.T) {
	w := newWorld(t)
	ctx := context5(t)
	seedMaps(t, w, 1)
	watched, err := w.typed.CoreV1().ConfigMaps("workshop").Watch(ctx, metav1.ListOptions{})
	if err != nil {
		t.Fatal(err)
	}
	defer watched.Stop()
	maps := storage.NewClient[*corev1.ConfigMap](w.store, gvr.ConfigMaps, "")
	const changes = 3000 // more than the event log holds
	for i := range changes {
		must(t)(maps.Mutate("workshop", "cm-0", func(c *corev1.ConfigMap) error {
			c.Data = map[string]string{"i": fmt.Sprint(i)}
			return nil
		}))
	}
	if got := describe(t, nextEvent(t, watched)); got != "ADDED cm-0" {
		t.Fatalf("first event = %s", got)
	}
	for i := range changes {
		e := nextEvent(t, watched)
		if got := e.Object.(*corev1.ConfigMap).Data["i"]; got != fmt.Sprint(i) {
			t.Fatalf("event %d carries %s", i, got)
		}
	}
}

func TestBookmarksComeAfterWhatTheyPromise(t *testing.T) {
	w := newWorld(t, func(_ *storage.Config, c *kubeapi.Config) { c.BookmarkInterval = 10 * time.Millisecond })
	ctx := context5(t)
	seedMaps(t, w, 3)
	watched, err := w.typed.CoreV1().ConfigMaps("workshop").Watch(ctx, metav1.ListOptions{AllowWatchBookmarks: true})
	if err != nil {
		t.Fatal(err)
	}
	defer watched.Stop()
	for range 3 {
		if e := nextEvent(t, watched); e.Type != watch.Added {
			t.Fatalf("event = %v, want the current objects first", e.Type)
		}
	}
	e := nextEvent(t, watched)
	if e.Type != watch.Bookmark || e.Object.(*corev1.ConfigMap).ResourceVersion != fmt.Sprint(w.store.Version()) {
		t.Errorf("event = %v %v, want a bookmark of version %d", e.Type, e.Object, w.store.Version())
	}
}

func TestInformerSyncsAndFollows(t *testing.T) {
	w := newWorld(t)
	ctx := context5(t)
	seedMaps(t, w, 5)
	factory := informers.NewSharedInformerFactoryWithOptions(w.typed, 0, informers.WithNamespace("workshop"))
	informer := factory.Core().V1().ConfigMaps().Informer()
	updates := make(chan string, 10)
	must(t)(informer.AddEventHandler(cache.ResourceEventHandlerFuncs{
		UpdateFunc: func(_, obj any) { updates <- obj.(*corev1.ConfigMap).Data["k"] },
	}))
	factory.Start(ctx.Done())
	if !cache.WaitForCacheSync(ctx.Done(), informer.HasSynced) {
		t.Fatal("the informer did not sync")
	}
	if got := len(informer.GetStore().List()); got != 5 {
		t.Errorf("synced %d objects, want 5", got)
	}
	must(t)(w.typed.CoreV1().ConfigMaps("workshop").Patch(ctx, "cm-2", types.MergePatchType, []byte(`{"data":{"k":"v"}}`), metav1.PatchOptions{}))
	select {
	case got := <-updates:
		if got != "v" {
			t.Errorf("update = %q, want v", got)
		}
	case <-ctx.Done():
		t.Error("no update came")
	}
	usedWatchList := slices.ContainsFunc(w.server.Calls(), func(c calls.Call) bool { return c.Verb == "watch" && c.Resource == "configmaps" })
	listed := slices.ContainsFunc(w.server.Calls(), func(c calls.Call) bool { return c.Verb == "list" && c.Resource == "configmaps" })
	if !usedWatchList || listed {
		t.Error("the informer fell back to list and watch")
	}
}

func TestPagesOfAListShowOneMoment(t *testing.T) {
	w := newWorld(t)
	ctx := context5(t)
	seedMaps(t, w, 7)
	maps := w.typed.CoreV1().ConfigMaps("workshop")
	first, err := maps.List(ctx, metav1.ListOptions{Limit: 3})
	if err != nil {
		t.Fatal(err)
	}
	if first.RemainingItemCount == nil || *first.RemainingItemCount != 4 {
		t.Errorf("remaining = %v, want 4", first.RemainingItemCount)
	}
	// Between the pages one goes, one changes and one comes.
	if err := maps.Delete(ctx, "cm-4", metav1.DeleteOptions{}); err != nil {
		t.Fatal(err)
	}
	must(t)(maps.Patch(ctx, "cm-5", types.MergePatchType, []byte(`{"data":{"k":"new"}}`), metav1.PatchOptions{}))
	must(t)(maps.Create(ctx, configMap("cm-55", nil), metav1.CreateOptions{}))
	var names []string
	for page := first; ; {
		for _, item := range page.Items {
			names = append(names, item.Name)
			if item.Data["k"] == "new" {
				t.Error("a later page shows a later change")
			}
		}
		if page.Continue == "" {
			break
		}
		if page, err = maps.List(ctx, metav1.ListOptions{Limit: 3, Continue: page.Continue}); err != nil {
			t.Fatal(err)
		}
		if page.ResourceVersion != first.ResourceVersion {
			t.Errorf("page of version %s, want %s", page.ResourceVersion, first.ResourceVersion)
		}
	}
	if want := []string{"cm-0", "cm-1", "cm-2", "cm-3", "cm-4", "cm-5", "cm-6"}; !slices.Equal(names, want) {
		t.Errorf("pages = %v, want %v", names, want)
	}
}

func TestContinueTokenExpiresWithTheEventLog(t *testing.T) {
	w := newWorld(t, func(s *storage.Config, _ *kubeapi.Config) { s.EventLog = 5 })
	ctx := context5(t)
	seedMaps(t, w, 4)
	maps := w.typed.CoreV1().ConfigMaps("workshop")
	page, err := maps.List(ctx, metav1.ListOptions{Limit: 2})
	if err != nil {
		t.Fatal(err)
	}
	for i := range 6 {
		must(t)(maps.Create(ctx, configMap(fmt.Sprintf("more-%d", i), nil), metav1.CreateOptions{}))
	}
	_, err = maps.List(ctx, metav1.ListOptions{Limit: 2, Continue: page.Continue})
	if !apierrors.IsResourceExpired(err) {
		t.Errorf("list with an old token = %v, want Expired", err)
	}
}

func TestListAtAVersionThatIsYetToComeTimesOut(t *testing.T) {
	w := newWorld(t)
	err := w.typed.CoreV1().RESTClient().Get().Namespace("workshop").Resource("configmaps").
		Param("resourceVersion", fmt.Sprint(w.store.Version()+1000)).MaxRetries(0).Do(context5(t)).Error()
	if !apierrors.IsTimeout(err) || !apierrors.HasStatusCause(err, metav1.CauseTypeResourceVersionTooLarge) {
		t.Errorf("error = %v, want a timeout with the cause ResourceVersionTooLarge", err)
	}
}

func TestListParametersThatCannotBeAreRefused(t *testing.T) {
	w := newWorld(t)
	for query, want := range map[string]string{
		"resourceVersionMatch=Exact":                   "resourceVersionMatch: Forbidden: resourceVersionMatch is forbidden unless resourceVersion is provided",
		"resourceVersion=0&resourceVersionMatch=Exact": `resourceVersionMatch "exact" is forbidden for resourceVersion "0"`,
		"watch=true&sendInitialEvents=true":            "sendInitialEvents requires setting resourceVersionMatch to NotOlderThan",
		"watch=true&resourceVersionMatch=NotOlderThan": "resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided",
		"fieldSelector=spec.nodeName%3Dn1":             "field label not supported: spec.nodeName",
		"labelSelector=%3D%3D":                         "found '==', expected",
		"limit=many":                                   "invalid syntax",
	} {
		err := w.typed.CoreV1().RESTClient().Get().
			RequestURI("/api/v1/namespaces/workshop/configmaps?" + query).Do(context5(t)).Error()
		if !apierrors.IsInvalid(err) && !apierrors.IsBadRequest(err) || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: error = %v, want %q", query, err, want)
		}
	}
}

func TestFieldSelectorsReadTypedFields(t *testing.T) {
	w := newWorld(t)
	ctx := context5(t)
	pods := storage.NewClient[*corev1.Pod](w.store, gvr.Pods, "")
	for name, node := range map[string]string{"a": "n1", "b": "n2", "c": ""} {
		must(t)(pods.Create(pod(name, node)))
	}
	must(t)(pods.MutateStatus("workshop", "b", func(p *corev1.Pod) error { p.Status.Phase = corev1.PodRunning; return nil }))
	for selector, want := range map[string][]string{
		"spec.nodeName=n1":                       {"a"},
		"spec.nodeName!=n1":                      {"b", "c"},
		"status.phase=Running,spec.nodeName=n2":  {"b"},
		"metadata.name=c,metadata.namespace!=ns": {"c"},
		"status.phase=Failed":                    nil,
	} {
		listed, err := w.typed.CoreV1().Pods("").List(ctx, metav1.ListOptions{FieldSelector: selector})
		if err != nil {
			t.Fatal(err)
		}
		var names []string
		for _, p := range listed.Items {
			names = append(names, p.Name)
		}
		if !slices.Equal(names, want) {
			t.Errorf("%s = %v, want %v", selector, names, want)
		}
	}
}

func pod(name, node string) *corev1.Pod {
	return &corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{Name: name, Namespace: "workshop", Labels: map[string]string{"app": name}},
		Spec: corev1.PodSpec{
			NodeName:   node,
			Containers: []corev1.Container{{Name: "main", Image: "postgres:16"}},
		},
	}
}
