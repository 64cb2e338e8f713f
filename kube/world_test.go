package kube_test

import (
	"context"
	"crypto/tls"
	"encoding/base64"
	"fmt"
	"io"
	"net"
	"sync"
	"testing"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/utils/clock"

	"podsg/kube"
	"podsg/kube/facts"
	"podsg/sandbox/authority"
	"podsg/sandbox/kubeapi"
	"podsg/sandbox/kubeapi/access"
	"podsg/sandbox/kubeapi/definition"
	"podsg/sandbox/kubeapi/gvr"
	"podsg/sandbox/kubeapi/storage"
	"podsg/steps/plan"
	"podsg/steps/world"
)

// The tokens that the practice world accepts.
const (
	adminToken = "admin-token"
	guestToken = "guest-token"
)

// testWorld is a practice cluster's API server, with nobody behind it: tests play
// the controllers by writing to its store.
type testWorld struct {
	store   *storage.Store
	server  *kubeapi.Server
	cluster world.Cluster
	ca      []byte
}

// newWorld serves a store with the definitions of EKS and the namespaces
// default, kube-system and workshop.
func newWorld(t *testing.T, configure ...func(*storage.Config, *kubeapi.Config)) *testWorld {
	t.Helper()
	storeConfig := storage.Config{}
	config := kubeapi.Config{Tokens: map[string]access.User{
		adminToken: {Name: "admin", Groups: []string{"system:masters"}},
		guestToken: {Name: "guest"},
	}}
	for _, c := range configure {
		c(&storeConfig, &config)
	}
	store := storage.NewStore(storeConfig)
	config.Store = store
	w := &testWorld{store: store, server: kubeapi.NewServer(config)}
	for _, name := range []string{"default", "kube-system", "workshop"} {
		put(t, w, gvr.Namespaces, &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: name}})
	}
	definitions, err := definition.EKS()
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range definitions {
		put(t, w, gvr.CustomResourceDefinitions, d)
	}
	w.serve(t)
	return w
}

