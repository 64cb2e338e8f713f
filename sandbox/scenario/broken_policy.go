package scenario

import (
	"time"

	admissionregistrationv1 "k8s.io/api/admissionregistration/v1"
	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/utils/ptr"

	"podsg/sandbox/cloud"
	"podsg/sandbox/cluster"
	"podsg/sandbox/kubeapi/gvr"
	"podsg/sandbox/kubeapi/storage"
)

// brokenPolicies are the worlds in which the policy, or what carries it out, is
// not as it must be.
func brokenPolicies() []breakage {
	return []breakage{
		{
			name: "no-policy-crd", check: "D41", title: "A kind that the cluster does not know",
			description: "The pods that are there work. kubectl get securitygrouppolicies ends with an error.",
			later: func(_ *ready, s *cluster.Staging) error {
				return cluster.Client[*unstructured.Unstructured](s, gvr.CustomResourceDefinitions).
					Delete("", gvr.SecurityGroupPolicies.GroupResource().String(), metav1.DeleteOptions{})
			},
		},
		{
			name: "no-webhook", check: "D42", title: "New pods get nothing, old ones work",
			description: "The green pods that are there work. A new one would have its node's security group, without any error.",
			later: func(_ *ready, s *cluster.Staging) error {
				err := cluster.Client[*admissionregistrationv1.MutatingWebhookConfiguration](s, gvr.MutatingWebhookConfigurations).
					Delete("", "vpc-resource-mutating-webhook", metav1.DeleteOptions{})
				if err != nil {
					return err
				}
				return cluster.Client[*admissionregistrationv1.ValidatingWebhookConfiguration](s, gvr.ValidatingWebhookConfigurations).
					Delete("", "vpc-resource-validating-webhook", metav1.DeleteOptions{})
			},
		},
		{
			name: "controller-stopped", check: "D39d", title: "Pods that wait, and no event that says why",
			description: "The green pods that are there work. A new one stays in ContainerCreating.",
			later:       func(_ *ready, s *cluster.Staging) error { s.StopController(); return nil },
		},
		{
			name: "controller-without-role", check: "D60", title: "A clean-up of roles that nobody knew",
			description: "The green pods stay in ContainerCreating since they were restarted.",
			later: func(_ *ready, s *cluster.Staging) error {
				if err := cluster.Client[*rbacv1.Role](s, gvr.Roles).Delete(systemNamespace, "eks-vpc-resource-controller-role", metav1.DeleteOptions{}); err != nil {
					return err
				}
				if err := cluster.Client[*rbacv1.RoleBinding](s, gvr.RoleBindings).Delete(systemNamespace, "eks-vpc-resource-controller-rolebinding", metav1.DeleteOptions{}); err != nil {
					return err
				}
				return deletePods(s, greenName)
			},
		},
		{
			name: "stray-policy", check: "D46", title: "A policy in the wrong place",
			description: "The policy is complete and its selector fits the green pods, and they have their node's security groups.",
			spoil: func(r *ready) error {
				r.others = append(r.others, &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: "shop"}})
				r.policy.SetNamespace("shop")
				return nil
			},
		},
		{
			name: "group-of-another-vpc", check: "D82", title: "A security group that cannot be used",
			description: "The green pods stay in ContainerCreating. The security group of their policy is there.",
			spoil: func(r *ready) error {
				other, err := r.Account.AddEKSCTLNetwork("data", "10.20.0.0/16", false)
				if err != nil {
					return err
				}
				id, err := r.Account.AddSecurityGroup(other.VPC, "POD_SG", "Pods of another cluster", nil)
				r.policy = newPolicy(policyName, greenSelector(), id)
				return err
			},
		},
		{
			name: "group-deleted", check: "D82", title: "A clean-up of unused security groups",
			description: "The green pods stay in ContainerCreating since they were restarted.",
			spoil:       func(r *ready) error { return r.Account.DropSecurityGroup(r.podGroup) },
		},
		{
			name: "too-many-groups", check: "D53", title: "A policy that gives generously",
			description: "The green pods stay in ContainerCreating.",
			spoil: func(r *ready) error {
				groups := []string{r.podGroup}
				for _, name := range []string{"metrics", "logs", "traces", "cache", "queue"} {
					id, err := r.Account.AddSecurityGroup(r.network.VPC, name, "Access to "+name, nil)
					if err != nil {
						return err
					}
					groups = append(groups, id)
				}
				r.policy = newPolicy(policyName, greenSelector(), groups...)
				return nil
			},
		},
		{
			name: "policy-ignored", check: "D47", title: "A policy that does nothing",
			description: "The policy is there and gives a security group, and the green pods have none of their own.",
			spoil: func(r *ready) error {
				unstructured.RemoveNestedField(r.policy.Object, "spec", "podSelector")
				return nil
			},
		},
		{
			name: "policy-gone", check: "P04", title: "A policy that somebody took for a left-over",
			description: "The green pods work. The first that is restarted has its node's security groups.",
			later: func(_ *ready, s *cluster.Staging) error {
				return cluster.Client[*unstructured.Unstructured](s, gvr.SecurityGroupPolicies).Delete(appNamespace, policyName, metav1.DeleteOptions{})
			},
		},
		{
			name: "group-by-name", check: "D47", title: "A policy that names its group",
			description: "The green pods stay in ContainerCreating. The policy and the security group are there.",
			spoil: func(r *ready) error {
				r.policy = newPolicy(policyName, greenSelector(), "POD_SG")
				return nil
			},
		},
		{
			name: "no-such-operator", check: "D47", title: "A selector that reads well",
			description: "The policy is there and gives a security group, and the green pods have none of their own.",
			spoil: func(r *ready) error {
				r.policy = newPolicy(policyName, map[string]any{"matchExpressions": []any{
					map[string]any{"key": "app", "operator": "Equals", "values": []any{greenName}},
				}}, r.podGroup)
				return nil
			},
		},
		{
			name: "catch-all-policy", check: "D51", title: "A policy that does too much",
			description: "The red pod reaches the database.",
			spoil: func(r *ready) error {
				r.policy = newPolicy(policyName, map[string]any{}, r.podGroup)
				return nil
			},
		},
		{
			name: "account-by-name", check: "D50", title: "A service account that is not selected",
			description: "The policy selects the service account of the green pods, or so it seems.",
			spoil: func(r *ready) error {
				unstructured.RemoveNestedField(r.policy.Object, "spec", "podSelector")
				return unstructured.SetNestedMap(r.policy.Object, map[string]any{"matchLabels": map[string]any{"name": "default"}}, "spec", "serviceAccountSelector")
			},
		},
		{
			name: "two-selectors", check: "D49", title: "A policy with two conditions",
			description: "Each of the policy's selectors was taken for enough, and the green pods have their node's security groups.",
			spoil: func(r *ready) error {
				return unstructured.SetNestedMap(r.policy.Object, map[string]any{"matchLabels": map[string]any{"team": "shop"}}, "spec", "serviceAccountSelector")
			},
			later: func(_ *ready, s *cluster.Staging) error {
				return s.Create(&corev1.ServiceAccount{ObjectMeta: metav1.ObjectMeta{Namespace: appNamespace, Name: "shop", Labels: map[string]string{"team": "shop"}}})
			},
		},
		{
			name: "selector-typo", check: "D48", title: "A policy and a Deployment that do not meet",
			description: "The policy is complete, the green pods run, and they have their node's security group.",
			spoil: func(r *ready) error {
				r.policy = newPolicy(policyName, map[string]any{"matchLabels": map[string]any{"app": "green-pods"}}, r.podGroup)
				return nil
			},
		},
		{
			name: "pods-before-policy", check: "D44", title: "The pods that came too early",
			description: "The policy selects the green pods, and they do not reach the database.",
			plan:        func(r *ready) { r.withoutPolicy = true },
			last: func(r *ready, w Running) error {
				_, err := storage.NewClient[*unstructured.Unstructured](w.Store, gvr.SecurityGroupPolicies, "podsg").Apply(r.policy)
				return err
			},
		},
		{
			name: "webhook-timed-out", check: "D43", title: "A pod that slipped through",
			description: "Policy, selector and webhook are as they must be, and the green pods have their node's security groups.",
			later: func(r *ready, s *cluster.Staging) error {
				s.Webhook(false)
				r.Clock.SetBack(5 * time.Minute)
				return deletePods(s, greenName)
			},
			last: func(_ *ready, w Running) error { w.Cluster.SetWebhook(true); return nil },
		},
		{
			name: "copied-annotation", check: "D57", title: "A manifest that was copied from a live pod",
			description: "The Deployment of the green pods has no pod at all.",
			spoil: func(r *ready) error {
				r.green.Spec.Template.Annotations = map[string]string{"vpc.amazonaws.com/pod-eni": `[{"eniId":"eni-0123456789abcdef0","privateIp":"192.168.99.9"}]`}
				return nil
			},
		},
		{
			name: "quota-of-branches", check: "D58", title: "A quota that nobody thought of",
			description: "One green pod is missing, and none is Pending.",
			spoil: func(r *ready) error {
				r.quota = &corev1.ResourceQuota{
					ObjectMeta: metav1.ObjectMeta{Namespace: appNamespace, Name: "fair-share"},
					Spec:       corev1.ResourceQuotaSpec{Hard: corev1.ResourceList{"requests.vpc.amazonaws.com/pod-eni": resource.MustParse("1")}},
				}
				return nil
			},
		},
	}
}

