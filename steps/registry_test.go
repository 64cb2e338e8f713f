package steps

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"podsg/steps/check"
	"podsg/steps/check/checktest"
	"podsg/steps/intent"
)

func TestWhereEverythingIsSetUpNoCheckFailsOrWarns(t *testing.T) {
	t.Parallel()
	s := checktest.World()
	target, err := intent.ResolveForDiagnosis(s, intent.Intent{Cluster: s.Cloud.Cluster.Name})
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range Check(s, &target) {
		if f.Status == check.Fail || f.Status == check.Warn {
			t.Errorf("%s %s: %s %v", f.Status, f.ID, f.Reason, f.Evidence)
		}
	}
}

func TestEveryCheckHasATableOfItsOwn(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("*/*_test.go")
	if err != nil {
		t.Fatal(err)
	}
	var all strings.Builder
	for _, name := range files {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		all.Write(text)
	}
	for _, c := range Registry() {
		if c.Severity == check.Pass {
			continue // it never finds anything wrong
		}
		// By the table itself, or by a function of the room that makes one.
		table := regexp.MustCompile(`(?m)^\t(?:checktest\.Table\(t, \w+|tells\(t), "` + c.ID + `", `)
		if !table.MatchString(all.String()) {
			t.Errorf("%s (%s) has no checktest.Table, so nothing fails when its rule is turned round", c.ID, c.Title)
		}
	}
}

func TestWhatExplainsACheckIsACheckAndExplainsNoCircle(t *testing.T) {
	t.Parallel()
	all := Registry()
	explained := map[string][]string{}
	for _, c := range all {
		if c.Severity != check.Fail && c.Severity != check.Warn && c.Severity != check.Pass || c.Blocks && c.Severity != check.Fail {
			t.Errorf("%s has severity %q and blocks: %t", c.ID, c.Severity, c.Blocks)
		}
		for _, id := range c.ExplainedBy {
			if check.Find(all, id).ID == "" {
				t.Errorf("%s is explained by %s, which is no check", c.ID, id)
			}
		}
		explained[c.ID] = c.ExplainedBy
	}
	var follow func(path []string)
	follow = func(path []string) {
		for _, id := range explained[path[len(path)-1]] {
			if slices.Contains(path, id) {
				t.Errorf("checks explain each other in a circle: %s", strings.Join(append(path, id), " "))
				continue
			}
			follow(append(slices.Clone(path), id))
		}
	}
	for id := range explained {
		follow([]string{id})
	}
}

func TestEveryPageIsInTheProgram(t *testing.T) {
	t.Parallel()
	for _, c := range Registry() {
		if page, err := c.Page(); err != nil || !strings.HasPrefix(page, "# "+c.ID+": "+c.Title+"\n") {
			t.Errorf("the page of %s begins with %.60q, %v", c.ID, page, err)
		}
	}
}
