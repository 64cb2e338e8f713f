package builtin

import (
	corev1 "k8s.io/api/core/v1"
	eventsv1 "k8s.io/api/events/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/util/validation/field"

	"podsg/sandbox/kubeapi/gvr"
	"podsg/sandbox/kubeapi/resource"
)

// eventAlias serves core events as events.k8s.io/v1, as the real API server
// does: one object, two shapes.
func eventAlias() *resource.Resource {
	return &resource.Resource{
		GVR: gvr.EventsV1, Kind: "Event", Namespaced: true, ShortNames: []string{"ev"},
		Alias: &resource.Alias{
			Stored:      gvr.Events,
			FromStorage: eventFromCore,
			ToStorage:   eventToCore,
			Fields: map[string]string{
				"regarding.kind":            "involvedObject.kind",
				"regarding.namespace":       "involvedObject.namespace",
				"regarding.name":            "involvedObject.name",
				"regarding.uid":             "involvedObject.uid",
				"regarding.apiVersion":      "involvedObject.apiVersion",
				"regarding.resourceVersion": "involvedObject.resourceVersion",
				"regarding.fieldPath":       "involvedObject.fieldPath",
				"reportingController":       "reportingComponent",
				"reason":                    "reason",
				"type":                      "type",
			},
		},
	}
}

func eventFromCore(stored runtime.Object) runtime.Object {
	e := stored.(*corev1.Event)
	out := &eventsv1.Event{
		TypeMeta:                 metav1.TypeMeta{Kind: "Event", APIVersion: eventsv1.SchemeGroupVersion.String()},
		ObjectMeta:               e.ObjectMeta,
		EventTime:                e.EventTime,
		ReportingController:      e.ReportingController,
		ReportingInstance:        e.ReportingInstance,
		Action:                   e.Action,
		Reason:                   e.Reason,
		Regarding:                e.InvolvedObject,
		Related:                  e.Related,
		Note:                     e.Message,
		Type:                     e.Type,
		DeprecatedSource:         e.Source,
		DeprecatedFirstTimestamp: e.FirstTimestamp,
		DeprecatedLastTimestamp:  e.LastTimestamp,
		DeprecatedCount:          e.Count,
	}
	if e.Series != nil {
		out.Series = &eventsv1.EventSeries{Count: e.Series.Count, LastObservedTime: e.Series.LastObservedTime}
	}
	return out
}

func eventToCore(served runtime.Object) runtime.Object {
	e, ok := served.(*eventsv1.Event)
	if !ok {
		return served
	}
	out := &corev1.Event{
		TypeMeta:            metav1.TypeMeta{Kind: "Event", APIVersion: corev1.SchemeGroupVersion.String()},
		ObjectMeta:          e.ObjectMeta,
		EventTime:           e.EventTime,
		ReportingController: e.ReportingController,
		ReportingInstance:   e.ReportingInstance,
		Action:              e.Action,
		Reason:              e.Reason,
		InvolvedObject:      e.Regarding,
		Related:             e.Related,
		Message:             e.Note,
		Type:                e.Type,
		Source:              e.DeprecatedSource,
		FirstTimestamp:      e.DeprecatedFirstTimestamp,
		LastTimestamp:       e.DeprecatedLastTimestamp,
		Count:               e.DeprecatedCount,
	}
	if e.Series != nil {
		out.Series = &corev1.EventSeries{Count: e.Series.Count, LastObservedTime: e.Series.LastObservedTime}
	}
	return out
}

// eventResource is core events. Their names are made by whoever reports them.
func eventResource() *resource.Resource {
	involved := func(value func(corev1.ObjectReference) string) func(runtime.Object) string {
		return selectableOf(func(e *corev1.Event) string { return value(e.InvolvedObject) })
	}
	return &resource.Resource{
		GVR: gvr.Events, Kind: "Event", Namespaced: true, ShortNames: []string{"ev"},
		Validate: validates(validateEvent),
		Fields: map[string]func(runtime.Object) string{
			"involvedObject.kind":            involved(func(o corev1.ObjectReference) string { return o.Kind }),
			"involvedObject.namespace":       involved(func(o corev1.ObjectReference) string { return o.Namespace }),
			"involvedObject.name":            involved(func(o corev1.ObjectReference) string { return o.Name }),
			"involvedObject.uid":             involved(func(o corev1.ObjectReference) string { return string(o.UID) }),
			"involvedObject.apiVersion":      involved(func(o corev1.ObjectReference) string { return o.APIVersion }),
			"involvedObject.resourceVersion": involved(func(o corev1.ObjectReference) string { return o.ResourceVersion }),
			"involvedObject.fieldPath":       involved(func(o corev1.ObjectReference) string { return o.FieldPath }),
			"reason":                         selectableOf(func(e *corev1.Event) string { return e.Reason }),
			"type":                           selectableOf(func(e *corev1.Event) string { return e.Type }),
			"reportingComponent":             selectableOf(func(e *corev1.Event) string { return e.ReportingController }),
			"source": selectableOf(func(e *corev1.Event) string {
				if e.Source.Component == "" {
					return e.ReportingController
				}
				return e.Source.Component
			}),
		},
		Columns: eventColumns,
	}
}

// validateEvent wants an event beside the object it is about; events of
// cluster-wide objects are in "default" (or "kube-system").
func validateEvent(e *corev1.Event) field.ErrorList {
	about := e.InvolvedObject.Namespace
	if about == e.Namespace || about == "" && (e.Namespace == metav1.NamespaceDefault || e.Namespace == metav1.NamespaceSystem) {
		return nil
	}
	return field.ErrorList{field.Invalid(field.NewPath("involvedObject", "namespace"), about, "does not match event.namespace")}
}
