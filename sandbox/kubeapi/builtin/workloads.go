package builtin

import (
	"maps"
	"slices"
	"strconv"

	appsv1 "k8s.io/api/apps/v1"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	apivalidation "k8s.io/apimachinery/pkg/api/validation"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/util/intstr"
	"k8s.io/apimachinery/pkg/util/validation/field"

	"podsg/sandbox/kubeapi/gvr"
	"podsg/sandbox/kubeapi/resource"
)

// workloadResources are the resources of the groups apps and batch.
func workloadResources() []*resource.Resource {
	return []*resource.Resource{
		{
			GVR: gvr.DaemonSets, Kind: "DaemonSet", Namespaced: true, ShortNames: []string{"ds"}, Categories: []string{"all"},
			HasStatus: true, HasGeneration: true,
			Defaults: defaultDaemonSet,
			Validate: validates(func(d *appsv1.DaemonSet) field.ErrorList {
				return validateWorkload("daemonset", d.Spec.Selector, &d.Spec.Template)
			}),
			ValidateUpdate: func(obj, old runtime.Object) field.ErrorList {
				return validateSameSelector(obj.(*appsv1.DaemonSet).Spec.Selector, old.(*appsv1.DaemonSet).Spec.Selector)
			},
			Columns: daemonSetColumns,
		},
		{
			GVR: gvr.Deployments, Kind: "Deployment", Namespaced: true, ShortNames: []string{"deploy"}, Categories: []string{"all"},
			HasStatus: true, HasScale: true, HasGeneration: true,
			Defaults: defaultDeployment,
			Validate: validates(func(d *appsv1.Deployment) field.ErrorList {
				return append(validateWorkload("deployment", d.Spec.Selector, &d.Spec.Template), validateReplicas(d.Spec.Replicas)...)
			}),
			ValidateUpdate: func(obj, old runtime.Object) field.ErrorList {
				return validateSameSelector(obj.(*appsv1.Deployment).Spec.Selector, old.(*appsv1.Deployment).Spec.Selector)
			},
			Columns: deploymentColumns,
		},
		{
			GVR: gvr.ReplicaSets, Kind: "ReplicaSet", Namespaced: true, ShortNames: []string{"rs"}, Categories: []string{"all"},
			HasStatus: true, HasScale: true, HasGeneration: true,
			Defaults: defaultReplicaSet,
			Validate: validates(func(r *appsv1.ReplicaSet) field.ErrorList {
				return append(validateWorkload("replicaset", r.Spec.Selector, &r.Spec.Template), validateReplicas(r.Spec.Replicas)...)
			}),
			Fields: map[string]func(runtime.Object) string{
				"status.replicas": selectableOf(func(r *appsv1.ReplicaSet) string { return strconv.Itoa(int(r.Status.Replicas)) }),
			},
			Columns: replicaSetColumns,
		},
		{
			GVR: gvr.ControllerRevisions, Kind: "ControllerRevision", Namespaced: true,
			Columns: []resource.Column{
				resource.NameColumn,
				resource.ColumnOf("Revision", "integer", controllerRevisionNumber),
				resource.AgeColumn,
			},
		},
		{
			GVR: gvr.Jobs, Kind: "Job", Namespaced: true, Categories: []string{"all"},
			HasStatus: true, HasGeneration: true,
			Defaults: defaultJob,
			Prepare:  prepareJob,
			Validate: validates(validateJob),
			Fields: map[string]func(runtime.Object) string{
				"status.successful": selectableOf(func(j *batchv1.Job) string { return strconv.Itoa(int(j.Status.Succeeded)) }),
			},
			Columns: jobColumns,
		},
		statefulSetResource(),
		cronJobResource(),
	}
}

// revisionHistory is how many old revisions a workload keeps by default.
const revisionHistory = int32(10)

func defaultDaemonSet(obj runtime.Object) {
	d := obj.(*appsv1.DaemonSet)
	defaultPodSpec(&d.Spec.Template.Spec)
	strategy := &d.Spec.UpdateStrategy
	defaultTo(&strategy.Type, appsv1.RollingUpdateDaemonSetStrategyType)
	if strategy.Type == appsv1.RollingUpdateDaemonSetStrategyType {
		defaultPointer(&strategy.RollingUpdate, appsv1.RollingUpdateDaemonSet{})
		defaultPointer(&strategy.RollingUpdate.MaxUnavailable, intstr.FromInt32(1))
		defaultPointer(&strategy.RollingUpdate.MaxSurge, intstr.FromInt32(0))
	}
	defaultPointer(&d.Spec.RevisionHistoryLimit, revisionHistory)
}

