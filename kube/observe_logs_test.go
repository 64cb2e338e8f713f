package kube_test

import (
	"context"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"sync"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	clocktesting "k8s.io/utils/clock/testing"

	"podsg/kube/facts"
	"podsg/sandbox/kubeapi"
	"podsg/sandbox/kubeapi/access"
	"podsg/sandbox/kubeapi/storage"
	"podsg/steps/world"
)

const refusedLogin = "psql: error: FATAL:  password authentication failed for user \"app\"\n"

var refusedTrouble = world.LogTrouble{Check: "D92", Text: `password authentication failed for user "app"`}

// logBook has the pods' logs by name and container, those of the start before
// with an exclamation mark, and notes which were asked for.
type logBook struct {
	texts map[string]string
	fails map[string]error

	mu    sync.Mutex
	asked map[string]corev1.PodLogOptions
}

func (b *logBook) serve(_ *storage.Config, c *kubeapi.Config) {
	b.asked = map[string]corev1.PodLogOptions{}
	c.Logs = func(_ context.Context, pod *corev1.Pod, opts *corev1.PodLogOptions, out io.Writer) error {
		key := pod.Name + "/" + opts.Container
		if opts.Previous {
			key += "!"
		}
		b.mu.Lock()
		defer b.mu.Unlock()
		b.asked[key] = *opts
		if err := b.fails[pod.Name]; err != nil {
			return err
		}
		_, err := io.WriteString(out, b.texts[key])
		return err
	}
}

// names are the logs that were asked for.
func (b *logBook) names() []string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.Sorted(maps.Keys(b.asked))
}

// runningSince makes a pod run on a node, all its containers since then.
func runningSince(at time.Time) func(*corev1.Pod) {
	return func(p *corev1.Pod) {
		p.Spec.NodeName, p.Status.Phase = "a.internal", corev1.PodRunning
		for _, c := range p.Spec.Containers {
			p.Status.ContainerStatuses = append(p.Status.ContainerStatuses, corev1.ContainerStatus{
				Name: c.Name, State: corev1.ContainerState{Running: &corev1.ContainerStateRunning{StartedAt: metav1.NewTime(at)}},
			})
		}
	}
}

// restarted is what a container's status says after it failed.
func restarted(container int) func(*corev1.Pod) {
	return func(p *corev1.Pod) {
		s := &p.Status.ContainerStatuses[container]
		s.RestartCount = 3
		s.LastTerminationState.Terminated = &corev1.ContainerStateTerminated{ExitCode: 2, Reason: "Error"}
	}
}

// sidecar puts a second container into a pod.
func sidecar(p *corev1.Pod) {
	p.Spec.Containers = append(p.Spec.Containers, corev1.Container{Name: "sidecar", Image: "example"})
}

// troublesOf are the troubles that were observed, by pod.
func troublesOf(facts world.ClusterFacts) map[string][]world.LogTrouble {
	troubles := map[string][]world.LogTrouble{}
	for _, p := range facts.Pods {
		if len(p.Troubles) > 0 {
			troubles[p.Name] = p.Troubles
		}
	}
	return troubles
}

func TestObserveReadsWhatTheLogsOfPodsWithABranchENITell(t *testing.T) {
	book := &logBook{texts: map[string]string{
		"api/main":   "started\n" + refusedLogin + refusedLogin,
		"web/main":   refusedLogin + "2026-11-28T06:00:05Z podsg-probe connected clientAddress=10.0.47.64\n",
		"plain/main": refusedLogin,
	}}
	w := newWorld(t, book.serve)
	long := time.Now().Add(-time.Hour)
	w.pod(t, "workshop", "api", wantingBranch, sidecar, runningSince(long))
	w.pod(t, "workshop", "web", wantingBranch, runningSince(long))
	w.pod(t, "workshop", "plain", runningSince(long))
	w.pod(t, "workshop", "pending", wantingBranch)
	w.pod(t, "default", "elsewhere", wantingBranch, runningSince(long))
	w.pod(t, "workshop", "red", wantingBranch, runningSince(long), func(p *corev1.Pod) { p.Labels = map[string]string{"podsg/probe": "red"} })

	got := troublesOf(observe(t, w.connect(t, adminToken), scope))
	if len(got) != 1 || !slices.Equal(got["api"], []world.LogTrouble{refusedTrouble}) {
		t.Errorf("got %v", got)
	}
	if want := []string{"api/main", "web/main"}; !slices.Equal(book.names(), want) {
		t.Errorf("read the logs of %q, want %q", book.names(), want)
	}
	if o := book.asked["api/main"]; o.TailLines == nil || *o.TailLines != 60 || o.SinceSeconds == nil || o.Follow {
		t.Errorf("asked by %+v", o)
	}
}

