package kube_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	clocktesting "k8s.io/utils/clock/testing"
	"k8s.io/utils/ptr"

	"podsg/sandbox/kubeapi"
	"podsg/sandbox/kubeapi/access"
	"podsg/sandbox/kubeapi/faults"
	"podsg/sandbox/kubeapi/gvr"
	"podsg/sandbox/kubeapi/storage"
	"podsg/steps/plan"
	"podsg/steps/world"
)

// containing wants a text with all of some parts.
func containing(parts ...string) func(string) bool {
	return func(text string) bool {
		for _, p := range parts {
			if !strings.Contains(text, p) {
				return false
			}
		}
		return true
	}
}

func TestWaitCNIRolloutTellsWhichNodeItWaitsFor(t *testing.T) {
	w := newWorld(t)
	w.cni(t, 3)
	c := w.connect(t, adminToken)
	if err := c.SetCNIEnv(t.Context(), plan.CNIEnv{Env: map[string]*string{"ENABLE_POD_ENI": ptr.To("true")}}); err != nil {
		t.Fatal(err)
	}
	log, done := newProgressLog(), make(chan error, 1)
	go func() { done <- c.WaitCNIRollout(t.Context(), log.add) }()
	log.await(t, containing("see the change")) // the old state looks complete
	w.pod(t, "kube-system", "aws-node-x7k2p", func(p *corev1.Pod) {
		p.Labels = map[string]string{"k8s-app": "aws-node"}
		p.Spec.NodeName = "ip-10-0-3-7.us-west-2.compute.internal"
		p.Status = corev1.PodStatus{Phase: corev1.PodPending, ContainerStatuses: []corev1.ContainerStatus{{
			Name: "main", State: corev1.ContainerState{Waiting: &corev1.ContainerStateWaiting{Reason: "ContainerCreating"}},
		}}}
	})
	w.rolled(t, 3, 1, 2)
	log.await(t, containing("1 of 3 nodes updated", "aws-node-x7k2p on ip-10-0-3-7: ", "image"))
	w.rolled(t, 3, 3, 3)
	if err := <-done; err != nil {
		t.Error(err)
	}
	log.await(t, containing("all 3 nodes updated"))
}

func TestWaitCNIRolloutLeavesOutNodesThatAreDown(t *testing.T) {
	// agent is the aws-node pod of a node.
	agent := func(t *testing.T, w *testWorld, node, revision string, ready bool) {
		w.pod(t, "kube-system", "aws-node-"+node, func(p *corev1.Pod) {
			p.Labels = map[string]string{"k8s-app": "aws-node", appsv1.ControllerRevisionHashLabelKey: revision}
			p.Spec.NodeName = node
			p.Status.Phase = corev1.PodRunning
			if ready {
				p.Status.Conditions = []corev1.PodCondition{{Type: corev1.PodReady, Status: corev1.ConditionTrue}}
			}
		})
	}
	for name, c := range map[string]struct {
		down     string   // a node that is not ready
		unready  string   // the node of the pod that is not ready
		revision []string // of the pods on b, a and c, from the oldest on
		updated  int32
		want     string // how it ends; empty: it waits
	}{
		"when they are all that is missing":              {"b", "b", []string{"new", "new", "new"}, 3, "2 of 3 nodes updated; left out as it is not ready: b"},
		"with the old pod, which nobody can end":         {"b", "b", []string{"old", "new", "new"}, 2, "2 of 3 nodes updated; left out as it is not ready: b"},
		"but waits for a pod on a node that is ready":    {"b", "c", []string{"new", "new", "new"}, 3, ""},
		"but waits for a node that has not had its turn": {"b", "b", []string{"old", "old", "new"}, 1, ""},
	} {
		t.Run(name, func(t *testing.T) {
			clock := clocktesting.NewFakeClock(start)
			w := newWorld(t, func(s *storage.Config, _ *kubeapi.Config) { s.Clock = clock })
			w.cni(t, 3)
			w.rolled(t, 3, c.updated, 2)
			for i, node := range []string{"b", "a", "c"} { // the old ones first
				clock.Step(time.Second)
				w.node(t, node, "m5.large", 0)
				if node == c.down {
					setStatus(t, w, gvr.Nodes, "", node, func(n *corev1.Node) { n.Status.Conditions[0].Status = corev1.ConditionUnknown })
				}
				agent(t, w, node, c.revision[i], node != c.unready)
			}
			log, done := newProgressLog(), make(chan error, 1)
			client := w.connect(t, adminToken)
			go func() { done <- client.WaitCNIRollout(t.Context(), log.add) }()
			if c.want != "" {
				if err := <-done; err != nil {
					t.Fatal(err)
				}
				log.await(t, containing(c.want))
				return
			}
			log.await(t, containing("of 3 nodes updated", "aws-node-"+c.unready))
			w.rolled(t, 3, 3, 3)
			if err := <-done; err != nil {
				t.Error(err)
			}
		})
	}
}

