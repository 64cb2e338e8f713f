package diagnosis

import (
	"strings"
	"testing"

	"podsg/steps/check"
	"podsg/steps/plan"
)

func TestNothingThatWasReadEndsAFence(t *testing.T) {
	t.Parallel()
	text := Markdown(&plan.Diagnosis{Checks: []check.Finding{{
		ID: "D90", Status: check.Fail, Evidence: []string{"log: ```", "# forged", "````"}, Fix: &check.Fix{Command: "echo '```'"},
	}}})
	if !strings.Contains(text, "\n`````\nlog: ```\n# forged\n````\n`````\n") || !strings.Contains(text, "\n````sh\necho '```'\n````\n") {
		t.Errorf("a fence ends within\n%s", text)
	}
}
