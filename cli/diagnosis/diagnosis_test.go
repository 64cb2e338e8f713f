package diagnosis

import (
	"encoding/json"
	"encoding/xml"
	"slices"
	"strings"
	"testing"

	"podsg/cli/console"
	"podsg/steps/check"
	"podsg/steps/plan"
	"podsg/steps/say"
)

func diagnosis() *plan.Diagnosis {
	checks := []check.Finding{
		{ID: "D11", Step: check.StepIAM, Title: "Role | policy", Status: check.Fail, Reason: say.T("role <eks> lacks it"),
			Evidence: []string{"attached: none"}, Fix: &check.Fix{Text: say.T("attach it"), Command: "aws iam attach-role-policy"}},
		{ID: "D37", Step: check.StepInstances, Title: "Nodes", Status: check.Fail, Reason: say.T("none offers it"), CausedBy: []string{"D11"}},
		{ID: "D33", Step: check.StepInstances, Title: "Types", Status: check.Warn, Reason: say.T("2 of 5")},
		{ID: "D40", Step: check.StepPolicy, Title: "Webhook", Status: check.Skip, Reason: say.T("no policy yet")},
		{ID: "D41", Step: check.StepPolicy, Title: "CRD", Status: check.Skip, Reason: say.T("no policy yet")},
		{ID: "D01", Step: check.StepIdentity, Title: "Credentials", Status: check.Pass, Reason: say.T("they work")},
	}
	return &plan.Diagnosis{
		SchemaVersion: 1, Cluster: "workshop", Region: "eu-west-1", Account: "111122223333",
		Verdict: check.Verdict{State: check.Broken, Causes: []check.Cause{{ID: "D11", Explains: []string{"D37"}}}},
		Summary: check.Summarize(checks), Checks: checks,
	}
}

func TestADiagnosisAsJUnitIsReadByCI(t *testing.T) {
	text, err := JUnit(diagnosis())
	if err != nil {
		t.Fatal(err)
	}
	var suites junitSuites
	if err := xml.Unmarshal([]byte(text), &suites); err != nil || len(suites.Suites) != 1 || suites.Time == "" {
		t.Fatalf("%v in %s", err, text)
	}
	suite := suites.Suites[0]
	if suite.Tests != 6 || suite.Failures != 2 || suite.Skipped != 2 || len(suite.Cases) != 6 {
		t.Errorf("got %+v", suite)
	}
	failed := suite.Cases[0]
	if failed.Failure == nil || failed.Failure.Message != "role <eks> lacks it" || !strings.Contains(failed.Failure.Text, "aws iam attach-role-policy") {
		t.Errorf("the failed check is %+v", failed)
	}
	if warned := suite.Cases[2]; warned.Failure != nil || !strings.Contains(warned.Output, "2 of 5") {
		t.Errorf("a warning is %+v", warned)
	}
}

func TestADiagnosisAsTextBeginsWithTheCauseAndItsFix(t *testing.T) {
	const width = 60
	text := Text(console.Style{}, diagnosis(), false, width)
	want := `Broken, by 1 cause
cluster workshop, region eu-west-1, account 111122223333

fail  D11  Role | policy: role <eks> lacks it
      fix: attach it
           aws iam attach-role-policy
      saw: attached: none
  fail  D37  Nodes: none offers it
             D11 explains it

warn  D33  Types: 2 of 5

skip  D40, D41: no policy yet

pass  1 check; --all shows it

Cluster workshop: 1 pass, 1 warn, 2 fail, 2 skip
fail  D11, D37
warn  D33
`
	if text != want {
		t.Errorf("got\n%s\nwant\n%s", text, want)
	}
	if long := Text(console.Style{}, diagnosis(), true, width); !strings.Contains(long, "pass  D01  Credentials: they work\n") {
		t.Errorf("what passes is not in\n%s", long)
	}
}

func TestADiagnosisAsTextIsNotWiderThanItsTerminal(t *testing.T) {
	d := diagnosis()
	d.Checks[0].Reason = say.T("%s", strings.Repeat("a sentence of many words ", 20))
	d.Checks[0].Evidence = []string{strings.Repeat("evidence ", 30)}
	for _, width := range []int{40, 80, 200} {
		for line := range strings.Lines(Text(console.Style{}, d, true, width)) {
			if len(line) > width+1 {
				t.Errorf("%d columns at %d: %s", len(line), width, line)
			}
		}
	}
}

func TestWhatHasChangedSinceABundleIsSaid(t *testing.T) {
	before, now := diagnosis(), diagnosis()
	before.Checks, now.Checks = before.Checks[2:], slices.Delete(now.Checks, 2, 3)
	now.Baseline = plan.SinceBaseline(before, now)
	text := Text(console.Style{}, now, false, console.Width)
	for _, want := range []string{"new      D11 Role | policy: role <eks> lacks it\n", "gone     D33 Types: 2 of 5\n"} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in\n%s", want, text)
		}
	}
	now.Baseline = plan.SinceBaseline(now, now)
	if text := Text(console.Style{}, now, false, console.Width); !strings.Contains(text, "no check has another outcome") {
		t.Errorf("got\n%s", text)
	}
}

func TestADiagnosisAsSARIFHasAResultForEachFinding(t *testing.T) {
	text, err := SARIF(diagnosis())
	if err != nil {
		t.Fatal(err)
	}
	var log sarifLog
	if err := json.Unmarshal([]byte(text), &log); err != nil || log.Version != "2.1.0" || len(log.Runs) != 1 {
		t.Fatalf("%v in %s", err, text)
	}
	results := log.Runs[0].Results
	if len(results) != 6 || len(log.Runs[0].Tool.Driver.Rules) != 6 {
		t.Fatalf("%d results, %d rules", len(results), len(log.Runs[0].Tool.Driver.Rules))
	}
	if r := results[0]; r.RuleID != "D11" || r.Level != "error" || r.Properties.Command != "aws iam attach-role-policy" {
		t.Errorf("got %+v", r)
	}
	if r := results[1]; !slices.Equal(r.Properties.CausedBy, []string{"D11"}) || r.Properties.Fix != "" {
		t.Errorf("got %+v", r)
	}
}

func TestADiagnosisAsMarkdownKeepsItsTable(t *testing.T) {
	text := Markdown(diagnosis())
	if !strings.Contains(text, `| fail | D11 | Role \| policy | role &lt;eks> lacks it |`) {
		t.Errorf("got\n%s", text)
	}
}
