package ec2

import (
	"strconv"
	"strings"

	"podsg/sandbox/cloud/internal/awserr"
	"podsg/sandbox/cloud/internal/glob"
	"podsg/sandbox/cloud/internal/tags"
)

// filter is one filter of an EC2 describe action: any of the values.
type filter struct {
	Name   string   `query:"Name"`
	Values []string `query:"Value"`
}

// filterTable is what a describe action knows of its objects: for each filter
// name the values that an object has under it. The tag filters (tag:KEY, tag-key, tag-value) need not
// be listed; tags is nil for objects without tags.
type filterTable[T any] struct {
	tags   func(T) tags.Tags
	values map[string]func(T) []string

	missing func(id string) error // the error for an unknown id
	most    int                   // the largest page; 0 is 1000
	pageIDs bool                  // pages can be asked for of given ids too
}

// check refuses the names that the action does not know.
func (t filterTable[T]) check(filters []filter) error {
	for _, f := range filters {
		_, known := t.values[f.Name]
		if t.tags != nil && (strings.HasPrefix(f.Name, "tag:") || f.Name == "tag-key" || f.Name == "tag-value") {
			known = true
		}
		if !known {
			return awserr.New("InvalidParameterValue", "The filter '%s' is invalid", f.Name)
		}
		if len(f.Values) == 0 {
			return awserr.New("InvalidParameterValue", "The filter '%s' must have a value", f.Name)
		}
	}
	return nil
}

// matches reports whether an object passes all filters. Values may hold the
// wildcards * and ?.
func (t filterTable[T]) matches(filters []filter, object T) bool {
	for _, f := range filters {
		if !matchesAny(f.Values, t.of(f.Name, object)) {
			return false
		}
	}
	return true
}

func (t filterTable[T]) of(name string, object T) []string {
	if get := t.values[name]; get != nil {
		return get(object)
	}
	var found []string
	for key, value := range t.tags(object) {
		switch {
		case name == "tag-key":
			found = append(found, key)
		case name == "tag-value", name == "tag:"+key:
			found = append(found, value)
		}
	}
	return found
}

func matchesAny(patterns, values []string) bool {
	for _, p := range patterns {
		for _, v := range values {
			if glob.Match(p, v) {
				return true
			}
		}
	}
	return false
}

// one makes a filter of a single property.
func one[T any](get func(T) string) func(T) []string {
	return func(object T) []string {
		if v := get(object); v != "" {
			return []string{v}
		}
		return nil
	}
}

// flag makes a filter of a boolean property.
func flag[T any](get func(T) bool) func(T) []string {
	return func(object T) []string { return []string{strconv.FormatBool(get(object))} }
}
