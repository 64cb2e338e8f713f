package checktest

import (
	"errors"
	"maps"
	"slices"
	"strings"
	"testing"

	"podsg/steps/check"
	"podsg/steps/intent"
	"podsg/steps/words"
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
			found := run(t, checks, id, s, x.Target)
			judge(t, c, x, found)
			x.hostile(t, checks, id, found)
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

// hostile runs the check again with hostile texts in the place of each of the world's
// that is in a command of what it found: the command must stay one command.
func (x Case) hostile(t *testing.T, checks []check.Check, id string, found []check.Finding) {
	t.Helper()
	was := strings.Join(commands(found), "\n")
	if was == "" {
		return
	}
	s, target := x.world(t)
	named := map[string]bool{}
	note := func(text string) {
		if len(text) > 1 && strings.Contains(was, text) {
			named[text] = true
		}
	}
	Texts(s, note)
	Texts(&target, note)
	var all []string
	for _, text := range slices.Sorted(maps.Keys(named)) {
		for _, hostile := range Hostile() {
			s, target := x.world(t)
			Replace(s, text, hostile(text))
			Replace(&target, text, hostile(text))
			all = append(all, commands(one(check.Run(checks, s, &target), id))...)
		}
	}
	Harmless(t, "sh", words.Distinct(all)...)
}

// commands are those of the fixes of findings.
func commands(found []check.Finding) []string {
	var out []string
	for _, f := range found {
		if f.Fix != nil && f.Fix.Command != "" {
			out = append(out, f.Fix.Command)
		}
	}
	return out
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
	target := resolve(t, s, edit)
	return one(check.Run(checks, s, &target), id)
}

// world is the world of a case, and what is wanted of it.
func (x Case) world(t *testing.T) (*world.Snapshot, intent.Target) {
	t.Helper()
	s := World()
	if x.Edit != nil {
		x.Edit(s)
	}
	return s, resolve(t, s, x.Target)
}

func resolve(t *testing.T, s *world.Snapshot, edit func(*intent.Target)) intent.Target {
	t.Helper()
	target, err := intent.ResolveForDiagnosis(s, intent.Intent{Cluster: s.Cloud.Cluster.Name})
	if err != nil {
		t.Fatal(err)
	}
	if edit != nil {
		edit(&target)
	}
	return target
}

// one are the findings of one check.
func one(found []check.Finding, id string) []check.Finding {
	return slices.DeleteFunc(found, func(f check.Finding) bool { return f.ID != id })
}
