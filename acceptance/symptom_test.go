package acceptance

import (
	"slices"
	"strings"
	"testing"

	"podsg/cli"
	"podsg/steps/check"
	"podsg/steps/plan"
)

func TestASymptomLeadsToItsCause(t *testing.T) {
	t.Parallel()
	l := newLab(t, "no-database-rule")
	log := "level=info msg=started\nconnection to server at \"db\" (10.0.0.1), port 5432 failed: timeout expired\n"
	for _, o := range []outcome{
		l.podsg("diagnose", "-o", "json", "--symptom", "timeout expired"),
		l.podsgWith(cli.Process{Args: []string{"diagnose", "-o", "json", "--symptom", "-"}, Stdin: strings.NewReader(log)}),
	} {
		d := decode[plan.Diagnosis](o.exits(cli.ExitChecks))
		if len(d.Verdict.Causes) != 1 || d.Verdict.Causes[0].ID != "D77" {
			t.Errorf("the causes are %+v", d.Verdict.Causes)
		}
		if slices.ContainsFunc(d.Checks, func(f check.Finding) bool { return f.ID == "D01" || f.ID == "D28" }) {
			t.Errorf("checks that do not matter are among the %d", len(d.Checks))
		}
	}
	l.podsg("diagnose", "--symptom", "all is well").exits(cli.ExitUsage)
}
