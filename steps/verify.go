package steps

import (
	"context"

	"podsg/steps/intent"
	"podsg/steps/plan"
	"podsg/steps/proof"
)

// Verify reads from the green and the red pod whether only the selected pods
// reach the database, until it is proven, disproven, or time is up. Only what
// they try from now on counts: a line of their logs may tell of the world as it
// was before the last change.
func (e *Engine) Verify(ctx context.Context, o *Observation, t intent.Target, observer plan.Observer) (plan.Verification, error) {
	started := e.Clock.Now()
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
	v.Workloads, err = proof.Seen(ctx, e.Cloud, o.Kube, o.Snapshot, &t)
	return v, err
}
