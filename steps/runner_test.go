package steps

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"podsg/steps/plan"
	"podsg/steps/world"
)

// scripted is an action whose end a test decides.
type scripted struct {
	do func(ctx context.Context, run *plan.Run) error
}

func (s scripted) Apply(ctx context.Context, run *plan.Run) error { return s.do(ctx, run) }
func (scripted) Shell() []string                                  { return nil }

// wallClock is the real clock.
type wallClock struct{}

func (wallClock) Now() time.Time                         { return time.Now() }
func (wallClock) After(d time.Duration) <-chan time.Time { return time.After(d) }

func planOf(changes ...plan.Change) *plan.Plan {
	return &plan.Plan{Cluster: "workshop", Changes: changes}
}

// recorder collects a run's events.
type recorder struct {
	mu     sync.Mutex
	events []plan.Event
}

func (r *recorder) observe(e plan.Event) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.events = append(r.events, e)
}

func (r *recorder) of(id string) (types []string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, e := range r.events {
		if e.Change == id && e.Type != plan.EventChangeProgress {
			types = append(types, string(e.Type))
		}
	}
	return types
}

func TestIndependentChangesRunAtTheSameTime(t *testing.T) {
	t.Parallel()
	// Each waits for the other to have started: one after the other would never end.
	a, b := make(chan struct{}), make(chan struct{})
	meet := func(mine, other chan struct{}) plan.Action {
		return scripted{func(ctx context.Context, _ *plan.Run) error {
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
	out := plan.Execute(ctx, planOf(plan.Change{ID: "a", Action: meet(a, b)}, plan.Change{ID: "b", Action: meet(b, a)}), &plan.Run{Clock: wallClock{}}, nil)
	if !slices.Equal(out.Applied, []string{"a", "b"}) {
		t.Fatalf("applied %v, failures %v", out.Applied, out.Failures)
	}
}

func TestAChangeStartsOnlyAfterWhatItNeeds(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	var order []string
	note := func(id string) plan.Action {
		return scripted{func(context.Context, *plan.Run) error {
			mu.Lock()
			defer mu.Unlock()
			order = append(order, id)
			return nil
		}}
	}
	p := planOf(
		plan.Change{ID: "group", Action: note("group")},
		plan.Change{ID: "rule", Needs: []string{"group"}, Action: note("rule")},
		plan.Change{ID: "pod", Needs: []string{"group", "rule"}, Action: note("pod")},
	)
	plan.Execute(t.Context(), p, &plan.Run{Clock: wallClock{}}, nil)
	if got := strings.Join(order, " "); got != "group rule pod" {
		t.Fatalf("order %q", got)
	}
}

func TestAFailureSkipsWhatDependsOnItAndNothingElse(t *testing.T) {
	t.Parallel()
	ok := scripted{func(context.Context, *plan.Run) error { return nil }}
	broken := scripted{func(context.Context, *plan.Run) error {
		return &world.Problem{Kind: world.ProblemPermission, Doing: "create DB instance", Object: "rds-workshop", Err: errors.New("denied"), Permission: "rds:CreateDBInstance", Hint: "ask for it"}
	}}
	var rec recorder
	out := plan.Execute(t.Context(), planOf(
		plan.Change{ID: "database", Action: broken},
		plan.Change{ID: "secret", Needs: []string{"database"}, Action: ok},
		plan.Change{ID: "seed", Needs: []string{"secret"}, Action: ok},
		plan.Change{ID: "cni", Action: ok},
	), &plan.Run{Clock: wallClock{}}, rec.observe)
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
	wait := scripted{func(ctx context.Context, run *plan.Run) error {
		cancel()
		<-ctx.Done()
		return ctx.Err()
	}}
	started := false
	out := plan.Execute(ctx, planOf(
		plan.Change{ID: "wait", Action: wait},
		plan.Change{ID: "after", Needs: []string{"wait"}, Action: scripted{func(context.Context, *plan.Run) error { started = true; return nil }}},
	), &plan.Run{Clock: wallClock{}}, nil)
	if !out.Interrupted || started || len(out.Failures) != 0 || !slices.Equal(out.Skipped, []string{"wait", "after"}) {
		t.Fatalf("%+v, started %t", out, started)
	}
}

func TestAPanicInAChangeIsItsFailure(t *testing.T) {
	t.Parallel()
	out := plan.Execute(t.Context(), planOf(
		plan.Change{ID: "bad", Action: scripted{func(context.Context, *plan.Run) error { panic("boom") }}},
		plan.Change{ID: "good", Action: scripted{func(context.Context, *plan.Run) error { return nil }}},
	), &plan.Run{Clock: wallClock{}}, nil)
	if len(out.Failures) != 1 || !strings.Contains(out.Failures[0].Error, "boom") || !slices.Equal(out.Applied, []string{"good"}) {
		t.Fatalf("%+v", out)
	}
}

func TestPlanDropsNeedsThatAreMetAndRefusesCycles(t *testing.T) {
	t.Parallel()
	p := &plan.Plan{}
	p.Add(plan.Change{ID: "rule", Needs: []string{"group", "", "group"}})
	if len(p.Changes[0].Needs) != 0 {
		t.Fatalf("needs %v", p.Changes[0].Needs)
	}
	bad := planOf(plan.Change{ID: "a", Needs: []string{"b"}}, plan.Change{ID: "b"})
	if err := bad.Validate(); err == nil {
		t.Fatal("a need that comes later was accepted")
	}
}
