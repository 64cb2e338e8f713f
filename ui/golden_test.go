package ui

import (
	"fmt"
	"testing"
	"time"

	"github.com/charmbracelet/colorprofile"
	"github.com/charmbracelet/x/exp/golden"

	"podsg/steps/plan"
	"podsg/steps/world"
	"podsg/ui/internal/scripted"
	"podsg/ui/theme"
	"podsg/ui/wizard"
)

func themeFor(dark bool, profile colorprofile.Profile) *theme.Theme { return theme.New(dark, profile) }

// sizes are the smallest terminal, the usual one and a comfortable one.
var sizes = []struct{ width, height int }{{60, 18}, {80, 24}, {120, 40}}

// scenes are all screens, each with how to get there.
var scenes = []struct {
	name string
	play func(s *session)
}{
	{"cluster-asking", func(s *session) { s.pass(300 * time.Millisecond) }},
	{"cluster", func(s *session) { s.goTo(wizard.PageCluster) }},
	{"cluster-filtered", func(s *session) { s.goTo(wizard.PageCluster); s.keys("/"); s.typed("-2") }},
	{"access-reading", func(s *session) { s.goTo(wizard.PageCluster); s.keys("enter"); s.pass(300 * time.Millisecond) }},
	{"access", func(s *session) { s.goTo(wizard.PageAccess) }},
	{"network", func(s *session) { s.goTo(wizard.PageNetwork) }},
	{"nodes", func(s *session) { s.goTo(wizard.PageNodes) }},
	{"pod-group", func(s *session) { s.goTo(wizard.PagePodGroup) }},
	{"pod-group-renaming", func(s *session) { s.goTo(wizard.PagePodGroup); s.keys("e") }},
	{"database", func(s *session) { s.goTo(wizard.PageDatabase) }},
	{"database-settings", func(s *session) { s.goTo(wizard.PageLogin) }},
	{"database-settings-refused", func(s *session) {
		s.goTo(wizard.PageLogin)
		s.keys("down", "down", "e", "ctrl+u")
		s.typed("admin user")
		s.keys("enter")
	}},
	{"rules", func(s *session) { s.goTo(wizard.PageRules) }},
	{"policy", func(s *session) { s.goTo(wizard.PagePolicy) }},
	{"cni", func(s *session) { s.goTo(wizard.PageCNI) }},
	{"cni-strict", func(s *session) { s.goTo(wizard.PageCNI); s.keys("right") }},
	{"proof", func(s *session) { s.goTo(wizard.PageProof) }},
	{"plan", func(s *session) { s.goTo(wizard.PagePlan) }},
	{"plan-database", func(s *session) { s.goTo(wizard.PagePlan); s.keys("down", "down", "down", "down", "down") }},
	{"plan-confirming", func(s *session) { s.goTo(wizard.PagePlan); s.keys("enter"); s.pass(quiet) }},
	{"run", playRun},
	{"run-stopping", func(s *session) { playRun(s); s.keys("ctrl+c") }},
	{"run-failed", playFailure},
	{"run-done", func(s *session) { s.goTo(wizard.PageRun) }},
	{"verdict", func(s *session) { s.goTo(wizard.PageVerdict) }},
	{"verdict-not-proven", func(s *session) { s.engine.Proof = openNetwork(); s.goTo(wizard.PageVerdict) }},
	{"diagnosis", func(s *session) { s.goTo(wizard.PageNetwork); s.keys("d") }},
	{"diagnosis-reading", func(s *session) { s.tellWhatIsRead(); s.pass(300 * time.Millisecond) }},
	{"explanation", func(s *session) { s.goTo(wizard.PageNodes); s.keys("?") }},
	{"commands", func(s *session) { s.goTo(wizard.PageRules); s.keys("c") }},
	{"palette", func(s *session) { s.goTo(wizard.PageNodes); s.keys("ctrl+k"); s.typed("diag") }},
	{"no-credentials", func(s *session) { s.engine.IdentityErr, s.engine.ClustersErr = expired(), expired(); s.settle() }},
	{"credentials-expired", func(s *session) { s.engine.ObserveErr = expired(); s.goTo(wizard.PageAccess) }},
	{"ambiguous-group", func(s *session) { s.goTo(wizard.PageNetwork) }},
}

