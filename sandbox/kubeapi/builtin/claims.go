package builtin

import (
	"slices"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/equality"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/util/validation/field"
	"k8s.io/utils/ptr"

	"podsg/sandbox/kubeapi/gvr"
	"podsg/sandbox/kubeapi/resource"
)

func claimResource() *resource.Resource {
	return &resource.Resource{
		GVR: gvr.Claims, Kind: "PersistentVolumeClaim", Namespaced: true, ShortNames: []string{"pvc"},
		HasStatus:      true,
		Defaults:       func(obj runtime.Object) { defaultClaim(obj.(*corev1.PersistentVolumeClaim)) },
		Validate:       validates(validateClaim),
		ValidateUpdate: validateClaimUpdate,
		Columns: []resource.Column{
			resource.NameColumn,
			resource.ColumnOf("Status", "string", func(c *corev1.PersistentVolumeClaim, _ time.Time) any {
				if c.DeletionTimestamp != nil {
					return "Terminating"
				}
				return string(c.Status.Phase)
			}),
			resource.ColumnOf("Volume", "string", func(c *corev1.PersistentVolumeClaim, _ time.Time) any { return c.Spec.VolumeName }),
			resource.ColumnOf("Capacity", "string", func(c *corev1.PersistentVolumeClaim, _ time.Time) any {
				if c.Spec.VolumeName == "" {
					return ""
				}
				return c.Status.Capacity.Storage().String()
			}),
			resource.ColumnOf("Access Modes", "string", func(c *corev1.PersistentVolumeClaim, _ time.Time) any { return accessModes(c.Status.AccessModes) }),
			resource.ColumnOf("StorageClass", "string", func(c *corev1.PersistentVolumeClaim, _ time.Time) any {
				return ptr.Deref(c.Spec.StorageClassName, "")
			}),
			resource.ColumnOf("VolumeAttributesClass", "string", func(c *corev1.PersistentVolumeClaim, _ time.Time) any {
				return ptr.Deref(c.Spec.VolumeAttributesClassName, "<unset>")
			}),
			resource.AgeColumn,
			resource.Wide(resource.ColumnOf("VolumeMode", "string", func(c *corev1.PersistentVolumeClaim, _ time.Time) any {
				return string(ptr.Deref(c.Spec.VolumeMode, "<unset>"))
			})),
		},
	}
}

// accessModes abbreviates the ways in which a volume may be mounted.
func accessModes(modes []corev1.PersistentVolumeAccessMode) string {
	short := map[corev1.PersistentVolumeAccessMode]string{
		corev1.ReadWriteOnce: "RWO", corev1.ReadOnlyMany: "ROX", corev1.ReadWriteMany: "RWX", corev1.ReadWriteOncePod: "RWOP",
	}
	var all []string
	for _, m := range modes {
		all = append(all, short[m])
	}
	return strings.Join(all, ",")
}

func defaultClaim(c *corev1.PersistentVolumeClaim) {
	defaultTo(&c.Status.Phase, corev1.ClaimPending)
	defaultPointer(&c.Spec.VolumeMode, corev1.PersistentVolumeFilesystem)
}

func validateClaim(c *corev1.PersistentVolumeClaim) field.ErrorList {
	at := field.NewPath("spec")
	var errs field.ErrorList
	if len(c.Spec.AccessModes) == 0 {
		errs = append(errs, field.Required(at.Child("accessModes"), "at least 1 access mode is required"))
	}
	known := []corev1.PersistentVolumeAccessMode{corev1.ReadOnlyMany, corev1.ReadWriteMany, corev1.ReadWriteOnce, corev1.ReadWriteOncePod}
	for _, m := range c.Spec.AccessModes {
		if !slices.Contains(known, m) {
			errs = append(errs, field.NotSupported(at.Child("accessModes"), m, known))
		}
	}
	storage, ok := c.Spec.Resources.Requests[corev1.ResourceStorage]
	path := at.Child("resources").Key(string(corev1.ResourceStorage))
	switch {
	case !ok:
		errs = append(errs, field.Required(path, ""))
	case storage.Sign() <= 0:
		errs = append(errs, field.Invalid(path, storage.String(), "must be greater than zero"))
	}
	return errs
}

// validateClaimUpdate lets a claim be bound, and ask for more storage; all else
// stays as it is.
func validateClaimUpdate(obj, old runtime.Object) field.ErrorList {
	c, before := obj.(*corev1.PersistentVolumeClaim).DeepCopy(), old.(*corev1.PersistentVolumeClaim)
	c.Spec.Resources = before.Spec.Resources
	c.Spec.VolumeAttributesClassName = before.Spec.VolumeAttributesClassName
	if before.Spec.VolumeName == "" {
		c.Spec.VolumeName = ""
	}
	if before.Spec.StorageClassName == nil {
		c.Spec.StorageClassName = nil
	}
	if equality.Semantic.DeepEqual(c.Spec, before.Spec) {
		return nil
	}
	return field.ErrorList{field.Forbidden(field.NewPath("spec"),
		"spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims")}
}
