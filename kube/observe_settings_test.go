package kube_test

import (
	"errors"
	"reflect"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/util/intstr"
	"k8s.io/utils/ptr"

	"podsg/sandbox/kubeapi"
	"podsg/sandbox/kubeapi/access"
	"podsg/sandbox/kubeapi/gvr"
	"podsg/sandbox/kubeapi/storage"
	"podsg/steps/world"
)

// configMap is a ConfigMap of kube-system with one key.
func (w *testWorld) configMap(t *testing.T, name, key, value string) {
	t.Helper()
	put(t, w, gvr.ConfigMaps, &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Name: name, Namespace: "kube-system"}, Data: map[string]string{key: value}})
}

// settled is a world with everything that the settings are read from.
func settled(t *testing.T, configure ...func(*storage.Config, *kubeapi.Config)) *testWorld {
	t.Helper()
	w := newWorld(t, configure...)
	w.configMap(t, "kube-proxy-config", "config", "apiVersion: kubeproxy.config.k8s.io/v1alpha1\nkind: KubeProxyConfiguration\niptables:\n  masqueradeAll: false\nmode: \"ipvs\"\n")
	w.configMap(t, "amazon-vpc-cni", "branch-eni-cooldown", "30")
	put(t, w, gvr.ClusterRoles, cniRole(rbacv1.PolicyRule{APIGroups: []string{"vpcresources.k8s.aws"}, Resources: []string{"cninodes"}, Verbs: []string{"get", "patch"}}))
	put(t, w, gvr.Roles, &rbacv1.Role{ObjectMeta: metav1.ObjectMeta{Name: "eks-vpc-resource-controller-role", Namespace: "kube-system"}})
	put(t, w, gvr.RoleBindings, &rbacv1.RoleBinding{
		ObjectMeta: metav1.ObjectMeta{Name: "eks-vpc-resource-controller-rolebinding", Namespace: "kube-system"},
		RoleRef:    rbacv1.RoleRef{Kind: "Role", Name: "eks-vpc-resource-controller-role"},
	})
	return w
}

func cniRole(rules ...rbacv1.PolicyRule) *rbacv1.ClusterRole {
	return &rbacv1.ClusterRole{ObjectMeta: metav1.ObjectMeta{Name: "aws-node"}, Rules: rules}
}

func TestObserveReadsTheSettingsOfTheComponents(t *testing.T) {
	w := settled(t)
	got := observe(t, w.connect(t, adminToken), scope).Settings
	want := world.Settings{ProxyMode: "ipvs", CoolDown: "30", CNIRole: true, CNIPatchesNodes: true, ControllerRole: true, ControllerBinding: true}
	if got != want {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
}

func TestSettingsThatAreNotThereAreAnAnswer(t *testing.T) {
	w := newWorld(t)
	if got := observe(t, w.connect(t, adminToken), scope).Settings; got != (world.Settings{}) {
		t.Errorf("got %+v", got)
	}
}

func TestAConfigurationOfKubeProxyThatCannotBeReadIsAGap(t *testing.T) {
	w := newWorld(t)
	w.configMap(t, "kube-proxy-config", "config", "mode: [\n")
	_, gaps := w.connect(t, adminToken).Observe(t.Context(), scope)
	if err := gaps[world.FactSettings]; err == nil || !strings.Contains(err.Error(), "kube-proxy-config") {
		t.Errorf("got %v", err)
	}
}

func TestTheVPCCNIMayPatchCNINodesByItsRulesOnly(t *testing.T) {
	rule := func(verb, group, resource string, names ...string) rbacv1.PolicyRule {
		return rbacv1.PolicyRule{Verbs: []string{verb}, APIGroups: []string{group}, Resources: []string{resource}, ResourceNames: names}
	}
	for name, c := range map[string]struct {
		rules []rbacv1.PolicyRule
		want  bool
	}{
		"named":                 {[]rbacv1.PolicyRule{rule("patch", "vpcresources.k8s.aws", "cninodes")}, true},
		"by stars":              {[]rbacv1.PolicyRule{rule("*", "*", "*")}, true},
		"no rule":               {nil, false},
		"another verb":          {[]rbacv1.PolicyRule{rule("get", "vpcresources.k8s.aws", "cninodes")}, false},
		"another group":         {[]rbacv1.PolicyRule{rule("patch", "crd.k8s.amazonaws.com", "cninodes")}, false},
		"its status only":       {[]rbacv1.PolicyRule{rule("patch", "vpcresources.k8s.aws", "cninodes/status")}, false},
		"one CNINode only":      {[]rbacv1.PolicyRule{rule("patch", "vpcresources.k8s.aws", "cninodes", "a.internal")}, false},
		"put together of parts": {[]rbacv1.PolicyRule{rule("patch", "vpcresources.k8s.aws", "other"), rule("get", "vpcresources.k8s.aws", "cninodes")}, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			put(t, w, gvr.ClusterRoles, cniRole(c.rules...))
			if got := observe(t, w.connect(t, adminToken), scope).Settings.CNIPatchesNodes; got != c.want {
				t.Errorf("got %v", got)
			}
		})
	}
}

