package kubeapi_test

import (
	"slices"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
	"k8s.io/utils/ptr"
)

func networkPolicy(name string, change ...func(*networkingv1.NetworkPolicySpec)) *networkingv1.NetworkPolicy {
	p := &networkingv1.NetworkPolicy{
		ObjectMeta: metav1.ObjectMeta{Name: name, Namespace: "workshop"},
		Spec:       networkingv1.NetworkPolicySpec{PodSelector: metav1.LabelSelector{MatchLabels: map[string]string{"app": "green-pod"}}},
	}
	for _, c := range change {
		c(&p.Spec)
	}
	return p
}

func TestANetworkPolicyIsStoredWithItsDefaults(t *testing.T) {
	w := newWorld(t)
	ctx := context5(t)
	policies := w.typed.NetworkingV1().NetworkPolicies("workshop")
	must(t)(policies.Create(ctx, networkPolicy("deny"), metav1.CreateOptions{}))
	must(t)(policies.Create(ctx, networkPolicy("out", func(s *networkingv1.NetworkPolicySpec) {
		s.Egress = []networkingv1.NetworkPolicyEgressRule{{Ports: []networkingv1.NetworkPolicyPort{{Port: ptr.To(intstr.FromInt32(5432))}}}}
	}), metav1.CreateOptions{}))
	list, err := policies.List(ctx, metav1.ListOptions{})
	if err != nil || len(list.Items) != 2 {
		t.Fatalf("got %v, %v", list, err)
	}
	if got := list.Items[0].Spec.PolicyTypes; !slices.Equal(got, []networkingv1.PolicyType{"Ingress"}) {
		t.Errorf("a policy without rules is about %v", got)
	}
	out := list.Items[1].Spec
	if !slices.Equal(out.PolicyTypes, []networkingv1.PolicyType{"Ingress", "Egress"}) || *out.Egress[0].Ports[0].Protocol != corev1.ProtocolTCP {
		t.Errorf("a policy with a rule for the way out is %+v", out)
	}
}

func TestANetworkPolicyThatCannotBeIsRefused(t *testing.T) {
	w := newWorld(t)
	selector := &metav1.LabelSelector{}
	from := func(peer networkingv1.NetworkPolicyPeer) func(*networkingv1.NetworkPolicySpec) {
		return func(s *networkingv1.NetworkPolicySpec) {
			s.Ingress = []networkingv1.NetworkPolicyIngressRule{{From: []networkingv1.NetworkPolicyPeer{peer}}}
		}
	}
	for name, c := range map[string]struct {
		change func(*networkingv1.NetworkPolicySpec)
		want   string
	}{
		"a selector with an unknown operator": {func(s *networkingv1.NetworkPolicySpec) {
			s.PodSelector.MatchExpressions = []metav1.LabelSelectorRequirement{{Key: "app", Operator: "Like"}}
		}, "spec.podSelector.matchExpressions[0].operator"},
		"an unknown direction":     {func(s *networkingv1.NetworkPolicySpec) { s.PolicyTypes = []networkingv1.PolicyType{"Sideways"} }, "spec.policyTypes[0]: Unsupported value"},
		"a peer that is nobody":    {from(networkingv1.NetworkPolicyPeer{}), "spec.ingress[0].from[0]: Required value: must specify a peer"},
		"a peer that is two":       {from(networkingv1.NetworkPolicyPeer{PodSelector: selector, IPBlock: &networkingv1.IPBlock{CIDR: "10.0.0.0/8"}}), "may not specify both ipBlock and another peer"},
		"a block that is no block": {from(networkingv1.NetworkPolicyPeer{IPBlock: &networkingv1.IPBlock{CIDR: "10.0.0.0"}}), "spec.ingress[0].from[0].ipBlock.cidr"},
		"a port that there cannot be": {func(s *networkingv1.NetworkPolicySpec) {
			s.Egress = []networkingv1.NetworkPolicyEgressRule{{Ports: []networkingv1.NetworkPolicyPort{{Port: ptr.To(intstr.FromInt32(70000))}}}}
		}, "spec.egress[0].ports[0].port"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := w.typed.NetworkingV1().NetworkPolicies("workshop").Create(context5(t), networkPolicy("bad", c.change), metav1.CreateOptions{})
			if !apierrors.IsInvalid(err) || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want %q", err, c.want)
			}
		})
	}
}

func TestAServiceThatIsReachedFromOutsideTakesTheTrafficOfTheWholeCluster(t *testing.T) {
	w := newWorld(t)
	service := func(name string, kind corev1.ServiceType, policy corev1.ServiceExternalTrafficPolicy) (*corev1.Service, error) {
		return w.typed.CoreV1().Services("workshop").Create(context5(t), &corev1.Service{
			ObjectMeta: metav1.ObjectMeta{Name: name},
			Spec:       corev1.ServiceSpec{Type: kind, ExternalTrafficPolicy: policy, Ports: []corev1.ServicePort{{Port: 80}}},
		}, metav1.CreateOptions{})
	}
	for name, c := range map[string]struct {
		kind        corev1.ServiceType
		given, want corev1.ServiceExternalTrafficPolicy
	}{
		"inside":   {corev1.ServiceTypeClusterIP, "", ""},
		"port":     {corev1.ServiceTypeNodePort, "", "Cluster"},
		"balancer": {corev1.ServiceTypeLoadBalancer, "", "Cluster"},
		"local":    {corev1.ServiceTypeNodePort, "Local", "Local"},
	} {
		made, err := service(name, c.kind, c.given)
		if err != nil || made.Spec.ExternalTrafficPolicy != c.want {
			t.Errorf("%s: got %v, %v; want %q", name, made, err, c.want)
		}
	}
	if _, err := service("odd", corev1.ServiceTypeNodePort, "Nearby"); !apierrors.IsInvalid(err) {
		t.Errorf("an unknown policy gives %v", err)
	}
}
