package wizard

import (
	"context"

	"podsg/steps"
)

// Engine is what the screens need of the engine: the calls that can wait. What
// is computed from a snapshot alone (choices, questions, checks and plans) the
// screens take from package steps.
type Engine interface {
	// Identity says who the caller is.
	Identity(ctx context.Context) (steps.Identity, error)
	// Clusters lists the names of the region's EKS clusters.
	Clusters(ctx context.Context) ([]string, error)
	// Observe reads what is; the observer is told what has been read.
	Observe(ctx context.Context, in steps.Intent, obs steps.Observer) (*steps.Observation, error)
	// Apply carries a plan out.
	Apply(ctx context.Context, o *steps.Observation, t steps.Target, p *steps.Plan, obs steps.Observer) steps.Result
	// Verify waits for the proof.
	Verify(ctx context.Context, o *steps.Observation, t steps.Target, obs steps.Observer) (steps.Verification, error)
}

// FromSteps makes the screens' engine of the engine itself.
func FromSteps(e *steps.Engine) Engine { return stepsEngine{e} }

type stepsEngine struct{ *steps.Engine }

var _ Engine = stepsEngine{}

// Identity implements [Engine].
func (e stepsEngine) Identity(ctx context.Context) (steps.Identity, error) {
	return e.Cloud.Identity(ctx)
}

// Clusters implements [Engine].
func (e stepsEngine) Clusters(ctx context.Context) ([]string, error) { return e.Cloud.Clusters(ctx) }
