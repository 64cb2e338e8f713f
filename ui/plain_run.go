package ui

import (
	"cmp"
	"errors"
	"fmt"
	"strings"
	"time"

	"podsg/steps"
)

// run shows the plan, asks for the one confirmation, carries the plan out and
// waits for the proof.
func (p *plain) run() error {
	m := p.m
	p.line("")
	if m.world.planErr != nil {
		p.findings(unsettled(m.world.findings))
		return m.world.planErr
	}
	plan := m.world.plan
	p.line(strings.TrimRight(steps.RenderPlanText(plan), "\n"))
	if !plan.Empty() {
		if err := p.confirm(); err != nil {
			return err
		}
	}
	events := &plainEvents{say: p.line, changes: map[string]string{}, said: map[string]plainSaying{}}
	for _, c := range plan.Changes {
		events.changes[c.ID] = c.Summary
	}
	m.run = run{phase: runEnded, started: m.env.now(), verify: m.world.target.Verify}
	result := &steps.Result{SchemaVersion: steps.SchemaVersion, Cluster: plan.Cluster, Outcome: steps.OutcomeDone}
	if !plan.Empty() {
		made := m.options.Engine.Apply(p.ctx, m.world.obs, m.world.target, plan, events.observe)
		result = &made
	}
	m.run.result, m.outcome.Result, m.outcome.Findings = result, result, nil
	if result.Outcome == steps.OutcomeDone && m.run.verify {
		p.prove(events)
	}
	p.line("")
	return nil
}

// prove waits for the verdict of the test pods.
func (p *plain) prove(events *plainEvents) {
	m := p.m
	p.line("Waiting for the proof: green must connect from its own branch ENI, red must time out.")
	proof, err := m.options.Engine.Verify(p.ctx, m.world.obs, m.world.target, events.observe)
	if err == nil {
		m.run.proof, m.run.result.Verification = &proof, &proof
		return
	}
	m.run.proofErr = err
	m.run.result.Outcome = steps.OutcomeFailed
	if steps.KindOf(err) == steps.ProblemInterrupted {
		m.run.result.Outcome = steps.OutcomeInterrupted
		return
	}
	m.outcome.Err = err
}

// confirm asks for the one confirmation, which has to be typed.
func (p *plain) confirm() error {
	m := p.m
	ask := m.askToApply()
	p.line("")
	p.line(strings.Join(ask.lines(m, plainWidth), "\n"))
	a := asking{
		label: "Type " + confirmWord + " to apply the plan, " + plainQuit + " to leave", needed: true,
		check: func(text string) error {
			if text != confirmWord {
				return errors.New("nothing is applied unless the answer is " + confirmWord)
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

// observe implements [steps.Observer].
func (v *plainEvents) observe(e steps.Event) {
	summary := cmp.Or(e.Summary, v.changes[e.Change])
	took := ""
	if e.Elapsed >= time.Second {
		took = ", after " + clock(e.Elapsed)
	}
	switch e.Type {
	case steps.EventChangeStarted:
		v.say("started: " + summary)
	case steps.EventLockProgress, steps.EventChangeProgress, steps.EventVerifyProgress:
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
	case steps.EventChangeDone:
		v.say("done: " + summary + took)
	case steps.EventChangeFailed:
		v.say("failed: " + summary + ": " + e.Error + took)
	case steps.EventChangeSkipped:
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
		case errors.Is(err, errPlainQuit), errors.Is(err, errPlainBack), steps.KindOf(err) == steps.ProblemUsage:
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
	m := p.m
	m.diagnose, m.onlyChecks = false, false
	m.intent = steps.IntentToMend(m.world.snapshot(), m.intent)
	m.world.settle(m.intent, false)
	if err := p.observeIfChanged(); err != nil {
		return err
	}
	plan := m.indexOf(pagePlan)
	m.at, m.reached = plan, plan
	if err := p.openAnswer(plan); err != nil {
		return err
	}
	return p.run()
}

// checks reads the cluster and writes what the checks say of it.
func (p *plain) checks() error {
	m := p.m
	if err := p.observe(); err != nil {
		return err
	}
	if m.world.answerErr != nil {
		return m.world.answerErr
	}
	m.outcome.Findings = m.world.findings
	titles := stepTitles()
	last := steps.StepID("")
	for _, f := range m.world.findings {
		if f.Step != last {
			last = f.Step
			p.line("")
			p.line(titles[f.Step])
		}
		p.finding(f)
	}
	p.line("")
	p.line(counts(m.theme, steps.Summarize(m.world.findings), true))
	return nil
}

// findings writes checks.
func (p *plain) findings(findings []steps.Finding) {
	for _, f := range findings {
		p.finding(f)
	}
}

// finding writes a check: what did not pass with what was seen and how to mend
// it.
func (p *plain) finding(f steps.Finding) {
	_, word, _ := statusOf(f.Status)
	p.line(fmt.Sprintf("  %s: %s %s: %s", word, f.ID, f.Title, sentence(f.Reason)))
	if f.Status == steps.Pass || f.Status == steps.Skip {
		return
	}
	for _, e := range f.Evidence {
		p.line("    seen: " + e)
	}
	if f.Fix != nil {
		p.line("    to mend it: " + sentence(f.Fix.Text))
		if f.Fix.Command != "" {
			p.line("    command: " + f.Fix.Command)
		}
	}
}