// brokenPods are the worlds in which it is the pods that are not as they must
// be.
func brokenPods() []breakage {
	return []breakage{
		{
			name: "old-trunk-affinity", check: "D62", title: "Pods that wait for a label",
			description: "The green pods stay Pending. The nodes have trunk ENIs and room.",
			spoil: func(r *ready) error {
				r.green.Spec.Template.Spec.Affinity = &corev1.Affinity{NodeAffinity: &corev1.NodeAffinity{
					RequiredDuringSchedulingIgnoredDuringExecution: &corev1.NodeSelector{NodeSelectorTerms: []corev1.NodeSelectorTerm{{
						MatchExpressions: []corev1.NodeSelectorRequirement{{
							Key: "vpc.amazonaws.com/has-trunk-attached", Operator: corev1.NodeSelectorOpIn, Values: []string{"true"},
						}},
					}}},
				}}
				return nil
			},
		},
		{
			name: "interface-limit", check: "D64", title: "An account at its limit",
			description: "The green pods stay in ContainerCreating since they were restarted. The nodes have room.",
			later: func(r *ready, s *cluster.Staging) error {
				r.Account.InjectFault(cloud.Fault{
					Controller: true, Action: "ec2:CreateNetworkInterface", Code: "NetworkInterfaceLimitExceeded",
					Message: "You have reached the maximum number of network interfaces.",
				})
				return deletePods(s, greenName)
			},
		},
		{
			name: "policy-edited", check: "D45", title: "A policy that was corrected",
			description: "The policy gives the right security group since it was edited, and the green pods still do not reach the database.",
			spoil: func(r *ready) error {
				id, err := r.Account.AddSecurityGroup(r.network.VPC, "POD_SG_OLD", "Pods, before they were given POD_SG", nil)
				if err != nil {
					return err
				}
				r.policy = newPolicy(policyName, greenSelector(), id)
				return r.admitDNS(id)
			},
			later: func(r *ready, s *cluster.Staging) error {
				_, err := cluster.Client[*unstructured.Unstructured](s.As(""), gvr.SecurityGroupPolicies).
					Mutate(appNamespace, policyName, func(p *unstructured.Unstructured) error {
						return unstructured.SetNestedStringSlice(p.Object, []string{r.podGroup}, "spec", "securityGroups", "groupIds")
					})
				return err
			},
		},
		{
			name: "host-network", check: "D54", title: "Pods that keep their node's address",
			description: "The policy selects the green pods, and they have their node's security groups. Follow one of them with --pod.",
			spoil:       func(r *ready) error { r.green.Spec.Template.Spec.HostNetwork = true; return nil },
		},
		{
			name: "branch-deleted", check: "D71", title: "A script that deletes what nobody seems to use",
			description: "The green pods run and are ready, and reach nothing any more. Follow one of them with --pod.",
			last:        func(r *ready, _ Running) error { r.Account.DropBranches(r.Cluster); return nil },
		},
		{
			name: "sidecar-first", check: "D55", title: "A service mesh came to the cluster",
			description: "The green pods have branch ENIs, and yet come to the database from their node's address.",
			spoil: func(r *ready) error {
				r.first = append(r.first, injectSidecars)
				return nil
			},
		},
	}
}

