package ui

import (
	"context"
	"errors"
	"os"
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"

	"podsg/steps"
	"podsg/steps/intent"
	"podsg/steps/plan"
	"podsg/steps/world"
	"podsg/ui/internal/scripted"
	"podsg/ui/pages"
	"podsg/ui/wizard"
)

func TestTheFirstFrameNeedsNoAnswerFromAnyone(t *testing.T) {
	s := newSession(t, 80, 24)
	if len(s.engine.Observed) != 0 {
		t.Fatal("something was read before the first frame")
	}
	s.sees("Welcome to podsg", "Asking AWS", "practice world")
}

func TestEnterOnEveryPageCarriesTheProcedureOut(t *testing.T) {
	s := newSession(t, 80, 24)
	s.goTo(wizard.PageVerdict)
	s.sees("Proven: only the chosen pods reach the database.", "green  connected", "red    timed out", "eni-0d8a3a3a7f2eb57ab on VLAN 1")
	if s.engine.Applied != 1 {
		t.Errorf("the plan was applied %d times", s.engine.Applied)
	}
	s.keys("enter")
	if !s.quit {
		t.Fatal("enter on the last page does not leave")
	}
	out := pages.FinalOutcome(s.m.Session)
	if out.Failure() != nil || out.Left || out.Resume != "" {
		t.Errorf("outcome: failure %v, left %v, resume %q", out.Failure(), out.Left, out.Resume)
	}
	for _, want := range []string{"Proven", "192.168.97.64", "sg-0ff967bc903e9639e (POD_SG)", "podsg sandbox"} {
		if !strings.Contains(out.Summary, want) {
			t.Errorf("the summary does not say %q:\n%s", want, out.Summary)
		}
	}
}

func TestThePracticeWorldsClockIsInTheExpectedTimes(t *testing.T) {
	s := newSession(t, 80, 24, func(o *wizard.Options, _ *scripted.Engine) { o.Sandbox.Speed = 60 })
	s.goTo(wizard.PagePlan)
	s.sees("18 changes, a few seconds")
}

func TestInARealAccountOnlyATypedWordAppliesThePlan(t *testing.T) {
	s := newSession(t, 80, 24, inAccount)
	s.goTo(wizard.PagePlan)
	for range 30 {
		s.keys("enter")
		s.pass(time.Second)
		s.settle()
	}
	s.sees("Apply the plan?", "Type yes and press enter", "That was not “yes”")
	s.send(tea.PasteMsg{Content: "yes"})
	s.keys("enter")
	s.typed("yea")
	s.keys("enter")
	if s.engine.Applied != 0 || s.m.Run.Active() {
		t.Fatal("the plan was applied without the word")
	}
	s.keys("backspace")
	s.typed("s")
	s.keys("enter")
	s.settle()
	if s.engine.Applied != 1 {
		t.Fatalf("the plan was applied %d times after the word was typed:\n%s", s.engine.Applied, s.screen())
	}
	s.on(wizard.PageRun)
}

func TestAKeyMeantForThePageBeforeDoesNotConfirm(t *testing.T) {
	s := newSession(t, 80, 24)
	s.goTo(wizard.PagePlan)
	for range 20 {
		s.keys("enter") // 40 ms apart, as a key that is held
	}
	s.settle()
	if s.engine.Applied != 0 {
		t.Fatal("a held key applied the plan")
	}
	s.pass(quiet)
	s.keys("enter")
	s.settle()
	if s.engine.Applied != 1 {
		t.Fatal("enter does not apply the plan after a pause")
	}
}

func TestEscGoesBackAndAnswersAreKept(t *testing.T) {
	s := newSession(t, 80, 24)
	s.goTo(wizard.PageCNI)
	s.keys("right", "esc", "esc")
	s.on(wizard.PageRules)
	s.goTo(wizard.PageCNI)
	s.sees("● strict", "your answer")
}

func TestAnEndpointThatNeverAnswersCanBeLeft(t *testing.T) {
	s := newSession(t, 80, 24, func(_ *wizard.Options, e *scripted.Engine) { e.Hang = true })
	s.pass(9 * time.Second)
	s.sees("This takes longer than usual", "0:09")
	s.keys("esc")
	s.sees("Stopped waiting")
	s.pass(wizard.ToastTime)
	if len(s.timers) > 0 {
		t.Error("something still moves after waiting was given up")
	}
	s.keys("q")
	if !s.quit {
		t.Error("q does not leave")
	}
}

