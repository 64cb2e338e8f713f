package wizard

import (
	"time"

	tea "charm.land/bubbletea/v2"

	"podsg/steps"
	"podsg/steps/plan"
)

// runPhase is how far a run has come.
type runPhase int

const (
	RunNone runPhase = iota
	RunApplying
	RunVerifying
	RunEnded
)

// ChangeStatus is how far one change of a run has come.
type ChangeStatus int

const (
	ChangeWaiting ChangeStatus = iota
	ChangeRunning
	ChangeDone
	ChangeFailed
	ChangeSkipped
	ChangeLeft // it had begun when the run was stopped, and goes on without podsg
)

// RunChange is one change of a run as the screen shows it.
type RunChange struct {
	plan.Change
	Status  ChangeStatus
	Started time.Time
	Elapsed time.Duration
	Text    string // what it is doing or waiting for
	share   float64
	Reason  string // why it failed or was skipped
	Hint    string
}

// Run is a run of the plan and of the proof: the state of every change, kept
// up from the engine's events.
type Run struct {
	Phase    runPhase
	Call     *Call
	Started  time.Time
	Ended    time.Time
	Changes  []RunChange
	Index    map[string]int
	Stopping bool

	Verify   bool
	Locked   string // why the changes have to wait for the lock; empty: they have it
	Proving  string // what the proof is waiting for
	Proof    *plan.Verification
	ProofErr error
	Result   *plan.Result

	Panes     []Pane
	Pane      int
	PaneFocus bool

	// FinishedCall is closed when the engine call under way has returned.
	FinishedCall chan struct{}
}

// Active reports whether a run is under way.
func (r *Run) Active() bool { return r.Phase == RunApplying || r.Phase == RunVerifying }

// Finished reports whether there was a run that has ended.
func (r *Run) Finished() bool { return r.Phase == RunEnded }

// take brings the changes up to date with events.
func (r *Run) take(events []plan.Event, now time.Time) {
	for _, e := range events {
		switch e.Type {
		case plan.EventLockProgress:
			r.Locked = e.Progress.Text
		case plan.EventRunStarted:
			r.Locked = ""
		case plan.EventVerifyProgress:
			r.Proving = e.Progress.Text
		}
		i, ok := r.Index[e.Change]
		if !ok {
			continue
		}
		c := &r.Changes[i]
		switch e.Type {
		case plan.EventChangeStarted:
			c.Status, c.Started = ChangeRunning, now
		case plan.EventChangeProgress:
			c.Status = ChangeRunning
			if c.Started.IsZero() {
				c.Started = now.Add(-e.Elapsed)
			}
			if p := e.Progress; p != nil {
				c.Text = p.Text
				if p.Total > 0 {
					c.share = float64(p.Done) / float64(p.Total)
				}
			}
		case plan.EventChangeDone:
			c.Status, c.Elapsed = ChangeDone, e.Elapsed
		case plan.EventChangeFailed:
			c.Status, c.Elapsed, c.Reason, c.Hint = ChangeFailed, e.Elapsed, e.Error, e.Hint
		case plan.EventChangeSkipped:
			switch c.Status {
			case ChangeRunning:
				c.Status, c.Elapsed, c.Reason = ChangeLeft, e.Elapsed, e.Error
			case ChangeWaiting:
				c.Status, c.Reason = ChangeSkipped, e.Error
			}
		}
	}
}

// Stop asks the run to end after the call in progress.
func (r *Run) Stop() {
	r.Stopping = true
	if r.Call != nil {
		r.Call.cancel()
	}
}

// Failure is the error of the run; nil: none.
func (r *Run) Failure() error {
	switch {
	case r.ProofErr != nil:
		return r.ProofErr
	case r.Result == nil:
		return nil
	default:
		return steps.Err(r.Result)
	}
}

// Unproven reports whether the proof has failed: everything was made, but not
// everything is as it must be.
func (r *Run) Unproven() bool { return r.Proof != nil && !r.Proof.Proven }

// Succeeded reports whether a run that has ended did all that it was to do.
func (r *Run) Succeeded() bool { return r.Failure() == nil && !r.Unproven() }

// UnderWay says what an active run is doing.
func (r *Run) UnderWay() string {
	if r.Phase == RunVerifying {
		return "Everything is made; the proof is being waited for."
	}
	return "Changes are under way. The proof comes when they are done."
}

// Counts returns how many changes are done, how many have failed, and how many
// there are.
func (r *Run) Counts() (done, failed, total int) {
	for _, c := range r.Changes {
		switch c.Status {
		case ChangeDone:
			done++
		case ChangeFailed:
			failed++
		}
	}
	return done, failed, len(r.Changes)
}

// Progress is the share of the expected time that has passed, by the changes
// that are done and those that run.
func (r *Run) Progress(now time.Time, usual func(time.Duration) time.Duration) float64 {
	var sum, done time.Duration
	for _, c := range r.Changes {
		expected := max(usual(c.Expected), time.Second)
		sum += expected
		switch c.Status {
		case ChangeDone, ChangeFailed, ChangeSkipped, ChangeLeft:
			done += expected
		case ChangeRunning:
			done += min(now.Sub(c.Started), expected*95/100)
		}
	}
	if sum == 0 {
		return 1
	}
	return float64(done) / float64(sum)
}

// ProgressBar is the bar that some terminals show in their tab.
func (r *Run) ProgressBar(now time.Time, usual func(time.Duration) time.Duration) *tea.ProgressBar {
	percent := int(100 * r.Progress(now, usual))
	switch {
	case r.Phase == RunVerifying:
		return tea.NewProgressBar(tea.ProgressBarIndeterminate, 100)
	case r.Phase == RunApplying && r.Stopping:
		return tea.NewProgressBar(tea.ProgressBarWarning, percent)
	case r.Phase == RunApplying:
		return tea.NewProgressBar(tea.ProgressBarDefault, percent)
	case r.Phase == RunEnded && !r.Succeeded():
		return tea.NewProgressBar(tea.ProgressBarError, 100)
	default:
		return nil
	}
}

// Update gives messages that the model does not know to the live views.
func (r *Run) Update(msg tea.Msg) tea.Cmd {
	var cmds []tea.Cmd
	for _, p := range r.Panes {
		cmds = append(cmds, p.Update(msg))
	}
	return tea.Batch(cmds...)
}

// Failures are the errors of a run, each one once.
func (r *Run) Failures() []error {
	if r.ProofErr != nil {
		return []error{r.ProofErr}
	}
	var out []error
	for _, f := range r.Result.Failures {
		if f.Err != nil {
			out = append(out, f.Err)
		}
	}
	if len(out) == 0 {
		out = append(out, r.Failure())
	}
	return out
}
