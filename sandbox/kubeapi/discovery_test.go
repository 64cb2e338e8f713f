package kubeapi_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	eventsv1 "k8s.io/api/events/v1"
	policyv1 "k8s.io/api/policy/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/discovery"
	"k8s.io/client-go/metadata"
	clocktesting "k8s.io/utils/clock/testing"

	"podsg/sandbox/kubeapi"
	"podsg/sandbox/kubeapi/gvr"
	"podsg/sandbox/kubeapi/storage"
)

// listed names everything that a discovery client sees.
func listed(t *testing.T, client *discovery.DiscoveryClient) []string {
	t.Helper()
	_, lists, err := client.ServerGroupsAndResources()
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, list := range lists {
		for _, r := range list.APIResources {
			names = append(names, fmt.Sprintf("%s %s %s %v %v", list.GroupVersion, r.Name, r.Kind, r.Namespaced, r.ShortNames))
		}
	}
	slices.Sort(names)
	return names
}

func TestOldAndAggregatedDiscoveryAgree(t *testing.T) {
	w := newWorld(t)
	aggregated := discovery.NewDiscoveryClientForConfigOrDie(w.config)
	old := discovery.NewDiscoveryClientForConfigOrDie(w.config)
	old.UseLegacyDiscovery = true
	fromOld, fromAggregated := listed(t, old), listed(t, aggregated)
	if !slices.Equal(fromOld, fromAggregated) {
		t.Errorf("old:\n%s\naggregated:\n%s", strings.Join(fromOld, "\n"), strings.Join(fromAggregated, "\n"))
	}
	for _, want := range []string{
		"v1 pods/log Pod true []",
		"apps/v1 deployments/scale Scale true []",
		"vpcresources.k8s.aws/v1beta1 securitygrouppolicies SecurityGroupPolicy true [sgp]",
		"vpcresources.k8s.aws/v1alpha1 cninodes/status CNINode false []",
		"events.k8s.io/v1 events Event true [ev]",
		"apps/v1 statefulsets StatefulSet true [sts]",
		"apps/v1 statefulsets/scale Scale true []",
		"batch/v1 cronjobs CronJob true [cj]",
		"policy/v1 poddisruptionbudgets PodDisruptionBudget true [pdb]",
		"autoscaling/v2 horizontalpodautoscalers/status HorizontalPodAutoscaler true []",
		"networking.k8s.io/v1 ingresses Ingress true [ing]",
		"v1 persistentvolumeclaims PersistentVolumeClaim true [pvc]",
	} {
		if !slices.Contains(fromAggregated, want) {
			t.Errorf("discovery lacks %q", want)
		}
	}
	version, err := aggregated.ServerVersion()
	if err != nil || version.GitVersion != kubeapi.DefaultVersion || version.Minor != "36+" {
		t.Errorf("version = %+v, %v", version, err)
	}
}

