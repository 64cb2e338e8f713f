package controllers

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/utils/ptr"

	"podsg/sandbox/cluster/component"
	"podsg/sandbox/cluster/names"
	"podsg/sandbox/cron"
)

var cronJobKind = batchv1.SchemeGroupVersion.WithKind("CronJob")

// The CronJob controller makes a Job whenever a schedule says so.
//
// The cluster's clock shortens waits and tells the time of day, so the times of a
// schedule are not compared with it: the first is waited for from now, each
// further one from the one before. They are told in the Jobs' names and
// annotations; what the CronJob's status tells is the time of day.
type cronJobs struct {
	*component.Base
	events *component.Recorder
	queue  *component.Queue

	mu      sync.Mutex
	waiting map[types.UID]timetable
}

// A timetable is a schedule that is being waited for.
type timetable struct {
	schedule, zone string
	suspended      bool
	stop           context.CancelFunc
}

func startCronJobs(ctx context.Context, b *component.Base) {
	c := &cronJobs{Base: b, events: b.NewRecorder(names.CronJobController), queue: b.NewQueue(), waiting: map[types.UID]timetable{}}
	b.CronJobs.OnChange(func(o *batchv1.CronJob, deleted bool) {
		c.follow(ctx, o, deleted || o.DeletionTimestamp != nil)
		c.queue.Add(component.KeyOf(o))
	})
	b.Jobs.OnChange(func(j *batchv1.Job, _ bool) {
		if owner := metav1.GetControllerOf(j); owner != nil && owner.Kind == cronJobKind.Kind {
			c.queue.Add(component.Key(j.Namespace, owner.Name))
		}
	})
	c.queue.Work(ctx, 1, c.sync)
}

// follow waits for the times of a CronJob, anew when its schedule changes.
func (c *cronJobs) follow(ctx context.Context, o *batchv1.CronJob, gone bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	now := timetable{schedule: o.Spec.Schedule, zone: ptr.Deref(o.Spec.TimeZone, "UTC"), suspended: ptr.Deref(o.Spec.Suspend, false)}
	before, known := c.waiting[o.UID]
	if known && !gone && before.schedule == now.schedule && before.zone == now.zone && before.suspended == now.suspended {
		return
	}
	if known {
		before.stop()
		delete(c.waiting, o.UID)
	}
	if gone {
		return
	}
	ctx, now.stop = context.WithCancel(ctx)
	c.waiting[o.UID] = now
	schedule, err := cron.Parse(now.schedule)
	zone, zoneErr := time.LoadLocation(now.zone)
	if err != nil || zoneErr != nil || now.suspended {
		return
	}
	namespace, name, uid := o.Namespace, o.Name, o.UID
	c.Spawn(func() {
		for last := c.Clock.Now().In(zone); ; {
			next := schedule.Next(last)
			if next.IsZero() || !c.Pause(ctx, next.Sub(last)) {
				return
			}
			last = next
			if err := c.begin(namespace, name, uid, next); err != nil {
				c.Log.Debug("scheduled job not made", "cronjob", component.Key(namespace, name), "error", err)
			}
		}
	})
}

