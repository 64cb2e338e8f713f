package kube_test

import (
	"context"
	"errors"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	clocktesting "k8s.io/utils/clock/testing"

	"podsg/kube"
	"podsg/sandbox/kubeapi/faults"
	"podsg/sandbox/kubeapi/gvr"
	"podsg/steps/world"
)

// tokenSeries gives one token after the other, and the last one for ever.
type tokenSeries struct {
	mu     sync.Mutex
	tokens []string
	given  []string
}

func (s *tokenSeries) next(context.Context, string) (string, time.Time, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	token := s.tokens[0]
	if len(s.tokens) > 1 {
		s.tokens = s.tokens[1:]
	}
	s.given = append(s.given, token)
	return token, time.Time{}, nil
}

func (s *tokenSeries) taken() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.given)
}

func TestARequestWhoseTokenIsRefusedIsRepeatedWithANewOne(t *testing.T) {
	w := newWorld(t)
	tokens := &tokenSeries{tokens: []string{"ended", adminToken}}
	w.connect(t, adminToken, func(s *kube.Settings) { s.Token = tokens.next })
	if given := tokens.taken(); !slices.Equal(given, []string{"ended", adminToken}) {
		t.Errorf("the tokens were %q", given)
	}

	// What has a body is repeated with it, and once only.
	for times, works := range map[int]bool{1: true, 2: false} {
		tokens = &tokenSeries{tokens: []string{adminToken, guestToken, adminToken}}
		c := w.connect(t, adminToken, func(s *kube.Settings) { s.Token = tokens.next })
		heal := w.server.InjectFault(faults.Fault{Verb: "create", Resource: "configmaps", Status: 401, Times: times})
		err := c.SaveJournal(t.Context(), &world.Journal{Version: world.JournalVersion, Cluster: "workshop"})
		heal()
		if works && err != nil || !works && world.KindOf(err) != world.ProblemCredentials {
			t.Errorf("refused %d times: %v", times, err)
		}
		if got, err := c.LoadJournal(t.Context()); err != nil || (got != nil) != works || works && got.Cluster != "workshop" {
			t.Errorf("it became %+v, %v", got, err)
		}
		if err := c.DeleteJournal(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
}

func TestAWaitSurvivesATokenThatIsRefused(t *testing.T) {
	for _, verb := range []string{"list", "watch"} {
		t.Run("while it asks to "+verb, func(t *testing.T) {
			w := newWorld(t)
			tokens := &tokenSeries{tokens: []string{adminToken, guestToken, adminToken}}
			c := w.connect(t, adminToken, func(s *kube.Settings) { s.Token = tokens.next })
			w.server.InjectFault(faults.Fault{Verb: verb, Resource: "pods", Status: 401, Times: 2}) // the request, and its repetition
			put(t, w, gvr.Pods, &corev1.Pod{
				ObjectMeta: metav1.ObjectMeta{Name: "green", Namespace: "workshop"},
				Spec:       corev1.PodSpec{Containers: []corev1.Container{{Name: "main", Image: "example"}}},
			})
			log, done := newProgressLog(), make(chan error, 1)
			go func() {
				_, err := c.WaitPods(t.Context(), "workshop", nil, running, log.add)
				done <- err
			}()
			log.await(t, containing("1 pods"))
			setStatus(t, w, gvr.Pods, "workshop", "green", isRunning)
			if err := <-done; err != nil {
				t.Error(err)
			}
		})
	}
	t.Run("but not one that is never taken", func(t *testing.T) {
		w := newWorld(t)
		c := w.connect(t, adminToken)
		w.server.InjectFault(faults.Fault{Verb: "list", Resource: "pods", Status: 401})
		_, err := c.WaitPods(t.Context(), "workshop", nil, running, nil)
		var p *world.Problem
		if !errors.As(err, &p) || p.Kind != world.ProblemCredentials {
			t.Errorf("got %v", err)
		}
	})
}

func TestATokenThatCannotBeMadeIsNotAskedForAtEveryRequest(t *testing.T) {
	w := newWorld(t)
	clock := clocktesting.NewFakeClock(start)
	var asked atomic.Int32
	c := w.connect(t, adminToken, withClock(clock), func(s *kube.Settings) {
		s.Token = func(context.Context, string) (string, time.Time, error) {
			if asked.Add(1) > 1 {
				return "", time.Time{}, errors.New("the session has expired")
			}
			return adminToken, start, nil // expires at once
		}
	})
	for range 3 {
		if _, err := c.Pods(t.Context(), "workshop", nil); err == nil {
			t.Fatal("there was no token, and yet an answer")
		}
	}
	if n := asked.Load(); n != 2 {
		t.Errorf("it was asked for %d times, want 2", n)
	}
	clock.Step(10 * time.Second)
	_, _ = c.Pods(t.Context(), "workshop", nil)
	if n := asked.Load(); n != 3 {
		t.Errorf("after a while it was asked for %d times, want 3", n)
	}
}

func TestWhoGivesUpWaitingForATokenLeavesItToTheOthers(t *testing.T) {
	w := newWorld(t)
	var asked atomic.Int32
	begun, release := make(chan struct{}), make(chan struct{})
	c := w.connect(t, adminToken, func(s *kube.Settings) {
		s.Token = func(ctx context.Context, _ string) (string, time.Time, error) {
			if asked.Add(1) == 1 {
				return adminToken, time.Now(), nil // expires at once
			}
			close(begun)
			select {
			case <-release:
				return adminToken, time.Time{}, nil
			case <-ctx.Done():
				return "", time.Time{}, ctx.Err()
			}
		}
	})
	ctx, cancel := context.WithCancel(t.Context())
	first, second := make(chan error, 1), make(chan error, 1)
	ask := func(ctx context.Context, done chan<- error) {
		_, err := c.Pods(ctx, "workshop", nil)
		done <- err
	}
	go ask(ctx, first)
	<-begun
	go ask(t.Context(), second)
	cancel()
	if err := <-first; world.KindOf(err) != world.ProblemInterrupted {
		t.Errorf("the one that gave up: %v", err)
	}
	close(release)
	if err := <-second; err != nil {
		t.Errorf("the other one: %v", err)
	}
}
