package intent

import (
	"fmt"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"podsg/steps/world"
)

// PodSelector is the selector that the intent asks for: by default the pods
// with app=green-pod, unless service accounts are selected instead.
func (in Intent) PodSelector() *world.Selector {
	if in.Policy.PodSelector == nil && in.Policy.ServiceAccountSelector == nil {
		return &world.Selector{MatchLabels: map[string]string{"app": GreenLabel}}
	}
	return in.Policy.PodSelector
}

// ParseSelector reads a label selector as kubectl takes it: app=green-pod,
// tier in (web,api), !legacy.
// https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#label-selectors
func ParseSelector(text string) (*world.Selector, error) {
	parsed, err := metav1.ParseToLabelSelector(text)
	if err != nil {
		return nil, fmt.Errorf("%q is no label selector; allowed: conditions such as app=api, tier in (db,cache) and !legacy, joined by commas", text)
	}
	s := &world.Selector{}
	if len(parsed.MatchLabels) > 0 {
		s.MatchLabels = parsed.MatchLabels
	}
	for _, e := range parsed.MatchExpressions {
		s.MatchExpressions = append(s.MatchExpressions, world.SelectorRequirement{Key: e.Key, Operator: string(e.Operator), Values: e.Values})
	}
	return s, nil
}

// FormatSelector writes a selector so that [ParseSelector] reads it again; none,
// and one that selects every pod, is an empty text.
func FormatSelector(s *world.Selector) string {
	if s == nil || s.IsEmpty() {
		return ""
	}
	return s.String()
}