// begin makes the Job of a time, as the policy on jobs that still run has it.
func (c *cronJobs) begin(namespace, name string, uid types.UID, at time.Time) error {
	o, ok := c.CronJobs.Get(namespace, name)
	if !ok || o.UID != uid {
		return nil
	}
	owner := component.About("batch/v1", cronJobKind.Kind, o)
	active := slices.DeleteFunc(c.Jobs.List(component.ByOwner, string(uid)), jobFinished)
	switch {
	case len(active) > 0 && o.Spec.ConcurrencyPolicy == batchv1.ForbidConcurrent:
		c.events.Normal(owner, "JobAlreadyActive", "Not starting job because prior execution is running and concurrency policy is Forbid")
		return nil
	case o.Spec.ConcurrencyPolicy == batchv1.ReplaceConcurrent:
		for _, j := range active {
			if err := c.remove(owner, j); err != nil {
				return err
			}
		}
	}
	annotations := maps.Clone(o.Spec.JobTemplate.Annotations)
	if annotations == nil {
		annotations = map[string]string{}
	}
	annotations[batchv1.CronJobScheduledTimestampAnnotation] = at.Format(time.RFC3339)
	job, err := c.Jobs.Create(component.ControllerManager, &batchv1.Job{
		ObjectMeta: metav1.ObjectMeta{
			Name: fmt.Sprintf("%s-%d", o.Name, at.Unix()/60), Namespace: namespace,
			Labels: maps.Clone(o.Spec.JobTemplate.Labels), Annotations: annotations,
			OwnerReferences: []metav1.OwnerReference{*metav1.NewControllerRef(o, cronJobKind)},
		},
		Spec: *o.Spec.JobTemplate.Spec.DeepCopy(),
	})
	switch {
	case apierrors.IsAlreadyExists(err):
		return nil
	case err != nil:
		c.events.Warning(owner, "FailedCreate", "Error creating job: %v", err)
		return err
	}
	c.events.Normal(owner, "SuccessfulCreate", "Created job %v", job.Name)
	_, err = c.CronJobs.MutateStatus(component.ControllerManager, namespace, name, func(live *batchv1.CronJob) error {
		live.Status.LastScheduleTime = ptr.To(c.Now())
		return nil
	})
	return component.IgnoreNotFound(err)
}

func (c *cronJobs) remove(owner corev1.ObjectReference, j *batchv1.Job) error {
	if err := c.Jobs.Remove(component.ControllerManager, j, metav1.DeleteOptions{PropagationPolicy: ptr.To(metav1.DeletePropagationBackground)}); err != nil {
		return err
	}
	c.events.Normal(owner, "SuccessfulDelete", "Deleted job %v", j.Name)
	return nil
}

// sync tells which jobs run, and deletes old ones beyond the history limits.
func (c *cronJobs) sync(_ context.Context, name string) (time.Duration, error) {
	o, ok := c.CronJobs.Get(component.SplitKey(name))
	if !ok || o.DeletionTimestamp != nil {
		return 0, nil
	}
	var active []corev1.ObjectReference
	var succeeded, failed []*batchv1.Job
	last := o.Status.LastSuccessfulTime
	for _, j := range c.Jobs.List(component.ByOwner, string(o.UID)) {
		switch {
		case !jobFinished(j):
			ref := component.About("batch/v1", jobKind.Kind, j)
			ref.ResourceVersion = ""
			active = append(active, ref)
		case j.Status.CompletionTime != nil:
			succeeded = append(succeeded, j)
			if last == nil || last.Before(j.Status.CompletionTime) {
				last = j.Status.CompletionTime
			}
		default:
			failed = append(failed, j)
		}
	}
	owner := component.About("batch/v1", cronJobKind.Kind, o)
	for _, kept := range []struct {
		jobs  []*batchv1.Job
		limit *int32
	}{{succeeded, o.Spec.SuccessfulJobsHistoryLimit}, {failed, o.Spec.FailedJobsHistoryLimit}} {
		slices.SortFunc(kept.jobs, func(a, b *batchv1.Job) int {
			return cmp.Or(a.CreationTimestamp.Compare(b.CreationTimestamp.Time), cmp.Compare(a.Name, b.Name))
		})
		for i := range len(kept.jobs) - replicas(kept.limit) {
			if err := c.remove(owner, kept.jobs[i]); err != nil {
				return 0, err
			}
		}
	}
	_, err := c.CronJobs.MutateStatus(component.ControllerManager, o.Namespace, o.Name, func(live *batchv1.CronJob) error {
		live.Status.Active, live.Status.LastSuccessfulTime = active, last
		return nil
	})
	return 0, component.IgnoreNotFound(err)
}
