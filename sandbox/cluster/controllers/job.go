package controllers

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/utils/ptr"

	"podsg/sandbox/cluster/component"
	"podsg/sandbox/cluster/names"
	"podsg/sandbox/cluster/podstate"
)

var jobKind = batchv1.SchemeGroupVersion.WithKind("Job")

const (
	jobBackoff    = 10 * time.Second // before a failed pod is replaced; doubled each time …
	jobBackoffMax = 6 * time.Minute  // … up to this
)

// The Job controller runs pods until enough of them succeeded, or too many
// failed.
type jobs struct {
	*component.Base
	events *component.Recorder
	queue  *component.Queue

	mu      sync.Mutex
	backoff map[types.UID]struct{} // jobs that wait before their next pod
}

func startJobs(ctx context.Context, b *component.Base) {
	j := &jobs{Base: b, events: b.NewRecorder(names.JobController), queue: b.NewQueue(), backoff: map[types.UID]struct{}{}}
	b.Jobs.OnChange(func(o *batchv1.Job, deleted bool) {
		j.queue.Add(component.KeyOf(o))
		if deleted || o.Status.StartTime != nil {
			return
		}
		if s := o.Spec.ActiveDeadlineSeconds; s != nil {
			j.deadline(ctx, o, time.Duration(*s)*time.Second)
		}
	})
	onOwned(b, jobKind.Kind, j.queue)
	j.queue.Work(ctx, 2, j.sync)
}

// A jobCount is how a job's pods stand.
type jobCount struct {
	active, ready, succeeded, failed int
	running                          []*corev1.Pod
}

func (j *jobs) count(job *batchv1.Job) jobCount {
	var n jobCount
	for _, p := range j.Pods.List(component.ByOwner, string(job.UID)) {
		switch {
		case p.Status.Phase == corev1.PodSucceeded:
			n.succeeded++
		case p.Status.Phase == corev1.PodFailed:
			n.failed++
		case p.DeletionTimestamp != nil:
		default:
			n.active++
			n.running = append(n.running, p)
			if podstate.Ready(p) {
				n.ready++
			}
		}
	}
	return n
}

func (j *jobs) sync(ctx context.Context, name string) (time.Duration, error) {
	job, ok := j.Jobs.Get(component.SplitKey(name))
	if !ok || job.DeletionTimestamp != nil || jobFinished(job) {
		return 0, nil
	}
	if job.Spec.Suspend != nil && *job.Spec.Suspend {
		return 0, nil
	}
	n := j.count(job)
	switch {
	case n.succeeded >= wantedCompletions(job):
		return 0, j.complete(ctx, job, n)
	case n.failed > backoffLimit(job) || restarts(n.running) > backoffLimit(job):
		return 0, j.fail(ctx, job, n, batchv1.JobReasonBackoffLimitExceeded, "Job has reached the specified backoff limit")
	}
	if n.failed > int(job.Status.Failed) {
		j.backOff(ctx, job, min(jobBackoff<<(n.failed-1), jobBackoffMax))
	}
	if j.backingOff(job) {
		return 0, j.updateStatus(job, n, nil)
	}
	want := min(replicas(job.Spec.Parallelism), wantedCompletions(job)-n.succeeded)
	for n.active < want {
		pod := newPod(job, jobKind, &job.Spec.Template, nil)
		p, err := createPod(j.Base, j.events, component.About("batch/v1", jobKind.Kind, job), pod)
		if err != nil {
			return 0, err
		}
		n.active++
		n.running = append(n.running, p)
	}
	return 0, j.updateStatus(job, n, nil)
}

// backOff holds the job's next pod back for a while.
func (j *jobs) backOff(ctx context.Context, job *batchv1.Job, d time.Duration) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if _, waiting := j.backoff[job.UID]; waiting {
		return
	}
	j.backoff[job.UID] = struct{}{}
	j.Spawn(func() {
		j.Pause(ctx, d)
		j.mu.Lock()
		delete(j.backoff, job.UID)
		j.mu.Unlock()
		j.queue.Add(component.KeyOf(job))
	})
}

func (j *jobs) backingOff(job *batchv1.Job) bool {
	j.mu.Lock()
	defer j.mu.Unlock()
	_, waiting := j.backoff[job.UID]
	return waiting
}