func TestWaitCNIRolloutDoesNotWaitForEver(t *testing.T) {
	t.Run("when there is no DaemonSet", func(t *testing.T) {
		w := newWorld(t)
		err := w.connect(t, adminToken).WaitCNIRollout(t.Context(), nil)
		if world.KindOf(err) != world.ProblemNotFound {
			t.Errorf("got %v", err)
		}
	})
	t.Run("when pods are replaced by hand only", func(t *testing.T) {
		w := newWorld(t)
		w.cni(t, 3)
		if _, err := as[*appsv1.DaemonSet](w, gvr.DaemonSets).Mutate("kube-system", "aws-node", func(ds *appsv1.DaemonSet) error {
			ds.Spec.UpdateStrategy = appsv1.DaemonSetUpdateStrategy{Type: appsv1.OnDeleteDaemonSetStrategyType}
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		w.rolled(t, 3, 1, 3)
		err := w.connect(t, adminToken).WaitCNIRollout(t.Context(), nil)
		if err == nil || !containing("2 pods", "OnDelete")(err.Error()) {
			t.Errorf("got %v", err)
		}
	})
}

func TestWaitTrunkSaysWhatTheNodeWaitsFor(t *testing.T) {
	w := newWorld(t)
	w.node(t, "a.internal", "m5.large", 0)
	w.node(t, "b.internal", "t3.medium", 0)
	c := w.connect(t, adminToken)
	log, done := newProgressLog(), make(chan error, 1)
	go func() { done <- c.WaitTrunk(t.Context(), plan.TrunkWait{Nodes: []string{"a.internal"}}, log.add) }()
	log.await(t, containing("0 of 1 node has a trunk ENI", "a: ", "CNINode"))
	w.cniNode(t, "a.internal")
	log.await(t, containing("has not asked"))
	if _, err := as[*unstructured.Unstructured](w, gvr.CNINodes).Mutate("", "a.internal", func(n *unstructured.Unstructured) error {
		return unstructured.SetNestedSlice(n.Object, []any{feature("SecurityGroupsForPods")}, "spec", "features")
	}); err != nil {
		t.Fatal(err)
	}
	log.await(t, containing("attaching"))
	at := metav1.Now()
	for _, e := range []struct{ reason, message string }{
		{"TrunkENICreationFailed", "Failed to create trunk interface: Error Code: UnauthorizedOperation"},
		{"NodeTrunkFailedInit", "The node failed initializing trunk interface"},
	} {
		put(t, w, gvr.Events, &corev1.Event{
			ObjectMeta:     metav1.ObjectMeta{Name: strings.ToLower(e.reason), Namespace: "default"},
			InvolvedObject: corev1.ObjectReference{Kind: "Node", Name: "a.internal", UID: "a.internal"},
			Reason:         e.reason, Message: e.message, Type: "Warning", LastTimestamp: at, Source: corev1.EventSource{Component: "vpc-resource-controller"},
		})
	}
	log.await(t, containing("UnauthorizedOperation"))
	setStatus(t, w, gvr.Nodes, "", "a.internal", func(n *corev1.Node) { fillNode(n, 9) })
	if err := <-done; err != nil {
		t.Error(err)
	}
	log.mu.Lock()
	defer log.mu.Unlock()
	if last := log.texts[len(log.texts)-1]; last != "1 of 1 node has a trunk ENI" {
		t.Errorf("the last progress was %q", last)
	}
}

func TestWaitTrunkOfAllNodesWaitsForTheLast(t *testing.T) {
	w := newWorld(t)
	w.node(t, "a", "m5.large", 9)
	w.node(t, "b", "m5.large", 0)
	c := w.connect(t, adminToken)
	nodes := []string{"a", "b"}
	if err := c.WaitTrunk(t.Context(), plan.TrunkWait{Nodes: nodes}, nil); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	err := c.WaitTrunk(ctx, plan.TrunkWait{Nodes: nodes, All: true}, nil)
	if world.KindOf(err) != world.ProblemTimeout || !strings.Contains(err.Error(), "1 of 2 nodes have a trunk ENI") {
		t.Errorf("a wait that ran out of time says %v", err)
	}
}

// running wants one pod that runs.
func running(pods []world.Pod) string {
	for _, p := range pods {
		if p.Phase == "Running" {
			return ""
		}
	}
	return fmt.Sprintf("%d pods, none runs", len(pods))
}

func TestWaitPodsEndsWhenTheConditionHolds(t *testing.T) {
	w := newWorld(t)
	c := w.connect(t, adminToken)
	log := newProgressLog()
	type result struct {
		pods []world.Pod
		err  error
	}
	done := make(chan result, 1)
	go func() {
		pods, err := c.WaitPods(t.Context(), "workshop", map[string]string{"app": "green"}, running, log.add)
		done <- result{pods, err}
	}()
	log.await(t, containing("0 pods"))
	w.pod(t, "workshop", "red", func(p *corev1.Pod) { p.Status.Phase = corev1.PodRunning })
	w.pod(t, "workshop", "green")
	log.await(t, containing("1 pods"))
	setStatus(t, w, gvr.Pods, "workshop", "green", func(p *corev1.Pod) { p.Status.Phase = corev1.PodRunning })
	if r := <-done; r.err != nil || len(r.pods) != 1 || r.pods[0].Name != "green" {
		t.Errorf("got %v, %v", r.pods, r.err)
	}
}

func TestWaitSurvivesWhatHealsByItself(t *testing.T) {
	w := newWorld(t, func(s *storage.Config, _ *kubeapi.Config) { s.EventLog = 20 })
	c := w.connect(t, adminToken)
	log, done := newProgressLog(), make(chan error, 1)
	down := w.server.InjectFault(faults.Fault{Verb: "list", Resource: "pods", Status: 500})
	cut := w.server.InjectFault(faults.Fault{Verb: "watch", Resource: "pods", Reset: true})
	go func() {
		_, err := c.WaitPods(t.Context(), "workshop", nil, running, log.add)
		done <- err
	}()
	log.await(t, containing("does not answer just now"))
	down()
	log.await(t, containing("0 pods"))
	// While no watch can be opened, more happens than the server remembers.
	for range 40 {
		setStatus(t, w, gvr.Namespaces, "", "default", func(n *corev1.Namespace) {
			n.Status.Conditions = append(n.Status.Conditions, corev1.NamespaceCondition{Type: "x", Status: "True"})
		})
	}
	w.pod(t, "workshop", "green", func(p *corev1.Pod) { p.Status.Phase = corev1.PodRunning })
	cut()
	select {
	case err := <-done:
		if err != nil {
			t.Error(err)
		}
	case <-time.After(10 * time.Second):
		t.Fatalf("it still waits; the progress was %q", log.texts)
	}
}

func TestWaitEndsWithAPermissionThatIsMissing(t *testing.T) {
	w := newWorld(t, func(_ *storage.Config, c *kubeapi.Config) {
		c.Authorize = access.Deny(access.DenyRule{Verb: "watch", Resource: "pods"})
	})
	_, err := w.connect(t, guestToken).WaitPods(t.Context(), "workshop", nil, running, nil)
	var p *world.Problem
	if !errors.As(err, &p) || p.Kind != world.ProblemPermission || p.Permission != "watch pods in workshop" {
		t.Errorf("got %+v", err)
	}
}

func TestWaitThatIsInterruptedSaysSo(t *testing.T) {
	w := newWorld(t)
	c := w.connect(t, adminToken)
	ctx, cancel := context.WithCancel(t.Context())
	log, done := newProgressLog(), make(chan error, 1)
	go func() {
		_, err := c.WaitPods(ctx, "workshop", nil, running, log.add)
		done <- err
	}()
	log.await(t, containing("0 pods"))
	cancel()
	if err := <-done; world.KindOf(err) != world.ProblemInterrupted || !strings.Contains(err.Error(), "0 pods") {
		t.Errorf("got %v", err)
	}
}
