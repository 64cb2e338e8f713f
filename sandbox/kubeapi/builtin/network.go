package builtin

import (
	"net/netip"
	"slices"
	"time"

	networkingv1 "k8s.io/api/networking/v1"
	apivalidation "k8s.io/apimachinery/pkg/api/validation"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	metav1validation "k8s.io/apimachinery/pkg/apis/meta/v1/validation"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/util/validation"
	"k8s.io/apimachinery/pkg/util/validation/field"

	"podsg/sandbox/kubeapi/gvr"
	"podsg/sandbox/kubeapi/resource"
)

// networkResources are the network policies and the Ingresses. The policies are
// stored only: nobody in the practice cluster enforces them.
func networkResources() []*resource.Resource {
	return []*resource.Resource{{
		GVR: gvr.NetworkPolicies, Kind: "NetworkPolicy", Namespaced: true, ShortNames: []string{"netpol"},
		HasGeneration: true,
		Defaults:      defaultNetworkPolicy,
		Validate:      validates(validateNetworkPolicy),
		ValidateName:  apivalidation.NameIsDNSSubdomain,
		Columns: []resource.Column{
			resource.NameColumn,
			resource.ColumnOf("Pod-Selector", "string", func(p *networkingv1.NetworkPolicy, _ time.Time) any {
				return metav1.FormatLabelSelector(&p.Spec.PodSelector)
			}),
			resource.AgeColumn,
		},
	}, ingressResource()}
}

// defaultNetworkPolicy says which directions a policy is about: always the way
// in, and the way out if it has rules for it.
func defaultNetworkPolicy(obj runtime.Object) {
	spec := &obj.(*networkingv1.NetworkPolicy).Spec
	if len(spec.PolicyTypes) == 0 {
		spec.PolicyTypes = []networkingv1.PolicyType{networkingv1.PolicyTypeIngress}
		if len(spec.Egress) > 0 {
			spec.PolicyTypes = append(spec.PolicyTypes, networkingv1.PolicyTypeEgress)
		}
	}
	for _, ports := range policyPorts(spec) {
		for i := range ports {
			defaultPointer(&ports[i].Protocol, "TCP")
		}
	}
}

// policyPorts are the ports of each of a policy's rules.
func policyPorts(spec *networkingv1.NetworkPolicySpec) [][]networkingv1.NetworkPolicyPort {
	var all [][]networkingv1.NetworkPolicyPort
	for _, r := range spec.Ingress {
		all = append(all, r.Ports)
	}
	for _, r := range spec.Egress {
		all = append(all, r.Ports)
	}
	return all
}

func validateNetworkPolicy(p *networkingv1.NetworkPolicy) field.ErrorList {
	at := field.NewPath("spec")
	errs := checkSelector(&p.Spec.PodSelector, at.Child("podSelector"))
	for i, rule := range p.Spec.Ingress {
		errs = append(errs, checkPolicyRule(rule.Ports, rule.From, at.Child("ingress").Index(i), "from")...)
	}
	for i, rule := range p.Spec.Egress {
		errs = append(errs, checkPolicyRule(rule.Ports, rule.To, at.Child("egress").Index(i), "to")...)
	}
	types := at.Child("policyTypes")
	known := []networkingv1.PolicyType{networkingv1.PolicyTypeIngress, networkingv1.PolicyTypeEgress}
	if len(p.Spec.PolicyTypes) > len(known) {
		return append(errs, field.Invalid(types, &p.Spec.PolicyTypes, "may not specify more than two policyTypes"))
	}
	for i, t := range p.Spec.PolicyTypes {
		if !slices.Contains(known, t) {
			errs = append(errs, field.NotSupported(types.Index(i), t, known))
		}
	}
	return errs
}

func checkPolicyRule(ports []networkingv1.NetworkPolicyPort, peers []networkingv1.NetworkPolicyPeer, at *field.Path, peersKey string) field.ErrorList {
	var errs field.ErrorList
	for i, p := range ports {
		if p.Port == nil {
			continue
		}
		messages := validation.IsValidPortNum(p.Port.IntValue())
		if p.Port.StrVal != "" {
			messages = validation.IsValidPortName(p.Port.StrVal)
		}
		for _, message := range messages {
			errs = append(errs, field.Invalid(at.Child("ports").Index(i).Child("port"), p.Port.String(), message))
		}
	}
	for i, peer := range peers {
		errs = append(errs, checkPolicyPeer(peer, at.Child(peersKey).Index(i))...)
	}
	return errs
}

func checkPolicyPeer(peer networkingv1.NetworkPolicyPeer, at *field.Path) field.ErrorList {
	selects := peer.PodSelector != nil || peer.NamespaceSelector != nil
	var errs field.ErrorList
	switch {
	case peer.IPBlock == nil && !selects:
		errs = append(errs, field.Required(at, "must specify a peer"))
	case peer.IPBlock != nil && selects:
		errs = append(errs, field.Forbidden(at, "may not specify both ipBlock and another peer"))
	}
	if peer.PodSelector != nil {
		errs = append(errs, checkSelector(peer.PodSelector, at.Child("podSelector"))...)
	}
	if peer.NamespaceSelector != nil {
		errs = append(errs, checkSelector(peer.NamespaceSelector, at.Child("namespaceSelector"))...)
	}
	if peer.IPBlock != nil {
		if _, err := netip.ParsePrefix(peer.IPBlock.CIDR); err != nil {
			errs = append(errs, field.Invalid(at.Child("ipBlock", "cidr"), peer.IPBlock.CIDR, "must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)"))
		}
	}
	return errs
}

func checkSelector(selector *metav1.LabelSelector, at *field.Path) field.ErrorList {
	return metav1validation.ValidateLabelSelector(selector, metav1validation.LabelSelectorValidationOptions{}, at)
}
