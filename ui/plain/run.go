package plain

import (
	"cmp"
	"errors"
	"fmt"
	"strings"
	"time"

	"podsg/steps/check"
	"podsg/steps/intent"
	"podsg/steps/plan"
	"podsg/steps/render"
	"podsg/steps/world"
	"podsg/ui/draw"
	"podsg/ui/pages"
	"podsg/ui/phrase"
	"podsg/ui/wizard"
)

// run shows the plan, asks for the one confirmation, carries the plan out and
// waits for the proof.
func (p *plain) run() error {
	s := p.m
	p.line("")
	if s.World.PlanErr != nil {
		p.findings(draw.Unsettled(s.World.Findings))
		return s.World.PlanErr
	}
	planned := s.World.Plan
	p.lines(strings.TrimRight(render.RenderPlanText(planned), "\n"))
	if !planned.Empty() {
		if err := p.confirm(); err != nil {
			return err
		}
	}
	events := &plainEvents{say: p.line, changes: map[string]string{}, said: map[string]plainSaying{}}
	for _, c := range planned.Changes {
		events.changes[c.ID] = c.Summary
	}
	s.Run = wizard.Run{Phase: wizard.RunEnded, Started: s.Env.Now(), Verify: s.World.Target.Verify}
	result := &plan.Result{SchemaVersion: plan.SchemaVersion, Cluster: planned.Cluster, Outcome: plan.OutcomeDone}
	if !planned.Empty() {
		made := s.Options.Engine.Apply(p.ctx, s.World.Obs, s.World.Target, planned, events.observe)
		result = &made
	}
	s.Run.Result, s.Outcome.Result, s.Outcome.Findings = result, result, nil
	if result.Outcome == plan.OutcomeDone && s.Run.Verify {
		p.prove(events)
	}
	p.line("")
	return nil
}

// prove waits for the verdict of the test pods.
func (p *plain) prove(events *plainEvents) {
	s := p.m
	p.line("Waiting for the proof: green must connect from its own branch ENI, red must time out.")
	proof, err := s.Options.Engine.Verify(p.ctx, s.World.Obs, s.World.Target, events.observe)
	if err == nil {
		s.Run.Proof, s.Run.Result.Verification = &proof, &proof
		return
	}
	s.Run.ProofErr = err
	s.Run.Result.Outcome = plan.OutcomeFailed
	if world.KindOf(err) == world.ProblemInterrupted {
		s.Run.Result.Outcome = plan.OutcomeInterrupted
		return
	}
	s.Outcome.Err = err
}

// confirm asks for the one confirmation, which has to be typed.
func (p *plain) confirm() error {
	s := p.m
	ask := pages.AskToApply(s)
	p.line("")
	p.lines(strings.Join(ask.Lines(s, plainWidth), "\n"))
	a := asking{
		label: "Type " + pages.ConfirmWord + " to apply the plan, " + plainQuit + " to leave", needed: true,
		check: func(text string) error {
			if text != pages.ConfirmWord {
				return errors.New("nothing is applied unless the answer is " + pages.ConfirmWord)
			}
			return nil
		},
	}
	for {
		_, err := p.ask(a)
		if !errors.Is(err, errPlainBack) {
			return err
		}
		p.line("The questions are answered; leave and start again to change an answer.")
	}
}

// plainEvents tells the events of a run, a line each.
type plainEvents struct {
	say     func(line string)
	changes map[string]string      // summaries by id
	said    map[string]plainSaying // by change
}

type plainSaying struct {
	text string
	at   time.Time
}

// plainPause is how long a change that tells much stays silent between two lines.
const plainPause = 10 * time.Second

