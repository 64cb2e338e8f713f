package storage

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"podsg/sandbox/kubeapi/gvr"
)

// Dump writes every object as indented JSON, keyed by "resource.group
// namespace/name" and in order, so that two dumps of the same world are equal
// byte for byte and a diff of two worlds reads well. What differs without
// meaning is left out: UIDs, versions, generations, times and field owners.
// Events, and the resources named in skip, are left out whole.
func (s *Store) Dump(skip ...schema.GroupVersionResource) ([]byte, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	all := map[string]any{}
	for gr, c := range s.collections {
		if gr == gvr.Events.GroupResource() || slices.Contains(skip, c.resource.GVR) {
			continue
		}
		for _, key := range c.keys {
			object, err := settled(c.objects[key])
			if err != nil {
				return nil, fmt.Errorf("dump %s %q: %w", gr, key, err)
			}
			name := strings.TrimPrefix(strings.Replace(key, keySeparator, "/", 1), "/")
			all[gr.String()+" "+name] = object
		}
	}
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	if err := encoder.Encode(all); err != nil {
		return nil, fmt.Errorf("dump: %w", err)
	}
	return out.Bytes(), nil
}

// volatileMetadata are the fields of an object's own metadata that differ from
// one run to the next.
var volatileMetadata = []string{"uid", "resourceVersion", "generation", "creationTimestamp", "managedFields", "selfLink"}

// settled is an object's JSON form without what is volatile.
func settled(obj runtime.Object) (map[string]any, error) {
	raw, err := json.Marshal(obj)
	if err != nil {
		return nil, err
	}
	object := map[string]any{}
	if err := json.Unmarshal(raw, &object); err != nil {
		return nil, err
	}
	if metadata, ok := object["metadata"].(map[string]any); ok {
		for _, name := range volatileMetadata {
			delete(metadata, name)
		}
		if owners, ok := metadata["ownerReferences"].([]any); ok {
			for _, owner := range owners {
				if owner, ok := owner.(map[string]any); ok {
					delete(owner, "uid")
				}
			}
		}
	}
	dropTimes(object["status"])
	if status, ok := object["status"].(map[string]any); ok {
		delete(status, "observedGeneration")
	}
	return object, nil
}

// dropTimes removes the fields that hold a moment: by the API conventions their
// names end in "Time", "Timestamp" or "At".
func dropTimes(value any) {
	switch value := value.(type) {
	case map[string]any:
		for name, child := range value {
			if strings.HasSuffix(name, "Time") || strings.HasSuffix(name, "Timestamp") || strings.HasSuffix(name, "At") {
				delete(value, name)
				continue
			}
			dropTimes(child)
		}
	case []any:
		for _, child := range value {
			dropTimes(child)
		}
	}
}