// injectSidecars registers a webhook that puts its container in front of a new
// pod's own.
func injectSidecars(s *cluster.Staging) error {
	const configuration = "mesh-sidecar-injector"
	none, ignore := admissionregistrationv1.SideEffectClassNone, admissionregistrationv1.Ignore
	s.Intercept(configuration, func(pod *corev1.Pod) {
		if pod.Namespace == appNamespace {
			pod.Spec.Containers = append([]corev1.Container{{
				Name: "mesh-proxy", Image: pod.Spec.Containers[0].Image, Command: []string{"sleep", "infinity"},
				TerminationMessagePath: corev1.TerminationMessagePathDefault, TerminationMessagePolicy: corev1.TerminationMessageReadFile,
				ImagePullPolicy: corev1.PullIfNotPresent,
			}}, pod.Spec.Containers...)
		}
	})
	return s.Create(&admissionregistrationv1.MutatingWebhookConfiguration{
		ObjectMeta: metav1.ObjectMeta{Name: configuration},
		Webhooks: []admissionregistrationv1.MutatingWebhook{{
			Name: "sidecar-injector.mesh.example.com", AdmissionReviewVersions: []string{"v1"}, SideEffects: &none, FailurePolicy: &ignore,
			ClientConfig:      admissionregistrationv1.WebhookClientConfig{URL: ptr.To("https://mesh.example.com/inject")},
			NamespaceSelector: &metav1.LabelSelector{MatchLabels: map[string]string{"kubernetes.io/metadata.name": appNamespace}},
			Rules: []admissionregistrationv1.RuleWithOperations{{
				Operations: []admissionregistrationv1.OperationType{admissionregistrationv1.Create},
				Rule:       admissionregistrationv1.Rule{APIGroups: []string{""}, APIVersions: []string{"v1"}, Resources: []string{"pods"}},
			}},
		}},
	})
}
