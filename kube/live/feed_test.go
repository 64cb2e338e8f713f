package live_test

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	clocktesting "k8s.io/utils/clock/testing"
	"k8s.io/utils/ptr"

	"podsg/kube/facts"
	"podsg/kube/live"
	"podsg/kube/live/rows"
	"podsg/sandbox/kubeapi"
	"podsg/sandbox/kubeapi/access"
	"podsg/sandbox/kubeapi/faults"
	"podsg/sandbox/kubeapi/gvr"
	"podsg/sandbox/kubeapi/storage"
	"podsg/steps/world"
)

// view is what a reader of a feed has put together from its updates.
type view struct {
	t       *testing.T
	feed    *live.Feed
	rollout world.Rollout
	nodes   map[string]*rows.Node
	pods    map[string]*rows.Pod
	events  map[string]*rows.Event
	last    rows.Update
}

func watch(t *testing.T, w *testWorld, options live.Options) *view {
	t.Helper()
	if options.Interval == 0 {
		options.Interval = time.Millisecond
	}
	return &view{
		t: t, feed: live.Watch(t.Context(), w.client, options),
		nodes: map[string]*rows.Node{}, pods: map[string]*rows.Pod{}, events: map[string]*rows.Event{},
	}
}

func merge[R any](known map[string]*R, d rows.Delta[R]) {
	for key, row := range d.Set {
		known[key] = row
	}
	for _, key := range d.Gone {
		delete(known, key)
	}
}

// until takes updates until a condition holds.
func (v *view) until(what string, holds func() bool) {
	v.t.Helper()
	deadline := time.After(10 * time.Second)
	for {
		v.last = v.feed.Take()
		v.rollout = v.last.Rollout
		merge(v.nodes, v.last.Nodes)
		merge(v.pods, v.last.Pods)
		merge(v.events, v.last.Events)
		if holds() {
			return
		}
		select {
		case <-v.feed.Changed():
		case <-deadline:
			v.t.Fatalf("%s does not come about: nodes %v, pods %v, events %v, %+v", what, v.nodes, v.pods, v.events, v.last)
		}
	}
}

func node(name string) *corev1.Node {
	return &corev1.Node{ObjectMeta: metav1.ObjectMeta{Name: name, Labels: map[string]string{corev1.LabelInstanceTypeStable: "m5.large"}}}
}

func ready(limit int64) func(*corev1.Node) {
	return func(n *corev1.Node) {
		n.Status.Conditions = []corev1.NodeCondition{{Type: corev1.NodeReady, Status: corev1.ConditionTrue}}
		n.Status.Allocatable = corev1.ResourceList{}
		if limit > 0 {
			n.Status.Allocatable[facts.PodENI] = *resource.NewQuantity(limit, resource.DecimalSI)
		}
	}
}

func pod(namespace, name, node string, labels map[string]string) *corev1.Pod {
	return &corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{Name: name, Namespace: namespace, Labels: labels},
		Spec:       corev1.PodSpec{NodeName: node, ServiceAccountName: "default", Containers: []corev1.Container{{Name: "main", Image: "i"}}},
	}
}

func agentPod(name, node, hash string) *corev1.Pod {
	return pod("kube-system", name, node, map[string]string{"k8s-app": "aws-node", appsv1.ControllerRevisionHashLabelKey: hash})
}

func running(p *corev1.Pod) {
	p.Status.Phase = corev1.PodRunning
	p.Status.Conditions = []corev1.PodCondition{{Type: corev1.PodReady, Status: corev1.ConditionTrue}}
}

