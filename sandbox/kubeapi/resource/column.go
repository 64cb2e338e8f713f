package resource

import (
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/util/duration"
)

// A Column is one column of the table that "kubectl get" asks for.
type Column struct {
	name        string
	kind        string // OpenAPI type: "string", "integer", "date" …
	format      string
	priority    int32 // 0 always shown, 1 with -o wide
	description string
	value       func(obj runtime.Object, now time.Time) any
}

// The columns that many resources have.
var (
	NameColumn = Column{name: "Name", kind: "string", format: "name", value: func(obj runtime.Object, _ time.Time) any {
		return Accessor(obj).GetName()
	}}
	AgeColumn = Column{name: "Age", kind: "string", value: func(obj runtime.Object, now time.Time) any {
		return Age(Accessor(obj).GetCreationTimestamp(), now)
	}}
	CreatedColumn = Column{name: "Created At", kind: "date", value: func(obj runtime.Object, _ time.Time) any {
		return Accessor(obj).GetCreationTimestamp().UTC().Format(time.RFC3339)
	}}
)

// ColumnOf makes a column of the objects of type T.
func ColumnOf[T runtime.Object](name, kind string, value func(obj T, now time.Time) any) Column {
	return Column{name: name, kind: kind, value: func(obj runtime.Object, now time.Time) any {
		typed, ok := obj.(T)
		if !ok {
			return nil
		}
		return value(typed, now)
	}}
}

// Wide returns a column as one that only -o wide shows.
func Wide(c Column) Column {
	c.priority = 1
	return c
}

// PathColumn shows the field at a simple JSONPath such as ".spec.subnet".
func PathColumn(name, kind, path string, priority int32, description string) Column {
	return Column{name: name, kind: kind, priority: priority, description: description, value: func(obj runtime.Object, now time.Time) any {
		value := Lookup(ToMap(obj), path)
		if value == nil {
			return nil
		}
		if kind == "date" {
			at, err := time.Parse(time.RFC3339, Printed(value))
			if err != nil {
				return "<invalid>"
			}
			return Age(metav1.NewTime(at), now)
		}
		if kind != "string" {
			return value
		}
		return Printed(value)
	}}
}

// Age is an age as kubectl shows it.
func Age(at metav1.Time, now time.Time) string {
	if at.IsZero() {
		return "<unknown>"
	}
	return duration.HumanDuration(now.Sub(at.Time))
}
