package kubeapi_test

import (
	"errors"
	"sync"
	"testing"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/rest"
)

func asStatus(err error, status *apierrors.APIStatus) bool { return errors.As(err, status) }

func dynamicClient(t *testing.T, config *rest.Config) dynamic.Interface {
	t.Helper()
	client, err := dynamic.NewForConfig(config)
	if err != nil {
		t.Fatal(err)
	}
	return client
}

// A warningRecorder keeps the warnings that the server sent.
type warningRecorder struct {
	mu  sync.Mutex
	all []string
}

func (r *warningRecorder) HandleWarningHeader(_ int, _ string, text string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.all = append(r.all, text)
}

func (r *warningRecorder) texts() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.all
}
