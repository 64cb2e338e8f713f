package kubeapi

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/util/validation/field"
	"k8s.io/apimachinery/pkg/watch"
	"k8s.io/kube-openapi/pkg/validation/spec"
)

// definitionCleanup holds a CustomResourceDefinition until its objects are gone.
const definitionCleanup = "customresourcecleanup.apiextensions.k8s.io"

// A definition is what is read of a CustomResourceDefinition. Of several
// versions only the storage version is served.
type definition struct {
	Spec struct {
		Group string `json:"group"`
		Scope string `json:"scope"`
		Names struct {
			Kind       string   `json:"kind"`
			ListKind   string   `json:"listKind,omitempty"`
			Plural     string   `json:"plural"`
			Singular   string   `json:"singular,omitempty"`
			ShortNames []string `json:"shortNames,omitempty"`
			Categories []string `json:"categories,omitempty"`
		} `json:"names"`
		Versions []definitionVersion `json:"versions"`
	} `json:"spec"`
}

type definitionVersion struct {
	Name    string `json:"name"`
	Served  bool   `json:"served"`
	Storage bool   `json:"storage"`
	Schema  struct {
		OpenAPI *spec.Schema `json:"openAPIV3Schema"`
	} `json:"schema"`
	Subresources struct {
		Status *struct{} `json:"status"`
	} `json:"subresources"`
	Columns []struct {
		Name        string `json:"name"`
		Type        string `json:"type"`
		JSONPath    string `json:"jsonPath"`
		Priority    int32  `json:"priority"`
		Description string `json:"description"`
	} `json:"additionalPrinterColumns"`
	SelectableFields []struct {
		JSONPath string `json:"jsonPath"`
	} `json:"selectableFields"`
}

func readDefinition(obj runtime.Object) (*definition, error) {
	raw, err := json.Marshal(toMap(obj))
	if err != nil {
		return nil, err
	}
	d := &definition{}
	if err := json.Unmarshal(raw, d); err != nil {
		return nil, fmt.Errorf("read definition %q: %w", accessor(obj).GetName(), err)
	}
	return d, nil
}

func (d *definition) storage() *definitionVersion {
	for i := range d.Spec.Versions {
		if d.Spec.Versions[i].Storage {
			return &d.Spec.Versions[i]
		}
	}
	return nil
}

// resource is the resource that the definition asks for, or nil when it is not
// to be served.
func (d *definition) resource() *resource {
	v := d.storage()
	if v == nil || !v.Served || v.Schema.OpenAPI == nil {
		return nil
	}
	r := &resource{
		gvr:           schema.GroupVersionResource{Group: d.Spec.Group, Version: v.Name, Resource: d.Spec.Names.Plural},
		kind:          d.Spec.Names.Kind,
		namespaced:    d.Spec.Scope == "Namespaced",
		shortNames:    d.Spec.Names.ShortNames,
		categories:    d.Spec.Names.Categories,
		hasStatus:     v.Subresources.Status != nil,
		hasGeneration: true,
		custom:        true,
		schema:        v.Schema.OpenAPI,
		fields:        map[string]func(runtime.Object) string{},
	}
	for _, selectable := range v.SelectableFields {
		path := strings.TrimPrefix(selectable.JSONPath, ".")
		r.fields[path] = func(obj runtime.Object) string { return printed(lookup(toMap(obj), path)) }
	}
	if len(v.Columns) > 0 {
		r.columns = append(r.columns, nameColumn)
		for _, c := range v.Columns {
			r.columns = append(r.columns, pathColumn(c.Name, c.Type, c.JSONPath, c.Priority, c.Description))
		}
	}
	return r
}

// definitionChanged begins or ends serving a custom resource when its
// definition was written. The caller holds mu.
func (s *Store) definitionChanged(c *collection, kind watch.EventType, obj runtime.Object) {
	if c.resource.gvr != CustomResourceDefinitions {
		return
	}
	d, err := readDefinition(obj)
	if err != nil {
		return // refused by validation before it got here
	}
	gr := schema.GroupResource{Group: d.Spec.Group, Resource: d.Spec.Names.Plural}
	served, ok := s.collections[gr]
	if ok && !served.resource.custom {
		return // a built-in resource stays what it is
	}
	if kind == watch.Deleted {
		if ok {
			delete(s.collections, gr)
			for w := range served.watchers {
				w.end()
			}
		}
		return
	}
	r := d.resource()
	switch {
	case r == nil:
	case !ok:
		s.collections[gr] = newCollection(r)
	default:
		served.resource = r
	}
}

