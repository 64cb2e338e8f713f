package world

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
)

// Selector is a Kubernetes label selector.
// https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#label-selectors
type Selector struct {
	MatchLabels      map[string]string     `yaml:"matchLabels,omitempty" json:"matchLabels,omitempty"`
	MatchExpressions []SelectorRequirement `yaml:"matchExpressions,omitempty" json:"matchExpressions,omitempty"`
}

// SelectorRequirement is one expression of a [Selector].
type SelectorRequirement struct {
	Key      string   `yaml:"key" json:"key"`
	Operator string   `yaml:"operator" json:"operator"` // In, NotIn, Exists, DoesNotExist
	Values   []string `yaml:"values,omitempty" json:"values,omitempty"`
}

// IsEmpty reports whether the selector selects everything.
func (s *Selector) IsEmpty() bool {
	return s != nil && len(s.MatchLabels) == 0 && len(s.MatchExpressions) == 0
}

func SameSelector(a, b *Selector) bool {
	if (a == nil) != (b == nil) {
		return false
	}
	return a == nil || a.String() == b.String()
}

// LabelsText is a set of labels as kubectl shows it.
func LabelsText(labels map[string]string) string {
	if len(labels) == 0 {
		return "no labels"
	}
	return (&Selector{MatchLabels: labels}).String()
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

// SelectedLabels are labels that a pod can carry to be selected, or nil when
// there is no selector. Of contradictory requirements some are not met.
func SelectedLabels(s *Selector) map[string]string {
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

// UnselectedLabels are sets of labels of which each misses a requirement of the
// selector, if it has any: those that differ least from the default first.
func UnselectedLabels(s *Selector, def map[string]string) []map[string]string {
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

// Manifest is the selector as a field of a Kubernetes object.
func (s *Selector) Manifest() map[string]any {
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

// Matches reports whether the selector matches a set of labels. No selector
// asks for nothing and so matches, as an empty one does. The error says what
// Kubernetes finds wrong with the selector.
func (s *Selector) Matches(set map[string]string) (bool, error) {
	if s == nil {
		return true, nil
	}
	selector := metav1.LabelSelector{MatchLabels: s.MatchLabels}
	for _, e := range s.MatchExpressions {
		selector.MatchExpressions = append(selector.MatchExpressions, metav1.LabelSelectorRequirement{
			Key: e.Key, Operator: metav1.LabelSelectorOperator(e.Operator), Values: e.Values,
		})
	}
	compiled, err := metav1.LabelSelectorAsSelector(&selector)
	if err != nil {
		return false, err
	}
	return compiled.Matches(labels.Set(set)), nil
}
