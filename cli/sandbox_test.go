package cli

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"

	"podsg/cli/console"
	"podsg/cli/practice"
)

// toyPractice is a practice world that only exports variables.
type toyPractice struct{ closed chan struct{} }

func (toyPractice) Scenarios() []practice.Scenario {
	return []practice.Scenario{{Name: "workshop", Title: "T", Description: "D"}}
}

func (p toyPractice) Start(context.Context, practice.Options) (practice.World, error) {
	return toyWorld(p), nil
}

type toyWorld toyPractice

func (toyWorld) Environment() []practice.Variable {
	return []practice.Variable{{Name: "AWS_REGION", Value: "us-west-2"}, {Name: "KUBECONFIG", Value: "/tmp/it's here"}, {Name: "PODSG_CLUSTER", Value: "practice"}}
}
func (w toyWorld) Close() { close(w.closed) }

func TestAServedWorldExportsItsVariablesAndEndsWithASignal(t *testing.T) {
	practice := toyPractice{closed: make(chan struct{})}
	signals := make(chan os.Signal, 1)
	r := run{args: []string{"sandbox"}, worlds: practice, signals: signals}
	done := make(chan int, 1)
	go func() { done <- r.do() }()
	deadline := time.After(10 * time.Second)
	for !strings.HasSuffix(r.out.String(), "ready\n") {
		select {
		case <-deadline:
			t.Fatalf("it does not get ready: %q", r.out.String())
		case <-time.After(time.Millisecond):
		}
	}
	if want := "export AWS_REGION=us-west-2\nexport KUBECONFIG='/tmp/it'\\''s here'\nexport PODSG_CLUSTER=practice\nready\n"; r.out.String() != want {
		t.Errorf("got %q", r.out.String())
	}
	signals <- os.Interrupt
	if code := <-done; code != 0 {
		t.Errorf("exit code %d", code)
	}
	<-practice.closed
}

func TestAPracticeWorldReplacesTheUsersAccountAndClusters(t *testing.T) {
	worlds := toyPractice{closed: make(chan struct{})}
	r := run{args: []string{"plan", "--sandbox", "--kubeconfig", "mine", "--context", "mine"}, worlds: worlds, world: &noWorld{err: os.ErrInvalid}}
	r.do()
	if r.settings.World.Get("AWS_REGION") != "us-west-2" || r.settings.Speed != practice.DefaultSpeed {
		t.Errorf("the settings are %+v", r.settings)
	}
	<-worlds.closed
	for _, args := range [][]string{{"sandbox", "atlantis"}, {"plan", "--sandbox=atlantis"}, {"plan", "--sandbox", "--sandbox-speed", "0"}, {"sandbox", "a", "b"}} {
		if code := (&run{args: args, worlds: worlds}).do(); code != 2 {
			t.Errorf("%v: exit code %d", args, code)
		}
	}
}

// library has a world, and one that is broken.
type library struct{ toyPractice }

func (library) Scenarios() []practice.Scenario {
	return []practice.Scenario{
		{Name: "workshop", Title: "A workshop's cluster", Description: strings.Repeat("It has this and that. ", 10)},
		{Name: "no-rule", Title: "Timeout expired", Description: "The pods wait.", Check: "D77"},
	}
}

func TestBrokenWorldsAreListedApartWithTheirChecks(t *testing.T) {
	r := run{args: []string{"sandbox", "--list"}, worlds: library{}}
	if code := r.do(); code != 0 {
		t.Fatalf("exit code %d", code)
	}
	whole, broken, found := strings.Cut(r.out.String(), "Broken worlds")
	if !found || !strings.Contains(whole, "workshop") || strings.Contains(whole, "no-rule") || !strings.Contains(broken, "no-rule  D77  Timeout expired") {
		t.Errorf("the list:\n%s", r.out.String())
	}
	for line := range strings.Lines(r.out.String()) {
		if len(line) > console.Width+1 {
			t.Errorf("a line of %d columns: %s", len(line)-1, line)
		}
	}
	r = run{args: []string{"sandbox", "--list", "-o", "json"}, worlds: library{}}
	r.do()
	if !strings.Contains(r.out.String(), `"check": "D77"`) {
		t.Errorf("as JSON: %s", r.out.String())
	}
	r = run{args: []string{"plan", "--sandbox=atlantis"}, worlds: library{}}
	if r.do(); !strings.Contains(r.err.String(), "there are: workshop, and 1 broken one") {
		t.Errorf("the error: %s", r.err.String())
	}
}

func TestTheCallsOfAServedWorldAreListed(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, `[{"at":"2026-03-01T10:00:00Z","service":"ec2","action":"DescribeVpcs","mutating":false},
			{"at":"2026-03-01T10:00:01Z","service":"ec2","action":"CreateSecurityGroup","mutating":true,"error":"InvalidGroup.Duplicate"}]`)
	}))
	defer server.Close()
	r := run{args: []string{"sandbox", "calls", "--mutating"}, environ: []string{"PODSG_SANDBOX_URL=" + server.URL}}
	if code := r.do(); code != 0 || !strings.Contains(r.out.String(), "CreateSecurityGroup") || strings.Contains(r.out.String(), "DescribeVpcs") || !strings.Contains(r.out.String(), "1 call\n") {
		t.Errorf("exit code %d, %s%s", code, r.out.String(), r.err.String())
	}
	server.Close()
	if code := (&run{args: r.args, environ: r.environ}).do(); code != ExitError {
		t.Errorf("with the world gone: exit code %d", code)
	}
}
