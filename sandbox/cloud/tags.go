package cloud

import (
	"maps"
	"slices"
)

// tags are the tags of an object.
type tags map[string]string

// tagPair is a tag in requests and in EC2's answers.
type tagPair struct {
	Key   string `xml:"key"`
	Value string `xml:"value"`
}

// pairs are the tags in the order of their keys.
func (t tags) pairs() items[tagPair] {
	list := items[tagPair]{}
	for _, key := range slices.Sorted(maps.Keys(t)) {
		list = append(list, tagPair{Key: key, Value: t[key]})
	}
	return list
}

// copyTags makes tags of a map.
func copyTags(from map[string]string) tags {
	t := tags{}
	for k, v := range from {
		t[k] = v
	}
	return t
}
