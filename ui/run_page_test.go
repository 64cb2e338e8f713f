package ui

import (
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"

	"podsg/steps/plan"
	"podsg/steps/world"
	"podsg/ui/internal/scripted"
	"podsg/ui/pages"
	"podsg/ui/theme"
	"podsg/ui/widget"
	"podsg/ui/wizard"
)

func TestAfterARunInARealAccountTheSummarySaysHowToUndoIt(t *testing.T) {
	s := newSession(t, 80, 24, inAccount)
	s.goTo(wizard.PagePlan)
	s.keys("enter")
	s.typed("yes")
	s.keys("enter")
	s.settle()
	for _, want := range []string{"podsg cleanup --cluster workshop --region us-west-2", "kubectl -n sg-per-pod logs -f green-pod-5c786d8dff-4kmvc"} {
		if got := pages.FinalOutcome(s.m.Session).Summary; !strings.Contains(got, want) {
			t.Errorf("the summary does not say %q:\n%s", want, got)
		}
	}
	before := len(s.engine.Observed)
	s.keys("enter", "d")
	s.settle()
	s.on(wizard.PageDiagnosis)
	if len(s.engine.Observed) != before+1 {
		t.Error("the checks after a run look at the world from before it")
	}
}

func TestAnEmptyPlanGoesToTheProofWithoutAChange(t *testing.T) {
	s := newSession(t, 80, 24)
	s.goTo(wizard.PagePlan)
	s.m.World.Plan = &plan.Plan{Cluster: "workshop"}
	s.m.Touched()
	s.sees("There is nothing to do")
	s.keys("enter")
	s.settle()
	if s.engine.Applied != 0 {
		t.Error("an empty plan was applied")
	}
	s.keys("enter")
	s.on(wizard.PageVerdict)
}

func TestAFailureSaysWhatToDoAndHowToGoOn(t *testing.T) {
	s := newSession(t, 100, 30)
	playFailure(s)
	s.sees("Missing permission: rds:CreateDBInstance", "This practice world ends with podsg", "Ask for the permission")
	s.seesNot("podsg setup --cluster") // that would be the user's own account
	out := pages.FinalOutcome(s.m.Session)
	if world.KindOf(out.Failure()) != world.ProblemPermission || out.Resume == "" {
		t.Errorf("failure %v, resume %q", out.Failure(), out.Resume)
	}
	s.engine.FailChange = ""
	s.keys("r")
	s.settle()
	s.on(wizard.PagePlan)
	s.goTo(wizard.PageVerdict)
	s.sees("Proven")
	if err := pages.FinalOutcome(s.m.Session).Failure(); err != nil {
		t.Errorf("failure %v after the second run", err)
	}
}

func TestChecksThatFailedBeforeARunDoNotDecideTheEndAfterIt(t *testing.T) {
	s := newSession(t, 80, 24)
	s.goTo(wizard.PagePlan)
	s.keys("d")
	s.settle()
	s.on(wizard.PageDiagnosis)
	if err := pages.FinalOutcome(s.m.Session).Failure(); world.KindOf(err) != world.ProblemChecks {
		t.Fatalf("failure %v while checks fail", err)
	}
	s.keys("esc")
	s.goTo(wizard.PageVerdict)
	if err := pages.FinalOutcome(s.m.Session).Failure(); err != nil {
		t.Errorf("failure %v after the proof", err)
	}
}

func TestARunThatWaitsForTheLockOfADeadOneSaysSo(t *testing.T) {
	s := newSession(t, 80, 24)
	s.goTo(wizard.PagePlan)
	s.keys("enter")
	s.pass(quiet)
	s.keys("enter")
	happens := func(e plan.Event) {
		s.event(e)
		s.pass(time.Second)
		wait := s.held[1] // the call itself stays held
		s.held = s.held[:1]
		s.run(wait)
	}
	happens(plan.Event{Type: plan.EventLockProgress, Progress: &plan.Progress{Text: "the run of eva@desk seems to have died: its lock is taken over unless it is renewed within 30s"}})
	s.sees("The run of eva@desk seems to have died")
	happens(plan.Event{Type: plan.EventRunStarted})
	s.seesNot("seems to have died")
}

