package scenario

import (
	"strings"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/ptr"

	"podsg/sandbox/cloud"
	"podsg/sandbox/cluster"
	"podsg/sandbox/kubeapi/gvr"
)

const (
	controllerPolicy = "AmazonEKSVPCResourceController"
	clusterPolicy    = "AmazonEKSClusterPolicy"
	systemNamespace  = "kube-system"
	cniDaemonSet     = "aws-node"
)

// brokenRoles are the worlds in which IAM is not as it must be.
func brokenRoles() []breakage {
	return []breakage{
		{
			name: "no-controller-policy", check: "D11", title: "Pending pods, and no branch ENI anywhere",
			description: "No node offers branch ENIs. The VPC CNI is configured, and asks.",
			spoil: func(r *ready) error {
				return r.Account.DetachRolePolicy(r.Account.ClusterRole(r.Cluster), controllerPolicy)
			},
		},
		{
			name: "permissions-boundary", check: "D12", title: "A role that has the policy and may not use it",
			description: "The cluster role has its policies, and no node offers branch ENIs.",
			spoil: func(r *ready) error {
				boundary, err := r.Account.AddPolicy("baseline", `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["eks:*","elasticloadbalancing:*","ec2:Describe*"],"Resource":"*"}]}`)
				if err != nil {
					return err
				}
				return r.Account.SetPermissionsBoundary(r.Account.ClusterRole(r.Cluster), boundary)
			},
		},
		{
			name: "no-cluster-policy", check: "D13", title: "An administrator tidied up the cluster role",
			description: "No node offers branch ENIs, though the cluster role has the policy that every guide names.",
			spoil: func(r *ready) error {
				return r.Account.DetachRolePolicy(r.Account.ClusterRole(r.Cluster), clusterPolicy)
			},
		},
		{
			name: "policy-on-node-role", check: "D14", title: "A guide that was followed to the letter",
			description: "Everything works. An auditor asks why every node may do so much.",
			plan:        func(r *ready) { r.nodes.NodePolicies = []string{controllerPolicy} },
		},
	}
}

// brokenNodes are the worlds in which nodes cannot give what is asked of them.
func brokenNodes() []breakage {
	return []breakage{
		{
			name: "no-trunk-slot", check: "D35", title: "Nodes that were busy when the feature came",
			description: "The nodes are of a type with trunk support, but none has a trunk ENI.",
			spoil: func(r *ready) error {
				for _, id := range r.instances {
					if err := r.Account.FillENISlots(id); err != nil {
						return err
					}
				}
				return nil
			},
		},
		{
			name: "trunk-refused", check: "D37", title: "Nodes that ask and get nothing",
			description: "The VPC CNI asks for trunk ENIs and the cluster role has its policies, but no node offers branch ENIs.",
			spoil: func(r *ready) error {
				return r.Account.SetServiceControlPolicies(`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"},` +
					`{"Effect":"Deny","Action":"ec2:AttachNetworkInterface","Resource":"*"}]}`)
			},
		},
		{
			name: "too-few-branches", check: "D61", title: "The pod that is one too many",
			description: "Most green pods run, one stays Pending, and the nodes have CPU and memory to spare.",
			plan:        func(r *ready) { r.nodes.InstanceType = "m7i-flex.large" },
			spoil:       func(r *ready) error { r.green.Spec.Replicas = ptr.To(int32(7)); return nil },
		},
		{
			name: "stale-trunk-label", check: "D38", title: "A label from an old guide",
			description: "Everything works, but some nodes complain in their events.",
			plan: func(r *ready) {
				r.more = []cloud.NodeGroupSpec{{
					Name: "ng-t3", InstanceType: "t3.medium", Count: 1, Labels: map[string]string{"vpc.amazonaws.com/has-trunk-attached": "false"},
				}}
			},
		},
	}
}

