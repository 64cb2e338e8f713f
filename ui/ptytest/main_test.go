package ptytest

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// podsg and panics are the programs under test.
var podsg, panics string

func TestMain(m *testing.M) {
	code, err := run(m)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
	}
	os.Exit(code)
}

func run(m *testing.M) (int, error) {
	dir, err := os.MkdirTemp("", "podsg-ptytest-")
	if err != nil {
		return 1, err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	podsg, panics = filepath.Join(dir, "podsg"), filepath.Join(dir, "panics")
	for out, source := range map[string]string{podsg: "podsg", panics: "./testdata/panics"} {
		if text, err := exec.Command("go", "build", "-o", out, source).CombinedOutput(); err != nil {
			return 1, fmt.Errorf("build %s: %w\n%s", source, err, text)
		}
	}
	return m.Run(), nil
}
