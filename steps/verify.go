package steps

import (
	"context"
	"fmt"

	"podsg/steps/check"
	"podsg/steps/intent"
	"podsg/steps/plan"
	"podsg/steps/probe"
	"podsg/steps/proof"
	"podsg/steps/world"
)

// Verify reads from the green and the red pod whether only the selected pods
// reach the database, until it is proven, disproven, or time is up. Only what
// they try from now on counts: a line of their logs may tell of the world as it
// was before the last change.
//
// What was proven of an access of the user's is recorded, and the pods that
// proved it are removed. Where the journal has such a record and nothing was to be
// changed, that is the answer, without a call.
func (e *Engine) Verify(ctx context.Context, o *Observation, t intent.Target, observer plan.Observer) (plan.Verification, error) {
	started := e.Clock.Now()
	if v, ok := proof.Recorded(o.Snapshot, &t); ok && !t.Demo() && !startsProbes(o.Snapshot, &t) {
		return v, nil
	}
	if t.PodGroup.ID == "" {
		// The run that made it is over: look at the world as it is now.
		again, err := e.Observe(ctx, t.Intent, nil)
		if err != nil {
			return plan.Verification{}, err
		}
		o = again
		if t, _, err = intent.Resolve(o.Snapshot, t.Intent); err != nil {
			return plan.Verification{}, err
		}
	}
	v, err := proof.Verify(ctx, &proof.Proof{Cloud: e.Cloud, Kube: o.Kube, Target: t, Started: started, Before: map[string]string{}}, e.Clock, observer)
	if err != nil {
		return v, err
	}
	if v.Workloads, err = proof.Seen(ctx, e.Cloud, o.Kube, o.Snapshot, &t); err != nil || !v.Proven {
		return v, err
	}
	v.ProvenAt = e.Clock.Now().UTC()
	if t.Demo() {
		return v, nil
	}
	return v, e.settleProof(ctx, o, t, v, observer)
}

// startsProbes reports whether the plan of a target starts pods that prove it.
func startsProbes(s *world.Snapshot, t *intent.Target) bool {
	p, err := MakePlan(s, t)
	return err != nil || p.Has(plan.ChangeGreen)
}

// settleProof records what was proven and removes what proved it.
func (e *Engine) settleProof(ctx context.Context, o *Observation, t intent.Target, v plan.Verification, observer plan.Observer) error {
	p := probe.Removal(o.Snapshot, &t)
	record := plan.Change{ID: string(world.KindProof), Step: check.StepVerdict, Op: plan.Update, Kind: world.KindProof, Summary: "record of the proof", Action: proof.Record{Target: t, Verification: v}}
	for i := range p.Changes {
		if len(p.Changes[i].Needs) == 0 {
			p.Changes[i].Needs = []string{record.ID}
		}
	}
	p.Changes = append([]plan.Change{record}, p.Changes...)
	run := e.newRun(o, t)
	var err error
	if run.Journal, err = o.Kube.LoadJournal(ctx); err != nil { // the run before this one wrote it
		return err
	}
	out, err := e.runLocked(ctx, run, p, func(event plan.Event) {
		if observer != nil && (event.Type == plan.EventChangeStarted || event.Type == plan.EventLockProgress) {
			observer(plan.Event{Type: plan.EventVerifyProgress, At: event.At, Step: check.StepVerdict, Progress: &plan.Progress{Text: "proven; removing the pods that proved it"}})
		}
	})
	switch {
	case err != nil:
		return fmt.Errorf("remove the probe pods: %w", err)
	case len(out.Failures) > 0:
		return fmt.Errorf("remove the probe pods: %w", out.Failures[0].Err)
	case out.Interrupted:
		return ctx.Err()
	default:
		return nil
	}
}