func TestAResultThatComesTooLateIsDropped(t *testing.T) {
	s := newSession(t, 80, 24)
	s.goTo(wizard.PageCluster)
	s.keys("enter")
	late := s.held
	s.held = nil
	s.keys("esc")
	s.on(wizard.PageCluster)
	for _, cmd := range late {
		s.run(cmd)
	}
	if s.m.World.Obs != nil {
		t.Error("the result of an abandoned call was taken over")
	}
}

func TestReadingCanBeRetriedWhenCredentialsExpired(t *testing.T) {
	s := newSession(t, 80, 24)
	s.engine.ObserveErr = expired()
	s.goTo(wizard.PageAccess)
	s.sees("ExpiredToken", "$ aws sso login --profile workshop", "then press r here")
	s.keys("enter")
	s.on(wizard.PageAccess)
	s.engine.ObserveErr = nil
	s.keys("r")
	s.settle()
	s.sees("Kubernetes permissions")
}

func TestTheWorldIsReadAgainWhenTheAnswersAskForAnotherPart(t *testing.T) {
	s := newSession(t, 80, 24)
	s.goTo(wizard.PagePolicy)
	before := len(s.engine.Observed)
	s.keys("e", "ctrl+u")
	s.typed("payments")
	s.keys("enter", "enter")
	s.settle()
	if got := len(s.engine.Observed); got != before+1 {
		t.Fatalf("the world was read %d times, want once more than %d", got, before)
	}
	if got := s.engine.Observed[before].Namespace; got != "payments" {
		t.Errorf("namespace %q was read, want payments", got)
	}
	s.goTo(wizard.PagePlan)
	s.keys("/")
	s.typed("payments")
	s.sees("namespace payments")
}

func TestAnImpossibleAnswerIsRefusedWhereItIsGiven(t *testing.T) {
	cases := []struct {
		name   string
		page   wizard.PageID
		keys   []string
		text   string
		reason string
	}{
		{"a port that is not a number", wizard.PageRules, []string{"e", "ctrl+u"}, "http", "a number"},
		{"a port out of range", wizard.PageRules, []string{"e", "ctrl+u"}, "70000", "70000"},
		{"a namespace with capitals", wizard.PagePolicy, []string{"e", "ctrl+u"}, "Payments", "Payments"},
		{"a selector that is not one", wizard.PagePolicy, []string{"down", "down", "down", "e", "ctrl+u"}, "app in web", "label selector"},
		{"a class that RDS does not offer", wizard.PageLogin, []string{"down", "down", "down", "e", "ctrl+u"}, "db.x9.huge", "db.x9.huge"},
		{"a user name that PostgreSQL refuses", wizard.PageLogin, []string{"down", "down", "e", "ctrl+u"}, "1st", "1st"},
		{"storage that is not a number", wizard.PageLogin, []string{"down", "down", "down", "down", "down", "e", "ctrl+u"}, "much", "a whole number"},
		{"a name of a secret with spaces", wizard.PageProof, []string{"e", "ctrl+u"}, "my secret", "my secret"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			s := newSession(t, 100, 30)
			s.goTo(c.page)
			before := s.m.Intent
			s.keys(c.keys...)
			s.typed(c.text)
			s.keys("enter")
			s.on(c.page)
			s.sees("×", c.reason)
			if wizard.ScopeOf(s.m.Intent) != wizard.ScopeOf(before) {
				t.Error("the refused answer was kept")
			}
			s.keys("esc", "enter")
			s.settle()
			if s.m.Page().Facts().ID == c.page {
				t.Errorf("the page cannot be left after the answer was taken back:\n%s", s.screen())
			}
		})
	}
}

func TestAnEmptySelectorNeedsAnExplicitYes(t *testing.T) {
	s := newSession(t, 80, 24)
	s.goTo(wizard.PagePolicy)
	s.keys("down", "down", "down", "e", "ctrl+u", "enter")
	s.keys("enter")
	s.on(wizard.PagePolicy)
	s.sees("every pod of the namespace is caught", "Every pod?")
	s.keys("right", "enter")
	s.settle()
	s.on(wizard.PageCNI)
	if !s.m.Intent.Policy.AllowEmptySelector {
		t.Error("the yes is not in the answers")
	}
}