func TestTheLogsOfTheNewestPodsAreReadAndNoMore(t *testing.T) {
	book := &logBook{}
	clock := clocktesting.NewFakeClock(time.Now().Add(-time.Hour))
	w := newWorld(t, book.serve, func(c *storage.Config, _ *kubeapi.Config) { c.Clock = clock })
	for i := range 9 {
		w.pod(t, "workshop", fmt.Sprint("p", i), wantingBranch, runningSince(clock.Now()))
		clock.Step(time.Second)
	}
	facts := observe(t, w.connect(t, adminToken), scope)
	want := []string{"p3/main", "p4/main", "p5/main", "p6/main", "p7/main", "p8/main"}
	if len(facts.Pods) != 9 || !slices.Equal(book.names(), want) {
		t.Errorf("of %d pods read the logs %q, want %q", len(facts.Pods), book.names(), want)
	}
}

func TestThePodThatADiagnosisFollowsIsTheOneWhoseLogIsRead(t *testing.T) {
	book := &logBook{texts: map[string]string{"plain/main": refusedLogin}}
	w := newWorld(t, book.serve)
	long := time.Now().Add(-time.Hour)
	w.pod(t, "workshop", "api", wantingBranch, runningSince(long))
	w.pod(t, "workshop", "plain", runningSince(long))
	asked := scope
	asked.Pod = "plain"
	got := troublesOf(observe(t, w.connect(t, adminToken), asked))
	if want := []string{"plain/main"}; len(got["plain"]) != 1 || !slices.Equal(book.names(), want) {
		t.Errorf("got %v from the logs %q", got, book.names())
	}
}

func TestTheRedPodIsNotHeardEvenWhenItIsNamed(t *testing.T) {
	book := &logBook{texts: map[string]string{"red/main": refusedLogin}}
	w := newWorld(t, book.serve)
	w.pod(t, "workshop", "red", runningSince(time.Now()), func(p *corev1.Pod) { p.Labels = map[string]string{"podsg/probe": "red"} })
	asked := scope
	asked.Pod = "red"
	if got := troublesOf(observe(t, w.connect(t, adminToken), asked)); len(got) > 0 || len(book.names()) > 0 {
		t.Errorf("got %v from the logs %q", got, book.names())
	}
}

func TestTheLogBeforeARestartIsReadOnlyWhileItMatters(t *testing.T) {
	const connected = "podsg-probe connected\n"
	for name, c := range map[string]struct {
		pod   []func(*corev1.Pod)
		texts map[string]string
		read  []string
		told  int
	}{
		"just restarted": {
			[]func(*corev1.Pod){runningSince(time.Now().Add(-time.Minute)), restarted(0)},
			map[string]string{"api/main!": refusedLogin}, []string{"api/main", "api/main!"}, 1,
		},
		"just restarted, and connected since": {
			[]func(*corev1.Pod){runningSince(time.Now().Add(-time.Minute)), restarted(0)},
			map[string]string{"api/main!": refusedLogin, "api/main": connected}, []string{"api/main", "api/main!"}, 0,
		},
		"restarted long ago": {
			[]func(*corev1.Pod){runningSince(time.Now().Add(-time.Hour)), restarted(0)},
			map[string]string{"api/main!": refusedLogin}, []string{"api/main"}, 0,
		},
		"waiting for its restart": {
			[]func(*corev1.Pod){runningSince(time.Now()), restarted(0), func(p *corev1.Pod) {
				p.Status.ContainerStatuses[0].State = corev1.ContainerState{Waiting: &corev1.ContainerStateWaiting{Reason: "CrashLoopBackOff"}}
			}},
			map[string]string{"api/main": refusedLogin}, []string{"api/main"}, 1,
		},
		"another container than the first": {
			[]func(*corev1.Pod){sidecar, runningSince(time.Now()), restarted(1)},
			map[string]string{"api/sidecar!": refusedLogin}, []string{"api/sidecar", "api/sidecar!"}, 1,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			book := &logBook{texts: c.texts}
			w := newWorld(t, book.serve)
			w.pod(t, "workshop", "api", append([]func(*corev1.Pod){wantingBranch}, c.pod...)...)
			facts := observe(t, w.connect(t, adminToken), scope)
			if got := facts.Pods[0].Troubles; len(got) != c.told || !slices.Equal(book.names(), c.read) {
				t.Errorf("got %v from the logs %q, want %d from %q", got, book.names(), c.told, c.read)
			}
		})
	}
}

