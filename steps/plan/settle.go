package plan

import (
	"context"
	"time"

	"podsg/steps/world"
)

// settleTime is how long a deletion is tried again that AWS refuses because
// something uses the object, and settlePause is the pause between two tries. AWS's
// answers are consistent only eventually: what was deleted just before counts as a
// user for some seconds, sometimes a minute.
// https://docs.aws.amazon.com/ec2/latest/devguide/eventual-consistency.html
const (
	settleTime  = 2 * time.Minute
	settlePause = 3 * time.Second
)

// Settled makes a call that deletes, and makes it again for some time while the
// object is in use. A user who stops the run ends the waiting, never a call.
func (r *Run) Settled(ctx context.Context, delete func(context.Context) error) error {
	started := r.Clock.Now()
	for {
		call, cancel := CallContext(ctx)
		err := delete(call)
		cancel()
		waited := r.Clock.Now().Sub(started)
		if world.KindOf(err) != world.ProblemInUse || waited >= settleTime {
			return err
		}
		r.Progress(Progress{Text: "AWS still sees it in use; it is tried again, " + waited.Round(time.Second).String() + " so far: " + err.Error()})
		select {
		case <-ctx.Done():
			return err
		case <-r.Clock.After(settlePause):
		}
	}
}