func TestAUserWhoMayNotSeeRolesStillLearnsTheOtherSettings(t *testing.T) {
	w := settled(t, func(_ *storage.Config, c *kubeapi.Config) {
		c.Authorize = access.Deny(access.DenyRule{Resource: "clusterroles.rbac.authorization.k8s.io"})
	})
	facts, gaps := w.connect(t, guestToken).Observe(t.Context(), scope)
	var p *world.Problem
	if len(gaps) != 1 || !errors.As(gaps[world.FactSettings], &p) || p.Permission != "get clusterroles.rbac.authorization.k8s.io" {
		t.Errorf("got gaps %v", gaps)
	}
	if want := (world.Settings{ProxyMode: "ipvs", CoolDown: "30", ControllerRole: true, ControllerBinding: true}); facts.Settings != want {
		t.Errorf("got %+v", facts.Settings)
	}
}

func TestObserveReadsAllServicesAndNetworkPolicies(t *testing.T) {
	w := newWorld(t)
	service := func(namespace, name string, spec corev1.ServiceSpec) {
		spec.Ports = []corev1.ServicePort{{Port: 80}}
		put(t, w, gvr.Services, &corev1.Service{ObjectMeta: metav1.ObjectMeta{Name: name, Namespace: namespace}, Spec: spec})
	}
	service("workshop", "web", corev1.ServiceSpec{Type: corev1.ServiceTypeNodePort, ExternalTrafficPolicy: "Local", Selector: map[string]string{"app": "green-pod"}})
	service("workshop", "inner", corev1.ServiceSpec{})
	service("default", "elsewhere", corev1.ServiceSpec{})
	policy := func(namespace, name string, selector metav1.LabelSelector) {
		put(t, w, gvr.NetworkPolicies, &networkingv1.NetworkPolicy{ObjectMeta: metav1.ObjectMeta{Name: name, Namespace: namespace}, Spec: networkingv1.NetworkPolicySpec{PodSelector: selector}})
	}
	policy("workshop", "all", metav1.LabelSelector{})
	policy("workshop", "some", metav1.LabelSelector{MatchExpressions: []metav1.LabelSelectorRequirement{{Key: "app", Operator: "In", Values: []string{"green-pod"}}}})
	policy("default", "elsewhere", metav1.LabelSelector{})

	facts := observe(t, w.connect(t, adminToken), scope)
	if len(facts.Services) != 3 || len(facts.NetworkPolicies) != 3 {
		t.Fatalf("got services %+v and policies %+v", facts.Services, facts.NetworkPolicies)
	}
	inner, web := facts.Services[1], facts.Services[2]
	if inner.Name != "inner" || inner.Type != "ClusterIP" || inner.ExternalTrafficPolicy != "" || len(inner.PodLabels) > 0 {
		t.Errorf("got %+v", inner)
	}
	if web.Name != "web" || web.Namespace != "workshop" || web.Type != "NodePort" || web.ExternalTrafficPolicy != "Local" || web.PodLabels["app"] != "green-pod" ||
		!reflect.DeepEqual(web.Ports, []world.ServicePort{{Protocol: "tcp", Port: 80, TargetPort: "80"}}) {
		t.Errorf("got %+v", web)
	}
	all, some := facts.NetworkPolicies[1], facts.NetworkPolicies[2]
	if all.Name != "all" || !all.PodSelector.IsEmpty() {
		t.Errorf("got %+v", all)
	}
	if want := []world.SelectorRequirement{{Key: "app", Operator: "In", Values: []string{"green-pod"}}}; !reflect.DeepEqual(some.PodSelector.MatchExpressions, want) {
		t.Errorf("got %+v", some.PodSelector)
	}
}

func TestObserveReadsTheRulesOfANetworkPolicy(t *testing.T) {
	w := newWorld(t)
	udp := corev1.ProtocolUDP
	put(t, w, gvr.NetworkPolicies, &networkingv1.NetworkPolicy{
		ObjectMeta: metav1.ObjectMeta{Name: "out", Namespace: "workshop"},
		Spec: networkingv1.NetworkPolicySpec{
			PolicyTypes: []networkingv1.PolicyType{networkingv1.PolicyTypeEgress},
			Egress: []networkingv1.NetworkPolicyEgressRule{{
				To: []networkingv1.NetworkPolicyPeer{
					{NamespaceSelector: &metav1.LabelSelector{MatchLabels: map[string]string{"name": "kube-system"}}},
					{IPBlock: &networkingv1.IPBlock{CIDR: "10.0.0.0/16", Except: []string{"10.0.9.0/24"}}},
				},
				Ports: []networkingv1.NetworkPolicyPort{
					{Protocol: &udp, Port: ptr.To(intstr.FromString("dns"))},
					{Port: ptr.To(intstr.FromInt32(5000)), EndPort: ptr.To[int32](6000)},
				},
			}},
		},
	})
	facts := observe(t, w.connect(t, adminToken), scope)
	if len(facts.NetworkPolicies) != 1 {
		t.Fatalf("got %+v", facts.NetworkPolicies)
	}
	got := facts.NetworkPolicies[0]
	want := []world.NetworkRule{{
		Peers: []world.NetworkPeer{
			{Namespaces: &world.Selector{MatchLabels: map[string]string{"name": "kube-system"}}},
			{CIDR: "10.0.0.0/16", Except: []string{"10.0.9.0/24"}},
		},
		Ports: []world.NetworkPort{{Protocol: "udp", Name: "dns"}, {Protocol: "tcp", Port: 5000, EndPort: 6000}},
	}}
	if !reflect.DeepEqual(got.Isolates, []world.Direction{world.Egress}) || !reflect.DeepEqual(got.Egress, want) {
		t.Errorf("got  %+v\nwant %+v", got.Egress, want)
	}
	if len(facts.SystemLabels) == 0 {
		t.Error("a policy selects namespaces by a label that is not their name, and those of kube-system were not read")
	}
}

