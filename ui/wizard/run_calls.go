package wizard

import (
	"context"

	tea "charm.land/bubbletea/v2"

	"podsg/steps/plan"
	"podsg/steps/world"
)

// The results of a run's calls.
type (
	AppliedMsg struct {
		call   int
		result plan.Result
	}
	VerifiedMsg struct {
		call  int
		proof plan.Verification
		err   error
	}
)

// StartRun carries the plan out. An empty plan goes straight to the proof.
func (s *Session) StartRun() tea.Cmd {
	planned, target, obs := s.World.Plan, s.World.Target, s.World.Obs
	for _, p := range s.Run.Panes {
		p.Close()
	}
	s.Run = Run{Phase: RunApplying, Started: s.Env.Now(), Index: map[string]int{}, Verify: target.Verify}
	s.Outcome.Result, s.Outcome.Err, s.Outcome.Findings = nil, nil, nil
	for i, c := range planned.Changes {
		s.Run.Changes = append(s.Run.Changes, RunChange{Change: c})
		s.Run.Index[c.ID] = i
	}
	s.ShowID(PageRun)
	if planned.Empty() {
		s.Run.Result = &plan.Result{SchemaVersion: plan.SchemaVersion, Cluster: planned.Cluster, Outcome: plan.OutcomeDone}
		return s.afterApply()
	}
	var cmds []tea.Cmd
	if s.Options.Panes != nil {
		s.Run.Panes = s.Options.Panes(PaneScope{Observation: obs, Target: target})
		for _, p := range s.Run.Panes {
			cmds = append(cmds, p.Start())
		}
	}
	s.World.Stale = true
	engine := s.Options.Engine
	cmds = append(cmds, s.runCall("Making the changes", func(ctx context.Context, c *Call) tea.Msg {
		return AppliedMsg{c.number, engine.Apply(ctx, obs, target, planned, c.Feed.Observe)}
	}, func(number int, err error) tea.Msg {
		return AppliedMsg{number, plan.Result{Outcome: plan.OutcomeFailed, Failed: &plan.Failure{ID: "run", Error: err.Error(), Err: err}}}
	}))
	return tea.Batch(cmds...)
}

// runCall starts an engine call of a run: the command that makes it, and the
// one that waits for its events.
func (s *Session) runCall(what string, do func(ctx context.Context, c *Call) tea.Msg, failed func(number int, err error) tea.Msg) tea.Cmd {
	c, ctx := s.begin(what)
	s.Run.Call = c
	finished := make(chan struct{})
	s.Run.FinishedCall = finished
	return tea.Batch(
		s.Env.Guarded(func() tea.Msg {
			defer close(finished)
			defer c.Feed.close()
			return do(ctx, c)
		}, func(err error) tea.Msg { return failed(c.number, err) }),
		s.Env.wait(c),
	)
}

// OnApplied takes over what became of the changes, and goes on to the proof.
func (s *Session) OnApplied(msg AppliedMsg) tea.Cmd {
	if s.Run.Call == nil || msg.call != s.Run.Call.number {
		return nil
	}
	// What the feed still holds comes before its end.
	events, _ := s.Run.Call.Feed.take()
	s.Run.take(events, s.Env.Now())
	s.Run.Call.cancel()
	s.Run.Result = &msg.result
	s.Outcome.Result = s.Run.Result
	return s.afterApply()
}

// afterApply goes on to the proof when all went well.
func (s *Session) afterApply() tea.Cmd {
	r := &s.Run
	if r.Result.Outcome != plan.OutcomeDone || !r.Verify || r.Stopping {
		s.endRun()
		return nil
	}
	r.Phase = RunVerifying
	engine, obs, target := s.Options.Engine, s.World.Obs, s.World.Target
	s.Touched()
	return s.runCall("Waiting for the proof", func(ctx context.Context, c *Call) tea.Msg {
		proof, err := engine.Verify(ctx, obs, target, c.Feed.Observe)
		return VerifiedMsg{c.number, proof, err}
	}, func(number int, err error) tea.Msg { return VerifiedMsg{call: number, err: err} })
}

// OnVerified takes over what became of the proof, which ends the run.
func (s *Session) OnVerified(msg VerifiedMsg) tea.Cmd {
	if s.Run.Call == nil || msg.call != s.Run.Call.number {
		return nil
	}
	s.Run.Call.cancel()
	if msg.err == nil {
		s.Run.Proof = &msg.proof
		s.Run.Result.Verification = &msg.proof
	} else {
		s.Run.ProofErr = msg.err
		if world.KindOf(msg.err) == world.ProblemInterrupted {
			s.Run.Result.Outcome = plan.OutcomeInterrupted
		} else {
			s.Run.Result.Outcome = plan.OutcomeFailed
			s.Outcome.Err = msg.err
		}
	}
	s.endRun()
	return nil
}

func (s *Session) endRun() {
	r := &s.Run
	r.Phase, r.Ended, r.Call = RunEnded, s.Env.Now(), nil
	s.Toast.Text = "" // what was said of the run is over with it
	s.Outcome.Result = r.Result
	if s.Page().Facts().ID == PageRun {
		s.Touched()
	}
}
