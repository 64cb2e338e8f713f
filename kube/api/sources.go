package api

import (
	"context"
	"maps"
	"slices"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/fields"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"podsg/kube/internal/follow"
)

// PodSource lists pods; no namespace means all.
func (c *Client) PodSource(namespace, labels string) follow.Source {
	return follow.Listed(c.Calls.CoreV1().Pods(namespace), c.Streams.CoreV1().Pods(namespace), labels, "")
}

// NodeSource lists nodes.
func (c *Client) NodeSource() follow.Source {
	return follow.Listed(c.Calls.CoreV1().Nodes(), c.Streams.CoreV1().Nodes(), "", "")
}

// EventSource lists events.
func (c *Client) EventSource(namespace, fields string) follow.Source {
	return follow.Listed(c.Calls.CoreV1().Events(namespace), c.Streams.CoreV1().Events(namespace), "", fields)
}

// DaemonSetSource lists one DaemonSet.
func (c *Client) DaemonSetSource(namespace, name string) follow.Source {
	return follow.Listed(c.Calls.AppsV1().DaemonSets(namespace), c.Streams.AppsV1().DaemonSets(namespace), "", ByName(name))
}

// CustomSource lists objects of any resource as *unstructured.Unstructured; no
// namespace means all.
func (c *Client) CustomSource(resource schema.GroupVersionResource, namespace, fields string) follow.Source {
	return follow.Custom(c.Objects.Resource(resource).Namespace(namespace), c.ObjectStreams.Resource(resource).Namespace(namespace), fields)
}

// ByName is the field selector of one object.
func ByName(name string) string {
	return fields.OneTermEqualSelector(metav1.ObjectNameField, name).String()
}

// EventsOf is the field selector of the events of one object, or of all of a kind.
func EventsOf(kind, name string) string {
	set := fields.Set{"involvedObject.kind": kind}
	if name != "" {
		set["involvedObject.name"] = name
	}
	return set.String()
}

// Collect lists a source and keeps what reduce makes of its objects, in the order
// of their names.
func Collect[T follow.Object, V any](ctx context.Context, source follow.Source, reduce follow.Reduce[T, V]) ([]V, error) {
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
