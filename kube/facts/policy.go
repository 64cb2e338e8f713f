package facts

import (
	"fmt"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"

	"podsg/steps/world"
)

// policySpec is the spec of a SecurityGroupPolicy, vpcresources.k8s.aws/v1beta1.
type policySpec struct {
	PodSelector            *metav1.LabelSelector `json:"podSelector,omitempty"`
	ServiceAccountSelector *metav1.LabelSelector `json:"serviceAccountSelector,omitempty"`
	SecurityGroups         struct {
		GroupIDs []string `json:"groupIds,omitempty"`
	} `json:"securityGroups"`
}

// Policy reads a SecurityGroupPolicy.
func Policy(u *unstructured.Unstructured) (world.PodPolicy, error) {
	policy := world.PodPolicy{ObjectFacts: Object(u)}
	fields, _, err := unstructured.NestedMap(u.Object, "spec")
	if err != nil {
		return policy, fmt.Errorf("read SecurityGroupPolicy %s/%s: %w", u.GetNamespace(), u.GetName(), err)
	}
	var spec policySpec
	if err := runtime.DefaultUnstructuredConverter.FromUnstructured(fields, &spec); err != nil {
		return policy, fmt.Errorf("read SecurityGroupPolicy %s/%s: %w", u.GetNamespace(), u.GetName(), err)
	}
	policy.PodSelector = Selector(spec.PodSelector)
	policy.ServiceAccountSelector = Selector(spec.ServiceAccountSelector)
	policy.GroupIDs = spec.SecurityGroups.GroupIDs
	return policy, nil
}

// Selector is a label selector as podsg keeps it.
func Selector(s *metav1.LabelSelector) *world.Selector {
	if s == nil {
		return nil
	}
	selector := &world.Selector{MatchLabels: s.MatchLabels}
	for _, e := range s.MatchExpressions {
		selector.MatchExpressions = append(selector.MatchExpressions, world.SelectorRequirement{
			Key: e.Key, Operator: string(e.Operator), Values: e.Values,
		})
	}
	return selector
}