func TestAnAmbiguousTagIsAQuestion(t *testing.T) {
	s := newSession(t, 120, 40, optionsOf("ambiguous-group")...)
	s.goTo(wizard.PageNetwork)
	s.sees("2 security groups have a Name tag that matches", "sg-0c1a2b3c4d5e6f708", "sg-0d1a2b3c4d5e6f709")
	s.keys("enter")
	s.on(wizard.PageNodes)
	if got := s.m.Intent.NodeSecurityGroup; got.ID != "sg-0c1a2b3c4d5e6f708" || got.Tag != "" {
		t.Errorf("answer %+v, want the group's id", got)
	}
}

func TestADatabaseThatExistsAsksWhereItsPasswordIsKept(t *testing.T) {
	s := newSession(t, 100, 30, func(_ *wizard.Options, e *scripted.Engine) { scripted.AddDatabases(e.Snapshot) })
	s.goTo(wizard.PageDatabase)
	s.sees("orders", "in another VPC", "not PostgreSQL")
	s.keys("down", "down", "down")
	s.keys("enter")
	s.on(wizard.PageDatabase)
	s.sees("cannot be chosen")
	s.keys("home", "down", "enter")
	s.settle()
	s.on(wizard.PageLogin)
	s.sees("Password from", "is the password of user shop of database orders kept?")
	s.keys("enter")
	s.on(wizard.PageLogin)
	s.typed("env:DB_PASSWORD")
	s.keys("enter", "enter")
	s.settle()
	s.on(wizard.PageRules)
	if got := s.m.Intent.Database.Existing; got == nil || got.PasswordFrom != "env:DB_PASSWORD" {
		t.Errorf("answer %+v", got)
	}
	s.goTo(wizard.PagePlan)
	for _, c := range s.m.World.Plan.Changes {
		if c.Kind == world.KindDBInstance && c.Op == plan.Create {
			t.Error("the plan makes a database although one was chosen")
		}
	}
}

func TestAClusterThatCannotBeReadAgainIsToldAndItsPlanIsNotApplied(t *testing.T) {
	s := newSession(t, 100, 30)
	s.goTo(wizard.PagePlan)
	s.engine.ObserveErr = expired()
	s.keys("r")
	s.settle()
	s.sees("could not be read again", "ExpiredToken", "aws sso login", "POD_SG")
	s.keys("enter")
	s.sees("could not be read again. r tries again.")
	if s.m.Overlay() != nil {
		t.Error("a plan of what could not be read again can be confirmed")
	}
	s.engine.ObserveErr = nil
	s.keys("r")
	s.settle()
	s.seesNot("could not be read again")
	s.keys("enter")
	if s.m.Overlay() == nil {
		t.Error("the plan cannot be confirmed after the cluster was read")
	}
}

func TestAnotherClusterIsNotAskedAboutWithTheAnswersOfTheFirst(t *testing.T) {
	s := newSession(t, 100, 30)
	s.goTo(wizard.PageNetwork)
	s.keys("down", "enter")
	s.settle()
	if s.m.Intent.NodeSecurityGroup.ID == "" {
		t.Fatal("no group was chosen")
	}
	for s.m.At > 0 {
		s.keys("esc")
	}
	s.keys("down", "enter")
	s.settle()
	if id := s.m.Intent.NodeSecurityGroup.ID; s.m.Intent.Cluster != "workshop-2" || id != "" {
		t.Errorf("cluster %s is asked about with the group %q", s.m.Intent.Cluster, id)
	}
	s.keys("enter", "enter")
	s.settle()
	if id := s.m.Intent.NodeSecurityGroup.ID; id != "" {
		t.Errorf("enter alone has chosen the group %s", id)
	}
}

