package kube_test

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"podsg/kube"
	"podsg/sandbox/kubeapi"
	"podsg/steps"
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
	c := w.connect(t, adminToken, func(s *kube.Settings) { s.Token = tokens.next })
	if given := tokens.taken(); !slices.Equal(given, []string{"ended", adminToken}) {
		t.Errorf("the tokens were %q", given)
	}

	// What has a body is repeated with it, and once only.
	for times, works := range map[int]bool{1: true, 2: false} {
		tokens = &tokenSeries{tokens: []string{adminToken, guestToken, adminToken}}
		c = w.connect(t, adminToken, func(s *kube.Settings) { s.Token = tokens.next })
		heal := w.server.InjectFault(kubeapi.Fault{Verb: "create", Resource: "configmaps", Status: 401, Times: times})
		err := c.SaveJournal(t.Context(), &steps.Journal{Version: steps.JournalVersion, Cluster: "workshop"})
		heal()
		if works && err != nil || !works && steps.KindOf(err) != steps.ProblemCredentials {
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
			w.server.InjectFault(kubeapi.Fault{Verb: verb, Resource: "pods", Status: 401, Times: 2}) // the request, and its repetition
			put(t, w, kubeapi.Pods, &corev1.Pod{
				ObjectMeta: metav1.ObjectMeta{Name: "green", Namespace: "workshop"},
				Spec:       corev1.PodSpec{Containers: []corev1.Container{{Name: "main", Image: "example"}}},
			})
			log, done := newProgressLog(), make(chan error, 1)
			go func() {
				_, err := c.WaitPods(t.Context(), "workshop", nil, running, log.add)
				done <- err
			}()
			log.await(t, containing("1 pods"))
			setStatus(t, w, kubeapi.Pods, "workshop", "green", isRunning)
			if err := <-done; err != nil {
				t.Error(err)
			}
		})
	}
	t.Run("but not one that is never taken", func(t *testing.T) {
		w := newWorld(t)
		c := w.connect(t, adminToken)
		w.server.InjectFault(kubeapi.Fault{Verb: "list", Resource: "pods", Status: 401})
		_, err := c.WaitPods(t.Context(), "workshop", nil, running, nil)
		var p *steps.Problem
		if !errors.As(err, &p) || p.Kind != steps.ProblemCredentials {
			t.Errorf("got %v", err)
		}
	})
}