func TestAPodWithoutALogTellsNothing(t *testing.T) {
	for name, err := range map[string]error{
		"gone":       apierrors.NewNotFound(corev1.Resource("pods"), "api"),
		"no log yet": apierrors.NewBadRequest(`container "main" in pod "api" is waiting to start: ContainerCreating`),
	} {
		t.Run(name, func(t *testing.T) {
			book := &logBook{fails: map[string]error{"api": err}}
			w := newWorld(t, book.serve)
			w.pod(t, "workshop", "api", wantingBranch, runningSince(time.Now()))
			if got := troublesOf(observe(t, w.connect(t, adminToken), scope)); len(got) > 0 || len(book.names()) != 1 {
				t.Errorf("got %v from the logs %q", got, book.names())
			}
		})
	}
}

func TestLogsThatMayNotBeReadAreAGap(t *testing.T) {
	book := &logBook{}
	w := newWorld(t, book.serve, func(_ *storage.Config, c *kubeapi.Config) {
		c.Authorize = access.Deny(access.DenyRule{Resource: "pods/log"})
	})
	w.pod(t, "workshop", "api", wantingBranch, runningSince(time.Now()))
	facts, gaps := w.connect(t, guestToken).Observe(t.Context(), scope)
	if len(gaps) != 1 || world.KindOf(gaps[world.FactLogs]) != world.ProblemPermission || len(facts.Pods) != 1 {
		t.Errorf("got gaps %v and pods %v", gaps, facts.Pods)
	}
}

func TestANodeThatDoesNotAnswerHidesTheLogsOfItsPodsOnly(t *testing.T) {
	silent := &apierrors.StatusError{ErrStatus: metav1.Status{Status: metav1.StatusFailure, Code: http.StatusTooManyRequests, Message: "dial tcp 10.0.3.7:10250: i/o timeout"}}
	book := &logBook{texts: map[string]string{"web/main": refusedLogin}, fails: map[string]error{"api": silent}}
	w := newWorld(t, book.serve)
	w.pod(t, "workshop", "api", wantingBranch, runningSince(time.Now()))
	c := w.connect(t, adminToken)
	if _, gaps := c.Observe(t.Context(), scope); len(gaps) != 1 || gaps[world.FactLogs] == nil {
		t.Errorf("when no log can be read the gaps are %v", gaps)
	}
	w.pod(t, "workshop", "web", wantingBranch, runningSince(time.Now()))
	if got := troublesOf(observe(t, c, scope)); len(got) != 1 || len(got["web"]) != 1 {
		t.Errorf("when one can be read the troubles are %v", got)
	}
}

func TestWithoutPodsThereAreNoLogs(t *testing.T) {
	w := newWorld(t, func(_ *storage.Config, c *kubeapi.Config) {
		c.Authorize = access.Deny(access.DenyRule{Verb: "list", Resource: "pods"})
	})
	_, gaps := w.connect(t, guestToken).Observe(t.Context(), scope)
	if len(gaps) != 2 || gaps[world.FactPods] == nil || gaps[world.FactLogs] == nil {
		t.Errorf("got %v", gaps)
	}
}

func TestAPodThatGetsItsCredentialsFromTheAgentOfItsNodeIsKnownByItsEnvironment(t *testing.T) {
	env := []corev1.EnvVar{{Name: "AWS_CONTAINER_CREDENTIALS_FULL_URI", Value: "http://169.254.170.23/v1/credentials"}}
	pod := &corev1.Pod{Spec: corev1.PodSpec{Containers: []corev1.Container{{Name: "proxy"}, {Name: "main", Env: env}}}}
	if !facts.Pod(pod).CredentialAgent {
		t.Error("a pod with the variable is not known")
	}
	pod.Spec.Containers[1].Env[0].Name = "AWS_ROLE_ARN"
	if facts.Pod(pod).CredentialAgent {
		t.Error("a pod with a role of its own is taken for one")
	}
}