// agents is the DaemonSet that owns the revisions.
func agents(t *testing.T, w *testWorld) *appsv1.DaemonSet {
	t.Helper()
	labels := map[string]string{"k8s-app": "aws-node"}
	ds, err := storage.NewClient[*appsv1.DaemonSet](w.store, gvr.DaemonSets, "test").Create(&appsv1.DaemonSet{
		ObjectMeta: metav1.ObjectMeta{Name: "aws-node", Namespace: "kube-system"},
		Spec: appsv1.DaemonSetSpec{Selector: &metav1.LabelSelector{MatchLabels: labels}, Template: corev1.PodTemplateSpec{
			ObjectMeta: metav1.ObjectMeta{Labels: labels}, Spec: corev1.PodSpec{Containers: []corev1.Container{{Name: "aws-node", Image: "cni"}}},
		}},
	})
	if err != nil {
		t.Fatal(err)
	}
	return ds
}

func revision(owner *appsv1.DaemonSet, hash string, number int64) *appsv1.ControllerRevision {
	return &appsv1.ControllerRevision{
		ObjectMeta: metav1.ObjectMeta{
			Name: "aws-node-" + hash, Namespace: "kube-system",
			Labels:          map[string]string{"k8s-app": "aws-node", appsv1.ControllerRevisionHashLabelKey: hash},
			OwnerReferences: []metav1.OwnerReference{{APIVersion: "apps/v1", Kind: "DaemonSet", Name: owner.Name, UID: owner.UID, Controller: ptr.To(true)}},
		},
		Revision: number,
	}
}

func TestNodesShowTheRolloutAndTheTrunk(t *testing.T) {
	w := newWorld(t)
	ds := agents(t, w)
	put(t, w, gvr.ControllerRevisions, revision(ds, "old", 1))
	for _, name := range []string{"a", "b"} {
		put(t, w, gvr.Nodes, node(name), ready(0))
		put(t, w, gvr.Pods, agentPod("aws-node-"+name, name, "old"), running)
	}
	v := watch(t, w, live.Options{})
	v.until("the nodes", func() bool {
		return len(v.nodes) == 2 && v.last.Nodes.Synced && v.nodes["a"].Agent == rows.RevisionNew && v.nodes["a"].AgentReady
	})
	if a := v.nodes["a"]; a.Type != "m5.large" || !a.Ready || a.Trunk != rows.TrunkNone || a.Limit != 0 {
		t.Errorf("got %+v", a)
	}

	put(t, w, gvr.ControllerRevisions, revision(ds, "new", 2))
	v.until("old agents", func() bool { return v.nodes["a"].Agent == rows.RevisionOld && v.nodes["b"].Agent == rows.RevisionOld })

	put(t, w, gvr.Pods, agentPod("aws-node-a2", "a", "new"), func(p *corev1.Pod) { p.Status.Phase = corev1.PodPending })
	v.until("a new agent", func() bool { return v.nodes["a"].Agent == rows.RevisionNew && !v.nodes["a"].AgentReady })
	if v.nodes["a"].AgentHold == "" {
		t.Error("it does not say what the agent waits for")
	}
	put(t, w, gvr.CNINodes, &unstructured.Unstructured{Object: map[string]any{
		"apiVersion": "vpcresources.k8s.aws/v1alpha1", "kind": "CNINode", "metadata": map[string]any{"name": "a"},
		"spec": map[string]any{"features": []any{map[string]any{"name": "SecurityGroupsForPods"}}},
	}})
	v.until("a trunk that is asked for", func() bool { return v.nodes["a"].Trunk == rows.TrunkAsked })
	change(t, w, gvr.Nodes, "", "a", ready(9))
	v.until("a trunk", func() bool { return v.nodes["a"].Trunk == rows.TrunkAttached && v.nodes["a"].Limit == 9 })

	wanting := pod("workshop", "green", "a", nil)
	wanting.Spec.Containers[0].Resources.Limits = corev1.ResourceList{facts.PodENI: resource.MustParse("1")}
	wanting.Spec.Containers[0].Resources.Requests = wanting.Spec.Containers[0].Resources.Limits
	put(t, w, gvr.Pods, wanting, running)
	v.until("a branch in use", func() bool { return v.nodes["a"].Branches == 1 })
	change(t, w, gvr.Pods, "workshop", "green", func(p *corev1.Pod) { p.Status.Phase = corev1.PodSucceeded })
	v.until("the branch of an ended pod is free", func() bool { return v.nodes["a"].Branches == 0 })
	if err := storage.NewClient[*corev1.Node](w.store, gvr.Nodes, "test").Delete("", "b", metav1.DeleteOptions{}); err != nil {
		t.Fatal(err)
	}
	v.until("a node is gone", func() bool { return len(v.nodes) == 1 })
}

