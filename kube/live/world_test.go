package live_test

import (
	"context"
	"encoding/base64"
	"net"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"podsg/kube"
	"podsg/sandbox/authority"
	"podsg/sandbox/kubeapi"
	"podsg/sandbox/kubeapi/access"
	"podsg/sandbox/kubeapi/definition"
	"podsg/sandbox/kubeapi/gvr"
	"podsg/sandbox/kubeapi/storage"
	"podsg/steps/world"
)

// testWorld is a practice cluster's API server; tests play the controllers.
type testWorld struct {
	store  *storage.Store
	server *kubeapi.Server
	client *kube.Client
	wire   *wire
}

// wire is a listener whose connections can be cut.
type wire struct {
	net.Listener
	mu    sync.Mutex
	conns []net.Conn
}

// Accept implements [net.Listener].
func (w *wire) Accept() (net.Conn, error) {
	conn, err := w.Listener.Accept()
	if err == nil {
		w.mu.Lock()
		w.conns = append(w.conns, conn)
		w.mu.Unlock()
	}
	return conn, err
}

// cut ends all connections, and the watches with them.
func (w *wire) cut() {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, conn := range w.conns {
		_ = conn.Close()
	}
	w.conns = nil
}

func newWorld(t testing.TB, configure ...func(*kubeapi.Config)) *testWorld {
	t.Helper()
	store := storage.NewStore(storage.Config{})
	config := kubeapi.Config{Store: store, Tokens: map[string]access.User{"token": {Name: "guest"}}}
	for _, c := range configure {
		c(&config)
	}
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
	w.wire = &wire{Listener: listener}
	ctx, cancel := context.WithCancel(context.Background())
	served := make(chan error, 1)
	go func() { served <- w.server.Serve(ctx, w.wire, certificate) }()
	t.Cleanup(func() {
		cancel()
		<-served
	})

	kubeconfig := filepath.Join(t.TempDir(), "config")
	if err := os.WriteFile(kubeconfig, []byte("apiVersion: v1\nkind: Config\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	opened, err := kube.NewConnector(kube.Settings{
		Kubeconfig: kubeconfig,
		Token:      func(context.Context, string) (string, time.Time, error) { return "token", time.Time{}, nil },
	}).Connect(context.Background(), world.Cluster{
		Name: "workshop", Endpoint: "https://" + listener.Addr().String(), CAData: base64.StdEncoding.EncodeToString(ca.PEM()),
	})
	if err != nil {
		t.Fatal(err)
	}
	w.client = opened.(*kube.Client)
	return w
}

// put stores an object together with its status.
func put[T storage.Object](t testing.TB, w *testWorld, gvr schema.GroupVersionResource, object T, status ...func(T)) {
	t.Helper()
	objects := storage.NewClient[T](w.store, gvr, "test")
	if _, err := objects.Create(object); err != nil {
		t.Fatalf("create %s %s: %v", gvr.Resource, object.GetName(), err)
	}
	for _, fill := range status {
		change(t, w, gvr, object.GetNamespace(), object.GetName(), fill)
	}
}

// change changes an object's status.
func change[T storage.Object](t testing.TB, w *testWorld, gvr schema.GroupVersionResource, namespace, name string, fill func(T)) {
	t.Helper()
	objects := storage.NewClient[T](w.store, gvr, "test")
	if _, err := objects.MutateStatus(namespace, name, func(o T) error { fill(o); return nil }); err != nil {
		t.Fatalf("change %s %s: %v", gvr.Resource, name, err)
	}
}
