package cluster

import (
	"fmt"
	"sync"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/tools/record"
)

// A recorder writes the events of one component. Like every component's, it
// counts an event that repeats instead of writing it anew, and sums up events
// that differ only in their text.
type recorder struct {
	cluster *Base
	source  corev1.EventSource
	shared  *correlator
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

func (b *Base) newRecorder(component string) *recorder {
	options := record.CorrelatorOptions{BurstSize: eventBurst, Clock: b.clock}
	return &recorder{
		cluster: b,
		source:  corev1.EventSource{Component: component},
		shared:  &correlator{EventCorrelator: record.NewEventCorrelatorWithOptions(options)},
	}
}

// on returns the recorder of the component's instance on a node.
func (r *recorder) on(node string) *recorder {
	other := *r
	other.source.Host = node
	return &other
}

// normal records that something went as it should.
func (r *recorder) normal(about corev1.ObjectReference, reason, format string, args ...any) {
	r.record(about, corev1.EventTypeNormal, reason, fmt.Sprintf(format, args...))
}

// warning records that something did not.
func (r *recorder) warning(about corev1.ObjectReference, reason, format string, args ...any) {
	r.record(about, corev1.EventTypeWarning, reason, fmt.Sprintf(format, args...))
}

func (r *recorder) record(about corev1.ObjectReference, kind, reason, message string) {
	if !r.cluster.isSettled() && !r.cluster.staged {
		return // a cluster that has been running for long has forgotten these
	}
	r.shared.mu.Lock()
	defer r.shared.mu.Unlock()
	now := metav1.NewTime(r.cluster.clock.Now())
	result, err := r.shared.EventCorrelate(&corev1.Event{
		ObjectMeta:          metav1.ObjectMeta{Name: r.cluster.eventName(about.Name), Namespace: eventNamespace(about)},
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
		r.cluster.log.Debug("event not stored", "object", about.Name, "reason", reason, "error", err)
		return
	}
	r.shared.UpdateState(stored)
}

// store writes a new event, or the new count of a known one.
func (r *recorder) store(event *corev1.Event) (*corev1.Event, error) {
	if event.Count > 1 {
		stored, err := r.cluster.events.Mutate(event.Namespace, event.Name, func(e *corev1.Event) error {
			e.Count, e.LastTimestamp, e.Message = event.Count, event.LastTimestamp, event.Message
			return nil
		})
		if !apierrors.IsNotFound(err) {
			return stored, err
		}
		event.ResourceVersion = ""
	}
	return r.cluster.events.Create(event)
}

// eventNamespace is where an event about an object is kept: that of the
// object, or "default" for an object without one.
func eventNamespace(about corev1.ObjectReference) string {
	if about.Namespace == "" {
		return metav1.NamespaceDefault
	}
	return about.Namespace
}

// eventName is a name that no other event has.
func (b *Base) eventName(about string) string {
	return fmt.Sprintf("%s.%x", about, b.clock.Now().UnixNano()+b.eventSerial.Add(1))
}

// aboutPod, aboutNode and the others name what an event is about.
func aboutPod(p *corev1.Pod) corev1.ObjectReference {
	return corev1.ObjectReference{
		APIVersion: "v1", Kind: "Pod", Namespace: p.Namespace, Name: p.Name, UID: p.UID, ResourceVersion: p.ResourceVersion,
	}
}

func aboutContainer(p *corev1.Pod, list, container string) corev1.ObjectReference {
	ref := aboutPod(p)
	ref.FieldPath = fmt.Sprintf("spec.%s{%s}", list, container)
	return ref
}

// aboutNode is a node as the kubelet and the VPC resource controller refer to
// it in events: the UID is its name.
func aboutNode(name string) corev1.ObjectReference {
	return corev1.ObjectReference{APIVersion: "v1", Kind: "Node", Name: name, UID: types.UID(name)}
}

func aboutNodeObject(n *corev1.Node) corev1.ObjectReference {
	return corev1.ObjectReference{APIVersion: "v1", Kind: "Node", Name: n.Name, UID: n.UID, ResourceVersion: n.ResourceVersion}
}

func about(apiVersion, kind string, o metav1.Object) corev1.ObjectReference {
	return corev1.ObjectReference{
		APIVersion: apiVersion, Kind: kind, Namespace: o.GetNamespace(), Name: o.GetName(), UID: o.GetUID(), ResourceVersion: o.GetResourceVersion(),
	}
}
