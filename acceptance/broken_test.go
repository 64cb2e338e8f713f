package acceptance

import (
	"testing"
	"time"

	"podsg/sandbox"
	"podsg/steps"
)

func TestSurvey(t *testing.T) {
	for _, s := range sandbox.Scenarios() {
		if s.Check == "" && s.Name != "ready" {
			continue
		}
		t.Run(s.Name, func(t *testing.T) {
			t.Parallel()
			at := time.Now()
			l := newLab(t, s.Name)
			started := time.Since(at)
			d := decode[steps.Diagnosis](l.podsg("diagnose", "-o", "json"))
			t.Logf("%s wants %s, started in %s", s.Name, s.Check, started)
			for _, f := range d.Checks {
				if f.Status == steps.Fail || f.Status == steps.Warn {
					t.Logf("   %s %s: %s | %v", f.Status, f.ID, f.Reason, f.Evidence)
				}
			}
		})
	}
}
