package e2e

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"podsg/e2e/rig"
)

// What the script run builds.
const (
	podsgBinary        = "bin/podsg"
	controlPlaneBinary = "bin/controlplane"
	controllerBinary   = "bin/vpc-resource-controller"
	definitionsDir     = "bin/definitions"
)

func TestMain(m *testing.M) {
	if err := prepare(); err != nil {
		fmt.Fprintln(os.Stderr, "e2e:", err)
		os.Exit(1)
	}
	os.Exit(m.Run())
}

// prepare fails where the real parts are missing: skipping would pass for
// having proven something.
func prepare() error {
	for _, file := range []string{podsgBinary, controlPlaneBinary, controllerBinary, definitionsDir} {
		if _, err := os.Stat(file); err != nil {
			return fmt.Errorf("%w; the script ./run in %s builds it", err, filepath.Base(mustGetwd()))
		}
	}
	return rig.Isolate()
}

func mustGetwd() string {
	dir, err := os.Getwd()
	if err != nil {
		return "."
	}
	return dir
}
