package cli

import (
	"context"
	"errors"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"podsg/steps/intent"
	"podsg/steps/world"
)

func TestTheExitCodeTellsWhatKindOfProblemItWas(t *testing.T) {
	cases := []struct {
		name string
		err  error
		code int
	}{
		{"a failure", &world.Problem{Err: errors.New("x")}, 1},
		{"an answer that cannot be", &world.Problem{Kind: world.ProblemUsage, Err: errors.New("x")}, 2},
		{"checks that must pass first", &world.Problem{Kind: world.ProblemChecks, Err: errors.New("x")}, 3},
		{"no credentials", &world.Problem{Kind: world.ProblemCredentials, Err: errors.New("x")}, 4},
		{"a missing permission", &world.Problem{Kind: world.ProblemPermission, Err: errors.New("x"), Permission: "eks:DescribeCluster"}, 4},
		{"a time-out", context.DeadlineExceeded, 5},
		{"a world that has changed", &world.Problem{Kind: world.ProblemChanged, Err: errors.New("x")}, 6},
	}
	for _, c := range cases {
		for _, args := range [][]string{{"plan"}, {"setup", "--yes"}, {"diagnose"}, {"cleanup", "--yes"}, {"watch", "--once"}, {"bundle"}} {
			t.Run(c.name+" in "+args[0], func(t *testing.T) {
				t.Parallel()
				r := run{args: append(args, "--cluster", "workshop"), world: &noWorld{err: c.err}}
				if code := r.do(); code != c.code {
					t.Errorf("exit code %d, want %d", code, c.code)
				}
				if r.out.String() != "" || !strings.Contains(r.err.String(), "podsg: error: ") {
					t.Errorf("stdout %q, stderr %q", r.out.String(), r.err.String())
				}
			})
		}
	}
}

func TestAnErrorIsToldWithItsHintCommandAndPermission(t *testing.T) {
	r := run{args: []string{"plan", "--cluster", "workshop", "-o", "json"}, world: &noWorld{err: &world.Problem{
		Kind: world.ProblemPermission, Doing: "describe cluster", Object: "workshop", Err: errors.New("denied"),
		Hint: "ask for it", Command: "podsg permissions", Permission: "eks:DescribeCluster",
	}}}
	if code := r.do(); code != ExitCredentials {
		t.Errorf("exit code %d", code)
	}
	for _, line := range []string{
		`podsg: error: describe cluster "workshop": denied`, "podsg: hint: ask for it", "podsg: try: podsg permissions", "podsg: hint: the missing permission is eks:DescribeCluster",
	} {
		if !strings.Contains(r.err.String(), line+"\n") {
			t.Errorf("no line %q in %q", line, r.err.String())
		}
	}
	doc := oneDocument(t, r.out.String())
	failed, _ := doc["failed"].(map[string]any)
	if doc["outcome"] != "failed" || doc["exitCode"] != 4.0 || failed["permission"] != "eks:DescribeCluster" || failed["command"] != "podsg permissions" {
		t.Errorf("got %v", doc)
	}
}

func TestTheFirstSignalStopsTheWorkAndTheSecondLeaves(t *testing.T) {
	t.Run("the first", func(t *testing.T) {
		signals := make(chan os.Signal, 1)
		world := &noWorld{started: make(chan struct{})}
		r := run{args: []string{"plan", "--cluster", "workshop", "-o", "json"}, world: world, signals: signals}
		go func() {
			<-world.started
			signals <- os.Interrupt
		}()
		if code := r.do(); code != ExitInterrupted {
			t.Errorf("exit code %d", code)
		}
		if doc := oneDocument(t, r.out.String()); doc["outcome"] != "interrupted" {
			t.Errorf("got %v", doc)
		}
	})
	t.Run("the second", func(t *testing.T) {
		signals := make(chan os.Signal, 2)
		signals <- syscall.SIGTERM
		signals <- syscall.SIGTERM
		// A command that does not care about its context.
		a := newApp(Process{Args: []string{"explain", "-f", "-"}, Stdin: never{t.Context()}, Stdout: &buffer{}, Stderr: &buffer{}, Signals: signals})
		if code := a.run(); code != ExitInterrupted {
			t.Errorf("exit code %d", code)
		}
	})
}

// never is an input on which nothing comes.
type never struct{ ctx context.Context }

func (n never) Read([]byte) (int, error) {
	<-n.ctx.Done()
	return 0, n.ctx.Err()
}

func TestATimeoutEndsARunWithoutQuestions(t *testing.T) {
	r := run{args: []string{"setup", "--yes", "--cluster", "workshop", "--timeout", "20ms"}, world: &noWorld{started: make(chan struct{})}}
	started := time.Now()
	if code := r.do(); code != ExitTimeout {
		t.Errorf("exit code %d: %s", code, r.err.String())
	}
	if time.Since(started) > 10*time.Second {
		t.Error("it did not end in time")
	}
}

func TestNobodyIsAskedWithoutATerminal(t *testing.T) {
	for _, args := range [][]string{{}, {"setup"}, {"setup", "-o", "json"}} {
		r := run{args: append(args, "--cluster", "workshop"), world: &noWorld{err: &world.Problem{Kind: world.ProblemUsage, Err: errors.New("x")}}, stdin: never{t.Context()}}
		if code := r.do(); code != ExitUsage {
			t.Errorf("%v: exit code %d", args, code)
		}
	}
}

func TestOpenQuestionsNameTheirFlagsKeysAndChoices(t *testing.T) {
	err := openQuestions([]intent.Question{{
		Key: "nodeSecurityGroup.id", Flag: "--node-security-group", Text: "which is the nodes'?",
		Choices: []intent.Choice{{Value: "sg-1", Detail: []string{"nodes"}}, {Value: "sg-2", Disabled: "of another VPC"}},
	}})
	if world.KindOf(err) != world.ProblemUsage {
		t.Errorf("kind %d", world.KindOf(err))
	}
	for _, want := range []string{"--node-security-group (answers: nodeSecurityGroup.id): which is the nodes'?", "sg-1  nodes"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("no %q in %q", want, err)
		}
	}
	if strings.Contains(err.Error(), "sg-2") {
		t.Errorf("a choice that cannot be made is offered: %q", err)
	}
}
