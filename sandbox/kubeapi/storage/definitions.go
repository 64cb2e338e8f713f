package storage

import (
	"slices"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/watch"

	"podsg/sandbox/kubeapi/definition"
	"podsg/sandbox/kubeapi/gvr"
	"podsg/sandbox/kubeapi/resource"
)

// definitionChanged begins or ends serving a custom resource when its
// definition was written. The caller holds mu.
func (s *Store) definitionChanged(c *collection, kind watch.EventType, obj runtime.Object) {
	if c.resource.GVR != gvr.CustomResourceDefinitions {
		return
	}
	d, err := definition.Read(obj)
	if err != nil {
		return // refused by validation before it got here
	}
	gr := schema.GroupResource{Group: d.Spec.Group, Resource: d.Spec.Names.Plural}
	served, ok := s.collections[gr]
	if ok && !served.resource.Custom {
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
	r := d.Resource()
	switch {
	case r == nil:
	case !ok:
		s.collections[gr] = newCollection(r)
	default:
		served.resource = r
	}
}

// removeInstances deletes the objects of a definition that is being deleted.
func (s *Store) removeInstances(crd runtime.Object) {
	d, err := definition.Read(crd)
	if err != nil {
		return
	}
	c, ok := s.collections[schema.GroupResource{Group: d.Spec.Group, Resource: d.Spec.Names.Plural}]
	if ok && c.resource.Custom {
		for _, key := range slices.Clone(c.keys) {
			if live, ok := c.objects[key]; ok && resource.Accessor(live).GetDeletionTimestamp() == nil {
				s.removeLocked(c, live, metav1.DeleteOptions{})
			}
		}
		if len(c.keys) > 0 {
			return // releaseDefinition will follow
		}
	}
	if id, ok := s.identities[resource.Accessor(crd).GetUID()]; ok {
		s.dropFinalizer(id, id.collection.objects[id.key], definition.Cleanup)
	}
}

// releaseDefinition ends the deletion of a definition when the last of its
// objects is gone.
func (s *Store) releaseDefinition(c *collection) {
	if len(c.keys) > 0 || !c.resource.Custom {
		return
	}
	definitions := s.collections[gvr.CustomResourceDefinitions.GroupResource()]
	key := objectKey("", c.resource.GroupResource().String())
	live, ok := definitions.objects[key]
	if !ok || resource.Accessor(live).GetDeletionTimestamp() == nil {
		return
	}
	s.dropFinalizer(s.identities[resource.Accessor(live).GetUID()], live, definition.Cleanup)
}
