package cluster_test

import (
	"context"
	"net"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	coordinationv1 "k8s.io/api/coordination/v1"
	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"podsg/sandbox/cluster"
	"podsg/sandbox/kubeapi/gvr"
	"podsg/sandbox/kubeapi/storage"
)

// A world is a cluster in a bubble of fake time: it waits for nothing, and
// every delay is exact.
type world struct {
	*testing.T
	ctx     context.Context
	started time.Time
	store   *storage.Store
	cloud   *fakeCloud
	cluster *cluster.Cluster
}

// inWorld runs a test in a settled cluster with these instance types as nodes.
func inWorld(t *testing.T, types []string, configure func(*cluster.Config), test func(w *world)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		w := &world{T: t, ctx: ctx, started: time.Now(), store: storage.NewStore(storage.Config{}), cloud: newFakeCloud(types...)}
		config := cluster.Config{
			Name: "workshop", Region: "us-west-2", Store: w.store, Cloud: w.cloud, Network: noNetwork{}, RootCA: []byte("ca"),
		}
		if configure != nil {
			configure(&config)
		}
		w.cluster = cluster.New(config)
		var done sync.WaitGroup
		done.Go(func() { w.store.Run(ctx) })
		done.Go(func() {
			if err := w.cluster.Run(ctx); err != nil {
				t.Errorf("run cluster: %v", err)
			}
		})
		defer done.Wait()
		defer cancel()
		<-w.cluster.Settled()
		synctest.Wait()
		test(w)
	})
}

// until lets time pass until the condition holds, at most half an hour.
func (w *world) until(what string, holds func() bool) {
	w.Helper()
	for range 1800 {
		synctest.Wait()
		if holds() {
			return
		}
		w.pass(time.Second)
	}
	w.Fatalf("after half an hour still not: %s", what)
}

// pass lets time pass.
func (w *world) pass(d time.Duration) {
	time.Sleep(d)
	synctest.Wait()
}

func (w *world) pods() *storage.Client[*corev1.Pod] {
	return storage.NewClient[*corev1.Pod](w.store, gvr.Pods, "kubectl")
}

func (w *world) daemonSets() *storage.Client[*appsv1.DaemonSet] {
	return storage.NewClient[*appsv1.DaemonSet](w.store, gvr.DaemonSets, "kubectl-set")
}

func (w *world) pod(namespace, name string) *corev1.Pod {
	w.Helper()
	p, err := w.pods().Get(namespace, name)
	if err != nil {
		w.Fatalf("get pod: %v", err)
	}
	return p
}

func (w *world) nodes() []*corev1.Node {
	w.Helper()
	nodes, err := storage.NewClient[*corev1.Node](w.store, gvr.Nodes, "").List("", storage.Selector{})
	if err != nil {
		w.Fatalf("list nodes: %v", err)
	}
	return nodes
}

// events are the messages of the events about an object, by reason.
func (w *world) events(name string) map[string][]string {
	w.Helper()
	events, err := storage.NewClient[*corev1.Event](w.store, gvr.Events, "").List("", storage.ByField("involvedObject.name", name))
	if err != nil {
		w.Fatalf("list events: %v", err)
	}
	found := map[string][]string{}
	for _, e := range events {
		found[e.Reason] = append(found[e.Reason], e.Message)
	}
	return found
}

func (w *world) namespace(name string) {
	w.Helper()
	_, err := storage.NewClient[*corev1.Namespace](w.store, gvr.Namespaces, "kubectl").Create(
		&corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: name}})
	if err != nil {
		w.Fatalf("create namespace: %v", err)
	}
	synctest.Wait() // its service account is there
}

// policy makes a SecurityGroupPolicy that selects app=green-pod.
func (w *world) policy(namespace, name string, groups ...string) {
	w.Helper()
	ids := []any{}
	for _, g := range groups {
		ids = append(ids, g)
	}
	_, err := storage.NewClient[*unstructured.Unstructured](w.store, gvr.SecurityGroupPolicies, "kubectl").Create(
		&unstructured.Unstructured{Object: map[string]any{
			"metadata": map[string]any{"name": name, "namespace": namespace},
			"spec": map[string]any{
				"podSelector":    map[string]any{"matchLabels": map[string]any{"app": "green-pod"}},
				"securityGroups": map[string]any{"groupIds": ids},
			},
		}})
	if err != nil {
		w.Fatalf("create policy: %v", err)
	}
	synctest.Wait()
}

// run creates a pod with the label app=<app> that sleeps.
func (w *world) run(namespace, name, app string, change ...func(*corev1.Pod)) *corev1.Pod {
	w.Helper()
	p := &corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{Name: name, Namespace: namespace, Labels: map[string]string{"app": app}},
		Spec: corev1.PodSpec{
			TerminationGracePeriodSeconds: new(int64),
			Containers: []corev1.Container{{
				Name: "client", Image: "public.ecr.aws/docker/library/postgres:17-alpine", Command: []string{"sleep", "86400"},
			}},
		},
	}
	for _, f := range change {
		f(p)
	}
	created, err := w.pods().Create(p)
	if err != nil {
		w.Fatalf("create pod: %v", err)
	}
	return created
}

func (w *world) delete(namespace, name string) {
	w.Helper()
	if err := w.pods().Delete(namespace, name, metav1.DeleteOptions{}); err != nil {
		w.Fatalf("delete pod: %v", err)
	}
}

