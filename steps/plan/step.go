package plan

import (
	"podsg/steps/check"
	"podsg/steps/intent"
	"podsg/steps/world"
)

// Step is one step of the procedure: data and two pure functions.
type Step struct {
	ID check.StepID
	// About says in at most three lines what the step is and why it is needed.
	About []string
	// Checks are its checks, in order.
	Checks []check.Check
	// Check reports how the world stands; it needs nothing but its arguments.
	Check func(s *world.Snapshot, t *intent.Target) []check.Finding
	// Plan adds the changes that would make it so.
	Plan func(s *world.Snapshot, t *intent.Target, p *Plan)
}
