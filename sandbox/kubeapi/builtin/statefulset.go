package builtin

import (
	"fmt"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/equality"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/util/validation"
	"k8s.io/apimachinery/pkg/util/validation/field"
	"k8s.io/utils/ptr"

	"podsg/sandbox/kubeapi/gvr"
	"podsg/sandbox/kubeapi/resource"
)

func statefulSetResource() *resource.Resource {
	return &resource.Resource{
		GVR: gvr.StatefulSets, Kind: "StatefulSet", Namespaced: true, ShortNames: []string{"sts"}, Categories: []string{"all"},
		HasStatus: true, HasScale: true, HasGeneration: true,
		Defaults:       defaultStatefulSet,
		Validate:       validates(validateStatefulSet),
		ValidateUpdate: validateStatefulSetUpdate,
		Columns: withContainers(func(s *appsv1.StatefulSet) *corev1.PodSpec { return &s.Spec.Template.Spec },
			resource.NameColumn,
			resource.ColumnOf("Ready", "string", func(s *appsv1.StatefulSet, _ time.Time) any {
				return fmt.Sprintf("%d/%d", s.Status.ReadyReplicas, ptr.Deref(s.Spec.Replicas, 1))
			}),
			resource.AgeColumn,
		),
	}
}

func defaultStatefulSet(obj runtime.Object) {
	spec := &obj.(*appsv1.StatefulSet).Spec
	defaultPodSpec(&spec.Template.Spec)
	defaultTo(&spec.PodManagementPolicy, appsv1.OrderedReadyPodManagement)
	strategy := &spec.UpdateStrategy
	if strategy.Type == "" {
		strategy.Type = appsv1.RollingUpdateStatefulSetStrategyType
		defaultPointer(&strategy.RollingUpdate, appsv1.RollingUpdateStatefulSetStrategy{})
	}
	if strategy.Type == appsv1.RollingUpdateStatefulSetStrategyType && strategy.RollingUpdate != nil {
		defaultPointer(&strategy.RollingUpdate.Partition, int32(0))
	}
	defaultPointer(&spec.PersistentVolumeClaimRetentionPolicy, appsv1.StatefulSetPersistentVolumeClaimRetentionPolicy{})
	defaultTo(&spec.PersistentVolumeClaimRetentionPolicy.WhenDeleted, appsv1.RetainPersistentVolumeClaimRetentionPolicyType)
	defaultTo(&spec.PersistentVolumeClaimRetentionPolicy.WhenScaled, appsv1.RetainPersistentVolumeClaimRetentionPolicyType)
	defaultPointer(&spec.Replicas, 1)
	defaultPointer(&spec.RevisionHistoryLimit, revisionHistory)
	for i := range spec.VolumeClaimTemplates {
		claim := &spec.VolumeClaimTemplates[i]
		claim.TypeMeta = metav1.TypeMeta{APIVersion: "v1", Kind: "PersistentVolumeClaim"}
		defaultClaim(claim)
	}
}

func validateStatefulSet(s *appsv1.StatefulSet) field.ErrorList {
	at := field.NewPath("spec")
	var errs field.ErrorList
	switch s.Spec.PodManagementPolicy {
	case appsv1.OrderedReadyPodManagement, appsv1.ParallelPodManagement:
	default:
		errs = append(errs, field.Invalid(at.Child("podManagementPolicy"), s.Spec.PodManagementPolicy,
			fmt.Sprintf("must be '%s' or '%s'", appsv1.OrderedReadyPodManagement, appsv1.ParallelPodManagement)))
	}
	switch s.Spec.UpdateStrategy.Type {
	case appsv1.RollingUpdateStatefulSetStrategyType:
	case appsv1.OnDeleteStatefulSetStrategyType:
		if rolling := s.Spec.UpdateStrategy.RollingUpdate; rolling != nil {
			errs = append(errs, field.Invalid(at.Child("updateStrategy", "rollingUpdate"), rolling,
				fmt.Sprintf("only allowed for updateStrategy '%s'", appsv1.RollingUpdateStatefulSetStrategyType)))
		}
	default:
		errs = append(errs, field.Invalid(at.Child("updateStrategy"), s.Spec.UpdateStrategy,
			fmt.Sprintf("must be '%s' or '%s'", appsv1.RollingUpdateStatefulSetStrategyType, appsv1.OnDeleteStatefulSetStrategyType)))
	}
	errs = append(errs, validateReplicas(s.Spec.Replicas)...)
	if s.Spec.ServiceName != "" {
		for _, message := range validation.IsDNS1123Label(s.Spec.ServiceName) {
			errs = append(errs, field.Invalid(at.Child("serviceName"), s.Spec.ServiceName, message))
		}
	}
	for _, message := range validation.IsDNS1123Label(s.Name) {
		errs = append(errs, field.Invalid(field.NewPath("metadata", "name"), s.Name, message))
	}
	// The volumes of the claims are mounted like those of the template.
	template := s.Spec.Template.DeepCopy()
	for _, claim := range s.Spec.VolumeClaimTemplates {
		template.Spec.Volumes = append(template.Spec.Volumes, corev1.Volume{Name: claim.Name})
	}
	return append(errs, validateWorkload("statefulset", s.Spec.Selector, template)...)
}

func validateStatefulSetUpdate(obj, old runtime.Object) field.ErrorList {
	s, before := obj.(*appsv1.StatefulSet).DeepCopy(), old.(*appsv1.StatefulSet)
	s.Spec.Replicas = before.Spec.Replicas
	s.Spec.Template = before.Spec.Template
	s.Spec.UpdateStrategy = before.Spec.UpdateStrategy
	s.Spec.MinReadySeconds = before.Spec.MinReadySeconds
	s.Spec.Ordinals = before.Spec.Ordinals
	s.Spec.RevisionHistoryLimit = before.Spec.RevisionHistoryLimit
	s.Spec.PersistentVolumeClaimRetentionPolicy = before.Spec.PersistentVolumeClaimRetentionPolicy
	if equality.Semantic.DeepEqual(s.Spec, before.Spec) {
		return nil
	}
	return field.ErrorList{field.Forbidden(field.NewPath("spec"), "updates to statefulset spec for fields other than 'replicas', 'ordinals', "+
		"'template', 'updateStrategy', 'revisionHistoryLimit', 'persistentVolumeClaimRetentionPolicy' and 'minReadySeconds' are forbidden")}
}