// brokenCNI are the worlds in which the VPC CNI is configured wrongly.
func brokenCNI() []breakage {
	return []breakage{
		{
			name: "early-demux", check: "D22", title: "Pods that run and are never ready",
			description: "The green pods answer on port 8080, and their readiness probe fails all the same. The nodes' group is admitted.",
			plan: func(r *ready) {
				r.addon.ConfigurationValues = `{"env":{"ENABLE_POD_ENI":"true","POD_SECURITY_GROUP_ENFORCING_MODE":"strict"}}`
			},
			spoil: func(r *ready) error {
				probed(r.green)
				return r.admitProbes()
			},
		},
		{
			name: "probe-port-closed", check: "D23", title: "Probes that time out",
			description: "The green pods answer on port 8080, and their readiness probe times out.",
			plan:        func(r *ready) { r.addon.ConfigurationValues = strictCNI },
			spoil:       func(r *ready) error { probed(r.green); return nil },
		},
		{
			name: "pod-eni-off", check: "D15", title: "The VPC CNI was not told",
			description: "Policy, rules and roles are there, and no node has a trunk ENI.",
			plan:        func(r *ready) { r.addon.ConfigurationValues = "" },
		},
		{
			name: "rollout-on-delete", check: "D16", title: "A setting that no node follows",
			description: "The VPC CNI's DaemonSet has the setting, and no node has a trunk ENI.",
			plan:        func(r *ready) { r.cni = "{}" },
			later: func(_ *ready, s *cluster.Staging) error {
				eks := cluster.Client[*appsv1.DaemonSet](s.As("eks"), gvr.DaemonSets)
				if _, err := eks.Mutate(systemNamespace, cniDaemonSet, func(ds *appsv1.DaemonSet) error {
					ds.Spec.UpdateStrategy = appsv1.DaemonSetUpdateStrategy{Type: appsv1.OnDeleteDaemonSetStrategyType}
					return nil
				}); err != nil {
					return err
				}
				return setEnv(s.As("eks"), map[string]string{"ENABLE_POD_ENI": "true", "POD_SECURITY_GROUP_ENFORCING_MODE": "standard"})
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
			name: "addon-degraded", check: "D19", title: "An add-on that could not be updated",
			description: "Everything works, but the console shows the VPC CNI in red.",
			last: func(r *ready, _ Running) error {
				r.Account.SetAddonHealth(r.Cluster, "vpc-cni", "UPDATE_FAILED", "ConfigurationConflict: Conflicts found when trying to apply. "+
					"Will not continue due to resolve conflicts mode. Conflicts: DaemonSet.apps aws-node - .spec.template.spec.containers[name=\"aws-node\"].env")
				return nil
			},
		},
		{
			name: "pod-eni-by-hand", check: "D17", title: "It works until the next update",
			description: "Everything works. The VPC CNI is an EKS add-on, and the next update of it is due.",
			plan:        func(r *ready) { r.addon.ConfigurationValues, r.cni = "", "{}" },
			spoil: func(r *ready) error {
				r.first = append(r.first, func(s *cluster.Staging) error {
					return setEnv(s.As("kubectl-set"), map[string]string{"ENABLE_POD_ENI": "true", "POD_SECURITY_GROUP_ENFORCING_MODE": "standard"})
				})
				return nil
			},
		},
		{
			name: "bad-enforcing-mode", check: "D20", title: "A node that lost its network after a change",
			description: "Somebody changed a variable of the VPC CNI, and the roll-out does not go on.",
			later: func(_ *ready, s *cluster.Staging) error {
				return setEnv(s.As("kubectl-set"), map[string]string{"POD_SECURITY_GROUP_ENFORCING_MODE": "permissive"})
			},
		},
		{
			name: "node-local-dns", check: "D24", title: "A cache for names that some pods cannot use",
			description: "The cluster has NodeLocal DNSCache. Ordinary pods look up names, the green pods do not.",
			plan:        func(r *ready) { r.addon.ConfigurationValues = strictCNI },
			spoil:       func(r *ready) error { r.others = append(r.others, nodeLocalDNS()); return nil },
		},
		{
			name: "ipvs-and-strict", check: "D27", title: "Services that some pods do not reach",
			description: "kube-proxy uses IPVS, and the VPC CNI enforces strictly.",
			plan:        func(r *ready) { r.addon.ConfigurationValues = strictCNI },
			later: func(_ *ready, s *cluster.Staging) error {
				_, err := cluster.Client[*corev1.ConfigMap](s, gvr.ConfigMaps).Mutate(systemNamespace, "kube-proxy-config", func(m *corev1.ConfigMap) error {
					m.Data["config"] = strings.Replace(m.Data["config"], `mode: "iptables"`, `mode: "ipvs"`, 1)
					return nil
				})
				return err
			},
		},
		{
			name: "short-cool-down", check: "D69", title: "A pod that now and then cannot be reached",
			description: "Everything works, but for lost packets after many restarts.",
			later: func(_ *ready, s *cluster.Staging) error {
				_, err := cluster.Client[*corev1.ConfigMap](s, gvr.ConfigMaps).Mutate(systemNamespace, "amazon-vpc-cni", func(m *corev1.ConfigMap) error {
					m.Data["branch-eni-cooldown"] = "30"
					return nil
				})
				return err
			},
		},
	}
}

// probed gives the pods of a Deployment a second container that answers on a
// port, and a probe of it.
func probed(d *appsv1.Deployment) {
	spec := &d.Spec.Template.Spec
	spec.Containers = append(spec.Containers, corev1.Container{
		Name: "web", Image: spec.Containers[0].Image, Command: []string{"sh", "-c", "exec nc -ll -p 8080 -e echo ok"},
		Ports:          []corev1.ContainerPort{{Name: "web", ContainerPort: probedPort}},
		ReadinessProbe: &corev1.Probe{ProbeHandler: corev1.ProbeHandler{TCPSocket: &corev1.TCPSocketAction{Port: port(probedPort)}}},
	})
}

const probedPort = 8080

// admitProbes lets the nodes probe the green pods.
func (r *ready) admitProbes() error {
	_, err := r.Account.AddRule(r.podGroup, cloud.Rule{Protocol: "tcp", FromPort: probedPort, Peer: r.clusterGroup, Description: "podsg: probe rules", Tags: r.owned()})
	return err
}

// nodeLocalDNS is the DaemonSet of NodeLocal DNSCache.
func nodeLocalDNS() *appsv1.DaemonSet {
	labels := map[string]string{"k8s-app": "node-local-dns"}
	return &appsv1.DaemonSet{
		ObjectMeta: metav1.ObjectMeta{Namespace: systemNamespace, Name: "node-local-dns", Labels: labels},
		Spec: appsv1.DaemonSetSpec{
			Selector: &metav1.LabelSelector{MatchLabels: labels},
			Template: corev1.PodTemplateSpec{ObjectMeta: metav1.ObjectMeta{Labels: labels}, Spec: corev1.PodSpec{
				HostNetwork: true, DNSPolicy: corev1.DNSDefault, PriorityClassName: "system-node-critical",
				Tolerations: []corev1.Toleration{{Operator: corev1.TolerationOpExists}},
				Containers: []corev1.Container{{
					Name: "node-cache", Image: "registry.k8s.io/dns/k8s-dns-node-cache:1.26.4",
				}},
			}},
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
