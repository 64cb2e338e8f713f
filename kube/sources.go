package kube

import (
	"context"
	"maps"
	"slices"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/fields"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"podsg/kube/internal/follow"
)

func (c *Client) pods(namespace, labels string) follow.Source {
	return follow.Listed(c.calls.CoreV1().Pods(namespace), c.streams.CoreV1().Pods(namespace), labels, "")
}

func (c *Client) nodes() follow.Source {
	return follow.Listed(c.calls.CoreV1().Nodes(), c.streams.CoreV1().Nodes(), "", "")
}

func (c *Client) events(namespace, fields string) follow.Source {
	return follow.Listed(c.calls.CoreV1().Events(namespace), c.streams.CoreV1().Events(namespace), "", fields)
}

func (c *Client) daemonSet(namespace, name string) follow.Source {
	return follow.Listed(c.calls.AppsV1().DaemonSets(namespace), c.streams.AppsV1().DaemonSets(namespace), "", named(name))
}

// custom lists objects of any resource as *unstructured.Unstructured; no
// namespace means all.
func (c *Client) custom(resource schema.GroupVersionResource, namespace, fields string) follow.Source {
	return follow.Custom(c.objects.Resource(resource).Namespace(namespace), c.objectStreams.Resource(resource).Namespace(namespace), fields)
}

// named is the field selector of one object.
func named(name string) string {
	return fields.OneTermEqualSelector(metav1.ObjectNameField, name).String()
}

// of is the field selector of the events of one object, or of all of a kind.
func of(kind, name string) string {
	set := fields.Set{"involvedObject.kind": kind}
	if name != "" {
		set["involvedObject.name"] = name
	}
	return set.String()
}

// collect lists a source and keeps what reduce makes of its objects, in the order
// of their names.
func collect[T follow.Object, V any](ctx context.Context, source follow.Source, reduce follow.Reduce[T, V]) ([]V, error) {
	kept := map[string]V{} // an object may come twice
	_, err := follow.Pages(ctx, source, func(object T) error {
		if value, keep := reduce(object); keep {
			kept[follow.Key(object)] = value
		} else {
			delete(kept, follow.Key(object))
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	var values []V
	for _, key := range slices.Sorted(maps.Keys(kept)) {
		values = append(values, kept[key])
	}
	return values, nil
}
