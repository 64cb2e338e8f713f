package acceptance

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"podsg/cli"
	"podsg/steps/check"
	"podsg/steps/plan"
)

func TestAWrongPasswordIsCorrectedByNamingTheRightOne(t *testing.T) {
	t.Parallel()
	l := newLab(t, "existing-db")
	file := filepath.Join(t.TempDir(), "password")
	if err := os.WriteFile(file, []byte("not-the-password\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	setup := []string{"setup", "--yes", "-o", "json", "--database", "orders-db", "--db-password-from"}
	wrong := decode[plan.Result](l.podsg(append(setup, "file:"+file)...).exits(cli.ExitChecks))
	if v := wrong.Verification; v == nil || v.Green.Verdict != plan.VerdictAuthFailed {
		t.Fatalf("with a wrong password: %+v", v)
	}
	right := append(setup, "secretsmanager:"+l.ordersSecret())
	d := decode[plan.Diagnosis](l.podsg("diagnose", "-o", "json", "--database", "orders-db", "--db-password-from", right[len(right)-1]).exits(cli.ExitChecks))
	if f := finding(d, "D100"); f.Status != check.Fail || !strings.Contains(strings.Join(f.Evidence, " "), "password is not the one of") {
		t.Errorf("D100: %+v", f)
	}
	corrected := decode[plan.Result](l.podsg(right...).exits(0))
	if proven(t, corrected); !slices.Contains(corrected.Applied, "secret") || !slices.Contains(corrected.Applied, "green-pod") {
		t.Errorf("setup did %v", corrected.Applied)
	}
	if again := decode[plan.Result](l.podsg(right...).exits(0)); len(again.Applied) > 0 {
		t.Errorf("the next setup did %v", again.Applied)
	}
	l.unchanged(func() {
		l.podsg(append(setup, "file:"+filepath.Join(t.TempDir(), "gone"))...).exits(0).says("could not be compared")
	})
}
