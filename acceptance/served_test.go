package acceptance

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"podsg/sandbox"
	"podsg/steps/plan"
)

// servedWorld is a world that another process serves.
type servedWorld struct {
	t         *testing.T
	variables map[string]string
}

// serve starts podsg sandbox in a process of its own and reads what it exports.
func serve(t *testing.T) *servedWorld {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(self, "sandbox", fmt.Sprintf("--sandbox-speed=%d", speed))
	cmd.Env = append(os.Environ(), asPodsg+"="+serving)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Signal(os.Interrupt)
		if err := cmd.Wait(); err != nil {
			t.Errorf("the interrupted sandbox: %v", err)
		}
	})
	w := &servedWorld{t: t, variables: map[string]string{}}
	for lines := bufio.NewScanner(out); lines.Scan(); {
		if lines.Text() == "ready" {
			go func() { _, _ = io.Copy(io.Discard, out) }()
			return w
		}
		name, value, ok := strings.Cut(strings.TrimPrefix(lines.Text(), "export "), "=")
		if !ok || !strings.HasPrefix(lines.Text(), "export ") {
			t.Fatalf("the sandbox printed %q", lines.Text())
		}
		w.variables[name] = strings.Trim(value, "'")
	}
	t.Fatal("the sandbox ended before it was ready")
	return nil
}

// podsg runs podsg in another process, as from another shell.
func (w *servedWorld) podsg(args ...string) outcome {
	w.t.Helper()
	self, err := os.Executable()
	if err != nil {
		w.t.Fatal(err)
	}
	var stdout, stderr buffer
	cmd := exec.Command(self, args...)
	cmd.Env = []string{asPodsg + "=" + real, "HOME=" + w.t.TempDir()}
	for name, value := range w.variables {
		cmd.Env = append(cmd.Env, name+"="+value)
	}
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	timer := time.AfterFunc(time.Minute, func() { _ = cmd.Process.Kill() })
	defer timer.Stop()
	_ = cmd.Run() // the exit code tells
	return outcome{t: w.t, args: args, code: cmd.ProcessState.ExitCode(), stdout: stdout.String(), stderr: stderr.String()}
}

// ask reads a document from the world's control.
func ask[T any](w *servedWorld, path string) T {
	w.t.Helper()
	resp, err := http.Get(w.variables["PODSG_SANDBOX_URL"] + path)
	if err != nil {
		w.t.Fatal(err)
	}
	defer resp.Body.Close()
	var v T
	if err := json.NewDecoder(resp.Body).Decode(&v); err != nil {
		w.t.Fatal(err)
	}
	return v
}

func (w *servedWorld) state() state {
	w.t.Helper()
	out := state{}
	for key, v := range ask[map[string]any](w, "/objects") {
		out[key] = map[string]string{}
		flatten(out[key], "", v)
	}
	return out
}

func TestAServedWorldIsSetUpAndCleanedUpFromOtherProcesses(t *testing.T) {
	t.Parallel()
	w := serve(t)
	before := w.state()
	proven(t, decode[plan.Result](w.podsg("setup", "--yes", "-o", "json").exits(0)))

	calls := len(ask[[]sandbox.Call](w, "/calls?mutating=true"))
	if again := decode[plan.Result](w.podsg("setup", "--yes", "-o", "json").exits(0)); len(again.Applied) > 0 {
		t.Errorf("the second setup did %v", again.Applied)
	}
	if now := ask[[]sandbox.Call](w, "/calls?mutating=true"); len(now) > calls {
		t.Errorf("the second setup made calls that change the world: %+v", now[calls:])
	}
	w.podsg("diagnose").exits(0)
	w.podsg("cleanup", "--yes").exits(0).says("trunk ENI")
	if bad := unexpected(differences(before, w.state())); len(bad) > 0 {
		t.Errorf("after the cleanup:\n%s", strings.Join(bad, "\n"))
	}
}
