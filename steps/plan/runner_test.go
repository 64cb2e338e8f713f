package plan

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"podsg/steps/world"
)

// scripted is an action whose end a test decides.
type scripted struct {
	do func(ctx context.Context, run *Run) error
}

func (s scripted) Apply(ctx context.Context, run *Run) error { return s.do(ctx, run) }
func (scripted) Shell() []string                             { return nil }

// wallClock is the real clock.
type wallClock struct{}

func (wallClock) Now() time.Time                         { return time.Now() }
func (wallClock) After(d time.Duration) <-chan time.Time { return time.After(d) }

func planOf(changes ...Change) *Plan {
	return &Plan{Cluster: "workshop", Changes: changes}
}

// recorder collects a run's events.
type recorder struct {
	mu     sync.Mutex
	events []Event
}

func (r *recorder) observe(e Event) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.events = append(r.events, e)
}

func (r *recorder) of(id string) (types []string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, e := range r.events {
		if e.Change == id && e.Type != EventChangeProgress {
			types = append(types, string(e.Type))
		}
	}
	return types
}

func TestIndependentChangesRunAtTheSameTime(t *testing.T) {
	t.Parallel()
	// Each waits for the other to have started: one after the other would never end.
	a, b := make(chan struct{}), make(chan struct{})
	meet := func(mine, other chan struct{}) Action {
		return scripted{func(ctx context.Context, _ *Run) error {
			close(mine)
			select {
			case <-other:
				return nil
			case <-ctx.Done():
				return ctx.Err()
			}
		}}
	}
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	out := Execute(ctx, planOf(Change{ID: "a", Action: meet(a, b)}, Change{ID: "b", Action: meet(b, a)}), &Run{Clock: wallClock{}}, nil)
	if !slices.Equal(out.Applied, []string{"a", "b"}) {
		t.Fatalf("applied %v, failures %v", out.Applied, out.Failures)
	}
}

func TestAChangeStartsOnlyAfterWhatItNeeds(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	var order []string
	note := func(id string) Action {
		return scripted{func(context.Context, *Run) error {
			mu.Lock()
			defer mu.Unlock()
			order = append(order, id)
			return nil
		}}
	}
	p := planOf(
		Change{ID: "group", Action: note("group")},
		Change{ID: "rule", Needs: []string{"group"}, Action: note("rule")},
		Change{ID: "pod", Needs: []string{"group", "rule"}, Action: note("pod")},
	)
	Execute(t.Context(), p, &Run{Clock: wallClock{}}, nil)
	if got := strings.Join(order, " "); got != "group rule pod" {
		t.Fatalf("order %q", got)
	}
}

func TestAFailureSkipsWhatDependsOnItAndNothingElse(t *testing.T) {
	t.Parallel()
	ok := scripted{func(context.Context, *Run) error { return nil }}
	broken := scripted{func(context.Context, *Run) error {
		return &world.Problem{Kind: world.ProblemPermission, Doing: "create DB instance", Object: "rds-workshop", Err: errors.New("denied"), Permission: "rds:CreateDBInstance", Hint: "ask for it"}
	}}
	var rec recorder
	out := Execute(t.Context(), planOf(
		Change{ID: "database", Action: broken},
		Change{ID: "secret", Needs: []string{"database"}, Action: ok},
		Change{ID: "seed", Needs: []string{"secret"}, Action: ok},
		Change{ID: "cni", Action: ok},
	), &Run{Clock: wallClock{}}, rec.observe)
	if !slices.Equal(out.Applied, []string{"cni"}) || !slices.Equal(out.Skipped, []string{"secret", "seed"}) {
		t.Fatalf("applied %v, skipped %v", out.Applied, out.Skipped)
	}
	if len(out.Failures) != 1 || out.Failures[0].Permission != "rds:CreateDBInstance" || out.Failures[0].Hint != "ask for it" {
		t.Fatalf("failures %+v", out.Failures)
	}
	if got := rec.of("seed"); !slices.Equal(got, []string{"change-skipped"}) {
		t.Fatalf("events of seed: %v", got)
	}
}

func TestStoppingARunEndsItsWaitsAndStartsNothing(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	wait := scripted{func(ctx context.Context, run *Run) error {
		cancel()
		<-ctx.Done()
		return ctx.Err()
	}}
	started := false
	out := Execute(ctx, planOf(
		Change{ID: "wait", Action: wait},
		Change{ID: "after", Needs: []string{"wait"}, Action: scripted{func(context.Context, *Run) error { started = true; return nil }}},
	), &Run{Clock: wallClock{}}, nil)
	if !out.Interrupted || started || len(out.Failures) != 0 || !slices.Equal(out.Skipped, []string{"wait", "after"}) {
		t.Fatalf("%+v, started %t", out, started)
	}
}

func TestAPanicInAChangeIsItsFailure(t *testing.T) {
	t.Parallel()
	out := Execute(t.Context(), planOf(
		Change{ID: "bad", Action: scripted{func(context.Context, *Run) error { panic("boom") }}},
		Change{ID: "good", Action: scripted{func(context.Context, *Run) error { return nil }}},
	), &Run{Clock: wallClock{}}, nil)
	if len(out.Failures) != 1 || !strings.Contains(out.Failures[0].Error, "boom") || !slices.Equal(out.Applied, []string{"good"}) {
		t.Fatalf("%+v", out)
	}
}

func TestPlanDropsNeedsThatAreMetAndRefusesCycles(t *testing.T) {
	t.Parallel()
	p := &Plan{}
	p.Add(Change{ID: "rule", Needs: []string{"group", "", "group"}})
	if len(p.Changes[0].Needs) != 0 {
		t.Fatalf("needs %v", p.Changes[0].Needs)
	}
	bad := planOf(Change{ID: "a", Needs: []string{"b"}}, Change{ID: "b"})
	if err := bad.Validate(); err == nil {
		t.Fatal("a need that comes later was accepted")
	}
}
