package kubeapi_test

import (
	"context"
	"log/slog"
	"net"
	"os"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
	"k8s.io/klog/v2"

	"podsg/sandbox/authority"
	"podsg/sandbox/kubeapi"
	"podsg/sandbox/kubeapi/access"
	"podsg/sandbox/kubeapi/definition"
	"podsg/sandbox/kubeapi/gvr"
	"podsg/sandbox/kubeapi/storage"
)

func TestMain(m *testing.M) {
	klog.SetSlogLogger(slog.New(slog.DiscardHandler))
	rest.SetDefaultWarningHandler(rest.NoWarnings{})
	os.Exit(m.Run())
}

const (
	adminToken = "admin-token"
	guestToken = "guest-token"
)

var (
	admin = access.User{Name: "admin", Groups: []string{"system:masters"}}
	guest = access.User{Name: "guest", Groups: []string{"workshop"}}
)

// A world is a served store and clients of it.
type world struct {
	store   *storage.Store
	server  *kubeapi.Server
	config  *rest.Config
	typed   *kubernetes.Clientset
	untyped dynamic.Interface
}

// newWorld serves a store with the EKS definitions and the namespaces default
// and workshop over TLS on loopback.
func newWorld(t *testing.T, configure ...func(*storage.Config, *kubeapi.Config)) *world {
	t.Helper()
	storeConfig := storage.Config{}
	serverConfig := kubeapi.Config{Tokens: map[string]access.User{adminToken: admin, guestToken: guest}}
	for _, c := range configure {
		c(&storeConfig, &serverConfig)
	}
	store := storage.NewStore(storeConfig)
	namespaces := storage.NewClient[*corev1.Namespace](store, gvr.Namespaces, "test")
	for _, name := range []string{"default", "kube-system", "workshop"} {
		must(t)(namespaces.Create(&corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: name}}))
	}
	definitions, err := definition.EKS()
	if err != nil {
		t.Fatal(err)
	}
	crds := storage.NewClient[*unstructured.Unstructured](store, gvr.CustomResourceDefinitions, "test")
	for _, definition := range definitions {
		if _, err := crds.Create(definition); err != nil {
			t.Fatal(err)
		}
	}
	serverConfig.Store = store
	w := &world{store: store, server: kubeapi.NewServer(serverConfig)}
	w.serve(t)
	return w
}

func (w *world) serve(t *testing.T) {
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
	ctx, cancel := context.WithCancel(context.Background())
	served := make(chan error, 1)
	go func() { served <- w.server.Serve(ctx, listener, certificate) }()
	t.Cleanup(func() {
		cancel()
		if err := <-served; err != nil {
			t.Errorf("Serve() = %v", err)
		}
	})
	w.config = &rest.Config{
		Host:            "https://" + listener.Addr().String(),
		BearerToken:     adminToken,
		TLSClientConfig: rest.TLSClientConfig{CAData: ca.PEM()},
		QPS:             -1,
	}
	w.typed = kubernetes.NewForConfigOrDie(w.config)
	w.untyped = dynamic.NewForConfigOrDie(w.config)
}

// as returns a typed client with another token.
func (w *world) as(token string) *kubernetes.Clientset {
	config := rest.CopyConfig(w.config)
	config.BearerToken = token
	return kubernetes.NewForConfigOrDie(config)
}

// must returns what ends the test when a call that gives a value failed.
func must(t *testing.T) func(_ any, err error) {
	return func(_ any, err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
}

func context5(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
	t.Cleanup(cancel)
	return ctx
}