func (w *testWorld) serve(t *testing.T) {
	t.Helper()
	ca, err := authority.NewAuthority("practice cluster")
	if err != nil {
		t.Fatal(err)
	}
	certificate, err := ca.Issue("kubernetes", "127.0.0.1")
	if err != nil {
		t.Fatal(err)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	serve(t, w.server, listener, certificate)
	w.ca = ca.PEM()
	w.cluster = world.Cluster{
		Name: "workshop", Status: "ACTIVE", Endpoint: "https://" + listener.Addr().String(),
		CAData: base64.StdEncoding.EncodeToString(w.ca), PublicEndpoint: true,
	}
}

func serve(t *testing.T, server *kubeapi.Server, listener net.Listener, certificate tls.Certificate) {
	ctx, cancel := context.WithCancel(context.Background())
	served := make(chan error, 1)
	go func() { served <- server.Serve(ctx, listener, certificate) }()
	t.Cleanup(func() {
		cancel()
		if err := <-served; err != nil {
			t.Errorf("Serve() = %v", err)
		}
	})
}

// connect opens the world's API as the owner of a token.
func (w *testWorld) connect(t *testing.T, token string, configure ...func(*kube.Settings)) *kube.Client {
	t.Helper()
	settings := kube.Settings{
		Kubeconfig: emptyKubeconfig(t),
		Token: func(_ context.Context, cluster string) (string, time.Time, error) {
			if cluster != w.cluster.Name {
				return "", time.Time{}, fmt.Errorf("asked for a token of cluster %q", cluster)
			}
			return token, time.Time{}, nil
		},
	}
	for _, c := range configure {
		c(&settings)
	}
	opened, err := kube.NewConnector(settings).Connect(t.Context(), w.cluster)
	if err != nil {
		t.Fatalf("connect: %v", err)
	}
	return opened.(*kube.Client)
}

func withClock(c clock.WithTicker) func(*kube.Settings) {
	return func(s *kube.Settings) { s.Clock = c }
}

func as[T storage.Object](w *testWorld, gvr schema.GroupVersionResource) *storage.Client[T] {
	return storage.NewClient[T](w.store, gvr, "test")
}

// put stores an object as the practice world's controllers do, with its status.
func put[T storage.Object](t *testing.T, w *testWorld, gvr schema.GroupVersionResource, object T) T {
	t.Helper()
	made, err := as[T](w, gvr).Create(object)
	if err != nil {
		t.Fatalf("create %s %s: %v", gvr.Resource, object.GetName(), err)
	}
	return made
}

// putStatus stores an object and then its status.
func putStatus[T storage.Object](t *testing.T, w *testWorld, gvr schema.GroupVersionResource, object T, fill func(T)) T {
	t.Helper()
	put(t, w, gvr, object)
	return setStatus(t, w, gvr, object.GetNamespace(), object.GetName(), fill)
}

func setStatus[T storage.Object](t *testing.T, w *testWorld, gvr schema.GroupVersionResource, namespace, name string, fill func(T)) T {
	t.Helper()
	made, err := as[T](w, gvr).MutateStatus(namespace, name, func(o T) error { fill(o); return nil })
	if err != nil {
		t.Fatalf("set status of %s %s: %v", gvr.Resource, name, err)
	}
	return made
}

// node is a worker node; limit is how many branch ENIs it can take.
func (w *testWorld) node(t *testing.T, name, instanceType string, limit int64) {
	t.Helper()
	node := &corev1.Node{
		ObjectMeta: metav1.ObjectMeta{Name: name, Labels: map[string]string{
			corev1.LabelInstanceTypeStable: instanceType, corev1.LabelTopologyZone: "us-west-2a",
			corev1.LabelArchStable: "amd64", corev1.LabelOSStable: "linux", "eks.amazonaws.com/nodegroup": "workers",
		}},
		Spec: corev1.NodeSpec{ProviderID: "aws:///us-west-2a/i-0" + name},
	}
	putStatus(t, w, gvr.Nodes, node, func(n *corev1.Node) { fillNode(n, limit) })
}

func fillNode(n *corev1.Node, limit int64) {
	n.Status.Conditions = []corev1.NodeCondition{{Type: corev1.NodeReady, Status: corev1.ConditionTrue}}
	n.Status.Addresses = []corev1.NodeAddress{{Type: corev1.NodeInternalIP, Address: "10.0.3.7"}}
	n.Status.Allocatable = corev1.ResourceList{corev1.ResourcePods: resource.MustParse("29")}
	if limit > 0 {
		n.Status.Allocatable[facts.PodENI] = *resource.NewQuantity(limit, resource.DecimalSI)
	}
}

// cniNode is what the VPC CNI and the VPC resource controller share of a node.
func (w *testWorld) cniNode(t *testing.T, name string, features ...any) {
	t.Helper()
	put(t, w, gvr.CNINodes, &unstructured.Unstructured{Object: map[string]any{
		"apiVersion": "vpcresources.k8s.aws/v1alpha1", "kind": "CNINode",
		"metadata": map[string]any{"name": name}, "spec": map[string]any{"features": features},
	}})
}

// feature is a feature of a CNINode.
func feature(name string) any { return map[string]any{"name": name} }

// cni is the DaemonSet of the VPC CNI, as EKS installs it.
func (w *testWorld) cni(t *testing.T, nodes int32) {
	t.Helper()
	labels := map[string]string{"k8s-app": "aws-node"}
	ds := &appsv1.DaemonSet{
		ObjectMeta: metav1.ObjectMeta{Name: "aws-node", Namespace: "kube-system", Labels: labels},
		Spec: appsv1.DaemonSetSpec{
			Selector: &metav1.LabelSelector{MatchLabels: labels},
			Template: corev1.PodTemplateSpec{
				ObjectMeta: metav1.ObjectMeta{Labels: labels},
				Spec: corev1.PodSpec{
					InitContainers: []corev1.Container{{
						Name: "aws-vpc-cni-init", Image: "registry.example/amazon-k8s-cni-init:v1.23.1-eksbuild.1",
						Env: []corev1.EnvVar{{Name: "ENABLE_IPv6", Value: "false"}},
					}},
					Containers: []corev1.Container{
						{
							Name: "aws-node", Image: "registry.example:5000/amazon-k8s-cni:v1.23.1-eksbuild.1",
							Env: []corev1.EnvVar{
								{Name: "AWS_VPC_K8S_CNI_LOGLEVEL", Value: "DEBUG"},
								{Name: "ENABLE_POD_ENI", Value: "false"},
								{Name: "WARM_ENI_TARGET", ValueFrom: &corev1.EnvVarSource{ConfigMapKeyRef: &corev1.ConfigMapKeySelector{
									LocalObjectReference: corev1.LocalObjectReference{Name: "amazon-vpc-cni"}, Key: "warm",
								}}},
							},
						},
						{Name: "aws-eks-nodeagent", Image: "registry.example/agent:v1.4.3", Env: []corev1.EnvVar{{Name: "MODE", Value: "x"}}},
					},
				},
			},
		},
	}
	if _, err := storage.NewClient[*appsv1.DaemonSet](w.store, gvr.DaemonSets, "eks").Create(ds); err != nil {
		t.Fatal(err)
	}
	w.rolled(t, nodes, nodes, nodes)
}

// rolled sets the state of the DaemonSet's roll-out.
func (w *testWorld) rolled(t *testing.T, desired, updated, ready int32) {
	t.Helper()
	setStatus(t, w, gvr.DaemonSets, "kube-system", "aws-node", func(ds *appsv1.DaemonSet) {
		ds.Status = appsv1.DaemonSetStatus{
			ObservedGeneration: ds.Generation, DesiredNumberScheduled: desired,
			UpdatedNumberScheduled: updated, NumberReady: ready, NumberAvailable: ready,
		}
	})
}

// pod is a pod with one container.
func (w *testWorld) pod(t *testing.T, namespace, name string, change ...func(*corev1.Pod)) *corev1.Pod {
	t.Helper()
	pod := &corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{Name: name, Namespace: namespace, Labels: map[string]string{"app": name}},
		Spec:       corev1.PodSpec{Containers: []corev1.Container{{Name: "main", Image: "example"}}},
	}
	for _, c := range change {
		c(pod)
	}
	status := pod.Status
	return putStatus(t, w, gvr.Pods, pod, func(p *corev1.Pod) { p.Status = status })
}