func TestServicesThatMayNotBeListedAreAGap(t *testing.T) {
	w := newWorld(t, func(_ *storage.Config, c *kubeapi.Config) {
		c.Authorize = access.Deny(access.DenyRule{Resource: "networkpolicies.networking.k8s.io"})
	})
	_, gaps := w.connect(t, guestToken).Observe(t.Context(), scope)
	if len(gaps) != 1 || world.KindOf(gaps[world.FactTraffic]) != world.ProblemPermission {
		t.Errorf("got %v", gaps)
	}
}

func TestObserveReadsTheENIConfigs(t *testing.T) {
	w := newWorld(t)
	config := func(name string, spec map[string]any) {
		put(t, w, gvr.ENIConfigs, &unstructured.Unstructured{Object: map[string]any{
			"apiVersion": "crd.k8s.amazonaws.com/v1alpha1", "kind": "ENIConfig", "metadata": map[string]any{"name": name}, "spec": spec,
		}})
	}
	config("us-west-2b", map[string]any{"subnet": "subnet-b"})
	config("us-west-2a", map[string]any{"subnet": "subnet-a", "securityGroups": []any{"sg-1", "sg-2"}})
	c := w.connect(t, adminToken)
	want := []world.ENIConfig{{Name: "us-west-2a", SubnetID: "subnet-a", Groups: []string{"sg-1", "sg-2"}}, {Name: "us-west-2b", SubnetID: "subnet-b"}}
	if got := observe(t, c, scope).ENIConfigs; !reflect.DeepEqual(got, want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
	w.dropDefinition(t, "eniconfigs.crd.k8s.amazonaws.com")
	if got := observe(t, c, scope).ENIConfigs; len(got) > 0 {
		t.Errorf("without the definition there are %+v", got)
	}
}

// dropDefinition deletes a CustomResourceDefinition with its objects.
func (w *testWorld) dropDefinition(t *testing.T, name string) {
	t.Helper()
	if err := as[*unstructured.Unstructured](w, gvr.CustomResourceDefinitions).Delete("", name, metav1.DeleteOptions{}); err != nil {
		t.Fatal(err)
	}
}

func TestObserveReadsHowManyGroupsAPolicyMayHave(t *testing.T) {
	w := newWorld(t)
	c := w.connect(t, adminToken)
	if got := observe(t, c, scope).Admission.MaxGroups; got != 0 {
		t.Errorf("a definition without a limit allows %d", got)
	}
	name := "securitygrouppolicies.vpcresources.k8s.aws"
	_, err := as[*unstructured.Unstructured](w, gvr.CustomResourceDefinitions).Mutate("", name, func(u *unstructured.Unstructured) error {
		versions, _, _ := unstructured.NestedSlice(u.Object, "spec", "versions")
		err := unstructured.SetNestedField(versions[0].(map[string]any), int64(5), "schema", "openAPIV3Schema",
			"properties", "spec", "properties", "securityGroups", "properties", "groupIds", "maxItems")
		if err != nil {
			return err
		}
		// An earlier version that is no longer served, and allows less.
		old := map[string]any{"name": "v1alpha1", "served": false, "storage": false, "schema": map[string]any{"openAPIV3Schema": map[string]any{
			"type": "object",
			"properties": map[string]any{"spec": map[string]any{"type": "object", "properties": map[string]any{"securityGroups": map[string]any{
				"type": "object", "properties": map[string]any{"groupIds": map[string]any{"type": "array", "maxItems": int64(1), "items": map[string]any{"type": "string"}}},
			}}}},
		}}}
		return unstructured.SetNestedSlice(u.Object, append(versions, any(old)), "spec", "versions")
	})
	if err != nil {
		t.Fatal(err)
	}
	if got := observe(t, c, scope).Admission; got.MaxGroups != 5 || !got.PolicyCRD {
		t.Errorf("got %+v", got)
	}
}