func TestCtrlCStopsARunAfterItsCallAndTheSecondLeaves(t *testing.T) {
	s := newSession(t, 80, 24)
	playRun(s)
	s.keys("q", "esc")
	if s.quit || s.m.Run.Stopping {
		t.Fatal("q or esc stopped the run")
	}
	s.keys("ctrl+c")
	s.sees("Stopping after the call in progress")
	if s.quit {
		t.Fatal("one ctrl+c leaves")
	}
	// The engine's call ends: its context has been cancelled.
	s.release()
	s.sees("Stopped. What was made is kept.")
	s.keys("ctrl+c")
	if !s.quit {
		t.Fatal("ctrl+c does not leave after the run has stopped")
	}
	if err := pages.FinalOutcome(s.m.Session).Failure(); world.KindOf(err) != world.ProblemInterrupted {
		t.Errorf("failure %v", err)
	}

	s = newSession(t, 80, 24)
	playRun(s)
	s.keys("ctrl+c", "ctrl+c")
	if !s.quit {
		t.Fatal("two ctrl+c do not leave")
	}
	out := pages.FinalOutcome(s.m.Session)
	if world.KindOf(out.Failure()) != world.ProblemInterrupted || len(out.Result.Applied) != 5 || out.Resume == "" {
		t.Errorf("failure %v, applied %v, resume %q", out.Failure(), out.Result.Applied, out.Resume)
	}
}

func TestARunThatWasStoppedSaysWhatGoesOnAndTheCommandToGoOn(t *testing.T) {
	s := newSession(t, 80, 24, inAccount)
	s.goTo(wizard.PagePlan)
	s.keys("enter")
	s.typed("yes")
	s.keys("enter")
	var waits, begun string
	for _, c := range s.m.World.Plan.Changes {
		switch c.Kind {
		case world.KindDBInstance:
			begun = c.ID
			s.event(plan.Event{Type: plan.EventChangeStarted, Change: c.ID})
			s.event(plan.Event{Type: plan.EventChangeSkipped, Change: c.ID, Error: "stopped while waiting"})
		case world.KindPolicy:
			waits = c.ID
			s.event(plan.Event{Type: plan.EventChangeSkipped, Change: c.ID, Error: "the run was stopped"})
		}
	}
	wait := s.held[1]
	s.held = s.held[:1]
	s.run(wait)
	s.keys("ctrl+c")
	for id, want := range map[string]wizard.ChangeStatus{begun: wizard.ChangeLeft, waits: wizard.ChangeSkipped} {
		if got := s.m.Run.Changes[s.m.Run.Index[id]].Status; got != want {
			t.Errorf("%s has the status %d, want %d", id, got, want)
		}
	}
	s.release()
	s.sees("podsg setup --cluster workshop --region us-west-2", "! goes on")
}

func TestWhatWasMadeIsNotForgottenByGoingBackFromTheRun(t *testing.T) {
	s := newSession(t, 100, 30)
	s.goTo(wizard.PageRun)
	s.settle()
	s.keys("esc")
	s.on(wizard.PagePlan)
	s.sees("This plan has been carried out")
	s.seesNot("othing has been changed")
	s.keys("enter")
	s.on(wizard.PagePlan) // it is not applied a second time
	s.keys("q")
	if !s.quit {
		t.Fatal("q does not leave after the run")
	}
	out := pages.FinalOutcome(s.m.Session)
	if out.Failure() != nil || !strings.Contains(out.Summary, "Made:") {
		t.Errorf("failure %v, summary:\n%s", out.Failure(), out.Summary)
	}
}

