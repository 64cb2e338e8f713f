package ui

import (
	"testing"

	"podsg/steps/world"
	"podsg/ui/internal/scripted"
	"podsg/ui/pages"
	"podsg/ui/wizard"
)

func TestTheFixOfADiagnosisIsPlanned(t *testing.T) {
	s := newSession(t, 100, 30, func(o *wizard.Options, _ *scripted.Engine) {
		o.Start, o.Intent.Cluster = wizard.StartDiagnose, scripted.Cluster
	})
	s.settle()
	s.on(wizard.PageDiagnosis)
	s.keys("f")
	s.settle()
	s.on(wizard.PagePlan)
	s.sees("POD_SG", "18 changes")
	s.keys("d")
	s.on(wizard.PageDiagnosis)
}

func TestTheChecksStayOnTheScreenWhileTheyRunAgain(t *testing.T) {
	s := newSession(t, 100, 30)
	s.goTo(wizard.PageNetwork)
	s.keys("d", "down", "down")
	at := s.checks().Current().Key()
	s.keys("r")
	s.sees("running again", "failed")
	s.settle()
	s.seesNot("running again")
	if got := s.checks().Current().Key(); got != at {
		t.Errorf("the pointer went from %s to %s", at, got)
	}
}

func TestDiagnoseWithoutAClusterAsksForIt(t *testing.T) {
	s := newSession(t, 80, 24, func(o *wizard.Options, _ *scripted.Engine) { o.Start = wizard.StartDiagnose })
	s.settle()
	s.on(wizard.PageCluster)
	s.keys("enter")
	s.settle()
	s.on(wizard.PageDiagnosis)
	s.sees("failed", "D")
	s.keys("q")
	if out := pages.FinalOutcome(s.m.Session); !s.quit || world.KindOf(out.Failure()) != world.ProblemChecks || len(out.Findings) == 0 {
		t.Errorf("quit %v, failure %v, %d findings", s.quit, out.Failure(), len(out.Findings))
	}
}
