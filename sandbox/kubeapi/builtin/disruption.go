package builtin

import (
	"fmt"
	"slices"
	"strings"
	"time"

	autoscalingv2 "k8s.io/api/autoscaling/v2"
	corev1 "k8s.io/api/core/v1"
	policyv1 "k8s.io/api/policy/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/util/intstr"
	"k8s.io/apimachinery/pkg/util/validation"
	"k8s.io/apimachinery/pkg/util/validation/field"
	"k8s.io/utils/ptr"

	"podsg/sandbox/kubeapi/gvr"
	"podsg/sandbox/kubeapi/resource"
)

// replicaResources are those that say how many replicas there are to be.
func replicaResources() []*resource.Resource {
	return []*resource.Resource{
		{
			GVR: gvr.DisruptionBudgets, Kind: "PodDisruptionBudget", Namespaced: true, ShortNames: []string{"pdb"},
			HasStatus: true, HasGeneration: true,
			Validate: validates(validateDisruptionBudget),
			Columns: []resource.Column{
				resource.NameColumn,
				resource.ColumnOf("Min Available", "string", func(b *policyv1.PodDisruptionBudget, _ time.Time) any { return orNotApplicable(b.Spec.MinAvailable) }),
				resource.ColumnOf("Max Unavailable", "string", func(b *policyv1.PodDisruptionBudget, _ time.Time) any { return orNotApplicable(b.Spec.MaxUnavailable) }),
				resource.ColumnOf("Allowed Disruptions", "integer", func(b *policyv1.PodDisruptionBudget, _ time.Time) any { return int64(b.Status.DisruptionsAllowed) }),
				resource.AgeColumn,
			},
		},
		{
			GVR: gvr.Autoscalers, Kind: "HorizontalPodAutoscaler", Namespaced: true, ShortNames: []string{"hpa"}, Categories: []string{"all"},
			HasStatus: true,
			Defaults:  defaultAutoscaler,
			Validate:  validates(validateAutoscaler),
			Columns: []resource.Column{
				resource.NameColumn,
				resource.ColumnOf("Reference", "string", func(a *autoscalingv2.HorizontalPodAutoscaler, _ time.Time) any {
					return a.Spec.ScaleTargetRef.Kind + "/" + a.Spec.ScaleTargetRef.Name
				}),
				resource.ColumnOf("Targets", "string", func(a *autoscalingv2.HorizontalPodAutoscaler, _ time.Time) any { return metricTargets(a) }),
				resource.ColumnOf("MinPods", "string", func(a *autoscalingv2.HorizontalPodAutoscaler, _ time.Time) any {
					return fmt.Sprint(ptr.Deref(a.Spec.MinReplicas, 1))
				}),
				resource.ColumnOf("MaxPods", "string", func(a *autoscalingv2.HorizontalPodAutoscaler, _ time.Time) any { return int64(a.Spec.MaxReplicas) }),
				resource.ColumnOf("Replicas", "string", func(a *autoscalingv2.HorizontalPodAutoscaler, _ time.Time) any {
					return int64(a.Status.CurrentReplicas)
				}),
				resource.AgeColumn,
			},
		},
	}
}

func orNotApplicable(n *intstr.IntOrString) string {
	if n == nil {
		return "N/A"
	}
	return n.String()
}

func validateDisruptionBudget(b *policyv1.PodDisruptionBudget) field.ErrorList {
	at := field.NewPath("spec")
	var errs field.ErrorList
	if b.Spec.MinAvailable != nil && b.Spec.MaxUnavailable != nil {
		errs = append(errs, field.Invalid(at, b.Spec, "minAvailable and maxUnavailable cannot be both set"))
	}
	errs = append(errs, checkIntOrPercent(b.Spec.MinAvailable, at.Child("minAvailable"))...)
	errs = append(errs, checkIntOrPercent(b.Spec.MaxUnavailable, at.Child("maxUnavailable"))...)
	if b.Spec.Selector != nil {
		errs = append(errs, checkSelector(b.Spec.Selector, at.Child("selector"))...)
	}
	known := []policyv1.UnhealthyPodEvictionPolicyType{policyv1.IfHealthyBudget, policyv1.AlwaysAllow}
	if policy := b.Spec.UnhealthyPodEvictionPolicy; policy != nil && !slices.Contains(known, *policy) {
		errs = append(errs, field.NotSupported(at.Child("unhealthyPodEvictionPolicy"), *policy, known))
	}
	return errs
}

