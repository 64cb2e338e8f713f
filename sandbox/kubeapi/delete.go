package kubeapi

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	admissionv1 "k8s.io/api/admission/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/watch"
)

// remove deletes an object, at once or by marking it and leaving the rest to
// whoever it waits for: a finalizer's owner, the kubelet of a pod, the
// namespace controller. It returns the object's last state and whether it is
// gone.
func (s *Store) remove(r *resource, namespace, name string, opts metav1.DeleteOptions, user User) (last runtime.Object, gone bool, err error) {
	dryRun := len(opts.DryRun) > 0
	live, err := s.get(r, namespace, name)
	if err != nil {
		return nil, false, err
	}
	if err := checkDeletable(r, name); err != nil {
		return nil, false, err
	}
	if err := s.admit(r, admissionv1.Delete, nil, live, writeOptions{user: user, dryRun: dryRun}); err != nil {
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
		return nil, false, apierrors.NewNotFound(r.groupResource(), name)
	}
	if err := checkDeletePreconditions(r, accessor(live), opts.Preconditions); err != nil {
		return nil, false, err
	}
	if dryRun {
		return live, true, nil
	}
	last, gone = s.removeLocked(c, live, opts)
	return last, gone, nil
}

// checkDeletable protects the namespaces without which there is no cluster.
func checkDeletable(r *resource, name string) error {
	if r.gvr != Namespaces {
		return nil
	}
	switch name {
	case metav1.NamespaceDefault, metav1.NamespaceSystem, metav1.NamespacePublic:
		return apierrors.NewForbidden(r.groupResource(), name, fmt.Errorf("this namespace may not be deleted"))
	}
	return nil
}

func checkDeletePreconditions(r *resource, live metav1.Object, p *metav1.Preconditions) error {
	if p == nil {
		return nil
	}
	if p.UID != nil && *p.UID != live.GetUID() {
		return apierrors.NewConflict(r.groupResource(), live.GetName(), fmt.Errorf(
			"the UID in the precondition (%s) does not match the UID in record (%s). The object might have been deleted and then recreated",
			*p.UID, live.GetUID()))
	}
	if p.ResourceVersion != nil && *p.ResourceVersion != live.GetResourceVersion() {
		return apierrors.NewConflict(r.groupResource(), live.GetName(), fmt.Errorf(
			"the ResourceVersion in the precondition (%s) does not match the ResourceVersion in record (%s). The object might have been modified",
			*p.ResourceVersion, live.GetResourceVersion()))
	}
	return nil
}

