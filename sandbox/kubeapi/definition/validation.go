package definition

import (
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/util/validation/field"

	"podsg/sandbox/kubeapi/resource"
)

// Validate finds what is wrong with a CustomResourceDefinition.
func Validate(obj runtime.Object) field.ErrorList {
	d, err := Read(obj)
	if err != nil {
		return field.ErrorList{field.Invalid(field.NewPath("spec"), "", err.Error())}
	}
	var errs field.ErrorList
	at := field.NewPath("spec")
	if want := d.Spec.Names.Plural + "." + d.Spec.Group; resource.Accessor(obj).GetName() != want {
		errs = append(errs, field.Invalid(field.NewPath("metadata", "name"), resource.Accessor(obj).GetName(),
			"must be spec.names.plural+\".\"+spec.group"))
	}
	if d.Spec.Scope != "Namespaced" && d.Spec.Scope != "Cluster" {
		errs = append(errs, field.NotSupported(at.Child("scope"), d.Spec.Scope, []string{"Cluster", "Namespaced"}))
	}
	if d.Spec.Names.Kind == "" {
		errs = append(errs, field.Required(at.Child("names", "kind"), ""))
	}
	if d.storage() == nil {
		errs = append(errs, field.Invalid(at.Child("versions"), "", "must have exactly one version marked as storage version"))
	}
	for i, v := range d.Spec.Versions {
		if v.Schema.OpenAPI == nil {
			errs = append(errs, field.Required(at.Child("versions").Index(i).Child("schema", "openAPIV3Schema"), "schemas are required"))
		}
	}
	return errs
}
