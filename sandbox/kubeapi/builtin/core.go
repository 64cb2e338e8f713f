package builtin

import (
	"net/netip"
	"slices"
	"strconv"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/equality"
	apivalidation "k8s.io/apimachinery/pkg/api/validation"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/util/intstr"
	"k8s.io/apimachinery/pkg/util/validation"
	"k8s.io/apimachinery/pkg/util/validation/field"

	"podsg/sandbox/kubeapi/gvr"
	"podsg/sandbox/kubeapi/resource"
)

// coreResources are the resources of the legacy group, "v1".
func coreResources() []*resource.Resource {
	return []*resource.Resource{
		{
			GVR: gvr.Namespaces, Kind: "Namespace", ShortNames: []string{"ns"},
			HasStatus:    true,
			Defaults:     defaultNamespace,
			Prepare:      prepareNamespace,
			ValidateName: apivalidation.NameIsDNSLabel,
			Fields: map[string]func(runtime.Object) string{
				"status.phase": selectableOf(func(n *corev1.Namespace) string { return string(n.Status.Phase) }),
			},
			Columns: namespaceColumns,
		},
		{
			GVR: gvr.Nodes, Kind: "Node", ShortNames: []string{"no"},
			HasStatus: true,
			Fields: map[string]func(runtime.Object) string{
				"spec.unschedulable": selectableOf(func(n *corev1.Node) string { return strconv.FormatBool(n.Spec.Unschedulable) }),
			},
			Columns: nodeColumns,
		},
		podResource(),
		eventResource(),
		eventAlias(),
		{
			GVR: gvr.Secrets, Kind: "Secret", Namespaced: true,
			Defaults:       defaultSecret,
			Validate:       validates(validateSecret),
			ValidateUpdate: validateSecretUpdate,
			Fields: map[string]func(runtime.Object) string{
				"type": selectableOf(func(s *corev1.Secret) string { return string(s.Type) }),
			},
			Columns: secretColumns,
		},
		{
			GVR: gvr.ConfigMaps, Kind: "ConfigMap", Namespaced: true, ShortNames: []string{"cm"},
			Validate:       validates(validateConfigMap),
			ValidateUpdate: validateConfigMapUpdate,
			Columns:        configMapColumns,
		},
		{GVR: gvr.ServiceAccounts, Kind: "ServiceAccount", Namespaced: true, ShortNames: []string{"sa"}, Columns: serviceAccountColumns},
		{
			GVR: gvr.Services, Kind: "Service", Namespaced: true, ShortNames: []string{"svc"}, Categories: []string{"all"},
			HasStatus:    true,
			Defaults:     defaultService,
			Prepare:      assignClusterIP,
			Validate:     validates(validateService),
			ValidateName: apivalidation.NameIsDNS1035Label,
			Fields: map[string]func(runtime.Object) string{
				"spec.clusterIP": selectableOf(func(s *corev1.Service) string { return s.Spec.ClusterIP }),
				"spec.type":      selectableOf(func(s *corev1.Service) string { return string(s.Spec.Type) }),
			},
			Columns: serviceColumns,
		},
		{GVR: gvr.Endpoints, Kind: "Endpoints", Namespaced: true, ShortNames: []string{"ep"}},
		{GVR: gvr.ResourceQuotas, Kind: "ResourceQuota", Namespaced: true, ShortNames: []string{"quota"}, HasStatus: true},
		{GVR: gvr.LimitRanges, Kind: "LimitRange", Namespaced: true, ShortNames: []string{"limits"}},
		claimResource(),
	}
}

func defaultSecret(obj runtime.Object) {
	s := obj.(*corev1.Secret)
	defaultTo(&s.Type, corev1.SecretTypeOpaque)
	for key, value := range s.StringData {
		if s.Data == nil {
			s.Data = map[string][]byte{}
		}
		s.Data[key] = []byte(value)
	}
	s.StringData = nil
}

func validateSecret(s *corev1.Secret) field.ErrorList {
	errs := validateDataKeys(s.Data, field.NewPath("data"))
	size := 0
	for _, value := range s.Data {
		size += len(value)
	}
	if size > corev1.MaxSecretSize {
		errs = append(errs, field.TooLong(field.NewPath("data"), "", corev1.MaxSecretSize))
	}
	return errs
}

func validateSecretUpdate(obj, old runtime.Object) field.ErrorList {
	s, before := obj.(*corev1.Secret), old.(*corev1.Secret)
	errs := apivalidation.ValidateImmutableField(s.Type, before.Type, field.NewPath("type"))
	return append(errs, validateImmutableData(before.Immutable, s.Data, before.Data)...)
}

