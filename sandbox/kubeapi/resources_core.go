package kubeapi

import (
	"net/netip"
	"slices"
	"strconv"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/equality"
	apivalidation "k8s.io/apimachinery/pkg/api/validation"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/util/intstr"
	"k8s.io/apimachinery/pkg/util/validation"
	"k8s.io/apimachinery/pkg/util/validation/field"
)

// coreResources are the resources of the legacy group, "v1".
func coreResources() []*resource {
	return []*resource{
		{
			gvr: Namespaces, kind: "Namespace", shortNames: []string{"ns"},
			hasStatus:    true,
			defaults:     defaultNamespace,
			prepare:      prepareNamespace,
			validateName: apivalidation.NameIsDNSLabel,
			fields: map[string]func(runtime.Object) string{
				"status.phase": selectableOf(func(n *corev1.Namespace) string { return string(n.Status.Phase) }),
			},
			columns: namespaceColumns,
		},
		{
			gvr: Nodes, kind: "Node", shortNames: []string{"no"},
			hasStatus: true,
			fields: map[string]func(runtime.Object) string{
				"spec.unschedulable": selectableOf(func(n *corev1.Node) string { return strconv.FormatBool(n.Spec.Unschedulable) }),
			},
			columns: nodeColumns,
		},
		podResource(),
		eventResource(),
		eventAlias(),
		{
			gvr: Secrets, kind: "Secret", namespaced: true,
			defaults:       defaultSecret,
			validate:       validates(validateSecret),
			validateUpdate: validateSecretUpdate,
			fields: map[string]func(runtime.Object) string{
				"type": selectableOf(func(s *corev1.Secret) string { return string(s.Type) }),
			},
			columns: secretColumns,
		},
		{
			gvr: ConfigMaps, kind: "ConfigMap", namespaced: true, shortNames: []string{"cm"},
			validate:       validates(validateConfigMap),
			validateUpdate: validateConfigMapUpdate,
			columns:        configMapColumns,
		},
		{gvr: ServiceAccounts, kind: "ServiceAccount", namespaced: true, shortNames: []string{"sa"}, columns: serviceAccountColumns},
		{
			gvr: Services, kind: "Service", namespaced: true, shortNames: []string{"svc"}, categories: []string{"all"},
			hasStatus:    true,
			defaults:     defaultService,
			prepare:      assignClusterIP,
			validate:     validates(validateService),
			validateName: apivalidation.NameIsDNS1035Label,
			fields: map[string]func(runtime.Object) string{
				"spec.clusterIP": selectableOf(func(s *corev1.Service) string { return s.Spec.ClusterIP }),
				"spec.type":      selectableOf(func(s *corev1.Service) string { return string(s.Spec.Type) }),
			},
			columns: serviceColumns,
		},
		{gvr: Endpoints, kind: "Endpoints", namespaced: true, shortNames: []string{"ep"}},
		{gvr: ResourceQuotas, kind: "ResourceQuota", namespaced: true, shortNames: []string{"quota"}, hasStatus: true},
		{gvr: LimitRanges, kind: "LimitRange", namespaced: true, shortNames: []string{"limits"}},
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

// eventResource is core events. Their names are made by whoever reports them.
func eventResource() *resource {
	involved := func(value func(corev1.ObjectReference) string) func(runtime.Object) string {
		return selectableOf(func(e *corev1.Event) string { return value(e.InvolvedObject) })
	}
	return &resource{
		gvr: Events, kind: "Event", namespaced: true, shortNames: []string{"ev"},
		validate: validates(validateEvent),
		fields: map[string]func(runtime.Object) string{
			"involvedObject.kind":            involved(func(o corev1.ObjectReference) string { return o.Kind }),
			"involvedObject.namespace":       involved(func(o corev1.ObjectReference) string { return o.Namespace }),
			"involvedObject.name":            involved(func(o corev1.ObjectReference) string { return o.Name }),
			"involvedObject.uid":             involved(func(o corev1.ObjectReference) string { return string(o.UID) }),
			"involvedObject.apiVersion":      involved(func(o corev1.ObjectReference) string { return o.APIVersion }),
			"involvedObject.resourceVersion": involved(func(o corev1.ObjectReference) string { return o.ResourceVersion }),
			"involvedObject.fieldPath":       involved(func(o corev1.ObjectReference) string { return o.FieldPath }),
			"reason":                         selectableOf(func(e *corev1.Event) string { return e.Reason }),
			"type":                           selectableOf(func(e *corev1.Event) string { return e.Type }),
			"reportingComponent":             selectableOf(func(e *corev1.Event) string { return e.ReportingController }),
			"source": selectableOf(func(e *corev1.Event) string {
				if e.Source.Component == "" {
					return e.ReportingController
				}
				return e.Source.Component
			}),
		},
		columns: eventColumns,
	}
}

// validateEvent wants an event beside the object it is about; events of
// cluster-wide objects are in "default" (or "kube-system").
func validateEvent(e *corev1.Event) field.ErrorList {
	about := e.InvolvedObject.Namespace
	if about == e.Namespace || about == "" && (e.Namespace == metav1.NamespaceDefault || e.Namespace == metav1.NamespaceSystem) {
		return nil
	}
	return field.ErrorList{field.Invalid(field.NewPath("involvedObject", "namespace"), about, "does not match event.namespace")}
}
