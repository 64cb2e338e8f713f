package storage

import (
	"cmp"
	"slices"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/watch"

	"podsg/sandbox/kubeapi/resource"
)

// removeDependents deletes the objects that no other owner holds; the others
// only lose the reference.
func (s *Store) removeDependents(owner types.UID, policy metav1.DeletionPropagation) {
	for _, uid := range s.owned(owner) {
		id, ok := s.identities[uid]
		if !ok {
			continue // went with a dependent before it
		}
		live := id.collection.objects[id.key]
		if resource.Accessor(live).GetDeletionTimestamp() != nil {
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
	owners := resource.Accessor(obj).GetOwnerReferences()
	if len(owners) == 0 {
		return
	}
	for _, ref := range owners {
		id, lives := s.identities[ref.UID]
		if !lives {
			continue
		}
		owner := resource.Accessor(id.collection.objects[id.key])
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
	return slices.ContainsFunc(resource.Accessor(obj).GetOwnerReferences(), func(ref metav1.OwnerReference) bool {
		return ref.UID != owner && s.identities[ref.UID] != nil
	})
}

func (s *Store) dropOwner(id *identity, owner types.UID) {
	live := id.collection.objects[id.key]
	freed := live.DeepCopyObject()
	resource.Accessor(freed).SetOwnerReferences(slices.DeleteFunc(resource.Accessor(freed).GetOwnerReferences(),
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
	if resource.Accessor(live).GetDeletionTimestamp() == nil || !slices.Contains(resource.Accessor(live).GetFinalizers(), metav1.FinalizerDeleteDependents) {
		return
	}
	for _, uid := range s.owned(owner) {
		dependent := s.identities[uid]
		for _, ref := range resource.Accessor(dependent.collection.objects[dependent.key]).GetOwnerReferences() {
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
	resource.Accessor(freed).SetFinalizers(slices.DeleteFunc(resource.Accessor(freed).GetFinalizers(),
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

// linkOwners records, or drops, that obj depends on its owners.
func (s *Store) linkOwners(obj runtime.Object, link bool) {
	uid := resource.Accessor(obj).GetUID()
	for _, owner := range resource.Accessor(obj).GetOwnerReferences() {
		owned := s.dependents[owner.UID]
		switch {
		case link && owned == nil:
			s.dependents[owner.UID] = map[types.UID]struct{}{uid: {}}
		case link:
			owned[uid] = struct{}{}
		default:
			delete(owned, uid)
			if len(owned) == 0 {
				delete(s.dependents, owner.UID)
			}
		}
	}
}
