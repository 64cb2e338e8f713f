package plan

import (
	"sigs.k8s.io/yaml"

	"podsg/steps/world"
)

// Object starts the manifest of an object that podsg owns.
func Object(apiVersion, kind, namespace, name string) Manifest {
	meta := map[string]any{"name": name, "labels": map[string]any{world.LabelManagedBy: world.ManagedBy}}
	if namespace != "" {
		meta["namespace"] = namespace
	}
	return Manifest{"apiVersion": apiVersion, "kind": kind, "metadata": meta}
}

// Ref names the object of a manifest.
func (m Manifest) Ref() ObjectRef {
	ref := ObjectRef{}
	ref.APIVersion, _ = m["apiVersion"].(string)
	ref.Kind, _ = m["kind"].(string)
	if meta, ok := m["metadata"].(map[string]any); ok {
		ref.Name, _ = meta["name"].(string)
		ref.Namespace, _ = meta["namespace"].(string)
	}
	return ref
}

// YAML is the manifest as kubectl reads it.
func (m Manifest) YAML() string {
	out, err := yaml.Marshal(map[string]any(m))
	if err != nil {
		return "# " + err.Error()
	}
	return string(out)
}

// String is NAMESPACE/NAME, or NAME for an object of the cluster.
func (r ObjectRef) String() string {
	if r.Namespace == "" {
		return r.Name
	}
	return r.Namespace + "/" + r.Name
}

// Manifest is a Kubernetes object as its JSON fields.
type Manifest map[string]any

// ObjectRef names a Kubernetes object.
type ObjectRef struct {
	APIVersion, Kind, Namespace, Name string
}
