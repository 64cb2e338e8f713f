package follow_test

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/watch"
	"k8s.io/utils/clock"

	"podsg/kube/internal/follow"
)

// script is what a sink was told.
type script struct {
	mu   sync.Mutex
	told []string
	more chan struct{}
}

func newScript() *script { return &script{more: make(chan struct{}, 1)} }

func (s *script) add(line string) {
	s.mu.Lock()
	s.told = append(s.told, line)
	s.mu.Unlock()
	select {
	case s.more <- struct{}{}:
	default:
	}
}

func (s *script) Set(key string, _ string) { s.add("set " + key) }
func (s *script) Delete(key string)        { s.add("delete " + key) }
func (s *script) Synced()                  { s.add("synced") }
func (s *script) Trouble(err error) {
	if err == nil {
		s.add("over")
	} else {
		s.add(err.Error())
	}
}

// await waits until the sink was told these lines, one after the other.
func (s *script) await(t *testing.T, want ...string) {
	t.Helper()
	deadline := time.After(10 * time.Second)
	for {
		s.mu.Lock()
		told := slices.Clone(s.told)
		s.mu.Unlock()
		if slices.Equal(told, want) {
			return
		}
		select {
		case <-s.more:
		case <-deadline:
			t.Fatalf("it was told %q, want %q", told, want)
		}
	}
}

func nodes(version, next string, names ...string) *corev1.NodeList {
	list := &corev1.NodeList{ListMeta: metav1.ListMeta{ResourceVersion: version, Continue: next}}
	for _, name := range names {
		list.Items = append(list.Items, corev1.Node{ObjectMeta: metav1.ObjectMeta{Name: name, ResourceVersion: version}})
	}
	return list
}

func nodeName(n *corev1.Node) (string, bool) { return n.Name, true }

func TestAnOutageOfAWatchIsToldUntilItIsOver(t *testing.T) {
	events := make(chan watch.Event)
	down := []error{errors.New("connection refused"), nil}
	source := follow.Source{
		List: func(context.Context, metav1.ListOptions) (runtime.Object, error) { return nodes("1", "", "a"), nil },
		Watch: func(context.Context, metav1.ListOptions) (watch.Interface, error) {
			err := down[0]
			if down = down[1:]; err != nil {
				return nil, err
			}
			return watch.NewProxyWatcher(events), nil
		},
	}
	told := newScript()
	go func() { _ = follow.New(source, nodeName, told).Run(t.Context(), clock.RealClock{}) }()
	told.await(t, "set a", "synced", "connection refused", "over")
	events <- watch.Event{Type: watch.Added, Object: &nodes("2", "", "b").Items[0]}
	told.await(t, "set a", "synced", "connection refused", "over", "set b")
}

func TestAListThatIsAlwaysTooOldGoesOnWithWhatTheServerOffers(t *testing.T) {
	expired := apierrors.NewResourceExpired("too old")
	expired.ErrStatus.Continue = "inconsistent"
	var asked []string
	source := follow.Source{List: func(_ context.Context, options metav1.ListOptions) (runtime.Object, error) {
		asked = append(asked, options.Continue)
		switch options.Continue {
		case "":
			return nodes("10", "second page", "a"), nil
		case "inconsistent":
			return nodes("20", "", "b"), nil
		default:
			return nil, expired
		}
	}}
	var seen []string
	version, err := follow.Pages(t.Context(), source, func(n *corev1.Node) error { seen = append(seen, n.Name); return nil })
	if err != nil || version != "10" || !slices.Equal(seen, []string{"a", "a", "b"}) {
		t.Errorf("version %q with %q, %v", version, seen, err)
	}
	if want := []string{"", "second page", "", "second page", "inconsistent"}; !slices.Equal(asked, want) {
		t.Errorf("it asked for %q, want %q", asked, want)
	}
}

func TestAListThatCannotGoOnFails(t *testing.T) {
	source := follow.Source{List: func(_ context.Context, options metav1.ListOptions) (runtime.Object, error) {
		if options.Continue == "" {
			return nodes("10", "second page", "a"), nil
		}
		return nil, apierrors.NewResourceExpired("too old")
	}}
	if _, err := follow.Pages(t.Context(), source, func(*corev1.Node) error { return nil }); !apierrors.IsResourceExpired(err) {
		t.Errorf("got %v", err)
	}
}