func TestTablesReadLikeKubectl(t *testing.T) {
	fake := clocktesting.NewFakeClock(time.Now())
	w := newWorld(t, func(s *storage.Config, _ *kubeapi.Config) { s.Clock = fake })
	runningPod(t, w, "green")
	pods := storage.NewClient[*corev1.Pod](w.store, gvr.Pods, "kubelet")
	must(t)(pods.Create(pod("waiting", "n1")))
	must(t)(pods.MutateStatus("workshop", "waiting", func(p *corev1.Pod) error {
		p.Status.ContainerStatuses = []corev1.ContainerStatus{{Name: "main", State: corev1.ContainerState{Waiting: &corev1.ContainerStateWaiting{Reason: "ErrImagePull"}}}}
		return nil
	}))
	must(t)(w.untyped.Resource(gvr.SecurityGroupPolicies).Namespace("workshop").Create(context5(t), policy("allow", "sg-1", "sg-2"), metav1.CreateOptions{}))
	must(t)(w.typed.NetworkingV1().NetworkPolicies("workshop").Create(context5(t), networkPolicy("deny"), metav1.CreateOptions{}))
	fake.Step(90 * time.Second)
	tests := map[string]struct{ path, want string }{
		"network policies":              {"/apis/networking.k8s.io/v1/namespaces/workshop/networkpolicies", "Name Pod-Selector Age | deny app=green-pod 90s"},
		"pods by their containers":      {"/api/v1/namespaces/workshop/pods", "Name Ready Status Restarts Age | green 1/1 Running 0 90s | waiting 0/1 ErrImagePull 0 90s"},
		"one object":                    {"/api/v1/namespaces/workshop/pods/green", "Name Ready Status Restarts Age | green 1/1 Running 0 90s"},
		"a custom resource by its CRD":  {"/apis/vpcresources.k8s.aws/v1beta1/namespaces/workshop/securitygrouppolicies", `Name Security-Group-Ids | allow ["sg-1","sg-2"]`},
		"an empty list has its headers": {"/api/v1/namespaces/default/secrets", "Name Type Data Age"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			raw, err := w.typed.CoreV1().RESTClient().Get().AbsPath(test.path).
				SetHeader("Accept", "application/json;as=Table;v=v1;g=meta.k8s.io,application/json").DoRaw(context5(t))
			if err != nil {
				t.Fatal(err)
			}
			var table metav1.Table
			if err := json.Unmarshal(raw, &table); err != nil {
				t.Fatal(err)
			}
			if got := render(table); got != test.want {
				t.Errorf("table = %s\nwant    %s", got, test.want)
			}
		})
	}
}

// render writes the columns that are not wide.
func render(table metav1.Table) string {
	var header []string
	for _, c := range table.ColumnDefinitions {
		if c.Priority == 0 {
			header = append(header, c.Name)
		}
	}
	lines := []string{strings.Join(header, " ")}
	for _, row := range table.Rows {
		var cells []string
		for i, cell := range row.Cells {
			if table.ColumnDefinitions[i].Priority == 0 {
				cells = append(cells, fmt.Sprint(cell))
			}
		}
		lines = append(lines, strings.Join(cells, " "))
	}
	return strings.Join(lines, " | ")
}