func defaultDeployment(obj runtime.Object) {
	d := obj.(*appsv1.Deployment)
	defaultPodSpec(&d.Spec.Template.Spec)
	defaultPointer(&d.Spec.Replicas, 1)
	strategy := &d.Spec.Strategy
	defaultTo(&strategy.Type, appsv1.RollingUpdateDeploymentStrategyType)
	if strategy.Type == appsv1.RollingUpdateDeploymentStrategyType {
		defaultPointer(&strategy.RollingUpdate, appsv1.RollingUpdateDeployment{})
		defaultPointer(&strategy.RollingUpdate.MaxUnavailable, intstr.FromString("25%"))
		defaultPointer(&strategy.RollingUpdate.MaxSurge, intstr.FromString("25%"))
	}
	defaultPointer(&d.Spec.RevisionHistoryLimit, revisionHistory)
	defaultPointer(&d.Spec.ProgressDeadlineSeconds, 600)
}

func defaultReplicaSet(obj runtime.Object) {
	r := obj.(*appsv1.ReplicaSet)
	defaultPodSpec(&r.Spec.Template.Spec)
	defaultPointer(&r.Spec.Replicas, 1)
}

func defaultJob(obj runtime.Object) {
	j := obj.(*batchv1.Job)
	defaultPodSpec(&j.Spec.Template.Spec)
	if j.Spec.Completions == nil && j.Spec.Parallelism == nil {
		defaultPointer(&j.Spec.Completions, 1)
	}
	defaultPointer(&j.Spec.Parallelism, 1)
	defaultPointer(&j.Spec.BackoffLimit, 6)
	defaultPointer(&j.Spec.CompletionMode, batchv1.NonIndexedCompletion)
	defaultPointer(&j.Spec.Suspend, false)
	defaultPointer(&j.Spec.PodReplacementPolicy, batchv1.TerminatingOrFailed)
	defaultPointer(&j.Spec.ManualSelector, false)
}

// prepareJob gives a new job the selector and labels that tie its pods to it.
func prepareJob(obj runtime.Object) {
	j := obj.(*batchv1.Job)
	if *j.Spec.ManualSelector {
		return
	}
	own := map[string]string{
		batchv1.ControllerUidLabel: string(j.UID),
		batchv1.JobNameLabel:       j.Name,
		"controller-uid":           string(j.UID),
		"job-name":                 j.Name,
	}
	if j.Spec.Template.Labels == nil {
		j.Spec.Template.Labels = map[string]string{}
	}
	maps.Copy(j.Spec.Template.Labels, own)
	if j.Spec.Selector == nil {
		j.Spec.Selector = &metav1.LabelSelector{MatchLabels: map[string]string{batchv1.ControllerUidLabel: string(j.UID)}}
	}
	if j.Labels == nil {
		j.Labels = maps.Clone(j.Spec.Template.Labels)
	}
}

func validateJob(j *batchv1.Job) field.ErrorList {
	return validateJobTemplate(&j.Spec, field.NewPath("spec", "template"))
}

// validateJobTemplate checks the pods that a Job is to run.
func validateJobTemplate(spec *batchv1.JobSpec, at *field.Path) field.ErrorList {
	errs := validatePodSpec(&spec.Template.Spec, at.Child("spec"))
	policies := []string{string(corev1.RestartPolicyOnFailure), string(corev1.RestartPolicyNever)}
	if policy := string(spec.Template.Spec.RestartPolicy); !slices.Contains(policies, policy) {
		errs = append(errs, field.Required(at.Child("spec", "restartPolicy"), "valid values: \"OnFailure\", \"Never\""))
	}
	return errs
}

// validateWorkload checks what every workload with a selector and a pod
// template has in common.
func validateWorkload(kind string, selector *metav1.LabelSelector, template *corev1.PodTemplateSpec) field.ErrorList {
	var errs field.ErrorList
	at := field.NewPath("spec")
	parsed := labels.Nothing()
	switch {
	case selector == nil:
		errs = append(errs, field.Required(at.Child("selector"), ""))
	case len(selector.MatchLabels)+len(selector.MatchExpressions) == 0:
		errs = append(errs, field.Invalid(at.Child("selector"), selector, "empty selector is invalid for "+kind))
	default:
		var err error
		if parsed, err = metav1.LabelSelectorAsSelector(selector); err != nil {
			errs = append(errs, field.Invalid(at.Child("selector"), selector, "invalid label selector"))
		}
	}
	if !parsed.Matches(labels.Set(template.Labels)) {
		errs = append(errs, field.Invalid(at.Child("template", "metadata", "labels"), template.Labels,
			"`selector` does not match template `labels`"))
	}
	errs = append(errs, validatePodSpec(&template.Spec, at.Child("template", "spec"))...)
	if policy := template.Spec.RestartPolicy; policy != corev1.RestartPolicyAlways {
		errs = append(errs, field.NotSupported(at.Child("template", "spec", "restartPolicy"), policy,
			[]corev1.RestartPolicy{corev1.RestartPolicyAlways}))
	}
	return errs
}

func validateReplicas(n *int32) field.ErrorList {
	if n == nil {
		return nil
	}
	return apivalidation.ValidateNonnegativeField(int64(*n), field.NewPath("spec", "replicas"))
}

func validateSameSelector(selector, before *metav1.LabelSelector) field.ErrorList {
	return apivalidation.ValidateImmutableField(selector, before, field.NewPath("spec", "selector"))
}
