package resource

import (
	"encoding/json"
	"errors"
	"strings"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	apivalidation "k8s.io/apimachinery/pkg/api/validation"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/util/validation/field"
	openapierrors "k8s.io/kube-openapi/pkg/validation/errors"
	"k8s.io/kube-openapi/pkg/validation/strfmt"
	"k8s.io/kube-openapi/pkg/validation/validate"
)

// Check validates an object that is to be stored; old is nil on creation. What
// is wrong comes as one Invalid error with a cause for each field.
func (r *Resource) Check(obj, old runtime.Object) error {
	var errs field.ErrorList
	if !r.Structured() {
		errs = append(errs, r.checkSchema(obj)...)
	}
	if r.Validate != nil {
		errs = append(errs, r.Validate(obj)...)
	}
	if old != nil && r.ValidateUpdate != nil {
		errs = append(errs, r.ValidateUpdate(obj, old)...)
	}
	errs = append(errs, r.checkMetadata(obj)...)
	if old != nil {
		errs = append(errs, checkFinalizers(Accessor(obj), Accessor(old))...)
	}
	if len(errs) == 0 {
		return nil
	}
	return apierrors.NewInvalid(r.GVK().GroupKind(), Accessor(obj).GetName(), errs)
}

// checkFinalizers refuses further finalizers for an object that is being
// deleted. The API server finds that twice.
func checkFinalizers(obj, old metav1.Object) field.ErrorList {
	if old.GetDeletionTimestamp() == nil {
		return nil
	}
	errs := apivalidation.ValidateNoNewFinalizers(obj.GetFinalizers(), old.GetFinalizers(), field.NewPath("metadata", "finalizers"))
	return append(errs, errs...)
}

func (r *Resource) checkMetadata(obj runtime.Object) field.ErrorList {
	validateName := r.ValidateName
	if validateName == nil {
		validateName = apivalidation.NameIsDNSSubdomain
	}
	return apivalidation.ValidateObjectMetaAccessor(Accessor(obj), r.Namespaced, validateName, field.NewPath("metadata"))
}

// checkSchema validates an unstructured object against the resource's schema.
func (r *Resource) checkSchema(obj runtime.Object) field.ErrorList {
	var errs field.ErrorList
	for _, err := range validate.NewSchemaValidator(r.Schema, nil, "", strfmt.Default).Validate(ToMap(obj)).Errors {
		errs = append(errs, schemaError(err))
	}
	return errs
}

// schemaError words a schema violation as the API server does.
func schemaError(err error) *field.Error {
	var violation *openapierrors.Validation
	if !errors.As(err, &violation) {
		return field.Invalid(nil, "", err.Error())
	}
	var at *field.Path
	if name := strings.TrimPrefix(violation.Name, "."); name != "" {
		at = at.Child(name)
	}
	value := violation.Value
	if value == nil {
		value = ""
	}
	number := func(v any) int {
		n, ok := v.(int64)
		if !ok {
			return -1
		}
		return int(n)
	}
	switch violation.Code() {
	case openapierrors.RequiredFailCode:
		return field.Required(at, "")
	case openapierrors.EnumFailCode:
		return field.NotSupported(at, violation.Value, enumValues(violation.Values))
	case openapierrors.TooLongFailCode:
		return field.TooLong(at, value, number(violation.Valid))
	case openapierrors.MaxItemsFailCode, openapierrors.TooManyPropertiesCode:
		return field.TooMany(at, number(violation.Value), number(violation.Valid))
	case openapierrors.InvalidTypeCode:
		return field.TypeInvalid(at, value, violation.Error())
	}
	return field.Invalid(at, value, violation.Error())
}

func enumValues(allowed []any) []string {
	values := make([]string, 0, len(allowed))
	for _, v := range allowed {
		if s, ok := v.(string); ok {
			values = append(values, s)
		} else if raw, err := json.Marshal(v); err == nil {
			values = append(values, string(raw))
		}
	}
	return values
}