func TestMetadataClientsGetMetadataOnly(t *testing.T) {
	w := newWorld(t)
	seedMaps(t, w, 2)
	client := metadata.NewForConfigOrDie(w.config)
	list, err := client.Resource(gvr.ConfigMaps).Namespace("workshop").List(context5(t), metav1.ListOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if len(list.Items) != 2 || list.Items[1].Name != "cm-1" || list.Items[1].Labels["n"] != "1" {
		t.Errorf("metadata = %+v", list.Items)
	}
}

func TestEventsAreOneObjectInTwoGroups(t *testing.T) {
	w := newWorld(t)
	ctx := context5(t)
	now := metav1.NowMicro()
	must(t)(w.typed.EventsV1().Events("workshop").Create(ctx, &eventsv1.Event{
		ObjectMeta:          metav1.ObjectMeta{Name: "green.1", Namespace: "workshop"},
		EventTime:           now,
		ReportingController: "vpc-resource-controller",
		ReportingInstance:   "1",
		Action:              "Allocate",
		Reason:              "ResourceAllocated",
		Type:                "Normal",
		Regarding:           corev1.ObjectReference{Kind: "Pod", Namespace: "workshop", Name: "green"},
		Note:                "Allocated [] to the pod",
	}, metav1.CreateOptions{}))
	core, err := w.typed.CoreV1().Events("workshop").List(ctx, metav1.ListOptions{FieldSelector: "involvedObject.name=green,involvedObject.kind=Pod"})
	if err != nil || len(core.Items) != 1 || core.Items[0].Message != "Allocated [] to the pod" {
		t.Fatalf("core events = %+v, %v", core.Items, err)
	}
	newer, err := w.typed.EventsV1().Events("workshop").List(ctx, metav1.ListOptions{FieldSelector: "regarding.name=green"})
	if err != nil || len(newer.Items) != 1 || newer.Items[0].UID != core.Items[0].UID || newer.Items[0].Note != core.Items[0].Message {
		t.Errorf("events.k8s.io events = %+v, %v", newer.Items, err)
	}
	if none, err := w.typed.EventsV1().Events("workshop").List(ctx, metav1.ListOptions{FieldSelector: "regarding.name=red"}); err != nil || len(none.Items) != 0 {
		t.Errorf("events of another pod = %+v, %v", none.Items, err)
	}
}

func TestScaleBindingAndEviction(t *testing.T) {
	w := newWorld(t)
	ctx := context5(t)
	family(t, w)
	deployments := w.typed.AppsV1().Deployments("workshop")
	scale, err := deployments.GetScale(ctx, "green", metav1.GetOptions{})
	if err != nil || scale.Spec.Replicas != 1 || scale.Status.Selector != "app=green-pod" {
		t.Fatalf("scale = %+v, %v", scale, err)
	}
	scale.Spec.Replicas = 3
	must(t)(deployments.UpdateScale(ctx, "green", scale, metav1.UpdateOptions{}))
	if _, err := deployments.UpdateScale(ctx, "green", scale, metav1.UpdateOptions{}); !apierrors.IsConflict(err) {
		t.Errorf("scaling with an old version = %v, want a conflict", err)
	}
	must(t)(w.typed.AppsV1().RESTClient().Patch(types.MergePatchType).Namespace("workshop").Resource("deployments").Name("green").
		SubResource("scale").Body([]byte(`{"spec":{"replicas":5}}`)).Do(ctx).Get())
	got, err := deployments.Get(ctx, "green", metav1.GetOptions{})
	if err != nil || *got.Spec.Replicas != 5 || got.Generation != 3 {
		t.Errorf("replicas %v, generation %d, %v; want 5, 3", got.Spec.Replicas, got.Generation, err)
	}

	pods := w.typed.CoreV1().Pods("workshop")
	must(t)(pods.Create(ctx, pod("free", ""), metav1.CreateOptions{}))
	binding := &corev1.Binding{ObjectMeta: metav1.ObjectMeta{Name: "free"}, Target: corev1.ObjectReference{Kind: "Node", Name: "n1"}}
	if err := pods.Bind(ctx, binding, metav1.CreateOptions{}); err != nil {
		t.Fatal(err)
	}
	bound, err := pods.Get(ctx, "free", metav1.GetOptions{})
	if err != nil || bound.Spec.NodeName != "n1" || len(bound.Status.Conditions) != 1 || bound.Status.Conditions[0].Type != corev1.PodScheduled {
		t.Errorf("bound pod = %q %v, %v", bound.Spec.NodeName, bound.Status.Conditions, err)
	}
	if err := pods.Bind(ctx, binding, metav1.CreateOptions{}); !apierrors.IsConflict(err) {
		t.Errorf("binding twice = %v, want a conflict", err)
	}
	if err := pods.EvictV1(ctx, &policyv1.Eviction{ObjectMeta: metav1.ObjectMeta{Name: "free"}}); err != nil {
		t.Fatal(err)
	}
	evicted, err := pods.Get(ctx, "free", metav1.GetOptions{})
	if err != nil || evicted.DeletionTimestamp == nil {
		t.Errorf("evicted pod = %+v, %v; want it on its way out", evicted.ObjectMeta, err)
	}
}

func TestExecIsRefusedWithAReason(t *testing.T) {
	w := newWorld(t)
	runningPod(t, w, "green")
	err := w.typed.CoreV1().RESTClient().Post().Namespace("workshop").Resource("pods").Name("green").SubResource("exec").
		Param("command", "ls").Do(context5(t)).Error()
	if err == nil || !strings.Contains(err.Error(), `exec of pod "green" refused`) {
		t.Errorf("exec = %v", err)
	}
}