// removeInstances deletes the objects of a definition that is being deleted.
func (s *Store) removeInstances(definition runtime.Object) {
	d, err := readDefinition(definition)
	if err != nil {
		return
	}
	c, ok := s.collections[schema.GroupResource{Group: d.Spec.Group, Resource: d.Spec.Names.Plural}]
	if ok && c.resource.custom {
		for _, key := range slices.Clone(c.keys) {
			if live, ok := c.objects[key]; ok && accessor(live).GetDeletionTimestamp() == nil {
				s.removeLocked(c, live, metav1.DeleteOptions{})
			}
		}
		if len(c.keys) > 0 {
			return // releaseDefinition will follow
		}
	}
	if id, ok := s.identities[accessor(definition).GetUID()]; ok {
		s.dropFinalizer(id, id.collection.objects[id.key], definitionCleanup)
	}
}

// releaseDefinition ends the deletion of a definition when the last of its
// objects is gone.
func (s *Store) releaseDefinition(c *collection) {
	if len(c.keys) > 0 || !c.resource.custom {
		return
	}
	definitions := s.collections[CustomResourceDefinitions.GroupResource()]
	key := objectKey("", c.resource.groupResource().String())
	live, ok := definitions.objects[key]
	if !ok || accessor(live).GetDeletionTimestamp() == nil {
		return
	}
	s.dropFinalizer(s.identities[accessor(live).GetUID()], live, definitionCleanup)
}

// defaultDefinition fills in the names and the status of a definition. Ours is
// established at once.
func defaultDefinition(obj runtime.Object) {
	u := obj.(*unstructured.Unstructured)
	d, err := readDefinition(u)
	if err != nil || d.storage() == nil {
		return // validation says what is wrong
	}
	names := &d.Spec.Names
	if names.Singular == "" {
		names.Singular = strings.ToLower(names.Kind)
	}
	if names.ListKind == "" {
		names.ListKind = names.Kind + "List"
	}
	accepted := map[string]any{"kind": names.Kind, "listKind": names.ListKind, "plural": names.Plural, "singular": names.Singular}
	if len(names.ShortNames) > 0 {
		accepted["shortNames"] = anySlice(names.ShortNames)
	}
	if len(names.Categories) > 0 {
		accepted["categories"] = anySlice(names.Categories)
	}
	// The paths are those of an object that readDefinition could read.
	_ = unstructured.SetNestedField(u.Object, accepted, "spec", "names")
	if _, found, _ := unstructured.NestedMap(u.Object, "spec", "conversion"); !found {
		_ = unstructured.SetNestedField(u.Object, map[string]any{"strategy": "None"}, "spec", "conversion")
	}
	if _, found, _ := unstructured.NestedSlice(u.Object, "status", "conditions"); found {
		return
	}
	now := u.GetCreationTimestamp().UTC().Format("2006-01-02T15:04:05Z")
	condition := func(kind, reason, message string) any {
		return map[string]any{"type": kind, "status": "True", "reason": reason, "message": message, "lastTransitionTime": now}
	}
	u.Object["status"] = map[string]any{
		"acceptedNames":  runtime.DeepCopyJSON(accepted),
		"storedVersions": []any{d.storage().Name},
		"conditions": []any{
			condition("NamesAccepted", "NoConflicts", "no conflicts found"),
			condition("Established", "InitialNamesAccepted", "the initial names have been accepted"),
		},
	}
}

func validateDefinition(obj runtime.Object) field.ErrorList {
	d, err := readDefinition(obj)
	if err != nil {
		return field.ErrorList{field.Invalid(field.NewPath("spec"), "", err.Error())}
	}
	var errs field.ErrorList
	at := field.NewPath("spec")
	if want := d.Spec.Names.Plural + "." + d.Spec.Group; accessor(obj).GetName() != want {
		errs = append(errs, field.Invalid(field.NewPath("metadata", "name"), accessor(obj).GetName(),
			"must be spec.names.plural+\".\"+spec.group"))
	}
	if d.Spec.Scope != "Namespaced" && d.Spec.Scope != "Cluster" {
		errs = append(errs, field.NotSupported(at.Child("scope"), d.Spec.Scope, []string{"Cluster", "Namespaced"}))
	}
	if d.Spec.Names.Kind == "" {
		errs = append(errs, field.Required(at.Child("names", "kind"), ""))
	}
	if d.storage() == nil {
		errs = append(errs, field.Invalid(at.Child("versions"), "", "must have exactly one version marked as storage version"))
	}
	for i, v := range d.Spec.Versions {
		if v.Schema.OpenAPI == nil {
			errs = append(errs, field.Required(at.Child("versions").Index(i).Child("schema", "openAPIV3Schema"), "schemas are required"))
		}
	}
	return errs
}

func anySlice(in []string) []any {
	out := make([]any, len(in))
	for i, s := range in {
		out[i] = s
	}
	return out
}
