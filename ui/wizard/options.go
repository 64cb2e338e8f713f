package wizard

import (
	"errors"
	"log/slog"

	"podsg/steps/check"
	"podsg/steps/intent"
	"podsg/steps/plan"
	"podsg/steps/world"
	"podsg/ui/fullscreen"
)

// Start says which screen a session begins with.
type Start int

// The screens to begin with.
const (
	StartWizard   Start = iota // the procedure, page by page
	StartDiagnose              // every check, read only
)

// Sandbox says that the session works in the practice world.
type Sandbox struct {
	Scenario string // "workshop"
	// Speed is how many times faster than life its clock runs; 0 means 1.
	Speed float64
}

// Options say how a session of the terminal interface is set up.
type Options struct {
	Engine Engine
	// Start is the first screen.
	Start Start
	// Intent holds the answers that were given by flags, environment or file.
	Intent intent.Intent
	// Sources says where those answers came from, by answers key: "--cluster".
	Sources map[string]string
	// Region and Context are shown until the first call has told them.
	Region  string
	Context string
	// Sandbox is set in the practice world.
	Sandbox *Sandbox
	Version string

	fullscreen.Terminal
	// Light says that the terminal's background is light; it is asked too, but
	// not every terminal answers.
	Light bool

	// Log receives what has no place on the screen; nil: it is dropped. It must
	// not write to the terminal.
	Log *slog.Logger

	// Exports are the forms in which the plan can be written to a file.
	Exports []Export
	// SaveAnswers writes the answers to a file and returns its name; without it
	// the screens do not offer that.
	SaveAnswers func(in intent.Intent) (file string, err error)
	// Resume is the command line that goes on with a stopped run. Without it,
	// it is put together from cluster and region.
	Resume func(in intent.Intent) string
	// Flag is the flag that gives the answer of an answers key; empty: there is
	// none.
	Flag func(answersKey string) string
	// Panes makes the live views that the run page shows beneath its changes;
	// nil: none.
	Panes func(scope PaneScope) []Pane
}

// FlagOf is the flag that gives the answer of an answers key; empty: there is none.
func (o *Options) FlagOf(answersKey string) string {
	if o.Flag == nil {
		return ""
	}
	return o.Flag(answersKey)
}

// Export is a form in which a plan can be written to a file.
type Export struct {
	Name   string // "shell script"
	File   string // "podsg-plan.sh"
	Render func(s *world.Snapshot, t *intent.Target, p *plan.Plan) ([]byte, error)
}

// Outcome is how a session ended: what the command prints and returns after
// the screen has been restored.
type Outcome struct {
	// Intent holds the answers as they were when the session ended.
	Intent intent.Intent
	// Result is what the run did; nil: nothing was applied.
	Result *plan.Result
	// Findings are the checks of a diagnose session.
	Findings []check.Finding
	// Left is true when the user left before the end.
	Left bool
	// Err is the problem that ended the session, if one did.
	Err error
	// Resume is the command that goes on, when there is something to go on with.
	Resume string
	// Summary is the text to print: what was made, what to run next.
	Summary string
}

// Failure is the error that an outcome calls for; nil: the session came to a good
// end.
func (o Outcome) Failure() error {
	switch {
	case o.Result != nil && o.Result.Outcome == plan.OutcomeFailed:
		if o.Err != nil {
			return o.Err
		}
		if f := o.Result.Failed; f != nil && f.Err != nil {
			return f.Err
		}
		return errors.New("the run has failed")
	case o.Result != nil && o.Result.Outcome == plan.OutcomeInterrupted, o.Left:
		return &world.Problem{Kind: world.ProblemInterrupted, Err: errors.New("the session was left before its end")}
	case o.Err != nil:
		return o.Err
	case o.Result != nil && o.Result.Verification != nil && !o.Result.Verification.Proven:
		return &world.Problem{Kind: world.ProblemChecks, Err: errors.New("it is not proven that only the chosen pods reach the database")}
	case check.Summarize(o.Findings).Fail > 0:
		return &world.Problem{Kind: world.ProblemChecks, Err: errors.New("checks failed")}
	default:
		return nil
	}
}
