package sandbox

import (
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"podsg/sandbox/authority"
	"podsg/sandbox/cloud"
	"podsg/sandbox/cluster"
	"podsg/sandbox/kubeapi"
)

// laterBreakages are worlds whose cause no check names so far. They are not
// offered; each moves to the list where it belongs together with its check.
func laterBreakages() []breakage {
	return []breakage{
		{
			name: "permissions-boundary", check: "D12", title: "A role that has the policy and may not use it",
			description: "The cluster role has its policies, and no node offers branch ENIs.",
			spoil: func(r *ready) error {
				boundary, err := r.account.AddPolicy("baseline", `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["eks:*","elasticloadbalancing:*","ec2:Describe*"],"Resource":"*"}]}`)
				if err != nil {
					return err
				}
				return r.account.SetPermissionsBoundary(r.account.ClusterRole(r.cluster), boundary)
			},
		},
		{
			name: "old-cni-role", check: "D21", title: "A new image with an old manifest",
			description: "The VPC CNI is new and configured, and no node has a trunk ENI.",
			spoil: func(r *ready) error {
				r.first = append(r.first, func(s *cluster.Staging) error { return s.Apply(oldCNIRole()) })
				return nil
			},
		},
		{
			name: "ipvs-and-strict", check: "D27", title: "Services that some pods do not reach",
			description: "kube-proxy uses IPVS, and the VPC CNI enforces strictly.",
			plan:        func(r *ready) { r.addon.ConfigurationValues = strictCNI },
			later: func(_ *ready, s *cluster.Staging) error {
				_, err := cluster.Client[*corev1.ConfigMap](s, kubeapi.ConfigMaps).Mutate(systemNamespace, "kube-proxy-config", func(m *corev1.ConfigMap) error {
					m.Data["config"] = strings.Replace(m.Data["config"], `mode: "iptables"`, `mode: "ipvs"`, 1)
					return nil
				})
				return err
			},
		},
		{
			name: "webhook-timed-out", check: "D43", title: "A pod that slipped through",
			description: "Policy, selector and webhook are as they must be, and the green pods have their node's security groups.",
			later: func(r *ready, s *cluster.Staging) error {
				s.Webhook(false)
				r.clock.SetBack(5 * time.Minute)
				return deletePods(s, greenName)
			},
			last: func(_ *ready, w *World) error { w.cluster.SetWebhook(true); return nil },
		},
		{
			name: "controller-without-role", check: "D60", title: "A clean-up of roles that nobody knew",
			description: "The green pods stay in ContainerCreating since they were restarted.",
			later: func(_ *ready, s *cluster.Staging) error {
				if err := cluster.Client[*rbacv1.Role](s, kubeapi.Roles).Delete(systemNamespace, "eks-vpc-resource-controller-role", metav1.DeleteOptions{}); err != nil {
					return err
				}
				if err := cluster.Client[*rbacv1.RoleBinding](s, kubeapi.RoleBindings).Delete(systemNamespace, "eks-vpc-resource-controller-rolebinding", metav1.DeleteOptions{}); err != nil {
					return err
				}
				return deletePods(s, greenName)
			},
		},
		{
			name: "policy-of-another-namespace", check: "D46", title: "A policy in the wrong place",
			description: "The policy is complete and its selector fits the green pods, and they have their node's security groups.",
			spoil: func(r *ready) error {
				r.others = append(r.others, &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: "shop"}})
				r.policy.SetNamespace("shop")
				return nil
			},
		},
		{
			name: "two-selectors", check: "D49", title: "A policy with two conditions",
			description: "Each of the policy's selectors was taken for enough, and the green pods have their node's security groups.",
			spoil: func(r *ready) error {
				return unstructured.SetNestedMap(r.policy.Object, map[string]any{"matchLabels": map[string]any{"team": "shop"}}, "spec", "serviceAccountSelector")
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
			name: "too-many-groups", check: "D53", title: "A policy that gives generously",
			description: "The green pods stay in ContainerCreating.",
			spoil: func(r *ready) error {
				groups := []string{r.podGroup}
				for _, name := range []string{"metrics", "logs", "traces", "cache", "queue"} {
					id, err := r.account.AddSecurityGroup(r.network.VPC, name, "Access to "+name, nil)
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
		{
			name: "interface-limit", check: "D64", title: "An account at its limit",
			description: "The green pods stay in ContainerCreating since they were restarted. The nodes have room.",
			later: func(r *ready, s *cluster.Staging) error {
				r.account.InjectFault(cloud.Fault{
					Controller: true, Action: "ec2:CreateNetworkInterface", Code: "NetworkInterfaceLimitExceeded",
					Message: "You have reached the maximum number of network interfaces.",
				})
				return deletePods(s, greenName)
			},
		},
		{
			name: "short-cool-down", check: "D69", title: "A pod that now and then cannot be reached",
			description: "Everything works, but for lost packets after many restarts.",
			later: func(_ *ready, s *cluster.Staging) error {
				_, err := cluster.Client[*corev1.ConfigMap](s, kubeapi.ConfigMaps).Mutate(systemNamespace, "amazon-vpc-cni", func(m *corev1.ConfigMap) error {
					m.Data["branch-eni-cooldown"] = "30"
					return nil
				})
				return err
			},
		},
		{
			name: "network-acl", check: "D85", title: "Timeout expired, and every rule is there",
			description: "The security groups let the green pods through, and their connections time out.",
			spoil: func(r *ready) error {
				open := cloud.ACLEntry{Number: 200, Allow: true, Protocol: "-1", CIDR: "0.0.0.0/0"}
				out := open
				out.Egress = true
				_, err := r.account.AddNetworkACL(r.network.VPC, "private", r.network.PrivateSubnets,
					cloud.ACLEntry{Number: 100, Protocol: "tcp", CIDR: "192.168.0.0/16", FromPort: databasePort, ToPort: databasePort}, open, out)
				return err
			},
		},
		{
			name: "wrong-password", check: "D92", title: "A password that was changed",
			description: "The green pods are turned away by the database.",
			spoil:       func(r *ready) error { r.secret.Data["password"] = []byte("practice-before-27x"); return nil },
		},
		{
			name: "wrong-database-name", check: "D93", title: "A database that does not exist",
			description: "The green pods log in, and are told that their database is not there.",
			spoil:       func(r *ready) error { r.secret.Data["dbname"] = []byte("eksworkshop"); return nil },
		},
		{
			name: "old-authorities", check: "D95", title: "A certificate that nobody vouches for",
			description: "The green pods reach the database and hang up.",
			plan: func(r *ready) {
				if old, err := authority.NewAuthority("authorities of 2019"); err == nil {
					r.authorities = old.PEM()
				}
			},
		},
	}
}

// oldCNIRole is the VPC CNI's ClusterRole as it was before there were CNINodes.
func oldCNIRole() *rbacv1.ClusterRole {
	return &rbacv1.ClusterRole{ObjectMeta: metav1.ObjectMeta{Name: cniDaemonSet}, Rules: []rbacv1.PolicyRule{
		{APIGroups: []string{"crd.k8s.amazonaws.com"}, Resources: []string{"eniconfigs"}, Verbs: []string{"list", "watch", "get"}},
		{APIGroups: []string{""}, Resources: []string{"namespaces"}, Verbs: []string{"list", "watch", "get"}},
		{APIGroups: []string{""}, Resources: []string{"pods"}, Verbs: []string{"list", "watch", "get"}},
		{APIGroups: []string{""}, Resources: []string{"nodes"}, Verbs: []string{"list", "watch", "get"}},
		{APIGroups: []string{"", "events.k8s.io"}, Resources: []string{"events"}, Verbs: []string{"create", "patch", "list"}},
	}}
}

// deletePods restarts the pods of a Deployment.
func deletePods(s *cluster.Staging, app string) error {
	pods := cluster.Client[*corev1.Pod](s, kubeapi.Pods)
	list, err := pods.List(appNamespace, kubeapi.Selector{})
	if err != nil {
		return err
	}
	for _, p := range list {
		if p.Labels["app"] == app {
			if err := pods.Delete(p.Namespace, p.Name, metav1.DeleteOptions{}); err != nil {
				return err
			}
		}
	}
	return nil
}
