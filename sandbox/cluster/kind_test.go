package cluster

import (
	"context"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"podsg/sandbox/kubeapi"
)

// The watch may tell of an object's end before a write that came earlier
// returns to the one who made it.
func TestAWriteThatReturnsLateDoesNotBringADeletedObjectBack(t *testing.T) {
	store := kubeapi.NewStore(kubeapi.StoreConfig{})
	ctx, cancel := context.WithCancel(t.Context())
	c := New(Config{Name: "workshop", Region: "us-west-2", Store: store})
	defer c.wait()
	defer cancel()
	kind := newKind[*corev1.Node](c.Base, kubeapi.Nodes, nil)
	deleted := make(chan struct{})
	kind.onChange(func(_ *corev1.Node, gone bool) {
		if gone {
			close(deleted)
		}
	})
	kind.follow(ctx)

	client := kubeapi.NewClient[*corev1.Node](store, kubeapi.Nodes, "test")
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
	if _, there := kind.get("", "late"); there {
		t.Error("the deleted object is back")
	}
}