// observe implements [plan.Observer].
func (v *plainEvents) observe(e plan.Event) {
	summary := cmp.Or(e.Summary, v.changes[e.Change])
	took := ""
	if e.Elapsed >= time.Second {
		took = ", after " + phrase.Clock(e.Elapsed)
	}
	switch e.Type {
	case plan.EventChangeStarted:
		v.say("started: " + summary)
	case plan.EventLockProgress, plan.EventChangeProgress, plan.EventVerifyProgress:
		if e.Progress == nil || e.Progress.Text == "" {
			return
		}
		last := v.said[e.Change]
		if last.text == e.Progress.Text || !last.at.IsZero() && e.At.Sub(last.at) < plainPause {
			return
		}
		v.said[e.Change] = plainSaying{e.Progress.Text, e.At}
		if summary != "" {
			summary += ": "
		}
		v.say("waiting: " + summary + e.Progress.Text + took)
	case plan.EventChangeDone:
		v.say("done: " + summary + took)
	case plan.EventChangeFailed:
		v.say("failed: " + summary + ": " + e.Error + took)
	case plan.EventChangeSkipped:
		why := ""
		if e.Error != "" {
			why = ": " + e.Error
		}
		v.say("not done: " + summary + why)
	}
}

// What can follow a diagnosis.
const (
	plainLeave = "leave"
	plainAgain = "again"
	plainFix   = "fix"
)

// diagnose runs every check and writes them by step, as often as is asked for.
func (p *plain) diagnose() error {
	for {
		if err := p.checks(); err != nil {
			return err
		}
		next, err := p.ask(asking{label: "Next", value: plainLeave, options: []option{
			{value: plainLeave, text: "leave"},
			{value: plainAgain, text: "run the checks again"},
			{value: plainFix, text: "plan the changes that mend what failed"},
		}})
		switch {
		case errors.Is(err, errPlainQuit), errors.Is(err, errPlainBack), world.KindOf(err) == world.ProblemUsage:
			return nil // what was asked for has been said
		case err != nil:
			return err
		case next == plainAgain:
			continue
		case next == plainFix:
			return p.fix()
		}
		return nil
	}
}

// fix goes on as a wizard whose answers are what the diagnosis took for wanted.
func (p *plain) fix() error {
	s := p.m
	s.Diagnose, s.OnlyChecks = false, false
	s.Intent = intent.IntentToMend(s.World.Snapshot(), s.Intent)
	s.World.Settle(s.Intent, false)
	if err := p.observeIfChanged(); err != nil {
		return err
	}
	plan := s.IndexOf(wizard.PagePlan)
	s.At, s.Reached = plan, plan
	if err := p.openAnswer(plan); err != nil {
		return err
	}
	return p.run()
}

// checks reads the cluster and writes what the checks say of it.
func (p *plain) checks() error {
	s := p.m
	if err := p.observe(); err != nil {
		return err
	}
	if s.World.AnswerErr != nil {
		return s.World.AnswerErr
	}
	s.Outcome.Findings = s.World.Findings
	p.line("")
	p.line(s.World.Verdict.Headline().String() + ".")
	for _, f := range s.World.Judged {
		p.finding(f)
	}
	p.line("")
	p.line(pages.Counts(s.Theme, check.Summarize(s.World.Findings), true))
	return nil
}

// findings writes checks.
func (p *plain) findings(findings []check.Finding) {
	for _, f := range findings {
		p.finding(f)
	}
}

// finding writes a check: what did not pass with what was seen and how to mend
// it.
func (p *plain) finding(f check.Finding) {
	_, word, _ := draw.Status(f.Status)
	p.line(fmt.Sprintf("  %s: %s %s: %s", word, f.ID, f.Title, phrase.Sentence(f.Reason.String())))
	if f.Status == check.Pass || f.Status == check.Skip {
		return
	}
	for _, e := range f.Evidence {
		p.line("    seen: " + e)
	}
	if f.Fix != nil {
		p.line("    to mend it: " + phrase.Sentence(f.Fix.Text.String()))
		if f.Fix.Command != "" {
			p.lines("    command: " + f.Fix.Command)
		}
	}
}
