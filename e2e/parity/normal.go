package parity

import (
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
)

// Answer is what a side said to a question, without what differs from run to
// run.
type Answer map[string]string // path → value

// running are fields whose values differ from run to run.
var running = map[string]bool{
	"uid": true, "resourceVersion": true, "creationTimestamp": true, "deletionTimestamp": true, "time": true, "continue": true,
	"lastTransitionTime": true, "lastUpdateTime": true, "startTime": true, "firstTimestamp": true, "lastTimestamp": true,
	"renewTime": true, "acquireTime": true, "remainingItemCount": true, "clusterIP": true, "clusterIPs": true, "caBundle": true,
}

var (
	uuid      = regexp.MustCompile(`[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}`)
	stamp     = regexp.MustCompile(`\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z`)
	age       = regexp.MustCompile(`^(<invalid>|\d+[smhd](\d+[smh])?)$`)
	token     = regexp.MustCompile(`\bkube-api-access-[0-9a-z]{5}\b`)
	version   = regexp.MustCompile(`current: \d+`)
	generated = regexp.MustCompile(`\b(gen-|green-[0-9a-z]{8,10}-)[0-9a-z]{5}\b`)
	hashed    = regexp.MustCompile(`\bgreen-[0-9a-z]{8,10}\b`)
)

// settled replaces the parts of a text that differ from run to run.
func settled(s string) string {
	s = uuid.ReplaceAllString(s, "UUID")
	s = stamp.ReplaceAllString(s, "TIME")
	s = token.ReplaceAllString(s, "kube-api-access-xxxxx")
	s = version.ReplaceAllString(s, "current: N")
	s = generated.ReplaceAllString(s, "${1}xxxxx")
	s = hashed.ReplaceAllString(s, "green-hash")
	if age.MatchString(s) {
		return "AGE"
	}
	return s
}

// flatten adds a JSON value's leaves to an answer, by path.
func (a Answer) flatten(path string, value any) {
	switch v := value.(type) {
	case map[string]any:
		if len(v) == 0 {
			a[path] = "{}"
		}
		for key, field := range v {
			switch {
			case key == "storageVersionHash" || key == "description" && strings.Contains(path, "columnDefinitions"):
				continue // no client reads them
			case field != nil && running[key]:
				field = "…"
			}
			a.flatten(path+"."+uuid.ReplaceAllString(key, "UUID"), field)
		}
	case []any:
		if len(v) == 0 {
			a[path] = "[]"
		}
		for i, item := range sorted(path, v) {
			a.flatten(fmt.Sprintf("%s[%d]", path, i), item)
		}
	case string:
		a[path] = settled(v)
	default:
		text, err := json.Marshal(v)
		if err != nil {
			a[path] = err.Error()
			return
		}
		a[path] = string(text)
	}
}

// sorted brings a list whose order has no meaning into one: verbs, and
// conditions by their type.
func sorted(path string, list []any) []any {
	if !strings.HasSuffix(path, "verbs") && !strings.HasSuffix(path, "conditions") {
		return list
	}
	key := func(item any) string {
		if m, ok := item.(map[string]any); ok {
			return fmt.Sprint(m["type"])
		}
		return fmt.Sprint(item)
	}
	return slices.SortedFunc(slices.Values(list), func(a, b any) int { return strings.Compare(key(a), key(b)) })
}

// Difference is one place in which two answers differ; empty: absent.
type Difference struct{ Path, Sandbox, Real string }

func (d Difference) String() string {
	return fmt.Sprintf("%s: sandbox %s, real %s", strings.TrimPrefix(d.Path, "."), orNothing(d.Sandbox), orNothing(d.Real))
}

func orNothing(s string) string {
	if s == "" {
		return "nothing"
	}
	return fmt.Sprintf("`%s`", s)
}

// compare lists the places in which two answers differ.
func compare(sandbox, real Answer) []Difference {
	paths := slices.Collect(maps.Keys(sandbox))
	for path := range real {
		if _, both := sandbox[path]; !both {
			paths = append(paths, path)
		}
	}
	slices.Sort(paths)
	var out []Difference
	for _, path := range paths {
		if sandbox[path] != real[path] {
			out = append(out, Difference{path, sandbox[path], real[path]})
		}
	}
	return out
}