// progressLog keeps the texts of a wait's progress.
type progressLog struct {
	mu    sync.Mutex
	texts []string
	told  chan struct{}
}

func newProgressLog() *progressLog { return &progressLog{told: make(chan struct{}, 1)} }

func (l *progressLog) add(p plan.Progress) {
	l.mu.Lock()
	l.texts = append(l.texts, p.Text)
	l.mu.Unlock()
	select {
	case l.told <- struct{}{}:
	default:
	}
}

// await waits until a text was told that satisfies want.
func (l *progressLog) await(t *testing.T, want func(text string) bool) {
	t.Helper()
	deadline := time.After(10 * time.Second)
	for {
		l.mu.Lock()
		for _, text := range l.texts {
			if want(text) {
				l.mu.Unlock()
				return
			}
		}
		texts := l.texts
		l.mu.Unlock()
		select {
		case <-l.told:
		case <-deadline:
			t.Fatalf("the progress was %q", texts)
		}
	}
}

// echo answers a forwarded connection with what it is sent.
func echo(_ context.Context, _ *corev1.Pod, _ int32, stream io.ReadWriteCloser) error {
	_, err := io.Copy(stream, stream)
	return err
}

// fixedToken gives the same token for every cluster.
func fixedToken(token string) kube.TokenFunc {
	return func(context.Context, string) (string, time.Time, error) { return token, time.Time{}, nil }
}