func TestCtrlCTwiceLeavesEveryPage(t *testing.T) {
	for _, p := range pages.New()[:11] {
		s := newSession(t, 80, 24)
		s.goTo(p.Facts().ID)
		s.keys("ctrl+c")
		if s.quit {
			t.Errorf("%s: one ctrl+c leaves", p.Facts().ID)
		}
		s.pass(3 * time.Second)
		s.keys("ctrl+c")
		if s.quit {
			t.Errorf("%s: a ctrl+c three seconds later leaves", p.Facts().ID)
		}
		s.keys("ctrl+c")
		if !s.quit {
			t.Errorf("%s: two ctrl+c do not leave", p.Facts().ID)
		}
		if out := pages.FinalOutcome(s.m.Session); world.KindOf(out.Failure()) != world.ProblemInterrupted || !strings.Contains(out.Summary, "Nothing was changed") {
			t.Errorf("%s: failure %v, summary %q", p.Facts().ID, out.Failure(), out.Summary)
		}
	}
}

func TestQAsksWhileThereAreAnswersToLose(t *testing.T) {
	s := newSession(t, 80, 24)
	s.goTo(wizard.PageNodes)
	s.keys("q")
	s.sees("Leave podsg?")
	s.keys("esc")
	s.on(wizard.PageNodes)
	s.keys("q", "enter")
	if !s.quit {
		t.Error("q and enter do not leave")
	}
}

func TestThePlanIsExportedToANewFile(t *testing.T) {
	s := newSession(t, 80, 24)
	s.goTo(wizard.PagePlan)
	s.keys("x")
	s.sees("Write the plan as shell script")
	s.keys("enter")
	s.settle()
	file := s.m.Options.Exports[0].File
	data, err := os.ReadFile(file)
	if err != nil || !strings.Contains(string(data), "create-security-group") {
		t.Fatalf("export: %v\n%.200s", err, data)
	}
	if err := os.WriteFile(file, []byte("kept"), 0o600); err != nil {
		t.Fatal(err)
	}
	s.keys("x", "enter")
	s.settle()
	if again, _ := os.ReadFile(file); string(again) != "kept" {
		t.Error("a file that exists was overwritten")
	}
	if _, err := os.Stat(strings.TrimSuffix(file, ".sh") + "-2.sh"); err != nil {
		t.Error(err)
	}
}

func TestAFaultInACallIsAProblemAndNotACrash(t *testing.T) {
	s := newSession(t, 80, 24, func(o *wizard.Options, _ *scripted.Engine) { o.Engine = faulty{o.Engine} })
	s.goTo(wizard.PageCluster)
	s.keys("enter")
	s.settle()
	s.sees("unexpected: out of luck", "mistake in podsg")
}

type faulty struct{ wizard.Engine }

func (faulty) Observe(context.Context, intent.Intent, plan.Observer) (*steps.Observation, error) {
	panic(errors.New("out of luck"))
}

func TestWhatStandsInTheWayIsShownInPlaceOfAPlan(t *testing.T) {
	s := newSession(t, 100, 30, func(_ *wizard.Options, e *scripted.Engine) {
		e.Snapshot.Cloud.Cluster.Status = "FAILED"
	})
	s.goTo(wizard.PagePlan)
	s.sees("stands in the way", "Cluster is active", "its status is FAILED")
	s.keys("enter")
	s.on(wizard.PagePlan)
	s.sees("There is no plan to apply")
}

func TestAnUnreachableClusterIsNotTakenForAnEmptyOne(t *testing.T) {
	s := newSession(t, 100, 30, func(_ *wizard.Options, e *scripted.Engine) {
		e.Snapshot.Kube = world.ClusterFacts{}
		for _, f := range []world.Fact{world.FactNodes, world.FactNamespace, world.FactCNI, world.FactAccess} {
			e.Snapshot.AddGap(f, errors.New("dial tcp 10.0.0.1:443: i/o timeout"))
		}
	})
	s.goTo(wizard.PageNodes)
	s.sees("Nodes not observed: dial tcp")
	s.seesNot("The cluster has no nodes")
	s.goTo(wizard.PagePolicy)
	s.sees("Namespace not observed")
	s.goTo(wizard.PagePlan)
	s.sees("dial tcp 10.0.0.1:443", "Nothing has been changed", "r reads everything again")
}

func TestANamespaceThatWasNotReadYetIsNotSaidToBeMissing(t *testing.T) {
	s := newSession(t, 100, 30)
	s.goTo(wizard.PagePolicy)
	s.m.World.Snapshot().Kube.Chosen = intent.DefaultNamespace
	s.keys("e", "ctrl+u")
	s.typed("shop")
	s.keys("enter")
	s.sees("Namespace shop is read when you go on.")
	s.seesNot("shop does not exist")
}
