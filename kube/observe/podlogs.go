package observe

import (
	"cmp"
	"context"
	"slices"
	"sync"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/utils/ptr"

	"podsg/kube/facts"
	"podsg/steps/clientlog"
	"podsg/steps/world"
)

const (
	// heardPods is how many pods' logs are read, heardLines how much of each.
	heardPods  = 6
	heardLines = 60
	// heardBeside is how many pods' logs are read of all namespaces beside the
	// chosen one, one of each.
	heardBeside = 12
	// heardAge is how old a line may be: what a program complained of long ago,
	// and no more, is over.
	heardAge = time.Hour
	// hearTime is how long a log may take. A node that does not answer must not
	// hold up the rest.
	hearTime = 5 * time.Second
	// restartedLately is the time after which the kubelet takes a container that
	// runs for good, and forgets how often it had to restart it.
	restartedLately = 10 * time.Minute
)

// logSource is which log of a pod is worth to be read.
type logSource struct {
	container string
	previous  bool // also the log of the container's last start
}

// logSourceOf chooses the container that restarts most, if any does, else the
// first; or the init container that the others wait for. While it waits for its restart its log is that of the last start; when
// it has just been started again, the reason is in the log before.
func (c Reader) logSourceOf(p *corev1.Pod) logSource {
	var source logSource
	if len(p.Spec.Containers) > 0 {
		source.container = p.Spec.Containers[0].Name
	}
	if init := facts.Pod(p).InitContainer; init != "" {
		source.container = init
		for _, s := range p.Status.InitContainerStatuses {
			source.previous = source.previous || s.Name == init && s.LastTerminationState.Terminated != nil && s.State.Running != nil
		}
		return source
	}
	var restarts int32
	for _, s := range p.Status.ContainerStatuses {
		if s.RestartCount <= restarts {
			continue
		}
		restarts = s.RestartCount
		source.container = s.Name
		source.previous = s.LastTerminationState.Terminated != nil && s.State.Running != nil &&
			c.Clock.Since(s.State.Running.StartedAt.Time) < restartedLately
	}
	return source
}

// podLogs observes what the logs of a few pods tell of their connections. Nothing
// else of them is kept. A pod that has gone, or has no log yet, tells nothing.
func (o *observation) podLogs(ctx context.Context) error {
	<-o.listed
	if o.unlisted != nil {
		return o.unlisted
	}
	pods := o.podsToHear()
	errs := make([]error, len(pods))
	var all sync.WaitGroup
	for i, pod := range pods {
		all.Go(func() {
			pod.Troubles, errs[i] = o.troubles(ctx, pod.Namespace, pod.Name, o.logged[facts.Qualified(pod.Namespace, pod.Name)])
		})
	}
	all.Wait()
	var failed []error
	heard := 0
	for i, pod := range pods {
		if pod.Namespace != o.scope.Namespace {
			continue // what cannot be heard of others is no gap of this one
		}
		if heard++; errs[i] != nil {
			failed = append(failed, errs[i])
		}
	}
	if refused := slices.IndexFunc(failed, apierrors.IsForbidden); refused >= 0 {
		return o.Problem("read logs of pods in namespace", o.scope.Namespace, failed[refused])
	}
	if len(failed) > 0 && len(failed) == heard {
		return o.Problem("read logs of pods in namespace", o.scope.Namespace, failed[0])
	}
	return nil
}

// podsToHear are the pods whose logs are read: the one that the scope names, or
// the newest of those that have a branch ENI to reach a database through, and
// the newest such pod of each other namespace that is looked at.
func (o *observation) podsToHear() []*world.Pod {
	var pods, beside []*world.Pod
	for i := range o.facts.Pods {
		p := &o.facts.Pods[i]
		if clientlog.MeantToFail(*p) || p.Namespace != o.scope.Namespace && !o.scope.All {
			continue
		}
		speaks := p.ENILimitOn >= 0 && (p.Phase == string(corev1.PodRunning) || p.InitContainer != "") && !p.Terminating
		switch named := o.scope.Pod; {
		case p.Namespace != o.scope.Namespace && speaks:
			beside = append(beside, p)
		case p.Namespace == o.scope.Namespace && (p.Name == named || named == "" && speaks):
			pods = append(pods, p)
		}
	}
	newest := func(a, b *world.Pod) int {
		return cmp.Or(b.CreatedAt.Compare(a.CreatedAt), cmp.Compare(a.Name, b.Name))
	}
	slices.SortFunc(pods, newest)
	slices.SortFunc(beside, func(a, b *world.Pod) int { return cmp.Or(cmp.Compare(a.Namespace, b.Namespace), newest(a, b)) })
	beside = slices.CompactFunc(beside, func(a, b *world.Pod) bool { return a.Namespace == b.Namespace })
	return slices.Concat(pods[:min(len(pods), heardPods)], beside[:min(len(beside), heardBeside)])
}

// troubles reads a pod's log, after that of the container's last start if it is
// wanted: so the newest trouble is the last, and a success of the last start
// does not hide what came after.
func (o *observation) troubles(ctx context.Context, namespace, pod string, source logSource) ([]world.LogTrouble, error) {
	ctx, cancel := context.WithTimeout(ctx, hearTime)
	defer cancel()
	var whole string
	for _, previous := range []bool{true, false} {
		if previous && !source.previous {
			continue
		}
		text, err := o.readLog(ctx, namespace, pod, &corev1.PodLogOptions{
			Container: source.container, Previous: previous,
			TailLines: ptr.To(int64(heardLines)), SinceSeconds: ptr.To(int64(heardAge.Seconds())),
		})
		if apierrors.IsNotFound(err) || apierrors.IsBadRequest(err) {
			continue
		}
		if err != nil {
			return nil, err
		}
		whole += text + "\n"
	}
	return clientlog.LogTroubles(whole), nil
}
