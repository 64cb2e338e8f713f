package wizard

import (
	"context"

	"podsg/steps"
	"podsg/steps/intent"
	"podsg/steps/plan"
	"podsg/steps/world"
)

// Engine is what the screens need of the engine: the calls that can wait. What
// is computed from a snapshot alone (choices, questions, checks and plans) the
// screens take from package steps.
type Engine interface {
	// Identity says who the caller is.
	Identity(ctx context.Context) (world.Identity, error)
	// Clusters lists the names of the region's EKS clusters.
	Clusters(ctx context.Context) ([]string, error)
	// Observe reads what is; the observer is told what has been read.
	Observe(ctx context.Context, in intent.Intent, obs plan.Observer) (*steps.Observation, error)
	// Apply carries a plan out.
	Apply(ctx context.Context, o *steps.Observation, t intent.Target, p *plan.Plan, obs plan.Observer) plan.Result
	// Verify waits for the proof.
	Verify(ctx context.Context, o *steps.Observation, t intent.Target, obs plan.Observer) (plan.Verification, error)
}

// FromSteps makes the screens' engine of the engine itself.
func FromSteps(e *steps.Engine) Engine { return stepsEngine{e} }

type stepsEngine struct{ *steps.Engine }

var _ Engine = stepsEngine{}

// Identity implements [Engine].
func (e stepsEngine) Identity(ctx context.Context) (world.Identity, error) {
	return e.Cloud.Identity(ctx)
}

// Clusters implements [Engine].
func (e stepsEngine) Clusters(ctx context.Context) ([]string, error) { return e.Cloud.Clusters(ctx) }
