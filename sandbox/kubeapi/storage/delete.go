package storage

import (
	"fmt"
	"slices"
	"time"

	admissionv1 "k8s.io/api/admission/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/watch"

	"podsg/sandbox/kubeapi/access"
	"podsg/sandbox/kubeapi/definition"
	"podsg/sandbox/kubeapi/gvr"
	"podsg/sandbox/kubeapi/resource"
)

// Delete deletes an object, at once or by marking it and leaving the rest to
// whoever it waits for: a finalizer's owner, the kubelet of a pod, the
// namespace controller. It returns the object's last state and whether it is
// gone.
func (s *Store) Delete(r *resource.Resource, namespace, name string, opts metav1.DeleteOptions, user access.User) (last runtime.Object, gone bool, err error) {
	dryRun := len(opts.DryRun) > 0
	live, err := s.Get(r, namespace, name)
	if err != nil {
		return nil, false, err
	}
	if err := checkDeletable(r, name); err != nil {
		return nil, false, err
	}
	if err := s.admit(r, admissionv1.Delete, nil, live, WriteOptions{User: user, DryRun: dryRun}); err != nil {
		return nil, false, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	c, err := s.collectionOf(r)
	if err != nil {
		return nil, false, err
	}
	live, ok := c.objects[objectKey(namespace, name)]
	if !ok {
		return nil, false, apierrors.NewNotFound(r.GroupResource(), name)
	}
	if err := checkDeletePreconditions(r, resource.Accessor(live), opts.Preconditions); err != nil {
		return nil, false, err
	}
	if dryRun {
		return live, true, nil
	}
	last, gone = s.removeLocked(c, live, opts)
	return last, gone, nil
}

// checkDeletable protects the namespaces without which there is no cluster.
func checkDeletable(r *resource.Resource, name string) error {
	if r.GVR != gvr.Namespaces {
		return nil
	}
	switch name {
	case metav1.NamespaceDefault, metav1.NamespaceSystem, metav1.NamespacePublic:
		return apierrors.NewForbidden(r.GroupResource(), name, fmt.Errorf("this namespace may not be deleted"))
	}
	return nil
}

func checkDeletePreconditions(r *resource.Resource, live metav1.Object, p *metav1.Preconditions) error {
	if p == nil {
		return nil
	}
	if p.UID != nil && *p.UID != live.GetUID() {
		return apierrors.NewConflict(r.GroupResource(), live.GetName(), fmt.Errorf(
			"the UID in the precondition (%s) does not match the UID in record (%s). The object might have been deleted and then recreated",
			*p.UID, live.GetUID()))
	}
	if p.ResourceVersion != nil && *p.ResourceVersion != live.GetResourceVersion() {
		return apierrors.NewConflict(r.GroupResource(), live.GetName(), fmt.Errorf(
			"the ResourceVersion in the precondition (%s) does not match the ResourceVersion in record (%s). The object might have been modified",
			*p.ResourceVersion, live.GetResourceVersion()))
	}
	return nil
}

// removeLocked deletes live under the lock, dependents included.
func (s *Store) removeLocked(c *collection, live runtime.Object, opts metav1.DeleteOptions) (last runtime.Object, gone bool) {
	policy := propagation(resource.Accessor(live), opts)
	if policy == metav1.DeletePropagationOrphan {
		s.orphanDependents(resource.Accessor(live).GetUID())
	}
	marked := live.DeepCopyObject()
	object := resource.Accessor(marked)
	if policy == metav1.DeletePropagationForeground && len(s.dependents[object.GetUID()]) > 0 {
		addFinalizer(object, metav1.FinalizerDeleteDependents)
	}
	if c.resource.GVR == gvr.CustomResourceDefinitions {
		addFinalizer(object, definition.Cleanup)
	}
	s.markDeleted(marked, live, opts)
	if deletionComplete(marked) {
		s.finish(c, marked, live)
		return marked, true
	}
	if !sameContent(marked, live) {
		s.commit(c, watch.Modified, marked, live)
		s.identities[object.GetUID()].deleted = s.clock.Now()
	} else {
		marked = live
	}
	if slices.Contains(object.GetFinalizers(), metav1.FinalizerDeleteDependents) {
		s.removeDependents(object.GetUID(), metav1.DeletePropagationForeground)
		s.releaseOwner(object.GetUID())
	}
	if c.resource.GVR == gvr.CustomResourceDefinitions {
		s.removeInstances(marked)
	}
	return marked, s.identities[object.GetUID()] == nil
}

// propagation is the policy that applies: the request's, or background.
func propagation(object metav1.Object, opts metav1.DeleteOptions) metav1.DeletionPropagation {
	switch {
	case opts.PropagationPolicy != nil:
		return *opts.PropagationPolicy
	case opts.OrphanDependents != nil && *opts.OrphanDependents: // old clients still send it
		return metav1.DeletePropagationOrphan
	case slices.Contains(object.GetFinalizers(), metav1.FinalizerDeleteDependents):
		return metav1.DeletePropagationForeground
	}
	return metav1.DeletePropagationBackground
}

// markDeleted sets what says that an object is being deleted. A second, shorter
// grace period overrides the first.
func (s *Store) markDeleted(marked, live runtime.Object, opts metav1.DeleteOptions) {
	object := resource.Accessor(marked)
	grace := gracePeriod(live, opts)
	if object.GetDeletionTimestamp() != nil {
		if old := object.GetDeletionGracePeriodSeconds(); old == nil || *old <= grace {
			return
		}
	}
	at := metav1.NewTime(s.clock.Now().Add(time.Duration(grace) * time.Second).Truncate(time.Second))
	object.SetDeletionTimestamp(&at)
	object.SetDeletionGracePeriodSeconds(&grace)
	if namespace, ok := marked.(*corev1.Namespace); ok {
		namespace.Status.Phase = corev1.NamespaceTerminating
	}
	if object.GetGeneration() > 0 {
		object.SetGeneration(object.GetGeneration() + 1)
	}
}

// gracePeriod is how many seconds the kubelet is given. Only a pod that runs
// somewhere waits for its kubelet.
func gracePeriod(live runtime.Object, opts metav1.DeleteOptions) int64 {
	pod, ok := live.(*corev1.Pod)
	if !ok || pod.Spec.NodeName == "" || pod.Status.Phase == corev1.PodSucceeded || pod.Status.Phase == corev1.PodFailed {
		return 0
	}
	switch {
	case opts.GracePeriodSeconds != nil:
		return max(0, *opts.GracePeriodSeconds)
	case pod.Spec.TerminationGracePeriodSeconds != nil:
		return *pod.Spec.TerminationGracePeriodSeconds
	}
	return corev1.DefaultTerminationGracePeriodSeconds
}

// deletionComplete reports whether nothing holds a deleted object any more. A
// write of its status does not change that; dropping the last finalizer does.
func deletionComplete(obj runtime.Object) bool {
	object := resource.Accessor(obj)
	if object.GetDeletionTimestamp() == nil || len(object.GetFinalizers()) > 0 {
		return false
	}
	if namespace, ok := obj.(*corev1.Namespace); ok && len(namespace.Spec.Finalizers) > 0 {
		return false
	}
	grace := object.GetDeletionGracePeriodSeconds()
	return grace == nil || *grace == 0
}

// finish takes an object out of the store, then whatever depended on it or
// waited for it to go.
func (s *Store) finish(c *collection, last, live runtime.Object) {
	s.commit(c, watch.Deleted, last, live)
	s.removeDependents(resource.Accessor(last).GetUID(), metav1.DeletePropagationBackground)
	for _, owner := range resource.Accessor(last).GetOwnerReferences() {
		s.releaseOwner(owner.UID)
	}
	s.releaseDefinition(c)
}