func TestAnUnprovenRunDoesNotLookLikeASuccess(t *testing.T) {
	s := newSession(t, 100, 30)
	s.engine.Proof = openNetwork()
	s.goTo(wizard.PageRun)
	s.settle()
	s.sees("the proof failed", "r reads again")
	s.seesNot("Everything is done")
	if v := s.m.View(); v.ProgramStatus.State != tea.ProgramStateError || v.ProgressBar.State != tea.ProgressBarError {
		t.Errorf("the terminal is told %v, %v", v.ProgramStatus, v.ProgressBar)
	}
}

func TestAViewThatHasTheKeysIsOnTheScreen(t *testing.T) {
	pane := &fakePane{}
	s := newSession(t, 80, 24, func(o *wizard.Options, _ *scripted.Engine) {
		o.Panes = func(wizard.PaneScope) []wizard.Pane { return []wizard.Pane{pane} }
	})
	playRun(s)
	s.seesNot("five nodes") // no room beside the changes
	s.keys("tab")
	s.sees("five nodes", "5 of 18 changes done")
	s.keys("tab")
	s.seesNot("five nodes")
}

// fakePane is a live view that remembers what it was told.
type fakePane struct {
	keys   []string
	typing bool
	closed bool
}

func (p *fakePane) Title() string          { return "Rollout" }
func (p *fakePane) Start() tea.Cmd         { return nil }
func (p *fakePane) Update(tea.Msg) tea.Cmd { return nil }
func (p *fakePane) Capturing() bool        { return p.typing }
func (p *fakePane) Close()                 { p.closed = true }
func (p *fakePane) Paste(text string)      { p.keys = append(p.keys, "paste "+text) }
func (p *fakePane) Commands() []widget.Command {
	return []widget.Command{
		{Key: "s", Keys: "s", Name: "sort", About: "sort by the chosen column", Run: func() tea.Cmd {
			p.keys = append(p.keys, "sort")
			return nil
		}},
		{Keys: "up", About: "move up"},
	}
}
func (p *fakePane) Key(k tea.KeyPressMsg) (tea.Cmd, bool) {
	p.keys = append(p.keys, k.String())
	p.typing = k.String() == "/"
	return nil, k.String() != "?"
}

func (p *fakePane) Draw(_ *theme.Theme, width, _ int) []string {
	return []string{widget.Fit("five nodes", width)}
}

func TestALiveViewGetsTheKeysWhileItHasTheFocus(t *testing.T) {
	pane := &fakePane{}
	s := newSession(t, 100, 40, func(o *wizard.Options, _ *scripted.Engine) {
		o.Panes = func(wizard.PaneScope) []wizard.Pane { return []wizard.Pane{pane} }
	})
	playRun(s)
	s.sees("Rollout", "five nodes")
	s.keys("down", "tab", "s", "/")
	s.send(tea.PasteMsg{Content: "ip-10"})
	s.keys("q", "?")
	if got := strings.Join(pane.keys, " "); got != "s / paste ip-10 q ?" {
		t.Errorf("the view got the keys %q, want those between tab and the end", got)
	}
	s.sees("Keys")
	s.keys("esc", "tab", "down")
	if len(pane.keys) != 5 {
		t.Errorf("the view got keys after tab: %v", pane.keys)
	}
}

func TestWhatALiveViewCanDoIsInThePaletteAndTheHelp(t *testing.T) {
	pane := &fakePane{}
	s := newSession(t, 100, 50, func(o *wizard.Options, _ *scripted.Engine) {
		o.Panes = func(wizard.PaneScope) []wizard.Pane { return []wizard.Pane{pane} }
	})
	playRun(s)
	s.keys("?")
	s.sees("Keys of the live view Rollout, after tab", "sort by the chosen column", "move up")
	s.keys("esc", "ctrl+k")
	s.typed("sort by")
	s.sees("Rollout, sort: sort by the chosen column")
	s.keys("enter", "s")
	if got := strings.Join(pane.keys, " "); got != "sort s" {
		t.Errorf("the view got %q, want the action, and then the keys", got)
	}
	s.sees("tab next view", "s sort") // the footer shows the view's keys
}
