package component

import (
	"context"
	"log/slog"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/clock"

	"podsg/sandbox/kubeapi/gvr"
	"podsg/sandbox/kubeapi/storage"
)

// The watch may tell of an object's end before a write that came earlier
// returns to the one who made it.
func TestAWriteThatReturnsLateDoesNotBringADeletedObjectBack(t *testing.T) {
	store := storage.NewStore(storage.Config{})
	ctx, cancel := context.WithCancel(t.Context())
	b := NewBase(BaseConfig{Store: store, Clock: clock.RealClock{}, Log: slog.New(slog.DiscardHandler)})
	defer b.Wait()
	defer cancel()
	kind := newKind[*corev1.Node](b, gvr.Nodes, nil)
	deleted := make(chan struct{})
	kind.OnChange(func(_ *corev1.Node, gone bool) {
		if gone {
			close(deleted)
		}
	})
	kind.follow(ctx)

	client := storage.NewClient[*corev1.Node](store, gvr.Nodes, "test")
	late, err := client.Create(&corev1.Node{ObjectMeta: metav1.ObjectMeta{Name: "late"}})
	if err != nil {
		t.Fatal(err)
	}
	if err := client.Delete("", "late", metav1.DeleteOptions{}); err != nil {
		t.Fatal(err)
	}
	select {
	case <-deleted:
	case <-time.After(10 * time.Second):
		t.Fatal("the watch did not tell of the deletion")
	}
	if _, err := kind.written(late, nil); err != nil {
		t.Fatal(err)
	}
	if _, there := kind.Get("", "late"); there {
		t.Error("the deleted object is back")
	}
}