func TestPodsShowTheirBranchENIAndTheGroupsOfPolicies(t *testing.T) {
	w := newWorld(t)
	put(t, w, gvr.ServiceAccounts, &corev1.ServiceAccount{ObjectMeta: metav1.ObjectMeta{Name: "default", Namespace: "workshop"}})
	put(t, w, gvr.Pods, pod("workshop", "green", "a", map[string]string{"app": "green-pod"}), running)
	put(t, w, gvr.Pods, pod("default", "green", "a", map[string]string{"app": "green-pod"}), running)
	v := watch(t, w, live.Options{})
	v.until("the pods", func() bool { return len(v.pods) == 2 && v.last.Pods.Synced })
	if p := v.pods["workshop/green"]; p.Status != "Running" || !p.Ready || p.Node != "a" || p.ENIID != "" || p.Groups != nil {
		t.Errorf("got %+v", p)
	}

	policy := func(name string, spec map[string]any) {
		put(t, w, gvr.SecurityGroupPolicies, &unstructured.Unstructured{Object: map[string]any{
			"apiVersion": "vpcresources.k8s.aws/v1beta1", "kind": "SecurityGroupPolicy", "metadata": map[string]any{"name": name, "namespace": "workshop"}, "spec": spec,
		}})
	}
	policy("by-pod", map[string]any{"podSelector": map[string]any{"matchLabels": map[string]any{"app": "green-pod"}}, "securityGroups": map[string]any{"groupIds": []any{"sg-1"}}})
	policy("by-account", map[string]any{"serviceAccountSelector": map[string]any{"matchLabels": map[string]any{"role": "payer"}}, "securityGroups": map[string]any{"groupIds": []any{"sg-2"}}})
	v.until("the groups", func() bool { return reflect.DeepEqual(v.pods["workshop/green"].Groups, []string{"sg-1"}) })
	if v.pods["default/green"].Groups != nil {
		t.Error("a policy reaches into another namespace")
	}
	if _, err := storage.NewClient[*corev1.ServiceAccount](w.store, gvr.ServiceAccounts, "test").Mutate("workshop", "default", func(a *corev1.ServiceAccount) error {
		a.Labels = map[string]string{"role": "payer"}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	v.until("the groups of the service account", func() bool {
		return reflect.DeepEqual(v.pods["workshop/green"].Policies, []string{"by-account", "by-pod"})
	})

	before := time.Now().Add(-2 * time.Second)
	if _, err := storage.NewClient[*corev1.Pod](w.store, gvr.Pods, "controller").Mutate("workshop", "green", func(p *corev1.Pod) error {
		p.Annotations = map[string]string{facts.PodENI: `[{"eniId":"eni-1","privateIp":"10.0.0.9","vlanID":3}]`}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	v.until("the branch ENI", func() bool { return v.pods["workshop/green"].ENIID == "eni-1" })
	if p := v.pods["workshop/green"]; p.PrivateIP != "10.0.0.9" || p.VLAN != 3 || p.ENISince.Before(before) {
		t.Errorf("got %+v", p)
	}
}

func TestEventsAreExplainedAndOthersLeftOut(t *testing.T) {
	w := newWorld(t)
	event := func(name, component, reason, message string) {
		put(t, w, gvr.Events, &corev1.Event{
			ObjectMeta:     metav1.ObjectMeta{Name: name, Namespace: "workshop"},
			InvolvedObject: corev1.ObjectReference{Kind: "Pod", Namespace: "workshop", Name: "green"},
			Type:           "Warning", Reason: reason, Message: message, LastTimestamp: metav1.Now(), Source: corev1.EventSource{Component: component},
		})
	}
	event("1", "vpc-resource-controller", "BranchAllocationFailed", "failed to allocate branch ENI to pod: creating network interface, InsufficientFreeAddressesInSubnet: no")
	event("2", "default-scheduler", "FailedScheduling", "0/3 nodes are available: 3 Insufficient vpc.amazonaws.com/pod-eni.")
	event("3", "default-scheduler", "FailedScheduling", "0/3 nodes are available: 3 Insufficient cpu.")
	event("4", "kubelet", "Pulled", "Container image pulled")
	v := watch(t, w, live.Options{})
	v.until("the events", func() bool { return len(v.events) == 2 && v.last.Events.Synced })
	for key, want := range map[string]string{"workshop/1": "no free address", "workshop/2": "free branch ENI"} {
		if e := v.events[key]; e == nil || !strings.Contains(e.Explanation, want) {
			t.Errorf("event %s is %+v", key, e)
		}
	}
}

func TestFeedTellsAtMostOncePerInterval(t *testing.T) {
	w := newWorld(t)
	clock := clocktesting.NewFakeClock(time.Now())
	feed := live.Watch(t.Context(), w.client, live.Options{Interval: time.Second, Clock: clock})
	<-feed.Changed()
	waitFor(t, clock.HasWaiters) // the interval has begun
	waitFor(t, func() bool {
		u := feed.Take()
		return u.Pods.Synced && u.Nodes.Synced && u.Events.Synced
	})
	for i := range 50 {
		put(t, w, gvr.Pods, pod("workshop", fmt.Sprint("p", i), "a", nil))
	}
	taken := 0
	waitFor(t, func() bool { taken += len(feed.Take().Pods.Set); return taken == 50 })
	select {
	case <-feed.Changed():
		t.Fatal("it told twice within an interval")
	default:
	}
	clock.Step(time.Second)
	<-feed.Changed()
}

func waitFor(t *testing.T, holds func() bool) {
	t.Helper()
	deadline := time.After(10 * time.Second)
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for !holds() {
		select {
		case <-deadline:
			t.Fatal("it does not come about")
		case <-tick.C:
		}
	}
}

func TestFeedOfAUserOfOneNamespaceShowsItAndSaysWhatIsMissing(t *testing.T) {
	w := newWorld(t, func(c *kubeapi.Config) {
		c.Authorize = func(a access.Attributes) (bool, string) { return a.Namespace == "workshop", "" }
	})
	put(t, w, gvr.Nodes, node("a"), ready(9))
	put(t, w, gvr.Pods, pod("workshop", "green", "a", nil), running)
	v := watch(t, w, live.Options{Namespace: "workshop"})
	v.until("the pods of the namespace", func() bool { return len(v.pods) == 1 && v.last.Nodes.Synced })
	if v.last.Pods.Trouble != "" || !strings.Contains(v.last.Nodes.Trouble, "not allowed") {
		t.Errorf("trouble of pods %q, of nodes %q", v.last.Pods.Trouble, v.last.Nodes.Trouble)
	}
}

// hurried is a clock that waits a thousandth of the time.
type hurried struct{ clocktesting.FakeClock }

// After implements [clock.Clock].
func (*hurried) After(d time.Duration) <-chan time.Time { return time.After(d / 1000) }

func TestFeedThatIsRefusedLaterSaysSoAndGoesOnWhenItMay(t *testing.T) {
	var revoked atomic.Bool
	w := newWorld(t, func(c *kubeapi.Config) {
		c.Authorize = func(a access.Attributes) (bool, string) {
			return a.Resource != "pods" || a.Namespace != "" || !revoked.Load(), ""
		}
	})
	put(t, w, gvr.Pods, pod("workshop", "green", "a", nil), running)
	put(t, w, gvr.Pods, pod("default", "red", "a", nil), running)
	v := watch(t, w, live.Options{Namespace: "workshop", Clock: &hurried{}})
	v.until("the pods", func() bool { return len(v.pods) == 2 && v.last.Pods.Synced })
	revoked.Store(true)
	w.wire.cut()
	v.until("the refusal", func() bool { return strings.Contains(v.last.Pods.Trouble, "not allowed") })
	if err := storage.NewClient[*corev1.Pod](w.store, gvr.Pods, "test").Delete("default", "red", metav1.DeleteOptions{GracePeriodSeconds: ptr.To[int64](0)}); err != nil {
		t.Fatal(err)
	}
	revoked.Store(false)
	v.until("what has become of the pods", func() bool {
		return len(v.pods) == 1 && v.pods["workshop/green"] != nil && v.last.Pods.Trouble == ""
	})
}

func TestFeedSaysWhenAWatchIsDownAndWhenItIsBack(t *testing.T) {
	w := newWorld(t)
	put(t, w, gvr.Pods, pod("workshop", "green", "a", nil), running)
	v := watch(t, w, live.Options{})
	v.until("the pods", func() bool { return len(v.pods) == 1 && v.last.Pods.Synced })
	heal := w.server.InjectFault(faults.Fault{Verb: "watch", Resource: "pods", Status: 501})
	w.wire.cut()
	v.until("the outage", func() bool { return v.last.Pods.Trouble != "" })
	heal()
	v.until("its end", func() bool { return v.last.Pods.Trouble == "" })
}

func TestFeedSaysWhichSourcesOfItsRowsAreRefused(t *testing.T) {
	denied := []string{"cninodes", "daemonsets", "controllerrevisions", "serviceaccounts", "securitygrouppolicies"}
	w := newWorld(t, func(c *kubeapi.Config) {
		c.Authorize = func(a access.Attributes) (bool, string) { return !slices.Contains(denied, a.Resource), "" }
	})
	put(t, w, gvr.Nodes, node("a"), ready(9))
	put(t, w, gvr.Pods, pod("workshop", "green", "a", nil), running)
	v := watch(t, w, live.Options{})
	all := func(trouble string, resources ...string) bool {
		return !slices.ContainsFunc(resources, func(r string) bool { return !strings.Contains(trouble, r) })
	}
	v.until("the troubles", func() bool {
		return len(v.nodes) == 1 && len(v.pods) == 1 && all(v.last.Nodes.Trouble, denied[:3]...) && all(v.last.Pods.Trouble, denied[3:]...)
	})
}

func TestFeedOfAUserWhoSeesTheAccountsOfOneNamespaceSaysSo(t *testing.T) {
	w := newWorld(t, func(c *kubeapi.Config) {
		c.Authorize = func(a access.Attributes) (bool, string) {
			return a.Resource != "serviceaccounts" || a.Namespace == "workshop", ""
		}
	})
	put(t, w, gvr.Pods, pod("default", "green", "a", nil), running)
	v := watch(t, w, live.Options{Namespace: "workshop"})
	v.until("the trouble", func() bool {
		return len(v.pods) == 1 && v.last.Pods.Trouble == "not allowed to see the service accounts of other namespaces than workshop"
	})
}

func TestFeedHasAllEventsOnlyWhenEverySourceHasBeenRead(t *testing.T) {
	w := newWorld(t)
	heal := w.server.InjectFault(faults.Fault{Verb: "list", Resource: "events", Status: 501, After: 1})
	v := watch(t, w, live.Options{Clock: &hurried{}})
	v.until("trouble with an event source", func() bool { return v.last.Events.Trouble != "" })
	for range 20 { // however often the good one is read
		w.wire.cut()
		if v.last = v.feed.Take(); v.last.Events.Synced {
			t.Fatal("all events are said to be there")
		}
	}
	heal()
	v.until("all events", func() bool { return v.last.Events.Synced && v.last.Events.Trouble == "" })
}
