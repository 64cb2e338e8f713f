package checktest

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"podsg/steps/check"
	"podsg/steps/intent"
	"podsg/steps/world"
)

// Case is a world and what a check says of it.
type Case struct {
	// Edit changes the world in which everything is set up; nil leaves it so.
	Edit func(s *world.Snapshot)
	// Target changes what is wanted of it.
	Target func(t *intent.Target)
	// Want is the worst that the check reports; empty: it reports nothing.
	Want check.Status
	// Says is part of a reason, an evidence line or a fix.
	Says string
	// Because is the id of a check that the finding names as its cause.
	Because string
}

// order is how bad an outcome is.
var order = []check.Status{"", check.Skip, check.Pass, check.Warn, check.Fail}

// Table runs one of a room's checks in every case. A table holds a case in which
// the check finds nothing wrong and one in which it does, so that a rule that is
// turned round fails it. Each fact that the check needs is taken away in turn:
// it must skip and say what is missing.
func Table(t *testing.T, checks []check.Check, id string, cases map[string]Case) {
	t.Helper()
	i := slices.IndexFunc(checks, func(c check.Check) bool { return c.ID == id })
	if i < 0 {
		t.Fatalf("no check has id %s", id)
	}
	c := checks[i]
	good, bad := false, false
	for name, x := range cases {
		good = good || x.Want == check.Pass || x.Want == ""
		bad = bad || x.Want == check.Fail || x.Want == check.Warn
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := World()
			if x.Edit != nil {
				x.Edit(s)
			}
			judge(t, c, x, run(t, checks, id, s, x.Target))
		})
	}
	if !good || !bad {
		t.Errorf("%s: the cases do not hold one where all is well and one where something is wrong", id)
	}
	for _, fact := range c.Needs {
		t.Run("without "+string(fact), func(t *testing.T) {
			t.Parallel()
			s := World()
			s.AddGap(fact, errors.New("access denied"))
			found := run(t, checks, id, s, nil)
			if len(found) != 1 || found[0].Status != check.Skip || !strings.Contains(found[0].Reason.String(), "access denied") {
				t.Errorf("found %+v, want a skip that says what is missing", found)
			}
		})
	}
}

func judge(t *testing.T, c check.Check, x Case, found []check.Finding) {
	t.Helper()
	worst, text := check.Status(""), ""
	for _, f := range found {
		if slices.Index(order, f.Status) > slices.Index(order, worst) {
			worst = f.Status
		}
		text += f.Reason.String() + "\n" + strings.Join(f.Evidence, "\n") + "\n"
		if f.Fix != nil {
			text += f.Fix.Text.String() + "\n" + f.Fix.Command + "\n"
		}
		if f.Blocking && (!c.Blocks || f.Status != check.Fail) {
			t.Errorf("it blocks, which the check does not declare: %+v", f)
		}
		if slices.Index(order, f.Status) > slices.Index(order, c.Severity) {
			t.Errorf("it reports %s, and the check declares %s", f.Status, c.Severity)
		}
	}
	if x.Because != "" && !slices.ContainsFunc(found, func(f check.Finding) bool { return slices.Contains(f.CausedBy, x.Because) }) {
		t.Errorf("it does not say that %s explains it: %+v", x.Because, found)
	}
	if worst != x.Want || !strings.Contains(text, x.Says) {
		t.Errorf("it reports %q, want %q with %q; all of it:\n%s", worst, x.Want, x.Says, text)
	}
}

// run is what one check finds when all of them run.
func run(t *testing.T, checks []check.Check, id string, s *world.Snapshot, edit func(*intent.Target)) []check.Finding {
	t.Helper()
	target, err := intent.ResolveForDiagnosis(s, intent.Intent{Cluster: s.Cloud.Cluster.Name})
	if err != nil {
		t.Fatal(err)
	}
	if edit != nil {
		edit(&target)
	}
	return slices.DeleteFunc(check.Run(checks, s, &target), func(f check.Finding) bool { return f.ID != id })
}
