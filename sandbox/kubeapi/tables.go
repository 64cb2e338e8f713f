package kubeapi

import (
	"encoding/json"
	"fmt"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/util/duration"
)

// A column is one column of the table that "kubectl get" asks for.
type column struct {
	name        string
	kind        string // OpenAPI type: "string", "integer", "date" …
	format      string
	priority    int32 // 0 always shown, 1 with -o wide
	description string
	value       func(obj runtime.Object, now time.Time) any
}

var (
	nameColumn = column{name: "Name", kind: "string", format: "name", value: func(obj runtime.Object, _ time.Time) any {
		return accessor(obj).GetName()
	}}
	ageColumn = column{name: "Age", kind: "string", value: func(obj runtime.Object, now time.Time) any {
		return since(accessor(obj).GetCreationTimestamp(), now)
	}}
	createdColumn = column{name: "Created At", kind: "date", value: func(obj runtime.Object, _ time.Time) any {
		return accessor(obj).GetCreationTimestamp().UTC().Format(time.RFC3339)
	}}
)

// columnOf makes a column of the objects of type T.
func columnOf[T runtime.Object](name, kind string, value func(obj T, now time.Time) any) column {
	return column{name: name, kind: kind, value: func(obj runtime.Object, now time.Time) any {
		typed, ok := obj.(T)
		if !ok {
			return nil
		}
		return value(typed, now)
	}}
}

// wide returns a column as one that only -o wide shows.
func wide(c column) column {
	c.priority = 1
	return c
}

// pathColumn shows the field at a simple JSONPath such as ".spec.subnet".
func pathColumn(name, kind, path string, priority int32, description string) column {
	return column{name: name, kind: kind, priority: priority, description: description, value: func(obj runtime.Object, now time.Time) any {
		value := lookup(toMap(obj), path)
		if value == nil {
			return nil
		}
		if kind == "date" {
			at, err := time.Parse(time.RFC3339, printed(value))
			if err != nil {
				return "<invalid>"
			}
			return since(metav1.NewTime(at), now)
		}
		if kind != "string" {
			return value
		}
		return printed(value)
	}}
}

// printed is a JSON value as text: strings bare, the rest as JSON.
func printed(value any) string {
	switch value := value.(type) {
	case nil:
		return ""
	case string:
		return value
	}
	raw, err := json.Marshal(value)
	if err != nil {
		return fmt.Sprint(value)
	}
	return string(raw)
}

// since is an age as kubectl shows it.
func since(at metav1.Time, now time.Time) string {
	if at.IsZero() {
		return "<unknown>"
	}
	return duration.HumanDuration(now.Sub(at.Time))
}

// table renders objects for kubectl. The column definitions are left out of all
// but the first table of a watch.
func (r *resource) table(items []runtime.Object, list metav1.ListMeta, now time.Time, include metav1.IncludeObjectPolicy, headers bool) (*metav1.Table, error) {
	columns := r.columns
	if len(columns) == 0 {
		columns = []column{nameColumn, ageColumn}
	}
	t := &metav1.Table{
		TypeMeta: metav1.TypeMeta{Kind: "Table", APIVersion: metav1.SchemeGroupVersion.String()},
		ListMeta: list,
		Rows:     make([]metav1.TableRow, 0, len(items)),
	}
	for _, c := range columns {
		if headers {
			t.ColumnDefinitions = append(t.ColumnDefinitions, metav1.TableColumnDefinition{
				Name: c.name, Type: c.kind, Format: c.format, Priority: c.priority, Description: c.description,
			})
		}
	}
	for _, obj := range items {
		row := metav1.TableRow{}
		for _, c := range columns {
			row.Cells = append(row.Cells, c.value(obj, now))
		}
		var err error
		if row.Object.Raw, err = rowObject(obj, include); err != nil {
			return nil, fmt.Errorf("print %s %q: %w", r.groupResource(), accessor(obj).GetName(), err)
		}
		t.Rows = append(t.Rows, row)
	}
	return t, nil
}

// rowObject is what a table row says of its object: by default the metadata.
func rowObject(obj runtime.Object, include metav1.IncludeObjectPolicy) ([]byte, error) {
	switch include {
	case metav1.IncludeNone:
		return nil, nil
	case metav1.IncludeObject:
		return json.Marshal(obj)
	}
	return json.Marshal(metadataOnly(obj))
}

// metadataOnly is the object as metadata clients ask for it.
func metadataOnly(obj runtime.Object) *metav1.PartialObjectMetadata {
	object := accessor(obj)
	return &metav1.PartialObjectMetadata{
		TypeMeta: metav1.TypeMeta{Kind: "PartialObjectMetadata", APIVersion: metav1.SchemeGroupVersion.String()},
		ObjectMeta: metav1.ObjectMeta{
			Name:                       object.GetName(),
			GenerateName:               object.GetGenerateName(),
			Namespace:                  object.GetNamespace(),
			UID:                        object.GetUID(),
			ResourceVersion:            object.GetResourceVersion(),
			Generation:                 object.GetGeneration(),
			CreationTimestamp:          object.GetCreationTimestamp(),
			DeletionTimestamp:          object.GetDeletionTimestamp(),
			DeletionGracePeriodSeconds: object.GetDeletionGracePeriodSeconds(),
			Labels:                     object.GetLabels(),
			Annotations:                object.GetAnnotations(),
			OwnerReferences:            object.GetOwnerReferences(),
			Finalizers:                 object.GetFinalizers(),
			ManagedFields:              object.GetManagedFields(),
		},
	}
}
