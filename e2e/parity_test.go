package e2e

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"podsg/e2e/parity"
	"podsg/e2e/rig"
)

// TestThePracticeWorldAnswersAsTheRealPartsDo fails on a difference that
// docs/parity.md does not list. The command parity makes that page anew.
func TestThePracticeWorldAnswersAsTheRealPartsDo(t *testing.T) {
	worlds, err := parity.Start(t.Context(), rig.Options{
		ControlPlane: controlPlaneBinary, Controller: controllerBinary, Definitions: definitionsDir,
	}, testLog{t})
	if err != nil {
		t.Fatal(err)
	}
	defer worlds.Close()
	results, err := worlds.Compare(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if err := parity.Judge(results); err != nil {
		t.Error(err)
	}
	page, err := os.ReadFile(filepath.Join("..", "docs", "parity.md"))
	if err != nil {
		t.Fatal(err)
	}
	if want := parity.Counts(results); !strings.Contains(string(page), want) {
		t.Errorf("docs/parity.md is not up to date: it does not say\n%s", want)
	}
}
