package diagnosis

import (
	"encoding/xml"
	"strings"
	"testing"

	"podsg/cli/console"
	"podsg/steps/check"
	"podsg/steps/plan"
	"podsg/steps/say"
)

func diagnosis() *plan.Diagnosis {
	checks := []check.Finding{
		{ID: "D01", Step: check.StepIdentity, Title: "Credentials", Status: check.Pass, Reason: say.T("they work")},
		{ID: "D11", Step: check.StepIAM, Title: "Role | policy", Status: check.Fail, Reason: say.T("role <eks> lacks it"),
			Evidence: []string{"attached: none"}, Fix: &check.Fix{Text: say.T("attach it"), Command: "aws iam attach-role-policy"}},
		{ID: "D33", Step: check.StepInstances, Title: "Types", Status: check.Warn, Reason: say.T("2 of 5")},
		{ID: "D40", Step: check.StepPolicy, Title: "Webhook", Status: check.Skip, Reason: say.T("no policy yet")},
	}
	return &plan.Diagnosis{SchemaVersion: 1, Cluster: "workshop", Summary: check.Summarize(checks), Checks: checks}
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
	if suite.Tests != 4 || suite.Failures != 1 || suite.Skipped != 1 || len(suite.Cases) != 4 {
		t.Errorf("got %+v", suite)
	}
	failed := suite.Cases[1]
	if failed.Failure == nil || failed.Failure.Message != "role <eks> lacks it" || !strings.Contains(failed.Failure.Text, "aws iam attach-role-policy") {
		t.Errorf("the failed check is %+v", failed)
	}
	if warned := suite.Cases[2]; warned.Failure != nil || !strings.Contains(warned.Output, "2 of 5") {
		t.Errorf("a warning is %+v", warned)
	}
}

func TestADiagnosisAsTextEndsWithWhatFailed(t *testing.T) {
	short, long := Text(console.Style{}, diagnosis(), false), Text(console.Style{}, diagnosis(), true)
	for _, want := range []string{"fail  D11  Role | policy: role <eks> lacks it\n", "attached: none", "aws iam attach-role-policy", "pass  D01\n", "skip  D40"} {
		if !strings.Contains(short, want) {
			t.Errorf("no %q in\n%s", want, short)
		}
	}
	for _, text := range []string{short, long} {
		if !strings.HasSuffix(text, "Cluster workshop: 1 pass, 1 warn, 1 fail, 1 skip\nfail  D11\nwarn  D33\n") {
			t.Errorf("the end of\n%s", text)
		}
	}
	if !strings.Contains(long, "pass  D01  Credentials: they work\n") {
		t.Errorf("what passes is not in\n%s", long)
	}
}

func TestADiagnosisAsMarkdownKeepsItsTable(t *testing.T) {
	text := Markdown(diagnosis())
	if !strings.Contains(text, `| fail | D11 | Role \| policy | role &lt;eks> lacks it |`) {
		t.Errorf("got\n%s", text)
	}
}
