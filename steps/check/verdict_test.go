package check

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"podsg/steps/intent"
	"podsg/steps/say"
	"podsg/steps/world"
)

// known are checks of which each is explained by the one before it; lone is not.
var known = []Check{
	{ID: "role", Severity: Fail},
	{ID: "trunk", Severity: Fail, ExplainedBy: []string{"role"}},
	{ID: "branch", Severity: Fail, ExplainedBy: []string{"trunk"}},
	{ID: "lone", Severity: Fail},
	{ID: "hint", Severity: Warn},
}

func found(id string, status Status) Finding {
	return Finding{ID: id, Status: status, Reason: say.T("reason of %s", id), Fix: &Fix{Text: say.T("fix of %s", id)}}
}

func TestAVerdictNamesTheCausesFirst(t *testing.T) {
	for _, c := range []struct {
		name     string
		findings []Finding
		state    State
		causes   string // each with what it explains
		order    string
	}{
		{"nothing is wrong", []Finding{found("role", Pass), found("trunk", Pass)}, Healthy, "", "role trunk"},
		{"a chain has one cause",
			[]Finding{found("branch", Fail), found("lone", Pass), found("trunk", Fail), found("role", Fail)}, Broken, "role>branch,trunk", "role branch trunk lone"},
		{"independent causes stay several, the one that explains more first",
			[]Finding{found("lone", Fail), found("role", Fail), found("trunk", Fail)}, Broken, "role>trunk lone>", "role trunk lone"},
		{"what passes explains nothing", []Finding{found("role", Pass), found("trunk", Fail)}, Broken, "trunk>", "trunk role"},
		{"a warning beside a failure is no cause", []Finding{found("hint", Warn), found("lone", Fail)}, Broken, "lone>", "lone hint"},
		{"a warning that explains a failure is one", []Finding{found("trunk", Fail), found("role", Warn)}, Broken, "role>trunk", "role trunk"},
		{"only warnings", []Finding{found("role", Pass), found("hint", Warn)}, Degraded, "hint>", "hint role"},
		{"a check that fails in two places is one cause", []Finding{found("lone", Fail), found("lone", Fail)}, Broken, "lone>", "lone lone"},
	} {
		t.Run(c.name, func(t *testing.T) {
			v, ordered := Judge(&world.Snapshot{}, known, c.findings)
			var causes, order []string
			for _, x := range v.Causes {
				causes = append(causes, x.ID+">"+strings.Join(x.Explains, ","))
			}
			for _, f := range ordered {
				order = append(order, f.ID)
				if explained := len(f.CausedBy) > 0; explained == (f.Fix != nil) {
					t.Errorf("%s is caused by %v and has the fix %v", f.ID, f.CausedBy, f.Fix)
				}
			}
			if v.State != c.state || strings.Join(causes, " ") != c.causes || strings.Join(order, " ") != c.order {
				t.Errorf("%s, causes %q, order %q", v.State, causes, order)
			}
		})
	}
}

func TestACheckThatKnowsBetterSaysWhatExplainsIt(t *testing.T) {
	branch := found("branch", Fail)
	branch.Because(nil)
	v, _ := Judge(&world.Snapshot{}, known, []Finding{found("trunk", Fail), branch})
	if len(v.Causes) != 2 {
		t.Errorf("trunk was taken for the cause of what said that it is none: %+v", v.Causes)
	}
	branch.Because([]Finding{found("lone", Fail), found("lone", Fail)})
	v, _ = Judge(&world.Snapshot{}, known, []Finding{found("lone", Fail), branch})
	if len(v.Causes) != 1 || !slices.Equal(v.Causes[0].Explains, []string{"branch"}) {
		t.Errorf("got %+v", v.Causes)
	}
}

func TestWhatCouldNotBeCheckedIsNotGood(t *testing.T) {
	s := &world.Snapshot{}
	s.AddGap(world.FactSecurityGroups, &world.Problem{Kind: world.ProblemPermission, Err: errors.New("denied"), Permission: "ec2:DescribeSecurityGroups"})
	checks := []Check{
		{ID: "rule", Severity: Fail, Needs: []world.Fact{world.FactPods, world.FactSecurityGroups}},
		{ID: "hint", Severity: Warn, Needs: []world.Fact{world.FactSecurityGroups}},
		{ID: "idle", Severity: Fail, Run: func(c *Context) { c.Skip("no pods") }},
	}
	for i := range checks[:2] {
		checks[i].Run = func(c *Context) { c.Pass("seen") }
	}
	findings := Run(checks, s, &intent.Target{})
	v, _ := Judge(s, checks, findings)
	if v.State != Unknown || len(v.NotChecked) != 1 {
		t.Fatalf("got %+v", v)
	}
	if n := v.NotChecked[0]; n.Fact != world.FactSecurityGroups || n.Permission != "ec2:DescribeSecurityGroups" || !slices.Equal(n.Checks, []string{"rule"}) || n.Kind != world.ProblemPermission {
		t.Errorf("got %+v", n)
	}
	// A check that does not matter may be left out.
	if v, _ := Judge(s, checks, findings[1:]); v.State != Healthy {
		t.Errorf("got %+v", v)
	}
}