func (j *jobs) complete(ctx context.Context, job *batchv1.Job, n jobCount) error {
	err := j.updateStatus(job, n, func(s *batchv1.JobStatus) {
		now := j.Now()
		s.CompletionTime = &now
		const message = "Reached expected number of succeeded pods"
		j.addCondition(s, batchv1.JobSuccessCriteriaMet, batchv1.JobReasonCompletionsReached, message)
		j.addCondition(s, batchv1.JobComplete, batchv1.JobReasonCompletionsReached, message)
	})
	if err != nil {
		return err
	}
	j.events.Normal(component.About("batch/v1", jobKind.Kind, job), "Completed", "Job completed")
	j.expire(ctx, job)
	return nil
}

func (j *jobs) fail(ctx context.Context, job *batchv1.Job, n jobCount, reason, message string) error {
	for _, p := range n.running {
		if err := deletePod(j.Base, j.events, component.About("batch/v1", jobKind.Kind, job), p); err != nil {
			return err
		}
		n.failed++
		n.active--
	}
	n.ready = 0
	err := j.updateStatus(job, n, func(s *batchv1.JobStatus) {
		j.addCondition(s, batchv1.JobFailureTarget, reason, message)
		j.addCondition(s, batchv1.JobFailed, reason, message)
	})
	if err != nil {
		return err
	}
	j.events.Warning(component.About("batch/v1", jobKind.Kind, job), reason, "%s", message)
	j.expire(ctx, job)
	return nil
}

// deadline fails a job that still runs after its active deadline.
func (j *jobs) deadline(ctx context.Context, job *batchv1.Job, d time.Duration) {
	j.Spawn(func() {
		if !j.Pause(ctx, d) {
			return
		}
		live, ok := j.Jobs.Get(job.Namespace, job.Name)
		if !ok || live.UID != job.UID || jobFinished(live) {
			return
		}
		if err := j.fail(ctx, live, j.count(live), batchv1.JobReasonDeadlineExceeded, "Job was active longer than specified deadline"); err != nil {
			j.Log.Debug("job not failed at its deadline", "job", component.KeyOf(job), "error", err)
		}
	})
}

// expire deletes a finished job after its time to live.
func (j *jobs) expire(ctx context.Context, job *batchv1.Job) {
	ttl := job.Spec.TTLSecondsAfterFinished
	if ttl == nil {
		return
	}
	j.Spawn(func() {
		if j.Pause(ctx, time.Duration(*ttl)*time.Second) {
			err := j.Jobs.Remove(component.ControllerManager, job, metav1.DeleteOptions{PropagationPolicy: ptr.To(metav1.DeletePropagationForeground)})
			if err != nil {
				j.Log.Debug("finished job not deleted", "job", component.KeyOf(job), "error", err)
			}
		}
	})
}

func (j *jobs) updateStatus(job *batchv1.Job, n jobCount, also func(*batchv1.JobStatus)) error {
	_, err := j.Jobs.MutateStatus(component.ControllerManager, job.Namespace, job.Name, func(live *batchv1.Job) error {
		s := &live.Status
		if s.StartTime == nil {
			now := j.Now()
			s.StartTime = &now
		}
		s.Active, s.Succeeded, s.Failed = int32(n.active), int32(n.succeeded), int32(n.failed)
		s.Ready, s.Terminating = ptr.To(int32(n.ready)), ptr.To(int32(0))
		s.UncountedTerminatedPods = &batchv1.UncountedTerminatedPods{}
		if also != nil {
			also(s)
		}
		return nil
	})
	if err := component.IgnoreNotFound(err); err != nil {
		return fmt.Errorf("update status of Job %q: %w", component.KeyOf(job), err)
	}
	return nil
}

func (j *jobs) addCondition(s *batchv1.JobStatus, kind batchv1.JobConditionType, reason, message string) {
	s.Conditions = append(s.Conditions, batchv1.JobCondition{
		Type: kind, Status: corev1.ConditionTrue, Reason: reason, Message: message,
		LastProbeTime: j.Now(), LastTransitionTime: j.Now(),
	})
}

func jobFinished(job *batchv1.Job) bool {
	return slices.ContainsFunc(job.Status.Conditions, func(c batchv1.JobCondition) bool {
		return (c.Type == batchv1.JobComplete || c.Type == batchv1.JobFailed) && c.Status == corev1.ConditionTrue
	})
}

func wantedCompletions(job *batchv1.Job) int { return replicas(job.Spec.Completions) }

func backoffLimit(job *batchv1.Job) int {
	if job.Spec.BackoffLimit == nil {
		return 6
	}
	return int(*job.Spec.BackoffLimit)
}

// restarts counts the container restarts of pods that restart in place.
func restarts(pods []*corev1.Pod) (n int) {
	for _, p := range pods {
		for _, s := range p.Status.ContainerStatuses {
			n += int(s.RestartCount)
		}
	}
	return n
}
