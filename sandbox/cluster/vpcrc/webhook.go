package vpcrc

import (
	"fmt"
	"slices"
	"strings"

	admissionregistrationv1 "k8s.io/api/admissionregistration/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"podsg/sandbox/cluster/names"
	"podsg/sandbox/cluster/rbac"
	"podsg/sandbox/kubeapi/webhook"
)

// The webhooks of the VPC resource controller. They act only while their
// configuration objects exist, as the API server calls a webhook only then.

// MutatePod gives a new pod that a SecurityGroupPolicy matches the request for
// a branch ENI, on its first container.
func (r *Controller) MutatePod(pod *corev1.Pod) error {
	if len(pod.Spec.Containers) == 0 || !r.mutates(pod) {
		return nil
	}
	_, onFargate := pod.Labels[names.FargateProfileLabel]
	switch {
	case pod.Spec.HostNetwork:
		return nil
	case onFargate:
		return r.mutateFargatePod(pod)
	case pod.Spec.NodeSelector[corev1.LabelOSStable] == "windows" || pod.Spec.NodeSelector["beta.kubernetes.io/os"] == "windows":
		if r.windowsIPAMEnabled() {
			request(pod, names.PrivateIPv4)
		}
		return nil
	}
	groups, err := r.securityGroups(pod)
	if err != nil {
		return webhook.Denied(names.MutatingWebhook, fmt.Sprintf("Failed to get Matching SGP for Pods, rejecting event, error %v", err))
	}
	if len(groups) > 0 {
		request(pod, names.PodENI)
	}
	return nil
}

// mutateFargatePod names the groups in an annotation, which Fargate reads; one
// that the pod's author wrote does not count.
func (r *Controller) mutateFargatePod(pod *corev1.Pod) error {
	groups, err := r.securityGroups(pod)
	if err != nil {
		return webhook.Denied(names.MutatingWebhook, "Failed to get Matching SGP for Pods, rejecting event")
	}
	if len(groups) == 0 {
		delete(pod.Annotations, names.FargateGroups)
		return nil
	}
	metav1.SetMetaDataAnnotation(&pod.ObjectMeta, names.FargateGroups, strings.Join(groups, ","))
	return nil
}

func request(pod *corev1.Pod, name corev1.ResourceName) {
	one := resource.MustParse("1")
	r := &pod.Spec.Containers[0].Resources
	if r.Limits == nil {
		r.Limits = corev1.ResourceList{}
	}
	if r.Requests == nil {
		r.Requests = corev1.ResourceList{}
	}
	r.Limits[name], r.Requests[name] = one, one
}

// Those whom the validating webhook lets write the annotation.
var annotators = []string{
	"system:serviceaccount:kube-system:vpc-resource-controller",
	"system:serviceaccount:kube-system:eks-vpc-resource-controller",
	names.ResourceControllerUser,
}

// ValidatePod keeps everyone but the controller from writing the annotations
// that give a pod its ENI. old is nil on creation.
func (r *Controller) ValidatePod(pod, old *corev1.Pod, user string) error {
	operation := admissionregistrationv1.Update
	if old == nil {
		operation = admissionregistrationv1.Create
	}
	if !r.validates(pod, operation) {
		return nil
	}
	keys := []string{string(names.PodENI)}
	if r.windowsIPAMEnabled() {
		keys = append(keys, string(names.PrivateIPv4))
	}
	if old == nil {
		for _, key := range keys {
			if _, ok := pod.Annotations[key]; ok {
				return webhook.Denied(names.ValidatingWebhook, fmt.Sprintf("pod cannot be created with %s annotation", key))
			}
		}
		return nil
	}
	if pod.Annotations[names.FargateGroups] != old.Annotations[names.FargateGroups] {
		return webhook.Denied(names.ValidatingWebhook, "annotation is not set by mutating webhook")
	}
	for _, key := range keys {
		if pod.Annotations[key] != old.Annotations[key] && !slices.Contains(annotators, user) {
			return webhook.Denied(names.ValidatingWebhook, "annotation is not set by vpc-resource-controller")
		}
	}
	return nil
}

// webhookReachable says that the controller answers calls. When it does not,
// pods pass unchanged, as the failure policy of its webhooks is Ignore.
func (r *Controller) webhookReachable() bool { return !r.webhookDown.Load() && !r.down.Load() }

// mutates and validates say whether the API server calls a webhook for a pod:
// its configuration must exist and select the pod.

func (r *Controller) mutates(pod *corev1.Pod) bool {
	config, ok := r.MutatingWebhooks.Get("", names.MutatingConfiguration)
	if !ok || !r.webhookReachable() {
		return false
	}
	for _, w := range config.Webhooks {
		if w.Name == names.MutatingWebhook {
			return r.inScope(pod, w.Rules, admissionregistrationv1.Create, w.NamespaceSelector, w.ObjectSelector)
		}
	}
	return false
}

func (r *Controller) validates(pod *corev1.Pod, operation admissionregistrationv1.OperationType) bool {
	config, ok := r.ValidatingWebhooks.Get("", names.ValidatingConfiguration)
	if !ok || !r.webhookReachable() {
		return false
	}
	for _, w := range config.Webhooks {
		if w.Name == names.ValidatingWebhook {
			return r.inScope(pod, w.Rules, operation, w.NamespaceSelector, w.ObjectSelector)
		}
	}
	return false
}

func (r *Controller) inScope(pod *corev1.Pod, rules []admissionregistrationv1.RuleWithOperations, operation admissionregistrationv1.OperationType,
	namespaces, objects *metav1.LabelSelector) bool {
	ns, ok := r.Namespaces.Get("", pod.Namespace)
	if !ok || !selects(namespaces, ns.Labels) || !selects(objects, pod.Labels) {
		return false
	}
	return slices.ContainsFunc(rules, func(r admissionregistrationv1.RuleWithOperations) bool {
		return (slices.Contains(r.Operations, operation) || slices.Contains(r.Operations, admissionregistrationv1.OperationAll)) &&
			rbac.MatchesAny(r.APIGroups, "") && rbac.MatchesAny(r.Resources, "pods")
	})
}

func (r *Controller) windowsIPAMEnabled() bool {
	config, ok := r.ConfigMaps.Get(names.SystemNamespace, names.CNIConfigMap)
	return ok && config.Data[names.WindowsIPAM] == "true"
}
