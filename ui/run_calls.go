package ui

import (
	"context"

	tea "charm.land/bubbletea/v2"

	"podsg/steps"
)

// The results of a run's calls.
type (
	appliedMsg struct {
		call   int
		result steps.Result
	}
	verifiedMsg struct {
		call  int
		proof steps.Verification
		err   error
	}
)

// startRun carries the plan out. An empty plan goes straight to the proof.
func (m *Session) startRun() tea.Cmd {
	plan, target, obs := m.world.plan, m.world.target, m.world.obs
	for _, p := range m.run.panes {
		p.Close()
	}
	m.run = run{phase: runApplying, started: m.env.now(), index: map[string]int{}, verify: target.Verify}
	m.outcome.Result, m.outcome.Err, m.outcome.Findings = nil, nil, nil
	for i, c := range plan.Changes {
		m.run.changes = append(m.run.changes, runChange{Change: c})
		m.run.index[c.ID] = i
	}
	m.showID(pageRun)
	if plan.Empty() {
		m.run.result = &steps.Result{SchemaVersion: steps.SchemaVersion, Cluster: plan.Cluster, Outcome: steps.OutcomeDone}
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
		return appliedMsg{c.number, engine.Apply(ctx, obs, target, plan, c.feed.observe)}
	}, func(number int, err error) tea.Msg {
		return appliedMsg{number, steps.Result{Outcome: steps.OutcomeFailed, Failed: &steps.Failure{ID: "run", Error: err.Error(), Err: err}}}
	}))
	return tea.Batch(cmds...)
}

// runCall starts an engine call of a run: the command that makes it, and the
// one that waits for its events.
func (m *Session) runCall(what string, do func(ctx context.Context, c *call) tea.Msg, failed func(number int, err error) tea.Msg) tea.Cmd {
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

func (m *Session) onApplied(msg appliedMsg) tea.Cmd {
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
func (m *Session) afterApply() tea.Cmd {
	r := &m.run
	if r.result.Outcome != steps.OutcomeDone || !r.verify || r.stopping {
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

func (m *Session) onVerified(msg verifiedMsg) tea.Cmd {
	if m.run.call == nil || msg.call != m.run.call.number {
		return nil
	}
	m.run.call.cancel()
	if msg.err == nil {
		m.run.proof = &msg.proof
		m.run.result.Verification = &msg.proof
	} else {
		m.run.proofErr = msg.err
		if steps.KindOf(msg.err) == steps.ProblemInterrupted {
			m.run.result.Outcome = steps.OutcomeInterrupted
		} else {
			m.run.result.Outcome = steps.OutcomeFailed
			m.outcome.Err = msg.err
		}
	}
	m.endRun()
	return nil
}

func (m *Session) endRun() {
	r := &m.run
	r.phase, r.ended, r.call = runEnded, m.env.now(), nil
	m.toast.text = "" // what was said of the run is over with it
	m.outcome.Result = r.result
	if m.page().facts().id == pageRun {
		m.touched()
	}
}
