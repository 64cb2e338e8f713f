package builtin

import (
	admissionregistrationv1 "k8s.io/api/admissionregistration/v1"
	coordinationv1 "k8s.io/api/coordination/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	"k8s.io/apimachinery/pkg/api/validation/path"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/util/validation/field"
	"k8s.io/kube-openapi/pkg/validation/spec"

	"podsg/sandbox/kubeapi/definition"
	"podsg/sandbox/kubeapi/gvr"
	"podsg/sandbox/kubeapi/resource"
)

// validateLease wants what the API server wants of a Lease's numbers.
func validateLease(obj runtime.Object) field.ErrorList {
	var errs field.ErrorList
	spec := obj.(*coordinationv1.Lease).Spec
	if d := spec.LeaseDurationSeconds; d != nil && *d <= 0 {
		errs = append(errs, field.Invalid(field.NewPath("spec", "leaseDurationSeconds"), *d, "must be greater than 0"))
	}
	if n := spec.LeaseTransitions; n != nil && *n < 0 {
		errs = append(errs, field.Invalid(field.NewPath("spec", "leaseTransitions"), *n, "must be greater than or equal to 0"))
	}
	return errs
}

// clusterResources are the resources that other parts of the cluster are
// configured by: coordination, discovery, RBAC, admission, definitions.
func clusterResources() []*resource.Resource {
	return []*resource.Resource{
		{GVR: gvr.Leases, Kind: "Lease", Namespaced: true, Validate: validateLease, Columns: leaseColumns},
		{GVR: gvr.EndpointSlices, Kind: "EndpointSlice", Namespaced: true, Defaults: defaultEndpointSlice, Columns: endpointSliceColumns},
		{GVR: gvr.ClusterRoles, Kind: "ClusterRole", ValidateName: rbacName, Columns: []resource.Column{resource.NameColumn, resource.CreatedColumn}},
		{GVR: gvr.Roles, Kind: "Role", Namespaced: true, ValidateName: rbacName, Columns: []resource.Column{resource.NameColumn, resource.CreatedColumn}},
		{
			GVR: gvr.ClusterRoleBindings, Kind: "ClusterRoleBinding", ValidateName: rbacName,
			Defaults: func(obj runtime.Object) {
				b := obj.(*rbacv1.ClusterRoleBinding)
				defaultBinding(&b.RoleRef, b.Subjects)
			},
			Columns: clusterRoleBindingColumns,
		},
		{
			GVR: gvr.RoleBindings, Kind: "RoleBinding", Namespaced: true, ValidateName: rbacName,
			Defaults: func(obj runtime.Object) {
				b := obj.(*rbacv1.RoleBinding)
				defaultBinding(&b.RoleRef, b.Subjects)
			},
			Columns: roleBindingColumns,
		},
		{
			GVR: gvr.MutatingWebhookConfigurations, Kind: "MutatingWebhookConfiguration", Categories: []string{"api-extensions"},
			HasGeneration: true,
			Defaults:      defaultMutatingWebhooks,
			Columns:       []resource.Column{resource.NameColumn, resource.ColumnOf("Webhooks", "integer", mutatingWebhookCount), resource.AgeColumn},
		},
		{
			GVR: gvr.ValidatingWebhookConfigurations, Kind: "ValidatingWebhookConfiguration", Categories: []string{"api-extensions"},
			HasGeneration: true,
			Defaults:      defaultValidatingWebhooks,
			Columns:       []resource.Column{resource.NameColumn, resource.ColumnOf("Webhooks", "integer", validatingWebhookCount), resource.AgeColumn},
		},
		{
			GVR: gvr.CustomResourceDefinitions, Kind: "CustomResourceDefinition",
			ShortNames: []string{"crd", "crds"}, Categories: []string{"api-extensions"},
			HasStatus: true, HasGeneration: true,
			Schema:   openSchema(),
			Defaults: definition.SetDefaults,
			Validate: definition.Validate,
			Columns:  []resource.Column{resource.NameColumn, resource.CreatedColumn},
		},
	}
}

// openSchema accepts every object.
func openSchema() *spec.Schema {
	return &spec.Schema{
		VendorExtensible: spec.VendorExtensible{Extensions: spec.Extensions{resource.PreserveUnknown: true}},
		SchemaProps:      spec.SchemaProps{Type: spec.StringOrArray{"object"}},
	}
}

// rbacName allows the colons that RBAC names have.
func rbacName(name string, _ bool) []string { return path.IsValidPathSegmentName(name) }

func defaultBinding(role *rbacv1.RoleRef, subjects []rbacv1.Subject) {
	defaultTo(&role.APIGroup, rbacv1.GroupName)
	for i := range subjects {
		if subjects[i].Kind != rbacv1.ServiceAccountKind {
			defaultTo(&subjects[i].APIGroup, rbacv1.GroupName)
		}
	}
}

func defaultEndpointSlice(obj runtime.Object) {
	e := obj.(*discoveryv1.EndpointSlice)
	for i := range e.Ports {
		defaultPointer(&e.Ports[i].Name, "")
		defaultPointer(&e.Ports[i].Protocol, "TCP")
	}
}

func defaultMutatingWebhooks(obj runtime.Object) {
	webhooks := obj.(*admissionregistrationv1.MutatingWebhookConfiguration).Webhooks
	for i := range webhooks {
		w := &webhooks[i]
		defaultPointer(&w.FailurePolicy, admissionregistrationv1.Fail)
		defaultPointer(&w.MatchPolicy, admissionregistrationv1.Equivalent)
		defaultPointer(&w.TimeoutSeconds, 10)
		defaultPointer(&w.ReinvocationPolicy, admissionregistrationv1.NeverReinvocationPolicy)
		defaultWebhookRules(w.Rules)
	}
}

func defaultValidatingWebhooks(obj runtime.Object) {
	webhooks := obj.(*admissionregistrationv1.ValidatingWebhookConfiguration).Webhooks
	for i := range webhooks {
		w := &webhooks[i]
		defaultPointer(&w.FailurePolicy, admissionregistrationv1.Fail)
		defaultPointer(&w.MatchPolicy, admissionregistrationv1.Equivalent)
		defaultPointer(&w.TimeoutSeconds, 10)
		defaultWebhookRules(w.Rules)
	}
}

func defaultWebhookRules(rules []admissionregistrationv1.RuleWithOperations) {
	for i := range rules {
		defaultPointer(&rules[i].Scope, admissionregistrationv1.AllScopes)
	}
}
