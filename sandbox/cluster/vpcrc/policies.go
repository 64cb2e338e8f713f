package vpcrc

import (
	"fmt"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime"
)

// policySpec is the spec of a SecurityGroupPolicy.
type policySpec struct {
	PodSelector            *metav1.LabelSelector `json:"podSelector"`
	ServiceAccountSelector *metav1.LabelSelector `json:"serviceAccountSelector"`
	SecurityGroups         struct {
		GroupIDs []string `json:"groupIds"`
	} `json:"securityGroups"`
}

// matches says whether the policy applies to a pod with this service account.
// A policy without any selector or any group applies to none, an empty
// selector to all, and one that cannot be understood to none.
func (p *policySpec) matches(pod, account labels.Set) bool {
	if p.PodSelector == nil && p.ServiceAccountSelector == nil || len(p.SecurityGroups.GroupIDs) == 0 {
		return false
	}
	return selects(p.PodSelector, pod) && selects(p.ServiceAccountSelector, account)
}

func selects(selector *metav1.LabelSelector, set labels.Set) bool {
	if selector == nil {
		return true
	}
	s, err := metav1.LabelSelectorAsSelector(selector)
	return err == nil && s.Matches(set)
}

// securityGroups are the groups that the SecurityGroupPolicies of its
// namespace give to a pod: all matching policies add up, in the order of the
// policies' names, each group once. Without the policies' definition there are
// none; without the pod's service account it is an error.
func (r *Controller) securityGroups(pod *corev1.Pod) ([]string, error) {
	account, ok := r.Accounts.Get(pod.Namespace, pod.Spec.ServiceAccountName)
	if !ok {
		return nil, fmt.Errorf("ServiceAccount %q not found", pod.Spec.ServiceAccountName)
	}
	var groups []string
	seen := map[string]bool{}
	for _, policy := range r.Policies.InNamespace(pod.Namespace) {
		spec, err := parsePolicy(policy)
		if err != nil || !spec.matches(pod.Labels, account.Labels) {
			continue
		}
		for _, id := range spec.SecurityGroups.GroupIDs {
			if !seen[id] {
				seen[id] = true
				groups = append(groups, id)
			}
		}
	}
	return groups, nil
}

func parsePolicy(policy *unstructured.Unstructured) (*policySpec, error) {
	content, _, err := unstructured.NestedMap(policy.Object, "spec")
	if err != nil {
		return nil, err
	}
	spec := &policySpec{}
	return spec, runtime.DefaultUnstructuredConverter.FromUnstructured(content, spec)
}