// enablePodENI does what kubectl set env does, and waits for the rollout.
func (w *world) enablePodENI(more ...corev1.EnvVar) {
	w.Helper()
	w.setEnv(append([]corev1.EnvVar{{Name: "ENABLE_POD_ENI", Value: "true"}}, more...)...)
	w.until("aws-node rolled out", w.rolledOut)
}

func (w *world) setEnv(vars ...corev1.EnvVar) {
	w.Helper()
	_, err := w.daemonSets().Mutate("kube-system", "aws-node", func(ds *appsv1.DaemonSet) error {
		c := &ds.Spec.Template.Spec.Containers[0]
		for _, v := range vars {
			i := slices.IndexFunc(c.Env, func(e corev1.EnvVar) bool { return e.Name == v.Name })
			if i < 0 {
				c.Env = append(c.Env, v)
			} else {
				c.Env[i] = v
			}
		}
		return nil
	})
	if err != nil {
		w.Fatalf("set env of aws-node: %v", err)
	}
}

func (w *world) awsNode() *appsv1.DaemonSet {
	w.Helper()
	ds, err := w.daemonSets().Get("kube-system", "aws-node")
	if err != nil {
		w.Fatalf("get aws-node: %v", err)
	}
	return ds
}

func (w *world) rolledOut() bool {
	ds := w.awsNode()
	s := ds.Status
	return s.ObservedGeneration == ds.Generation && s.UpdatedNumberScheduled == s.DesiredNumberScheduled && s.NumberAvailable == s.DesiredNumberScheduled
}

func (w *world) capacity(n *corev1.Node) int64 {
	q := n.Status.Allocatable["vpc.amazonaws.com/pod-eni"]
	return q.Value()
}

func ready(p *corev1.Pod) bool {
	for _, c := range p.Status.Conditions {
		if c.Type == corev1.PodReady {
			return c.Status == corev1.ConditionTrue
		}
	}
	return false
}

func envOf(ds *appsv1.DaemonSet, name string) string {
	for _, e := range ds.Spec.Template.Spec.Containers[0].Env {
		if e.Name == name {
			return e.Value
		}
	}
	return ""
}

func (w *world) policies() *storage.Client[*unstructured.Unstructured] {
	return storage.NewClient[*unstructured.Unstructured](w.store, gvr.SecurityGroupPolicies, "kubectl")
}

func (w *world) cniNodes() []*unstructured.Unstructured {
	w.Helper()
	list, err := storage.NewClient[*unstructured.Unstructured](w.store, gvr.CNINodes, "").List("", storage.Selector{})
	if err != nil {
		w.Fatalf("list CNINodes: %v", err)
	}
	return list
}

func (w *world) hasFeature(node string) bool {
	for _, n := range w.cniNodes() {
		if features, _, _ := unstructured.NestedSlice(n.Object, "spec", "features"); n.GetName() == node && len(features) > 0 {
			return true
		}
	}
	return false
}

// withoutCNINodeRule takes from the VPC CNI what an old manifest did not grant.
func (w *world) withoutCNINodeRule() {
	w.Helper()
	_, err := storage.NewClient[*rbacv1.ClusterRole](w.store, gvr.ClusterRoles, "kubectl").Mutate("", "aws-node", func(r *rbacv1.ClusterRole) error {
		r.Rules = slices.DeleteFunc(r.Rules, func(rule rbacv1.PolicyRule) bool { return slices.Contains(rule.Resources, "cninodes") })
		return nil
	})
	if err != nil {
		w.Fatal(err)
	}
}

func (w *world) deleteDefinition(name string) {
	w.Helper()
	if err := storage.NewClient[*unstructured.Unstructured](w.store, gvr.CustomResourceDefinitions, "kubectl").Delete("", name, metav1.DeleteOptions{}); err != nil {
		w.Fatal(err)
	}
}

func (w *world) deleteControllerBinding() {
	w.Helper()
	err := storage.NewClient[*rbacv1.RoleBinding](w.store, gvr.RoleBindings, "kubectl").Delete(
		"kube-system", "eks-vpc-resource-controller-rolebinding", metav1.DeleteOptions{})
	if err != nil {
		w.Fatal(err)
	}
}

func (w *world) leaseRenewed() time.Time {
	w.Helper()
	l, err := storage.NewClient[*coordinationv1.Lease](w.store, gvr.Leases, "").Get("kube-system", "cp-vpc-resource-controller")
	if err != nil {
		w.Fatal(err)
	}
	return l.Spec.RenewTime.Time
}

// manages says whether a field manager owns ENABLE_POD_ENI of aws-node.
func (w *world) manages(manager string, ds *appsv1.DaemonSet) bool {
	return slices.ContainsFunc(ds.ManagedFields, func(f metav1.ManagedFieldsEntry) bool {
		return f.Manager == manager && strings.Contains(string(f.FieldsV1.Raw), `k:{\"name\":\"ENABLE_POD_ENI\"}`)
	})
}

func (w *world) disableEarlyDemux() {
	w.Helper()
	_, err := w.daemonSets().Mutate("kube-system", "aws-node", func(ds *appsv1.DaemonSet) error {
		ds.Spec.Template.Spec.InitContainers[0].Env[0].Value = "true"
		return nil
	})
	if err != nil {
		w.Fatal(err)
	}
}

// newPipe makes the two ends of a stream.
func newPipe() (net.Conn, net.Conn) { return net.Pipe() }
