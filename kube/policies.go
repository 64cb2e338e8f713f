package kube

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"

	"podsg/steps"
)

// policySpec is the spec of a SecurityGroupPolicy, vpcresources.k8s.aws/v1beta1.
type policySpec struct {
	PodSelector            *metav1.LabelSelector `json:"podSelector,omitempty"`
	ServiceAccountSelector *metav1.LabelSelector `json:"serviceAccountSelector,omitempty"`
	SecurityGroups         struct {
		GroupIDs []string `json:"groupIds,omitempty"`
	} `json:"securityGroups"`
}

// policies observes the SecurityGroupPolicies of all namespaces or, when the
// user may not see those, of the chosen one, and says so.
func (o *observation) policies(ctx context.Context) error {
	policies, err := o.policiesIn(ctx, metav1.NamespaceAll)
	if refused := err; apierrors.IsForbidden(err) && o.scope.Namespace != "" {
		if policies, err = o.policiesIn(ctx, o.scope.Namespace); err == nil {
			o.partial(steps.FactPolicies, refused)
		}
	}
	if apierrors.IsNotFound(err) { // without the definition there are none
		return nil
	}
	if err != nil {
		return o.problem("list SecurityGroupPolicies", "", err)
	}
	slices.SortFunc(policies, func(a, b steps.PodPolicy) int {
		return cmp.Or(cmp.Compare(a.Namespace, b.Namespace), cmp.Compare(a.Name, b.Name))
	})
	o.facts.Policies = policies
	return nil
}

func (c Reader) policiesIn(ctx context.Context, namespace string) ([]steps.PodPolicy, error) {
	var unreadable error
	policies, err := collect(ctx, c.custom(PolicyResource, namespace, ""), func(u *unstructured.Unstructured) (steps.PodPolicy, bool) {
		policy, err := PolicyFacts(u)
		if err != nil {
			unreadable = err
		}
		return policy, true
	})
	return policies, cmp.Or(err, unreadable)
}

// PolicyFacts reads a SecurityGroupPolicy.
func PolicyFacts(u *unstructured.Unstructured) (steps.PodPolicy, error) {
	policy := steps.PodPolicy{ObjectFacts: objectFacts(u)}
	fields, _, err := unstructured.NestedMap(u.Object, "spec")
	if err != nil {
		return policy, fmt.Errorf("read SecurityGroupPolicy %s/%s: %w", u.GetNamespace(), u.GetName(), err)
	}
	var spec policySpec
	if err := runtime.DefaultUnstructuredConverter.FromUnstructured(fields, &spec); err != nil {
		return policy, fmt.Errorf("read SecurityGroupPolicy %s/%s: %w", u.GetNamespace(), u.GetName(), err)
	}
	policy.PodSelector = selectorFacts(spec.PodSelector)
	policy.ServiceAccountSelector = selectorFacts(spec.ServiceAccountSelector)
	policy.GroupIDs = spec.SecurityGroups.GroupIDs
	return policy, nil
}

func selectorFacts(s *metav1.LabelSelector) *steps.Selector {
	if s == nil {
		return nil
	}
	selector := &steps.Selector{MatchLabels: s.MatchLabels}
	for _, e := range s.MatchExpressions {
		selector.MatchExpressions = append(selector.MatchExpressions, steps.SelectorRequirement{
			Key: e.Key, Operator: string(e.Operator), Values: e.Values,
		})
	}
	return selector
}

// objectFacts are the facts that all objects have.
func objectFacts(o metav1.Object) steps.ObjectFacts {
	return steps.ObjectFacts{
		Name:      o.GetName(),
		Namespace: o.GetNamespace(),
		Owned:     ownedBy(o),
		Labels:    o.GetLabels(),
		CreatedAt: o.GetCreationTimestamp().Time,
		Sum:       o.GetAnnotations()[sumAnnotation],
	}
}

// ownedBy reports whether podsg made an object.
func ownedBy(o metav1.Object) bool { return o.GetLabels()[steps.LabelManagedBy] == steps.ManagedBy }
