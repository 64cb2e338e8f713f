package wizard

import (
	"context"

	tea "charm.land/bubbletea/v2"

	"podsg/steps"
)

// The results of a run's calls.
type (
	AppliedMsg struct {
		call   int
		result steps.Result
	}
	VerifiedMsg struct {
		call  int
		proof steps.Verification
		err   error
	}
)

// StartRun carries the plan out. An empty plan goes straight to the proof.
func (m *Session) StartRun() tea.Cmd {
	plan, target, obs := m.World.Plan, m.World.Target, m.World.Obs
	for _, p := range m.Run.Panes {
		p.Close()
	}
	m.Run = Run{Phase: RunApplying, Started: m.Env.Now(), Index: map[string]int{}, Verify: target.Verify}
	m.Outcome.Result, m.Outcome.Err, m.Outcome.Findings = nil, nil, nil
	for i, c := range plan.Changes {
		m.Run.Changes = append(m.Run.Changes, RunChange{Change: c})
		m.Run.Index[c.ID] = i
	}
	m.ShowID(PageRun)
	if plan.Empty() {
		m.Run.Result = &steps.Result{SchemaVersion: steps.SchemaVersion, Cluster: plan.Cluster, Outcome: steps.OutcomeDone}
		return m.afterApply()
	}
	var cmds []tea.Cmd
	if m.Options.Panes != nil {
		m.Run.Panes = m.Options.Panes(PaneScope{Observation: obs, Target: target})
		for _, p := range m.Run.Panes {
			cmds = append(cmds, p.Start())
		}
	}
	m.World.Stale = true
	engine := m.Options.Engine
	cmds = append(cmds, m.runCall("Making the changes", func(ctx context.Context, c *Call) tea.Msg {
		return AppliedMsg{c.number, engine.Apply(ctx, obs, target, plan, c.Feed.Observe)}
	}, func(number int, err error) tea.Msg {
		return AppliedMsg{number, steps.Result{Outcome: steps.OutcomeFailed, Failed: &steps.Failure{ID: "run", Error: err.Error(), Err: err}}}
	}))
	return tea.Batch(cmds...)
}

// runCall starts an engine call of a run: the command that makes it, and the
// one that waits for its events.
func (m *Session) runCall(what string, do func(ctx context.Context, c *Call) tea.Msg, failed func(number int, err error) tea.Msg) tea.Cmd {
	c, ctx := m.begin(what)
	m.Run.Call = c
	finished := make(chan struct{})
	m.Run.FinishedCall = finished
	return tea.Batch(
		m.Env.Guarded(func() tea.Msg {
			defer close(finished)
			defer c.Feed.close()
			return do(ctx, c)
		}, func(err error) tea.Msg { return failed(c.number, err) }),
		m.Env.wait(c),
	)
}

// OnApplied takes over what became of the changes, and goes on to the proof.
func (m *Session) OnApplied(msg AppliedMsg) tea.Cmd {
	if m.Run.Call == nil || msg.call != m.Run.Call.number {
		return nil
	}
	// What the feed still holds comes before its end.
	events, _ := m.Run.Call.Feed.take()
	m.Run.take(events, m.Env.Now())
	m.Run.Call.cancel()
	m.Run.Result = &msg.result
	m.Outcome.Result = m.Run.Result
	return m.afterApply()
}

// afterApply goes on to the proof when all went well.
func (m *Session) afterApply() tea.Cmd {
	r := &m.Run
	if r.Result.Outcome != steps.OutcomeDone || !r.Verify || r.Stopping {
		m.endRun()
		return nil
	}
	r.Phase = RunVerifying
	engine, obs, target := m.Options.Engine, m.World.Obs, m.World.Target
	m.Touched()
	return m.runCall("Waiting for the proof", func(ctx context.Context, c *Call) tea.Msg {
		proof, err := engine.Verify(ctx, obs, target, c.Feed.Observe)
		return VerifiedMsg{c.number, proof, err}
	}, func(number int, err error) tea.Msg { return VerifiedMsg{call: number, err: err} })
}

// OnVerified takes over what became of the proof, which ends the run.
func (m *Session) OnVerified(msg VerifiedMsg) tea.Cmd {
	if m.Run.Call == nil || msg.call != m.Run.Call.number {
		return nil
	}
	m.Run.Call.cancel()
	if msg.err == nil {
		m.Run.Proof = &msg.proof
		m.Run.Result.Verification = &msg.proof
	} else {
		m.Run.ProofErr = msg.err
		if steps.KindOf(msg.err) == steps.ProblemInterrupted {
			m.Run.Result.Outcome = steps.OutcomeInterrupted
		} else {
			m.Run.Result.Outcome = steps.OutcomeFailed
			m.Outcome.Err = msg.err
		}
	}
	m.endRun()
	return nil
}

func (m *Session) endRun() {
	r := &m.Run
	r.Phase, r.Ended, r.Call = RunEnded, m.Env.Now(), nil
	m.Toast.Text = "" // what was said of the run is over with it
	m.Outcome.Result = r.Result
	if m.Page().Facts().ID == PageRun {
		m.Touched()
	}
}
