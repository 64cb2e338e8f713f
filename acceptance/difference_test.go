package acceptance

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
)

// state is every object of a world: key to its fields, each field by its path.
type state map[string]map[string]string

func (l *lab) state() state {
	l.t.Helper()
	objects, err := l.Objects()
	if err != nil {
		l.t.Fatal(err)
	}
	out := state{}
	for key, raw := range objects {
		var v any
		if err := json.Unmarshal(raw, &v); err != nil {
			l.t.Fatal(err)
		}
		out[key] = map[string]string{}
		flatten(out[key], "", v)
	}
	return out
}

// flatten writes the fields of a JSON value by their path. Nothing, an empty
// list and an empty object are the same.
func flatten(out map[string]string, path string, v any) {
	switch v := v.(type) {
	case map[string]any:
		for k, x := range v {
			flatten(out, path+"."+k, x)
		}
	case []any:
		for i, x := range v {
			flatten(out, fmt.Sprintf("%s[%d]", path, i), x)
		}
	case nil:
	default:
		out[path] = fmt.Sprint(v)
	}
}

// differences are the objects and fields that are not the same in two states: a
// line each.
func differences(before, after state) []string {
	var out []string
	for _, key := range union(before, after) {
		b, wasThere := before[key]
		a, isThere := after[key]
		switch {
		case !wasThere:
			out = append(out, "+ "+key)
		case !isThere:
			out = append(out, "- "+key)
		default:
			for _, path := range union(b, a) {
				if b[path] != a[path] {
					out = append(out, fmt.Sprintf("~ %s %s: %q is now %q", key, path, b[path], a[path]))
				}
			}
		}
	}
	return out
}

func union[V any](a, b map[string]V) []string {
	all := map[string]bool{}
	for k := range a {
		all[k] = true
	}
	for k := range b {
		all[k] = true
	}
	return slices.Sorted(maps.Keys(all))
}
