package ui

import (
	"time"

	tea "charm.land/bubbletea/v2"

	"podsg/steps"
)

// runPhase is how far a run has come.
type runPhase int

const (
	runNone runPhase = iota
	runApplying
	runVerifying
	runEnded
)

// changeStatus is how far one change of a run has come.
type changeStatus int

const (
	changeWaiting changeStatus = iota
	changeRunning
	changeDone
	changeFailed
	changeSkipped
	changeLeft // it had begun when the run was stopped, and goes on without podsg
)

// runChange is one change of a run as the screen shows it.
type runChange struct {
	steps.Change
	status  changeStatus
	started time.Time
	elapsed time.Duration
	text    string // what it is doing or waiting for
	share   float64
	why     string // why it failed or was skipped
	hint    string
}

// run is a run of the plan and of the proof: the state of every change, kept
// up from the engine's events.
type run struct {
	phase    runPhase
	call     *call
	started  time.Time
	ended    time.Time
	changes  []runChange
	index    map[string]int
	stopping bool

	verify   bool
	locked   string // why the changes have to wait for the lock; empty: they have it
	proving  string // what the proof is waiting for
	proof    *steps.Verification
	proofErr error
	result   *steps.Result

	panes     []Pane
	pane      int
	paneFocus bool

	// finishedCall is closed when the engine call under way has returned.
	finishedCall chan struct{}
}

func (r *run) active() bool   { return r.phase == runApplying || r.phase == runVerifying }
func (r *run) finished() bool { return r.phase == runEnded }

// take brings the changes up to date with events.
func (r *run) take(events []steps.Event, now time.Time) {
	for _, e := range events {
		switch e.Type {
		case steps.EventLockProgress:
			r.locked = e.Progress.Text
		case steps.EventRunStarted:
			r.locked = ""
		case steps.EventVerifyProgress:
			r.proving = e.Progress.Text
		}
		i, ok := r.index[e.Change]
		if !ok {
			continue
		}
		c := &r.changes[i]
		switch e.Type {
		case steps.EventChangeStarted:
			c.status, c.started = changeRunning, now
		case steps.EventChangeProgress:
			c.status = changeRunning
			if c.started.IsZero() {
				c.started = now.Add(-e.Elapsed)
			}
			if p := e.Progress; p != nil {
				c.text = p.Text
				if p.Total > 0 {
					c.share = float64(p.Done) / float64(p.Total)
				}
			}
		case steps.EventChangeDone:
			c.status, c.elapsed = changeDone, e.Elapsed
		case steps.EventChangeFailed:
			c.status, c.elapsed, c.why, c.hint = changeFailed, e.Elapsed, e.Error, e.Hint
		case steps.EventChangeSkipped:
			switch c.status {
			case changeRunning:
				c.status, c.elapsed, c.why = changeLeft, e.Elapsed, e.Error
			case changeWaiting:
				c.status, c.why = changeSkipped, e.Error
			}
		}
	}
}

// stop asks the run to end after the call in progress.
func (r *run) stop() {
	r.stopping = true
	if r.call != nil {
		r.call.cancel()
	}
}

// failure is the error of the run; nil: none.
func (r *run) failure() error {
	switch {
	case r.proofErr != nil:
		return r.proofErr
	case r.result == nil:
		return nil
	default:
		return r.result.Err()
	}
}

// unproven reports whether the proof has failed: everything was made, but not
// everything is as it must be.
func (r *run) unproven() bool { return r.proof != nil && !r.proof.Proven }

// succeeded reports whether a run that has ended did all that it was to do.
func (r *run) succeeded() bool { return r.failure() == nil && !r.unproven() }

// underWay says what an active run is doing.
func (r *run) underWay() string {
	if r.phase == runVerifying {
		return "Everything is made; the proof is being waited for."
	}
	return "Changes are under way. The proof comes when they are done."
}

// counts returns how many changes are done, how many have failed, and how many
// there are.
func (r *run) counts() (done, failed, total int) {
	for _, c := range r.changes {
		switch c.status {
		case changeDone:
			done++
		case changeFailed:
			failed++
		}
	}
	return done, failed, len(r.changes)
}

// progress is the share of the expected time that has passed, by the changes
// that are done and those that run.
func (r *run) progress(now time.Time, usual func(time.Duration) time.Duration) float64 {
	var sum, done time.Duration
	for _, c := range r.changes {
		expected := max(usual(c.Expected), time.Second)
		sum += expected
		switch c.status {
		case changeDone, changeFailed, changeSkipped, changeLeft:
			done += expected
		case changeRunning:
			done += min(now.Sub(c.started), expected*95/100)
		}
	}
	if sum == 0 {
		return 1
	}
	return float64(done) / float64(sum)
}

// progressBar is the bar that some terminals show in their tab.
func (r *run) progressBar(now time.Time, usual func(time.Duration) time.Duration) *tea.ProgressBar {
	percent := int(100 * r.progress(now, usual))
	switch {
	case r.phase == runVerifying:
		return tea.NewProgressBar(tea.ProgressBarIndeterminate, 100)
	case r.phase == runApplying && r.stopping:
		return tea.NewProgressBar(tea.ProgressBarWarning, percent)
	case r.phase == runApplying:
		return tea.NewProgressBar(tea.ProgressBarDefault, percent)
	case r.phase == runEnded && !r.succeeded():
		return tea.NewProgressBar(tea.ProgressBarError, 100)
	default:
		return nil
	}
}

// update gives messages that the model does not know to the live views.
func (r *run) update(msg tea.Msg) tea.Cmd {
	var cmds []tea.Cmd
	for _, p := range r.panes {
		cmds = append(cmds, p.Update(msg))
	}
	return tea.Batch(cmds...)
}

// failures are the errors of a run, each one once.
func (r *run) failures() []error {
	if r.proofErr != nil {
		return []error{r.proofErr}
	}
	var out []error
	for _, f := range r.result.Failures {
		if f.Err != nil {
			out = append(out, f.Err)
		}
	}
	if len(out) == 0 {
		out = append(out, r.failure())
	}
	return out
}
