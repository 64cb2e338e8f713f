package follow

import (
	"context"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/watch"
	"k8s.io/client-go/dynamic"
)

// Source lists and watches objects of one type.
type Source struct {
	List  func(ctx context.Context, options metav1.ListOptions) (runtime.Object, error)
	Watch func(ctx context.Context, options metav1.ListOptions) (watch.Interface, error)
	// Labels and Fields are the selectors that choose the objects.
	Labels, Fields string
}

// Lister is a client of one type in one namespace, such as
// corev1.PodInterface, with its list type.
type Lister[L runtime.Object] interface {
	List(ctx context.Context, options metav1.ListOptions) (L, error)
	Watch(ctx context.Context, options metav1.ListOptions) (watch.Interface, error)
}

// Listed makes a source of a client for calls and one for watches, which must
// not have a time-out.
func Listed[L runtime.Object](calls, streams Lister[L], labels, fields string) Source {
	return Source{
		List: func(ctx context.Context, options metav1.ListOptions) (runtime.Object, error) {
			return calls.List(ctx, options)
		},
		Watch:  streams.Watch,
		Labels: labels,
		Fields: fields,
	}
}

// Custom makes a source of the objects of any resource, which come as
// *unstructured.Unstructured.
func Custom(calls, streams dynamic.ResourceInterface, fields string) Source {
	return Source{
		List: func(ctx context.Context, options metav1.ListOptions) (runtime.Object, error) {
			return calls.List(ctx, options)
		},
		Watch:  streams.Watch,
		Fields: fields,
	}
}