// checkIntOrPercent wants a number that is not negative, or at most 100%.
func checkIntOrPercent(n *intstr.IntOrString, at *field.Path) field.ErrorList {
	switch {
	case n == nil:
		return nil
	case n.Type == intstr.Int && n.IntVal < 0:
		return field.ErrorList{field.Invalid(at, n.IntVal, "must be greater than or equal to 0")}
	case n.Type == intstr.Int:
		return nil
	}
	var errs field.ErrorList
	for _, message := range validation.IsValidPercent(n.StrVal) {
		errs = append(errs, field.Invalid(at, n.StrVal, message))
	}
	if percent, err := intstr.GetScaledValueFromIntOrPercent(n, 100, true); err == nil && percent > 100 {
		errs = append(errs, field.Invalid(at, n.StrVal, "must not be greater than 100%"))
	}
	return errs
}

// defaultUtilization is the share of the CPU requests that an autoscaler without
// a metric aims at, in per cent.
const defaultUtilization = 80

func defaultAutoscaler(obj runtime.Object) {
	spec := &obj.(*autoscalingv2.HorizontalPodAutoscaler).Spec
	defaultPointer(&spec.MinReplicas, 1)
	if len(spec.Metrics) == 0 {
		spec.Metrics = []autoscalingv2.MetricSpec{{
			Type: autoscalingv2.ResourceMetricSourceType,
			Resource: &autoscalingv2.ResourceMetricSource{Name: corev1.ResourceCPU, Target: autoscalingv2.MetricTarget{
				Type: autoscalingv2.UtilizationMetricType, AverageUtilization: ptr.To(int32(defaultUtilization)),
			}},
		}}
	}
}

func validateAutoscaler(a *autoscalingv2.HorizontalPodAutoscaler) field.ErrorList {
	at := field.NewPath("spec")
	var errs field.ErrorList
	least := ptr.Deref(a.Spec.MinReplicas, 1)
	if least < 1 {
		errs = append(errs, field.Invalid(at.Child("minReplicas"), least, "must be greater than or equal to 1"))
	}
	switch {
	case a.Spec.MaxReplicas == 0:
		errs = append(errs, field.Required(at.Child("maxReplicas"), "must be set and greater than 0"))
	case a.Spec.MaxReplicas < 0:
		errs = append(errs, field.Invalid(at.Child("maxReplicas"), a.Spec.MaxReplicas, "must be greater than or equal to 1"))
	}
	if a.Spec.MaxReplicas < least {
		errs = append(errs, field.Invalid(at.Child("maxReplicas"), a.Spec.MaxReplicas, "must be greater than or equal to `minReplicas`"))
	}
	if a.Spec.ScaleTargetRef.Kind == "" {
		errs = append(errs, field.Required(at.Child("scaleTargetRef", "kind"), ""))
	}
	if a.Spec.ScaleTargetRef.Name == "" {
		errs = append(errs, field.Required(at.Child("scaleTargetRef", "name"), ""))
	}
	return errs
}

// metricTargets is what an autoscaler aims at. Nobody measures in the practice
// cluster, so the current values are unknown.
func metricTargets(a *autoscalingv2.HorizontalPodAutoscaler) string {
	var all []string
	for _, m := range a.Spec.Metrics {
		const unknown = "<unknown>/"
		switch {
		case m.Resource == nil:
			all = append(all, unknown+"<auto>")
		case m.Resource.Target.AverageValue != nil:
			all = append(all, m.Resource.Name.String()+": "+unknown+m.Resource.Target.AverageValue.String())
		default:
			all = append(all, fmt.Sprintf("%s: %s%d%%", m.Resource.Name, unknown, ptr.Deref(m.Resource.Target.AverageUtilization, 0)))
		}
	}
	return orNone(strings.Join(all, ", "))
}