// optionsOf are the options that a scene needs.
func optionsOf(scene string) []func(o *wizard.Options, e *scripted.Engine) {
	switch scene {
	case "ambiguous-group":
		return []func(o *wizard.Options, e *scripted.Engine){func(o *wizard.Options, _ *scripted.Engine) {
			o.Intent.NodeSecurityGroup.Tag = "eks-cluster-sg-workshop-*"
		}}
	case "diagnosis-reading":
		return []func(o *wizard.Options, e *scripted.Engine){func(o *wizard.Options, _ *scripted.Engine) {
			o.Start, o.Intent.Cluster = wizard.StartDiagnose, scripted.Cluster
		}}
	case "plan-confirming":
		return []func(o *wizard.Options, e *scripted.Engine){inAccount}
	}
	return nil
}

// tellWhatIsRead delivers what the call that reads has told, while the call
// itself is held.
func (s *session) tellWhatIsRead() {
	for _, fact := range []world.Fact{world.FactNodes, world.FactAccess, world.FactSecurityGroups, world.FactInstances, world.FactSecret} {
		s.m.Reading.Feed.Observe(plan.Event{Type: plan.EventFactRead, Fact: fact})
	}
	wait := s.held[1]
	s.held = s.held[:1]
	s.run(wait)
}

func expired() error {
	return &world.Problem{
		Kind: world.ProblemCredentials, Doing: "ask AWS who is calling", Err: fmt.Errorf("ExpiredToken: the security token included in the request is expired"),
		Hint: "log in again", Command: "aws sso login --profile workshop",
	}
}

func openNetwork() plan.Verification {
	v := scripted.Proven()
	v.Proven = false
	v.Red.Verdict, v.Red.Error = plan.VerdictConnected, ""
	v.Reasons = []string{"the red pod is connected: pods that are not selected reach the database too"}
	return v
}

// playRun brings a run half-way: some changes done, two under way.
func playRun(s *session) {
	s.goTo(wizard.PagePlan)
	s.keys("enter")
	s.pass(quiet)
	s.keys("enter")
	changes := s.m.World.Plan.Changes
	for i, c := range changes[:5] {
		s.event(plan.Event{Type: plan.EventChangeStarted, Change: c.ID})
		s.event(plan.Event{Type: plan.EventChangeDone, Change: c.ID, Elapsed: time.Duration(i) * time.Second})
	}
	for _, c := range changes {
		if c.Kind == world.KindDBInstance || c.Kind == world.KindAddonConfig {
			s.event(plan.Event{Type: plan.EventChangeStarted, Change: c.ID})
		}
	}
	wait := s.held[1] // the call itself stays held
	s.held = s.held[:1]
	s.run(wait)
	s.now = s.now.Add(72 * time.Second)
	s.pass(0)
	for _, c := range changes {
		if c.Kind == world.KindDBInstance {
			s.event(plan.Event{Type: plan.EventChangeProgress, Change: c.ID, Progress: &plan.Progress{Text: "RDS says creating; an address comes when it is available"}})
		}
	}
	wait = s.held[1]
	s.held = s.held[:1]
	s.run(wait)
}

func playFailure(s *session) {
	s.engine.FailChange = "db-instance"
	s.goTo(wizard.PagePlan)
	for _, c := range s.m.World.Plan.Changes {
		if c.Kind == world.KindDBInstance {
			s.engine.FailChange = c.ID
		}
	}
	s.engine.FailErr = &world.Problem{
		Kind: world.ProblemPermission, Doing: "create database", Object: "rds-workshop", Permission: "rds:CreateDBInstance",
		Err:  fmt.Errorf("AccessDenied: User ada is not authorized to perform rds:CreateDBInstance"),
		Hint: "ask for the permission, then run podsg again: it goes on from here",
	}
	s.goTo(wizard.PageRun)
}

func TestScreens(t *testing.T) {
	for _, scene := range scenes {
		for _, size := range sizes {
			t.Run(fmt.Sprintf("%s/%dx%d", scene.name, size.width, size.height), func(t *testing.T) {
				s := newSession(t, size.width, size.height, optionsOf(scene.name)...)
				scene.play(s)
				golden.RequireEqual(t, s.screen())
			})
		}
	}
}

func TestScreensInColour(t *testing.T) {
	looks := []struct {
		name    string
		dark    bool
		profile colorprofile.Profile
	}{
		{"dark", true, colorprofile.TrueColor},
		{"light", false, colorprofile.TrueColor},
		{"sixteen-colours", true, colorprofile.ANSI},
		{"no-colour", true, colorprofile.ASCII},
	}
	for _, scene := range scenes {
		for _, look := range looks {
			t.Run(scene.name+"/"+look.name, func(t *testing.T) {
				s := newSession(t, 80, 24, optionsOf(scene.name)...)
				scene.play(s)
				s.colours(look.dark, look.profile)
				golden.RequireEqual(t, s.m.View().Content)
			})
		}
	}
}
