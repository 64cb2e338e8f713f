package steps

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// podSelector is the selector that the intent asks for: by default the pods
// with app=green-pod, unless service accounts are selected instead.
func (in Intent) podSelector() *Selector {
	if in.Policy.PodSelector == nil && in.Policy.ServiceAccountSelector == nil {
		return &Selector{MatchLabels: map[string]string{"app": GreenLabel}}
	}
	return in.Policy.PodSelector
}

// String is the selector as kubectl writes it: app=green-pod,tier in (db).
func (s *Selector) String() string {
	if s == nil {
		return "none"
	}
	if s.IsEmpty() {
		return "every pod"
	}
	var parts []string
	for _, k := range slices.Sorted(maps.Keys(s.MatchLabels)) {
		parts = append(parts, k+"="+s.MatchLabels[k])
	}
	for _, e := range s.MatchExpressions {
		switch e.Operator {
		case "Exists":
			parts = append(parts, e.Key)
		case "DoesNotExist":
			parts = append(parts, "!"+e.Key)
		default:
			op := map[string]string{"In": "in", "NotIn": "notin"}[e.Operator]
			parts = append(parts, fmt.Sprintf("%s %s (%s)", e.Key, cmp.Or(op, e.Operator), strings.Join(e.Values, ",")))
		}
	}
	return strings.Join(parts, ",")
}

// ParseSelector reads a label selector as kubectl takes it: app=green-pod,
// tier in (web,api), !legacy.
// https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#label-selectors
func ParseSelector(text string) (*Selector, error) {
	parsed, err := metav1.ParseToLabelSelector(text)
	if err != nil {
		return nil, fmt.Errorf("%q is no label selector; allowed: conditions such as app=api, tier in (db,cache) and !legacy, joined by commas", text)
	}
	s := &Selector{}
	if len(parsed.MatchLabels) > 0 {
		s.MatchLabels = parsed.MatchLabels
	}
	for _, e := range parsed.MatchExpressions {
		s.MatchExpressions = append(s.MatchExpressions, SelectorRequirement{Key: e.Key, Operator: string(e.Operator), Values: e.Values})
	}
	return s, nil
}

// FormatSelector writes a selector so that [ParseSelector] reads it again; none,
// and one that selects every pod, is an empty text.
func FormatSelector(s *Selector) string {
	if s == nil || s.IsEmpty() {
		return ""
	}
	return s.String()
}

// selectedLabels are labels that a pod can carry to be selected, or nil when
// there is no selector. Of contradictory requirements some are not met.
func selectedLabels(s *Selector) map[string]string {
	if s == nil {
		return nil
	}
	out := maps.Clone(s.MatchLabels)
	if out == nil {
		out = map[string]string{}
	}
	for _, e := range s.MatchExpressions {
		if _, set := out[e.Key]; set {
			continue
		}
		switch {
		case e.Operator == "In" && len(e.Values) > 0:
			out[e.Key] = e.Values[0]
			for _, v := range e.Values {
				if s.allows(e.Key, v) {
					out[e.Key] = v
					break
				}
			}
		case e.Operator == "Exists" && s.allows(e.Key, "true"):
			out[e.Key] = "true"
		case e.Operator == "Exists":
			out[e.Key] = "podsg"
		}
	}
	return out
}

// allows reports whether no expression about a key excludes a value.
func (s *Selector) allows(key, value string) bool {
	for _, e := range s.MatchExpressions {
		only := Selector{MatchExpressions: []SelectorRequirement{e}}
		if ok, err := only.Matches(map[string]string{key: value}); e.Key == key && (err != nil || !ok) {
			return false
		}
	}
	return true
}

// unselectedLabels are sets of labels of which each misses a requirement of the
// selector, if it has any: those that differ least from the default first.
func unselectedLabels(s *Selector, def map[string]string) []map[string]string {
	out := []map[string]string{def, {}}
	if s == nil {
		return out
	}
	for _, e := range s.MatchExpressions {
		switch e.Operator {
		case "NotIn":
			for _, v := range e.Values {
				out = append(out, map[string]string{e.Key: v})
			}
		case "DoesNotExist":
			out = append(out, map[string]string{e.Key: "true"})
		}
	}
	return out
}

// manifest is the selector as a field of a Kubernetes object.
func (s *Selector) manifest() map[string]any {
	out := map[string]any{}
	if len(s.MatchLabels) > 0 {
		labels := map[string]any{}
		for k, v := range s.MatchLabels {
			labels[k] = v
		}
		out["matchLabels"] = labels
	}
	if len(s.MatchExpressions) > 0 {
		var exprs []any
		for _, e := range s.MatchExpressions {
			expr := map[string]any{"key": e.Key, "operator": e.Operator}
			if len(e.Values) > 0 {
				values := make([]any, len(e.Values))
				for i, v := range e.Values {
					values[i] = v
				}
				expr["values"] = values
			}
			exprs = append(exprs, expr)
		}
		out["matchExpressions"] = exprs
	}
	return out
}
