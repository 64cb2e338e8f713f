package ui

import (
	"testing"

	"podsg/steps"
	"podsg/ui/internal/scripted"
)

func TestTheFixOfADiagnosisIsPlanned(t *testing.T) {
	s := newSession(t, 100, 30, func(o *Options, _ *scripted.Engine) { o.Start, o.Intent.Cluster = StartDiagnose, scripted.Cluster })
	s.settle()
	s.on(pageDiagnosis)
	s.keys("f")
	s.settle()
	s.on(pagePlan)
	s.sees("POD_SG", "18 changes")
	s.keys("d")
	s.on(pageDiagnosis)
}

func TestTheChecksStayOnTheScreenWhileTheyRunAgain(t *testing.T) {
	s := newSession(t, 100, 30)
	s.goTo(pageNetwork)
	s.keys("d", "down", "down")
	at := s.checks().current().key()
	s.keys("r")
	s.sees("running again", "failed")
	s.settle()
	s.seesNot("running again")
	if got := s.checks().current().key(); got != at {
		t.Errorf("the pointer went from %s to %s", at, got)
	}
}

func TestDiagnoseWithoutAClusterAsksForIt(t *testing.T) {
	s := newSession(t, 80, 24, func(o *Options, _ *scripted.Engine) { o.Start = StartDiagnose })
	s.settle()
	s.on(pageCluster)
	s.keys("enter")
	s.settle()
	s.on(pageDiagnosis)
	s.sees("failed", "D")
	s.keys("q")
	if out := s.m.finalOutcome(); !s.quit || out.ExitCode() != steps.ExitChecks || len(out.Findings) == 0 {
		t.Errorf("quit %v, exit code %d, %d findings", s.quit, out.ExitCode(), len(out.Findings))
	}
}
