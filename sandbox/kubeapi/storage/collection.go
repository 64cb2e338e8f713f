package storage

import (
	"slices"

	"k8s.io/apimachinery/pkg/runtime"

	"podsg/sandbox/kubeapi/resource"
)

// A collection holds the objects of one resource, with their keys in order, so
// that a list of one namespace or a page of a long list costs what it returns
// and not what is stored. Objects are never changed once they are in.
type collection struct {
	resource *resource.Resource
	keys     []string
	objects  map[string]runtime.Object
	watchers map[*Watcher]struct{}
}

func newCollection(r *resource.Resource) *collection {
	return &collection{
		resource: r,
		objects:  map[string]runtime.Object{},
		watchers: map[*Watcher]struct{}{},
	}
}

// keySeparator sorts before every byte that a name may hold.
const keySeparator = "\x00"

// objectKey orders objects by namespace, then name.
func objectKey(namespace, name string) string { return namespace + keySeparator + name }

func keyOf(obj runtime.Object) string {
	return objectKey(resource.Accessor(obj).GetNamespace(), resource.Accessor(obj).GetName())
}

func (c *collection) set(key string, obj runtime.Object) {
	if i, found := slices.BinarySearch(c.keys, key); !found {
		c.keys = slices.Insert(c.keys, i, key)
	}
	c.objects[key] = obj
}

func (c *collection) remove(key string) {
	if i, found := slices.BinarySearch(c.keys, key); found {
		c.keys = slices.Delete(c.keys, i, i+1)
	}
	delete(c.objects, key)
}

// keyRange is the part of sorted keys that lies in a namespace ("" is all), not
// before start.
func keyRange(keys []string, namespace, start string) []string {
	if namespace != "" {
		from, _ := slices.BinarySearch(keys, namespace+keySeparator)
		to, _ := slices.BinarySearch(keys, namespace+"\x01")
		keys = keys[from:to]
	}
	if start != "" {
		from, _ := slices.BinarySearch(keys, start)
		keys = keys[from:]
	}
	return keys
}
