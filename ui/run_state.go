package ui

import (
	"context"
	"time"

	tea "charm.land/bubbletea/v2"

	"podsg/steps"
	"podsg/steps/plan"
	"podsg/steps/world"
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
	plan.Change
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
	proof    *plan.Verification
	proofErr error
	result   *plan.Result

	panes     []Pane
	pane      int
	paneFocus bool

	// finishedCall is closed when the engine call under way has returned.
	finishedCall chan struct{}
}

func (r *run) active() bool   { return r.phase == runApplying || r.phase == runVerifying }
func (r *run) finished() bool { return r.phase == runEnded }

// The results of a run's calls.
type (
	appliedMsg struct {
		call   int
		result plan.Result
	}
	verifiedMsg struct {
		call  int
		proof plan.Verification
		err   error
	}
)

// startRun carries the plan out. An empty plan goes straight to the proof.
func (m *Model) startRun() tea.Cmd {
	planned, target, obs := m.world.plan, m.world.target, m.world.obs
	for _, p := range m.run.panes {
		p.Close()
	}
	m.run = run{phase: runApplying, started: m.env.now(), index: map[string]int{}, verify: target.Verify}
	m.outcome.Result, m.outcome.Err, m.outcome.Findings = nil, nil, nil
	for i, c := range planned.Changes {
		m.run.changes = append(m.run.changes, runChange{Change: c})
		m.run.index[c.ID] = i
	}
	m.showID(pageRun)
	if planned.Empty() {
		m.run.result = &plan.Result{SchemaVersion: plan.SchemaVersion, Cluster: planned.Cluster, Outcome: plan.OutcomeDone}
		return m.afterApply()
	}
	var cmds []tea.Cmd
	if m.options.Panes != nil {
		m.run.panes = m.options.Panes(PaneScope{Observation: obs, Target: target})
		for _, p := range m.run.panes {
			cmds = append(cmds, p.Start())
		}
	}
	m.world.stale = true
	engine := m.options.Engine
	cmds = append(cmds, m.runCall("Making the changes", func(ctx context.Context, c *call) tea.Msg {
		return appliedMsg{c.number, engine.Apply(ctx, obs, target, planned, c.feed.observe)}
	}, func(number int, err error) tea.Msg {
		return appliedMsg{number, plan.Result{Outcome: plan.OutcomeFailed, Failed: &plan.Failure{ID: "run", Error: err.Error(), Err: err}}}
	}))
	return tea.Batch(cmds...)
}

// runCall starts an engine call of a run: the command that makes it, and the
// one that waits for its events.
func (m *Model) runCall(what string, do func(ctx context.Context, c *call) tea.Msg, failed func(number int, err error) tea.Msg) tea.Cmd {
	c, ctx := m.begin(what)
	m.run.call = c
	finished := make(chan struct{})
	m.run.finishedCall = finished
	return tea.Batch(
		m.env.guarded(func() tea.Msg {
			defer close(finished)
			defer c.feed.close()
			return do(ctx, c)
		}, func(err error) tea.Msg { return failed(c.number, err) }),
		m.env.wait(c),
	)
}

// take brings the changes up to date with events.
func (r *run) take(events []plan.Event, now time.Time) {
	for _, e := range events {
		switch e.Type {
		case plan.EventLockProgress:
			r.locked = e.Progress.Text
		case plan.EventRunStarted:
			r.locked = ""
		case plan.EventVerifyProgress:
			r.proving = e.Progress.Text
		}
		i, ok := r.index[e.Change]
		if !ok {
			continue
		}
		c := &r.changes[i]
		switch e.Type {
		case plan.EventChangeStarted:
			c.status, c.started = changeRunning, now
		case plan.EventChangeProgress:
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
		case plan.EventChangeDone:
			c.status, c.elapsed = changeDone, e.Elapsed
		case plan.EventChangeFailed:
			c.status, c.elapsed, c.why, c.hint = changeFailed, e.Elapsed, e.Error, e.Hint
		case plan.EventChangeSkipped:
			switch c.status {
			case changeRunning:
				c.status, c.elapsed, c.why = changeLeft, e.Elapsed, e.Error
			case changeWaiting:
				c.status, c.why = changeSkipped, e.Error
			}
		}
	}
}

func (m *Model) onApplied(msg appliedMsg) tea.Cmd {
	if m.run.call == nil || msg.call != m.run.call.number {
		return nil
	}
	// What the feed still holds comes before its end.
	events, _ := m.run.call.feed.take()
	m.run.take(events, m.env.now())
	m.run.call.cancel()
	m.run.result = &msg.result
	m.outcome.Result = m.run.result
	return m.afterApply()
}

// afterApply goes on to the proof when all went well.
func (m *Model) afterApply() tea.Cmd {
	r := &m.run
	if r.result.Outcome != plan.OutcomeDone || !r.verify || r.stopping {
		m.endRun()
		return nil
	}
	r.phase = runVerifying
	engine, obs, target := m.options.Engine, m.world.obs, m.world.target
	m.touched()
	return m.runCall("Waiting for the proof", func(ctx context.Context, c *call) tea.Msg {
		proof, err := engine.Verify(ctx, obs, target, c.feed.observe)
		return verifiedMsg{c.number, proof, err}
	}, func(number int, err error) tea.Msg { return verifiedMsg{call: number, err: err} })
}

func (m *Model) onVerified(msg verifiedMsg) tea.Cmd {
	if m.run.call == nil || msg.call != m.run.call.number {
		return nil
	}
	m.run.call.cancel()
	if msg.err == nil {
		m.run.proof = &msg.proof
		m.run.result.Verification = &msg.proof
	} else {
		m.run.proofErr = msg.err
		if world.KindOf(msg.err) == world.ProblemInterrupted {
			m.run.result.Outcome = plan.OutcomeInterrupted
		} else {
			m.run.result.Outcome = plan.OutcomeFailed
			m.outcome.Err = msg.err
		}
	}
	m.endRun()
	return nil
}

func (m *Model) endRun() {
	r := &m.run
	r.phase, r.ended, r.call = runEnded, m.env.now(), nil
	m.toast.text = "" // what was said of the run is over with it
	m.outcome.Result = r.result
	if m.page().facts().id == pageRun {
		m.touched()
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
		return steps.Err(r.result)
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
