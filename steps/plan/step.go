package plan

import (
	"podsg/steps/check"
	"podsg/steps/intent"
	"podsg/steps/world"
)

// Step is one step of the procedure: data and a pure function.
type Step struct {
	ID check.StepID
	// About says in at most three lines what the step is and why it is needed.
	About []string
	// Checks are its checks, in order.
	Checks []check.Check
	// Plan adds the changes that would make it so.
	Plan func(s *world.Snapshot, t *intent.Target, p *Plan)
}
