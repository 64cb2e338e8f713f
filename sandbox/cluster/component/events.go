package component

import (
	"fmt"
	"sync"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/tools/record"
)

// A Recorder writes the events of one component. Like every component's, it
// counts an event that repeats instead of writing it anew, and sums up events
// that differ only in their text.
type Recorder struct {
	base   *Base
	source corev1.EventSource
	shared *correlator
}

// A correlator is what a component remembers of the events it wrote.
type correlator struct {
	mu sync.Mutex
	*record.EventCorrelator
}

// eventBurst is how many events about one object a component may write before
// it is held back. Real components are held back at 25 and earn one more every
// five minutes, which a shortened clock would make far too few.
const eventBurst = 200

// NewRecorder makes the recorder of a component.
func (b *Base) NewRecorder(component string) *Recorder {
	options := record.CorrelatorOptions{BurstSize: eventBurst, Clock: b.Clock}
	return &Recorder{
		base:   b,
		source: corev1.EventSource{Component: component},
		shared: &correlator{EventCorrelator: record.NewEventCorrelatorWithOptions(options)},
	}
}

// On returns the recorder of the component's instance on a node.
func (r *Recorder) On(node string) *Recorder {
	other := *r
	other.source.Host = node
	return &other
}

// Normal records that something went as it should.
func (r *Recorder) Normal(about corev1.ObjectReference, reason, format string, args ...any) {
	r.Record(about, corev1.EventTypeNormal, reason, fmt.Sprintf(format, args...))
}

// Warning records that something did not.
func (r *Recorder) Warning(about corev1.ObjectReference, reason, format string, args ...any) {
	r.Record(about, corev1.EventTypeWarning, reason, fmt.Sprintf(format, args...))
}

// Record records an event of a kind: normal, or a warning.
func (r *Recorder) Record(about corev1.ObjectReference, kind, reason, message string) {
	if !r.base.IsSettled() && !r.base.Staged {
		return // a cluster that has been running for long has forgotten these
	}
	r.shared.mu.Lock()
	defer r.shared.mu.Unlock()
	now := metav1.NewTime(r.base.Clock.Now())
	result, err := r.shared.EventCorrelate(&corev1.Event{
		ObjectMeta:          metav1.ObjectMeta{Name: r.base.EventName(about.Name), Namespace: eventNamespace(about)},
		InvolvedObject:      about,
		Reason:              reason,
		Message:             message,
		Source:              r.source,
		ReportingController: r.source.Component,
		ReportingInstance:   r.source.Host,
		FirstTimestamp:      now,
		LastTimestamp:       now,
		Count:               1,
		Type:                kind,
	})
	if err != nil || result.Skip {
		return
	}
	stored, err := r.store(result.Event)
	if err != nil {
		r.base.Log.Debug("event not stored", "object", about.Name, "reason", reason, "error", err)
		return
	}
	r.shared.UpdateState(stored)
}

// store writes a new event, or the new count of a known one.
func (r *Recorder) store(event *corev1.Event) (*corev1.Event, error) {
	if event.Count > 1 {
		stored, err := r.base.Events.Mutate(event.Namespace, event.Name, func(e *corev1.Event) error {
			e.Count, e.LastTimestamp, e.Message = event.Count, event.LastTimestamp, event.Message
			return nil
		})
		if !apierrors.IsNotFound(err) {
			return stored, err
		}
		event.ResourceVersion = ""
	}
	return r.base.Events.Create(event)
}

// eventNamespace is where an event about an object is kept: that of the
// object, or "default" for an object without one.
func eventNamespace(about corev1.ObjectReference) string {
	if about.Namespace == "" {
		return metav1.NamespaceDefault
	}
	return about.Namespace
}

// EventName is a name that no other event has.
func (b *Base) EventName(about string) string {
	return fmt.Sprintf("%s.%x", about, b.Clock.Now().UnixNano()+b.eventSerial.Add(1))
}

// AboutPod is a pod as events refer to it.
func AboutPod(p *corev1.Pod) corev1.ObjectReference {
	return corev1.ObjectReference{
		APIVersion: "v1", Kind: "Pod", Namespace: p.Namespace, Name: p.Name, UID: p.UID, ResourceVersion: p.ResourceVersion,
	}
}

// AboutContainer is a container of a pod's list as events refer to it.
func AboutContainer(p *corev1.Pod, list, container string) corev1.ObjectReference {
	ref := AboutPod(p)
	ref.FieldPath = fmt.Sprintf("spec.%s{%s}", list, container)
	return ref
}

// AboutNode is a node as the kubelet and the VPC resource controller refer to
// it in events: the UID is its name.
func AboutNode(name string) corev1.ObjectReference {
	return corev1.ObjectReference{APIVersion: "v1", Kind: "Node", Name: name, UID: types.UID(name)}
}

// AboutNodeObject is a node as other components refer to it.
func AboutNodeObject(n *corev1.Node) corev1.ObjectReference {
	return corev1.ObjectReference{APIVersion: "v1", Kind: "Node", Name: n.Name, UID: n.UID, ResourceVersion: n.ResourceVersion}
}

// About is an object of a kind.
func About(apiVersion, kind string, o metav1.Object) corev1.ObjectReference {
	return corev1.ObjectReference{
		APIVersion: apiVersion, Kind: kind, Namespace: o.GetNamespace(), Name: o.GetName(), UID: o.GetUID(), ResourceVersion: o.GetResourceVersion(),
	}
}
