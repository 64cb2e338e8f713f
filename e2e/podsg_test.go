package e2e

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"podsg/e2e/rig"
)

// Exit codes of podsg.
const (
	exitDone         = 0
	exitError        = 1
	exitChecksFailed = 3
)

const (
	commandPatience = 5 * time.Minute
	speed           = 20 // of the rigs' clock
)

// world is a running rig with podsg's view of it.
type world struct {
	*rig.Rig
	t *testing.T
}

// startWorld starts a rig that ends with the test.
func startWorld(t *testing.T, o rig.Options) *world {
	t.Helper()
	o.ControlPlane, o.Controller, o.Definitions = controlPlaneBinary, controllerBinary, definitionsDir
	o.Speed, o.Log = speed, testLog{t}
	r, err := rig.Start(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if t.Failed() {
			if kept, err := os.MkdirTemp("", "podsg-e2e-logs-"); err == nil && os.CopyFS(kept, os.DirFS(r.Logs())) == nil {
				t.Logf("logs of the components are in %s", kept)
			}
		}
		r.Close()
	})
	return &world{r, t}
}

// testLog writes lines to a test's log.
type testLog struct{ t *testing.T }

func (l testLog) Write(b []byte) (int, error) {
	l.t.Log(strings.TrimRight(string(b), "\n"))
	return len(b), nil
}

// workshopNodes are 12 nodes, a quarter of which cannot have a trunk interface.
var workshopNodes = []rig.NodeGroup{{Name: "ng-m5", InstanceType: "m5.large", Count: 9}, {Name: "ng-t3", InstanceType: "t3.medium", Count: 3}}

type output struct {
	code           int
	stdout, stderr string
}

// command is podsg, in the world's environment and nothing of the user's.
func (w *world) command(ctx context.Context, args ...string) *exec.Cmd {
	binary, err := filepath.Abs(podsgBinary)
	if err != nil {
		w.t.Fatal(err)
	}
	cmd := exec.CommandContext(ctx, binary, args...)
	home := w.t.TempDir()
	cmd.Dir = home
	cmd.Env = append(w.Environment(), "HOME="+home, "PATH="+os.Getenv("PATH"), "TERM=xterm-256color", "KUBECONFIG="+filepath.Join(home, "none"))
	return cmd
}

// podsg runs podsg without a terminal.
func (w *world) podsg(args ...string) output {
	w.t.Helper()
	ctx, cancel := context.WithTimeout(w.t.Context(), commandPatience)
	defer cancel()
	cmd := w.command(ctx, args...)
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	err := cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		w.t.Fatalf("podsg %s: %v", strings.Join(args, " "), err)
	}
	return output{cmd.ProcessState.ExitCode(), stdout.String(), stderr.String()}
}

// mustPodsg runs podsg, wants its success, and decodes its JSON.
func (w *world) mustPodsg(result any, args ...string) {
	w.t.Helper()
	out := w.podsg(append(args, "-o", "json")...)
	if out.code != exitDone {
		w.t.Fatalf("podsg %s: exit code %d\n%s\n%s", strings.Join(args, " "), out.code, out.stderr, out.stdout)
	}
	decode(w.t, out.stdout, result)
}

func decode(t *testing.T, text string, result any) {
	t.Helper()
	if err := json.Unmarshal([]byte(text), result); err != nil {
		t.Fatalf("decode podsg's result: %v\n%s", err, text)
	}
}

// setupResult is what the tests read of `podsg setup -o json`.
type setupResult struct {
	Outcome      string
	Applied      []string
	Verification struct {
		Green probeResult
		Red   probeResult
	}
}

type probeResult struct {
	Pod, Verdict, ClientAddress, Error string
	ENI                                struct {
		ID, PrivateIP string
		VLANID        int `json:"vlanId"`
		Groups        []string
	}
}

type planResult struct {
	Changes []struct{ ID, Summary string }
}

type diagnosis struct {
	Checks []finding
}

type finding struct {
	ID, Status, Title, Reason string
	Evidence                  []string
}

// diagnose runs every check.
func (w *world) diagnose(args ...string) diagnosis {
	w.t.Helper()
	out := w.podsg(append([]string{"diagnose", "-o", "json"}, args...)...)
	if out.code != exitDone && out.code != exitChecksFailed {
		w.t.Fatalf("podsg diagnose: exit code %d\n%s", out.code, out.stderr)
	}
	var d diagnosis
	decode(w.t, out.stdout, &d)
	return d
}

// failed are the checks that failed.
func (d diagnosis) failed() []finding {
	return slices.DeleteFunc(slices.Clone(d.Checks), func(f finding) bool { return f.Status != "fail" })
}

// says reports whether a check has a status and its reason or evidence contains
// a text.
func (d diagnosis) says(id, status, text string) bool {
	return slices.ContainsFunc(d.Checks, func(f finding) bool {
		return f.ID == id && f.Status == status && strings.Contains(f.Reason+"\n"+strings.Join(f.Evidence, "\n"), text)
	})
}

// String lists what did not pass.
func (d diagnosis) String() string {
	var lines []string
	for _, f := range d.Checks {
		if f.Status != "pass" && f.Status != "skip" {
			lines = append(lines, f.Status+" "+f.ID+" "+f.Title+": "+f.Reason+" "+strings.Join(f.Evidence, "; "))
		}
	}
	return strings.Join(lines, "\n")
}

// eventually waits until something holds.
func (w *world) eventually(what string, patience time.Duration, holds func(ctx context.Context) bool) {
	w.t.Helper()
	ctx, cancel := context.WithTimeout(w.t.Context(), patience)
	defer cancel()
	for !holds(ctx) {
		select {
		case <-ctx.Done():
			w.t.Fatalf("not within %v: %s", patience, what)
		case <-time.After(200 * time.Millisecond):
		}
	}
}
