package aws

import (
	"context"
	"errors"
	"time"

	"podsg/steps/plan"
	"podsg/steps/world"
)

// pollSchedule is how often a wait looks: quickly at first, then less often.
type pollSchedule struct{ first, longest time.Duration }

// after is the pause after the nth look, counted from 0.
func (s pollSchedule) after(n int) time.Duration {
	pause := s.first
	for range n {
		if pause >= s.longest {
			break
		}
		pause += pause / 2
	}
	return min(pause, s.longest)
}

// patience is how many looks in a row may fail because the network or the
// service does, before a wait of minutes is given up.
const patience = 3

// settledLooks is at how many looks, about a minute, a service may not yet know
// what it has just made: its answers are consistent only eventually.
// https://docs.aws.amazon.com/ec2/latest/devguide/eventual-consistency.html
const settledLooks = 10

// poll calls look until it is done, fails, or ctx ends.
func (c *Client) poll(ctx context.Context, doing, object string, look func(context.Context) (done bool, err error)) error {
	failures := 0
	for n := 0; ; n++ {
		done, err := look(ctx)
		switch {
		case err == nil && done:
			return nil
		case err == nil:
			failures = 0
		case ctx.Err() != nil:
			return waitEnded(ctx, doing, object)
		case !passing(err) || failures == patience:
			return c.problem(err, doing, object)
		default:
			failures++
		}
		select {
		case <-c.clock.After(c.polls.after(n)):
		case <-ctx.Done():
			return waitEnded(ctx, doing, object)
		}
	}
}

// waitEnded is the problem of a wait whose context ended.
func waitEnded(ctx context.Context, doing, object string) error {
	p := &world.Problem{Kind: world.ProblemInterrupted, Doing: doing, Object: object, Err: &reason{text: "interrupted", cause: ctx.Err()}}
	if errors.Is(ctx.Err(), context.DeadlineExceeded) {
		p.Kind = world.ProblemTimeout
		p.Err = &reason{text: "it was not done in the time allowed", cause: ctx.Err()}
		p.Hint = "AWS goes on by itself: run podsg again, with a longer --timeout"
	}
	return p
}

// passing reports whether a failed look may succeed the next time. That the
// service throttles or has trouble of its own says nothing about what is waited
// for, which may take minutes more than the call's own tries.
func passing(err error) bool {
	switch world.KindOf(err) {
	case world.ProblemUnreachable, world.ProblemTimeout:
		return true
	}
	return busy(err)
}

// tell reports progress to a function that may be nil.
func tell(progress plan.ProgressFunc, text string) {
	if progress != nil {
		progress(plan.Progress{Text: text})
	}
}
