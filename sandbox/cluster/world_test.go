package cluster_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
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

	limits "github.com/aws/amazon-vpc-resource-controller-k8s/pkg/aws/vpc"

	"podsg/sandbox/cloud"
	"podsg/sandbox/cluster"
	"podsg/sandbox/containers"
	"podsg/sandbox/kubeapi"
)

// A world is a cluster in a bubble of fake time: it waits for nothing, and
// every delay is exact.
type world struct {
	*testing.T
	ctx     context.Context
	store   *kubeapi.Store
	cloud   *fakeCloud
	cluster *cluster.Cluster
}

// inWorld runs a test in a settled cluster with these instance types as nodes.
func inWorld(t *testing.T, types []string, configure func(*cluster.Config), test func(w *world)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		w := &world{T: t, ctx: ctx, store: kubeapi.NewStore(kubeapi.StoreConfig{}), cloud: newFakeCloud(types...)}
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

func (w *world) pods() *kubeapi.Client[*corev1.Pod] {
	return kubeapi.NewClient[*corev1.Pod](w.store, kubeapi.Pods, "kubectl")
}

func (w *world) daemonSets() *kubeapi.Client[*appsv1.DaemonSet] {
	return kubeapi.NewClient[*appsv1.DaemonSet](w.store, kubeapi.DaemonSets, "kubectl-set")
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
	nodes, err := kubeapi.NewClient[*corev1.Node](w.store, kubeapi.Nodes, "").List("", kubeapi.Selector{})
	if err != nil {
		w.Fatalf("list nodes: %v", err)
	}
	return nodes
}

// events are the messages of the events about an object, by reason.
func (w *world) events(name string) map[string][]string {
	w.Helper()
	events, err := kubeapi.NewClient[*corev1.Event](w.store, kubeapi.Events, "").List("", kubeapi.ByField("involvedObject.name", name))
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
	_, err := kubeapi.NewClient[*corev1.Namespace](w.store, kubeapi.Namespaces, "kubectl").Create(
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
	_, err := kubeapi.NewClient[*unstructured.Unstructured](w.store, kubeapi.SecurityGroupPolicies, "kubectl").Create(
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

// fakeCloud is an account that refuses what AWS would refuse.
type fakeCloud struct {
	mu       sync.Mutex
	machines []cloud.Node
	trunks   map[string]string     // trunk → instance
	branches map[string]fakeBranch // by ENI
	deleted  map[string]time.Time  // branch → when
	podIPs   map[netip.Addr]string // → instance
	full     map[string]bool       // instances without a free ENI slot
	denied   bool                  // the cluster role lacks the policy
	blocked  map[int]bool          // ports that security groups block
	onAddon  func(cluster, addon, version, values string)
	addons   map[string]string
	serial   int
}

type fakeBranch struct {
	trunk  string
	groups []string
}

func newFakeCloud(types ...string) *fakeCloud {
	f := &fakeCloud{
		trunks: map[string]string{}, branches: map[string]fakeBranch{}, deleted: map[string]time.Time{}, podIPs: map[netip.Addr]string{},
		full: map[string]bool{}, blocked: map[int]bool{}, addons: map[string]string{},
	}
	for _, name := range types {
		f.launch(name)
	}
	return f
}

func (f *fakeCloud) launch(instanceType string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	i := len(f.machines) + 1
	m := cloud.Node{
		InstanceID: fmt.Sprintf("i-%017x", i), InstanceType: instanceType, Architecture: "amd64",
		PrivateDNSName: fmt.Sprintf("ip-10-0-0-%d.us-west-2.compute.internal", i), PrivateIP: netip.AddrFrom4([4]byte{10, 0, 0, byte(i)}),
		Zone: "us-west-2" + string(rune('a'+i%3)), NodeGroup: "ng-1", CapacityType: "ON_DEMAND", Managed: true,
		SecurityGroups: []string{"sg-0000000000000node"},
	}
	if l := limits.Limits[instanceType]; l != nil {
		m.MaxInterfaces, m.IPv4PerInterface, m.TrunkCompatible, m.BranchInterfaces = l.Interface, l.IPv4PerInterface, l.IsTrunkingCompatible, l.BranchInterface
	}
	f.machines = append(f.machines, m)
}

func (f *fakeCloud) Nodes(string) []cloud.Node {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Clone(f.machines)
}

func (f *fakeCloud) AssignPodIP(instanceID string) (netip.Addr, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.serial++
	ip := netip.AddrFrom4([4]byte{10, 0, byte(1 + f.serial/250), byte(f.serial % 250)})
	f.podIPs[ip] = instanceID
	return ip, nil
}

func (f *fakeCloud) ReleasePodIP(ip netip.Addr) {
	f.mu.Lock()
	defer f.mu.Unlock()
	delete(f.podIPs, ip)
}

func (f *fakeCloud) FreeENISlot(instanceID string) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return !f.full[instanceID]
}

func (f *fakeCloud) CreateTrunk(_, instanceID string) (cloud.ENI, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.denied {
		return cloud.ENI{}, &cloud.APIError{Code: "UnauthorizedOperation", Message: "You are not authorized to perform this operation.", Status: 403}
	}
	i := slices.IndexFunc(f.machines, func(m cloud.Node) bool { return m.InstanceID == instanceID })
	if i < 0 || !f.machines[i].TrunkCompatible {
		return cloud.ENI{}, &cloud.APIError{Code: "InvalidParameterCombination"}
	}
	id := "eni-trunk-" + instanceID
	f.trunks[id] = instanceID
	return cloud.ENI{ID: id}, nil
}

func (f *fakeCloud) CreateBranch(_, trunkID string, groups []string) (cloud.Branch, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.trunks[trunkID] == "" {
		return cloud.Branch{}, errors.New("no such trunk")
	}
	for _, g := range groups {
		if g == "sg-gone" {
			return cloud.Branch{}, fmt.Errorf("creating network interface, %w",
				&cloud.APIError{Code: "InvalidSecurityGroupID.NotFound", Message: "The security group 'sg-gone' does not exist"})
		}
	}
	f.serial++
	id := fmt.Sprintf("eni-%017x", f.serial)
	f.branches[id] = fakeBranch{trunk: trunkID, groups: groups}
	return cloud.Branch{
		ENIID: id, MAC: "02:00:00:00:00:01", PrivateIP: netip.AddrFrom4([4]byte{10, 0, byte(100 + f.serial/250), byte(f.serial % 250)}),
		SubnetCIDR: "10.0.0.0/16", VLAN: 1 + len(f.branches), AssociationID: "trunk-assoc-1",
	}, nil
}

func (f *fakeCloud) DeleteBranch(_, eniID string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if _, ok := f.branches[eniID]; !ok {
		return &cloud.APIError{Code: "InvalidNetworkInterfaceID.NotFound"}
	}
	delete(f.branches, eniID)
	f.deleted[eniID] = time.Now()
	return nil
}

func (f *fakeCloud) Reachable(_, _ netip.Addr, _ string, port int) (bool, string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return !f.blocked[port], "blocked"
}

func (f *fakeCloud) OnAddonUpdate(callback func(cluster, addon, version, values string)) {
	f.onAddon = callback
}

func (f *fakeCloud) SetAddonHealth(_, addon, status string, _ ...string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.addons[addon] = status
}

func (f *fakeCloud) addonStatus(name string) string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.addons[name]
}

func (f *fakeCloud) allBranches() map[string]fakeBranch {
	f.mu.Lock()
	defer f.mu.Unlock()
	all := map[string]fakeBranch{}
	for id, b := range f.branches {
		all[id] = b
	}
	return all
}

func (f *fakeCloud) set(change func()) {
	f.mu.Lock()
	defer f.mu.Unlock()
	change()
}

// noNetwork is a network in which nothing answers.
type noNetwork struct{ containers.Network }

func (w *world) policies() *kubeapi.Client[*unstructured.Unstructured] {
	return kubeapi.NewClient[*unstructured.Unstructured](w.store, kubeapi.SecurityGroupPolicies, "kubectl")
}

func (w *world) cniNodes() []*unstructured.Unstructured {
	w.Helper()
	list, err := kubeapi.NewClient[*unstructured.Unstructured](w.store, kubeapi.CNINodes, "").List("", kubeapi.Selector{})
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
	_, err := kubeapi.NewClient[*rbacv1.ClusterRole](w.store, kubeapi.ClusterRoles, "kubectl").Mutate("", "aws-node", func(r *rbacv1.ClusterRole) error {
		r.Rules = slices.DeleteFunc(r.Rules, func(rule rbacv1.PolicyRule) bool { return slices.Contains(rule.Resources, "cninodes") })
		return nil
	})
	if err != nil {
		w.Fatal(err)
	}
}

func (w *world) deleteDefinition(name string) {
	w.Helper()
	if err := kubeapi.NewClient[*unstructured.Unstructured](w.store, kubeapi.CustomResourceDefinitions, "kubectl").Delete("", name, metav1.DeleteOptions{}); err != nil {
		w.Fatal(err)
	}
}

func (w *world) deleteControllerBinding() {
	w.Helper()
	err := kubeapi.NewClient[*rbacv1.RoleBinding](w.store, kubeapi.RoleBindings, "kubectl").Delete(
		"kube-system", "eks-vpc-resource-controller-rolebinding", metav1.DeleteOptions{})
	if err != nil {
		w.Fatal(err)
	}
}

func (w *world) leaseRenewed() time.Time {
	w.Helper()
	l, err := kubeapi.NewClient[*coordinationv1.Lease](w.store, kubeapi.Leases, "").Get("kube-system", "cp-vpc-resource-controller")
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
