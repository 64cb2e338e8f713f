package builtin

import (
	"slices"
	"strings"
	"time"

	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/util/validation/field"
	"k8s.io/utils/ptr"

	"podsg/sandbox/cron"
	"podsg/sandbox/kubeapi/gvr"
	"podsg/sandbox/kubeapi/resource"
)

func cronJobResource() *resource.Resource {
	return &resource.Resource{
		GVR: gvr.CronJobs, Kind: "CronJob", Namespaced: true, ShortNames: []string{"cj"}, Categories: []string{"all"},
		HasStatus: true, HasGeneration: true,
		Defaults: defaultCronJob,
		Validate: validates(validateCronJob),
		Columns: withTemplate(func(c *batchv1.CronJob) (*corev1.PodSpec, *metav1.LabelSelector) {
			return &c.Spec.JobTemplate.Spec.Template.Spec, c.Spec.JobTemplate.Spec.Selector
		},
			resource.NameColumn,
			resource.ColumnOf("Schedule", "string", func(c *batchv1.CronJob, _ time.Time) any { return c.Spec.Schedule }),
			resource.ColumnOf("Timezone", "string", func(c *batchv1.CronJob, _ time.Time) any { return orNone(ptr.Deref(c.Spec.TimeZone, "")) }),
			resource.ColumnOf("Suspend", "boolean", func(c *batchv1.CronJob, _ time.Time) any { return printedBool(c.Spec.Suspend) }),
			resource.ColumnOf("Active", "integer", func(c *batchv1.CronJob, _ time.Time) any { return int64(len(c.Status.Active)) }),
			resource.ColumnOf("Last Schedule", "string", func(c *batchv1.CronJob, now time.Time) any {
				if c.Status.LastScheduleTime == nil {
					return none
				}
				return resource.Age(*c.Status.LastScheduleTime, now)
			}),
			resource.AgeColumn,
		),
	}
}

// printedBool is a boolean as kubectl shows it.
func printedBool(b *bool) string {
	switch {
	case b == nil:
		return "<unset>"
	case *b:
		return "True"
	}
	return "False"
}

func defaultCronJob(obj runtime.Object) {
	c := obj.(*batchv1.CronJob)
	defaultTo(&c.Spec.ConcurrencyPolicy, batchv1.AllowConcurrent)
	defaultPointer(&c.Spec.Suspend, false)
	defaultPointer(&c.Spec.SuccessfulJobsHistoryLimit, 3)
	defaultPointer(&c.Spec.FailedJobsHistoryLimit, 1)
	defaultPodSpec(&c.Spec.JobTemplate.Spec.Template.Spec)
}

// longestCronJobName leaves room for what the names of the Jobs end in.
const longestCronJobName = 52

func validateCronJob(c *batchv1.CronJob) field.ErrorList {
	at := field.NewPath("spec")
	var errs field.ErrorList
	if len(c.Name) > longestCronJobName {
		errs = append(errs, field.Invalid(field.NewPath("metadata").Child("name"), c.Name, "must be no more than 52 characters"))
	}
	switch _, err := cron.Parse(c.Spec.Schedule); {
	case c.Spec.Schedule == "":
		errs = append(errs, field.Required(at.Child("schedule"), ""))
	case strings.Contains(c.Spec.Schedule, "TZ"):
		errs = append(errs, field.Invalid(at.Child("schedule"), c.Spec.Schedule, "cannot use TZ or CRON_TZ in schedule, use timeZone field instead"))
	case err != nil:
		errs = append(errs, field.Invalid(at.Child("schedule"), c.Spec.Schedule, err.Error()))
	}
	if zone := c.Spec.TimeZone; zone != nil {
		if _, err := time.LoadLocation(*zone); err != nil || *zone == "" {
			errs = append(errs, field.Invalid(at.Child("timeZone"), *zone, "unknown time zone "+*zone))
		}
	}
	policies := []batchv1.ConcurrencyPolicy{batchv1.AllowConcurrent, batchv1.ForbidConcurrent, batchv1.ReplaceConcurrent}
	if !slices.Contains(policies, c.Spec.ConcurrencyPolicy) {
		errs = append(errs, field.NotSupported(at.Child("concurrencyPolicy"), c.Spec.ConcurrencyPolicy, policies))
	}
	return append(errs, validateJobTemplate(&c.Spec.JobTemplate.Spec, at.Child("jobTemplate", "spec", "template"))...)
}
