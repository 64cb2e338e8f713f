package plan

import (
	"context"
	"time"

	"podsg/steps/check"
	"podsg/steps/world"
)

// Op is what a change does to an object.
type Op string

// The operations, as every plan shows them.
const (
	Create Op = "+"
	Update Op = "~"
	Delete Op = "-"
)

// Bill is what a change costs while its object exists.
type Bill struct {
	USDPerMonth float64 `json:"usdPerMonth"`
	Source      string  `json:"source"` // the price table and its date
}

// Change is one node of a plan: what will be done, why, how it looks as a
// command, what it costs, what it needs first and how it is undone. It is a
// value; its action does the work.
type Change struct {
	ID      string
	Step    check.StepID
	Op      Op
	Kind    world.Kind
	Summary string // exact, one line
	Why     string
	// Needs are the ids of the changes that must be done before.
	Needs []string
	Bills *Bill
	Undo  string
	// Owner is the tool that makes the object which is changed, where its marks say
	// so, and Instead what to put into that tool's source; empty: not known.
	Owner   *world.Owner
	Instead string
	// Expected is how long it usually takes; zero: a call's time.
	Expected time.Duration
	Action   Action
}

// Commands are the equivalent aws and kubectl commands.
func (c Change) Commands() []string {
	if c.Action == nil {
		return nil
	}
	return c.Action.Shell()
}

// Action does what a change announces.
type Action interface {
	// Apply does it. A call that finds its object already as wanted by an
	// earlier, interrupted run of podsg succeeds; anything else that is not as
	// the plan saw it is a ProblemChanged.
	Apply(ctx context.Context, run *Run) error
	// Shell returns the equivalent commands, which may refer to the variables
	// that earlier changes set (see [intent.Ref.Shell]) and never hold a secret.
	Shell() []string
}
