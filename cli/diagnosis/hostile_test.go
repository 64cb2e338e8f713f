package diagnosis

import (
	"testing"

	"podsg/cli/console"
	"podsg/steps/check"
	"podsg/steps/clean/cleantest"
	"podsg/steps/plan"
	"podsg/steps/say"
)

func TestNamesOfOthersAreShownOnOneLine(t *testing.T) {
	t.Parallel()
	f := check.Finding{ID: "D44", Title: "pods", Status: check.Fail, Reason: say.T("pod %s is old", cleantest.Name), Fix: &check.Fix{Text: say.T("restart %s", cleantest.Name)}}
	f.Saw("log: " + cleantest.Name).On(cleantest.Name)
	skipped := check.Finding{ID: "D45", Title: "rules", Status: check.Skip, Reason: say.T("%s", cleantest.Name)}
	d := &plan.Diagnosis{Cluster: cleantest.Name, Region: cleantest.Name, Checks: []check.Finding{f, skipped}}
	cleantest.Printed(t, "text", Text(console.Style{}, d, true, 400))
	cleantest.Printed(t, "markdown", Markdown(d))
}
