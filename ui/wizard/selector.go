package wizard

import (
	"fmt"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"podsg/steps"
)

// ParseSelector reads a label selector as kubectl takes it: app=green-pod,
// tier in (web,api), !legacy.
// https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#label-selectors
func ParseSelector(text string) (*steps.Selector, error) {
	parsed, err := metav1.ParseToLabelSelector(text)
	if err != nil {
		return nil, fmt.Errorf("a label selector as kubectl takes it is wanted, such as app=green-pod: %w", err)
	}
	s := &steps.Selector{MatchLabels: parsed.MatchLabels}
	for _, e := range parsed.MatchExpressions {
		s.MatchExpressions = append(s.MatchExpressions, steps.SelectorRequirement{Key: e.Key, Operator: string(e.Operator), Values: e.Values})
	}
	return s, nil
}

// FormatSelector writes a selector so that parseSelector reads it again; an
// empty one is an empty text.
func FormatSelector(s *steps.Selector) string {
	if s == nil || s.IsEmpty() {
		return ""
	}
	return s.String()
}
