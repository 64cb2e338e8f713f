// Package tags is tags of objects.
package tags

import (
	"maps"
	"slices"

	"podsg/sandbox/cloud/internal/wire"
)

// Tags are the tags of an object.
type Tags map[string]string

// Pair is a tag in requests and in EC2's answers.
type Pair struct {
	Key   string `xml:"key"`
	Value string `xml:"value"`
}

// Pairs are the tags in the order of their keys.
func (t Tags) Pairs() wire.Items[Pair] {
	list := wire.Items[Pair]{}
	for _, key := range slices.Sorted(maps.Keys(t)) {
		list = append(list, Pair{Key: key, Value: t[key]})
	}
	return list
}

// Copy makes tags of a map.
func Copy(from map[string]string) Tags {
	t := Tags{}
	maps.Copy(t, from)
	return t
}
