package plan

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"podsg/steps/world"
)

// changeState is how far a change has come.
type changeState int

const (
	waiting changeState = iota
	running
	done
	failed
	skipped
)

// Ending is what became of every change of a plan, in the plan's order.
type Ending struct {
	Applied, Skipped []string
	Failures         []Failure
	Interrupted      bool
}

// Execute carries out a plan: every change as soon as those that it needs are
// done, all that are ready at the same time. A failure stops what depends on
// it, and nothing else; a cancelled context stops everything after the calls
// in progress. The observer gets one event after the other.
func Execute(ctx context.Context, p *Plan, run *Run, observer Observer) Ending {
	r := &planRunner{plan: p, run: run, state: make([]changeState, len(p.Changes)), index: map[string]int{}, finished: make(chan finishedChange)}
	for i, c := range p.Changes {
		r.index[c.ID] = i
	}
	if observer != nil {
		r.observer = observer
	}
	r.emit(Event{Type: EventRunStarted})
	out := r.loop(ctx)
	r.emit(Event{Type: EventRunDone})
	return out
}

type finishedChange struct {
	i       int
	err     error
	elapsed time.Duration
}

type planRunner struct {
	plan     *Plan
	run      *Run
	state    []changeState
	index    map[string]int
	finished chan finishedChange

	mu       sync.Mutex // serialises events
	observer Observer
}

func (r *planRunner) emit(e Event) {
	if r.observer == nil {
		return
	}
	e.At = r.run.Clock.Now()
	r.mu.Lock()
	defer r.mu.Unlock()
	r.observer(e)
}

func (r *planRunner) loop(ctx context.Context) Ending {
	var out Ending
	inProgress := 0
	for {
		for i := range r.plan.Changes {
			if ctx.Err() == nil && r.state[i] == waiting && r.ready(i) {
				r.start(ctx, i)
				inProgress++
			}
		}
		if inProgress == 0 {
			break
		}
		f := <-r.finished
		inProgress--
		r.settle(ctx, f, &out)
	}
	for i, c := range r.plan.Changes {
		switch r.state[i] {
		case done:
			out.Applied = append(out.Applied, c.ID)
		case waiting:
			r.state[i] = skipped
			r.emit(Event{Type: EventChangeSkipped, Change: c.ID, Step: c.Step, Summary: c.Summary, Error: r.whySkipped(i)})
			out.Skipped = append(out.Skipped, c.ID)
		case skipped:
			out.Skipped = append(out.Skipped, c.ID)
		}
	}
	out.Interrupted = ctx.Err() != nil
	return out
}

// ready reports whether everything that a change needs is done.
func (r *planRunner) ready(i int) bool {
	return !slices.ContainsFunc(r.plan.Changes[i].Needs, func(id string) bool { return r.state[r.index[id]] != done })
}

func (r *planRunner) whySkipped(i int) string {
	for _, id := range r.plan.Changes[i].Needs {
		switch r.state[r.index[id]] {
		case failed:
			return fmt.Sprintf("%s failed", id)
		case skipped:
			return fmt.Sprintf("%s was not done", id)
		}
	}
	return "the run was stopped"
}

func (r *planRunner) start(ctx context.Context, i int) {
	c := r.plan.Changes[i]
	r.state[i] = running
	r.emit(Event{Type: EventChangeStarted, Change: c.ID, Step: c.Step, Summary: c.Summary})
	started := r.run.Clock.Now()
	view := r.run.forChange(c.ID, func(p Progress) {
		r.emit(Event{Type: EventChangeProgress, Change: c.ID, Step: c.Step, Summary: c.Summary, Progress: &p, Elapsed: r.run.Clock.Now().Sub(started)})
	})
	go func() {
		err := applyGuarded(ctx, c, view)
		r.finished <- finishedChange{i: i, err: err, elapsed: r.run.Clock.Now().Sub(started)}
	}()
}

// applyGuarded turns a panic in an action into its failure, so that the other
// changes end well and the journal is written.
func applyGuarded(ctx context.Context, c Change, view *Run) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("internal error in change %q: %v", c.ID, p)
		}
	}()
	return c.Action.Apply(ctx, view)
}

func (r *planRunner) settle(ctx context.Context, f finishedChange, out *Ending) {
	c := r.plan.Changes[f.i]
	e := Event{Change: c.ID, Step: c.Step, Summary: c.Summary, Elapsed: f.elapsed}
	switch {
	case f.err == nil:
		r.state[f.i] = done
		e.Type = EventChangeDone
	case ctx.Err() != nil && (errors.Is(f.err, context.Canceled) || errors.Is(f.err, ctx.Err())):
		r.state[f.i] = skipped
		e.Type, e.Error = EventChangeSkipped, "stopped while waiting; running again goes on from here"
	default:
		r.state[f.i] = failed
		failure := NewFailure(c.ID, f.err)
		out.Failures = append(out.Failures, failure)
		e.Type, e.Err, e.Error, e.Hint = EventChangeFailed, f.err, failure.Error, failure.Hint
	}
	r.emit(e)
}

func NewFailure(id string, err error) Failure {
	hint, command := world.HintOf(err)
	f := Failure{ID: id, Error: err.Error(), Hint: hint, Command: command, Err: err}
	var p *world.Problem
	if errors.As(err, &p) {
		f.Permission = p.Permission
	}
	return f
}