// removeLocked deletes live under the lock, dependents included.
func (s *Store) removeLocked(c *collection, live runtime.Object, opts metav1.DeleteOptions) (last runtime.Object, gone bool) {
	policy := propagation(accessor(live), opts)
	if policy == metav1.DeletePropagationOrphan {
		s.orphanDependents(accessor(live).GetUID())
	}
	marked := live.DeepCopyObject()
	object := accessor(marked)
	if policy == metav1.DeletePropagationForeground && len(s.dependents[object.GetUID()]) > 0 {
		addFinalizer(object, metav1.FinalizerDeleteDependents)
	}
	if c.resource.gvr == CustomResourceDefinitions {
		addFinalizer(object, definitionCleanup)
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
	if c.resource.gvr == CustomResourceDefinitions {
		s.removeInstances(marked)
	}
	return marked, s.identities[object.GetUID()] == nil
}

// propagation is the policy that applies: the request's, or background.
func propagation(object metav1.Object, opts metav1.DeleteOptions) metav1.DeletionPropagation {
	switch {
	case opts.PropagationPolicy != nil:
		return *opts.PropagationPolicy
	case opts.OrphanDependents != nil && *opts.OrphanDependents: //nolint:staticcheck // old clients still send it
		return metav1.DeletePropagationOrphan
	case slices.Contains(object.GetFinalizers(), metav1.FinalizerDeleteDependents):
		return metav1.DeletePropagationForeground
	}
	return metav1.DeletePropagationBackground
}

// markDeleted sets what says that an object is being deleted. A second, shorter
// grace period overrides the first.
func (s *Store) markDeleted(marked, live runtime.Object, opts metav1.DeleteOptions) {
	object := accessor(marked)
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
	object := accessor(obj)
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
	s.removeDependents(accessor(last).GetUID(), metav1.DeletePropagationBackground)
	for _, owner := range accessor(last).GetOwnerReferences() {
		s.releaseOwner(owner.UID)
	}
	s.releaseDefinition(c)
}

// removeDependents deletes the objects that no other owner holds; the others
// only lose the reference.
func (s *Store) removeDependents(owner types.UID, policy metav1.DeletionPropagation) {
	for _, uid := range s.owned(owner) {
		id, ok := s.identities[uid]
		if !ok {
			continue // went with a dependent before it
		}
		live := id.collection.objects[id.key]
		if accessor(live).GetDeletionTimestamp() != nil {
			continue
		}
		if s.hasOtherOwner(live, owner) {
			s.dropOwner(id, owner)
			continue
		}
		s.removeLocked(id.collection, live, metav1.DeleteOptions{PropagationPolicy: &policy})
	}
}

// collectLate deletes an object that was made for an owner which had gone, or
// was going with all that it owns: the garbage collector finds such objects too.
func (s *Store) collectLate(c *collection, obj runtime.Object) {
	owners := accessor(obj).GetOwnerReferences()
	if len(owners) == 0 {
		return
	}
	for _, ref := range owners {
		id, lives := s.identities[ref.UID]
		if !lives {
			continue
		}
		owner := accessor(id.collection.objects[id.key])
		if owner.GetDeletionTimestamp() == nil || !slices.Contains(owner.GetFinalizers(), metav1.FinalizerDeleteDependents) {
			return
		}
	}
	s.removeLocked(c, obj, metav1.DeleteOptions{})
}

// orphanDependents takes the owner out of its dependents' references.
func (s *Store) orphanDependents(owner types.UID) {
	for _, uid := range s.owned(owner) {
		s.dropOwner(s.identities[uid], owner)
	}
}

// owned are the live dependents of an owner, oldest first.
func (s *Store) owned(owner types.UID) []types.UID {
	owned := make([]types.UID, 0, len(s.dependents[owner]))
	for uid := range s.dependents[owner] {
		if s.identities[uid] != nil {
			owned = append(owned, uid)
		}
	}
	slices.SortFunc(owned, func(a, b types.UID) int {
		x, y := s.identities[a], s.identities[b]
		return cmp.Or(x.created.Compare(y.created), cmp.Compare(x.key, y.key))
	})
	return owned
}

func (s *Store) hasOtherOwner(obj runtime.Object, owner types.UID) bool {
	return slices.ContainsFunc(accessor(obj).GetOwnerReferences(), func(ref metav1.OwnerReference) bool {
		return ref.UID != owner && s.identities[ref.UID] != nil
	})
}

func (s *Store) dropOwner(id *identity, owner types.UID) {
	live := id.collection.objects[id.key]
	freed := live.DeepCopyObject()
	accessor(freed).SetOwnerReferences(slices.DeleteFunc(accessor(freed).GetOwnerReferences(),
		func(ref metav1.OwnerReference) bool { return ref.UID == owner }))
	s.commit(id.collection, watch.Modified, freed, live)
}

// releaseOwner ends the foreground deletion of an owner once no dependent
// blocks it.
func (s *Store) releaseOwner(owner types.UID) {
	id, ok := s.identities[owner]
	if !ok {
		return
	}
	live := id.collection.objects[id.key]
	if accessor(live).GetDeletionTimestamp() == nil || !slices.Contains(accessor(live).GetFinalizers(), metav1.FinalizerDeleteDependents) {
		return
	}
	for _, uid := range s.owned(owner) {
		dependent := s.identities[uid]
		for _, ref := range accessor(dependent.collection.objects[dependent.key]).GetOwnerReferences() {
			if ref.UID == owner && ref.BlockOwnerDeletion != nil && *ref.BlockOwnerDeletion {
				return
			}
		}
	}
	s.dropFinalizer(id, live, metav1.FinalizerDeleteDependents)
}

// dropFinalizer removes one finalizer, and the object when it was the last.
func (s *Store) dropFinalizer(id *identity, live runtime.Object, finalizer string) {
	freed := live.DeepCopyObject()
	accessor(freed).SetFinalizers(slices.DeleteFunc(accessor(freed).GetFinalizers(),
		func(name string) bool { return name == finalizer }))
	if deletionComplete(freed) {
		s.finish(id.collection, freed, live)
		return
	}
	s.commit(id.collection, watch.Modified, freed, live)
}

func addFinalizer(object metav1.Object, name string) {
	if !slices.Contains(object.GetFinalizers(), name) {
		object.SetFinalizers(append(slices.Clone(object.GetFinalizers()), name))
	}
}
