package e2e

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

// objects is everything that the cluster and the account hold, by kind and name,
// without what changes by itself.
func (w *world) objects() map[string]any {
	w.t.Helper()
	out := map[string]any{}
	account, err := w.Account().Snapshot()
	if err != nil {
		w.t.Fatal(err)
	}
	for key, text := range account {
		var value any
		if err := json.Unmarshal(text, &value); err != nil {
			w.t.Fatal(err)
		}
		out["aws "+key] = normal(value)
	}
	lists, err := w.Client().Discovery().ServerPreferredResources()
	if err != nil {
		w.t.Fatal(err)
	}
	for _, list := range lists {
		gv, err := schema.ParseGroupVersion(list.GroupVersion)
		if err != nil {
			w.t.Fatal(err)
		}
		for _, r := range list.APIResources {
			if !slices.Contains(r.Verbs, "list") || volatile[r.Name] {
				continue
			}
			found, err := w.Dynamic().Resource(gv.WithResource(r.Name)).List(w.t.Context(), metav1.ListOptions{})
			if err != nil {
				w.t.Fatalf("list %s: %v", r.Name, err)
			}
			for i := range found.Items {
				o := &found.Items[i]
				out[fmt.Sprintf("k8s %s %s/%s", r.Name, o.GetNamespace(), o.GetName())] = lasting(o)
			}
		}
	}
	return out
}

// volatile are the resources that come and go by themselves: what happened, who
// leads, which pod carries out the same as before under another name.
var volatile = map[string]bool{
	"events": true, "leases": true, "pods": true, "controllerrevisions": true, "endpointslices": true, "endpoints": true, "replicasets": true,
	"componentstatuses": true, // deprecated, and not about this cluster
}

// normal is a value of the account without what says the same in other words:
// nothing, an empty list and an empty text; no configuration values of an
// add-on, and empty ones, which are what one is left with who had some. When
// something was modified, and which updates there were, is left out.
func normal(value any) any {
	switch v := value.(type) {
	case map[string]any:
		out := map[string]any{}
		for key, field := range v {
			if field = normal(field); field != nil && key != "Modified" && key != "Updates" {
				out[key] = field
			}
		}
		return out
	case []any:
		if len(v) == 0 {
			return nil
		}
		for i := range v {
			v[i] = normal(v[i])
		}
	case string:
		if v == "" || v == "{}" {
			return nil
		}
	}
	return value
}

// lasting is an object without status and bookkeeping.
func lasting(o *unstructured.Unstructured) any {
	o = o.DeepCopy()
	delete(o.Object, "status")
	for _, field := range []string{"resourceVersion", "generation", "managedFields", "uid", "creationTimestamp"} {
		unstructured.RemoveNestedField(o.Object, "metadata", field)
	}
	unstructured.RemoveNestedField(o.Object, "metadata", "annotations", "deprecated.daemonset.template.generation")
	return o.Object
}

// stays is what cleanup cannot take back and says so: trunk interfaces, and the
// request for them, stay until the nodes are replaced.
func stays(key string, after any) bool {
	text := fmt.Sprint(after)
	return strings.HasPrefix(key, "aws network-interface/") && strings.Contains(text, "aws-k8s-trunk-eni") ||
		strings.HasPrefix(key, "k8s cninodes /") && strings.Contains(text, "SecurityGroupsForPods")
}

// difference lists in words what is not as before.
func difference(before, after map[string]any) []string {
	var out []string
	for _, key := range slices.Sorted(maps.Keys(after)) {
		if old, had := before[key]; !had && !stays(key, after[key]) {
			out = append(out, fmt.Sprintf("new: %s: %s", key, text(after[key])))
		} else if had && text(old) != text(after[key]) && !stays(key, after[key]) {
			out = append(out, changes("changed: "+key, old, after[key])...)
		}
	}
	for _, key := range slices.Sorted(maps.Keys(before)) {
		if _, has := after[key]; !has {
			out = append(out, "gone: "+key)
		}
	}
	return out
}

// changes lists the places in which two values differ.
func changes(path string, before, after any) []string {
	old, ok1 := before.(map[string]any)
	now, ok2 := after.(map[string]any)
	if !ok1 || !ok2 {
		return []string{fmt.Sprintf("%s: from %s to %s", path, text(before), text(after))}
	}
	keys := map[string]bool{}
	for _, m := range []map[string]any{old, now} {
		for key := range m {
			keys[key] = true
		}
	}
	var out []string
	for _, key := range slices.Sorted(maps.Keys(keys)) {
		if text(old[key]) != text(now[key]) {
			out = append(out, changes(path+"."+key, old[key], now[key])...)
		}
	}
	return out
}

func text(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		return err.Error()
	}
	return string(b)
}