// validateImmutableData keeps the data of an object that was made immutable. It
// never quotes the data, which may be secret.
func validateImmutableData(immutable *bool, data, before any) field.ErrorList {
	if immutable == nil || !*immutable || equality.Semantic.DeepEqual(data, before) {
		return nil
	}
	return field.ErrorList{field.Forbidden(field.NewPath("data"), "field is immutable when `immutable` is set")}
}

func validateConfigMap(c *corev1.ConfigMap) field.ErrorList {
	errs := validateDataKeys(c.Data, field.NewPath("data"))
	errs = append(errs, validateDataKeys(c.BinaryData, field.NewPath("binaryData"))...)
	size := 0
	for _, value := range c.Data {
		size += len(value)
	}
	for key, value := range c.BinaryData {
		size += len(value)
		if _, twice := c.Data[key]; twice {
			errs = append(errs, field.Invalid(field.NewPath("data").Key(key), key, "duplicate of key present in binaryData"))
		}
	}
	if size > corev1.MaxSecretSize {
		errs = append(errs, field.TooLong(field.NewPath(""), "", corev1.MaxSecretSize))
	}
	return errs
}

func validateConfigMapUpdate(obj, old runtime.Object) field.ErrorList {
	c, before := obj.(*corev1.ConfigMap), old.(*corev1.ConfigMap)
	return validateImmutableData(before.Immutable, c.Data, before.Data)
}

func validateDataKeys[V any](data map[string]V, at *field.Path) field.ErrorList {
	var errs field.ErrorList
	for key := range data {
		for _, message := range validation.IsConfigMapKey(key) {
			errs = append(errs, field.Invalid(at.Key(key), key, message))
		}
	}
	return errs
}

func defaultService(obj runtime.Object) {
	s := obj.(*corev1.Service)
	defaultTo(&s.Spec.Type, corev1.ServiceTypeClusterIP)
	defaultTo(&s.Spec.SessionAffinity, corev1.ServiceAffinityNone)
	if s.Spec.Type == corev1.ServiceTypeNodePort || s.Spec.Type == corev1.ServiceTypeLoadBalancer {
		defaultTo(&s.Spec.ExternalTrafficPolicy, corev1.ServiceExternalTrafficPolicyCluster)
	}
	defaultPointer(&s.Spec.InternalTrafficPolicy, corev1.ServiceInternalTrafficPolicyCluster)
	defaultPointer(&s.Spec.IPFamilyPolicy, corev1.IPFamilyPolicySingleStack)
	if len(s.Spec.IPFamilies) == 0 {
		s.Spec.IPFamilies = []corev1.IPFamily{corev1.IPv4Protocol}
	}
	for i := range s.Spec.Ports {
		p := &s.Spec.Ports[i]
		defaultTo(&p.Protocol, corev1.ProtocolTCP)
		if p.TargetPort == (intstr.IntOrString{}) {
			p.TargetPort = intstr.FromInt32(p.Port)
		}
	}
	if s.Spec.ClusterIP != "" && len(s.Spec.ClusterIPs) == 0 {
		s.Spec.ClusterIPs = []string{s.Spec.ClusterIP}
	}
}

// assignClusterIP takes an address of the default service range of EKS,
// 10.100.0.0/16, from the object's UID.
func assignClusterIP(obj runtime.Object) {
	s := obj.(*corev1.Service)
	if s.Spec.ClusterIP != "" || s.Spec.Type == corev1.ServiceTypeExternalName {
		return
	}
	var sum uint16
	for _, b := range []byte(s.UID) {
		sum = sum*31 + uint16(b)
	}
	s.Spec.ClusterIP = netip.AddrFrom4([4]byte{10, 100, byte(sum >> 8), byte(sum) | 1}).String()
	s.Spec.ClusterIPs = []string{s.Spec.ClusterIP}
}

func validateService(s *corev1.Service) field.ErrorList {
	var errs field.ErrorList
	ports := field.NewPath("spec", "ports")
	if len(s.Spec.Ports) == 0 && s.Spec.ClusterIP != corev1.ClusterIPNone && s.Spec.Type != corev1.ServiceTypeExternalName {
		errs = append(errs, field.Required(ports, ""))
	}
	known := []corev1.ServiceExternalTrafficPolicy{corev1.ServiceExternalTrafficPolicyCluster, corev1.ServiceExternalTrafficPolicyLocal}
	if policy := s.Spec.ExternalTrafficPolicy; policy != "" && !slices.Contains(known, policy) {
		errs = append(errs, field.NotSupported(field.NewPath("spec", "externalTrafficPolicy"), policy, known))
	}
	for i, p := range s.Spec.Ports {
		for _, message := range validation.IsValidPortNum(int(p.Port)) {
			errs = append(errs, field.Invalid(ports.Index(i).Child("port"), p.Port, message))
		}
		if len(s.Spec.Ports) > 1 && p.Name == "" {
			errs = append(errs, field.Required(ports.Index(i).Child("name"), ""))
		}
	}
	return errs
}
