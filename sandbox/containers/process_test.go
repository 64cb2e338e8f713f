package containers_test

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"podsg/sandbox/containers"
)

func TestLogsAreChosenByNumberAndTime(t *testing.T) {
	w := newWorld(t)
	p := start(t, w.spec("sh", "-c", "echo one; echo two >&2; sleep 60; echo three; printf four"))
	awaitLine(t, p, "two")
	w.awaitTimer(t)
	later := w.clock.Now().Add(time.Minute)
	w.clock.Step(time.Minute)
	finish(t, p)

	two, none := int64(2), int64(0)
	for _, c := range []struct {
		sentence string
		options  containers.LogOptions
		want     string
	}{
		{"everything", containers.LogOptions{}, "one\ntwo\nthree\nfour\n"},
		{"the last two lines", containers.LogOptions{TailLines: &two}, "three\nfour\n"},
		{"no line", containers.LogOptions{TailLines: &none}, ""},
		{"since a minute after the start", containers.LogOptions{Since: later}, "three\nfour\n"},
		{"with their times", containers.LogOptions{Timestamps: true, TailLines: &two},
			"2026-03-01T10:01:00Z three\n2026-03-01T10:01:00Z four\n"},
	} {
		if got := logs(t, p, c.options); got != c.want {
			t.Errorf("%s: %q, want %q", c.sentence, got, c.want)
		}
	}
}

func TestFollowingALogEndsWithTheContainerOrTheReader(t *testing.T) {
	w := newWorld(t)
	p := start(t, w.spec("sh", "-c", "echo up; sleep 60; echo over"))
	awaitLine(t, p, "up")

	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := p.Logs(ctx, containers.LogOptions{Follow: true}, &bytes.Buffer{}); !errors.Is(err, context.Canceled) {
		t.Errorf("a reader that went away: %v", err)
	}
	var out bytes.Buffer
	done := make(chan error)
	go func() { done <- p.Logs(t.Context(), containers.LogOptions{Follow: true}, &out) }()
	w.awaitTimer(t)
	w.clock.Step(time.Minute)
	if err := <-done; err != nil || out.String() != "up\nover\n" {
		t.Errorf("followed %q, %v", out.String(), err)
	}
}

func TestALogKeepsTheLastLinesOnly(t *testing.T) {
	w := newWorld(t)
	p := start(t, w.spec("sh", "-c", `i=0; while [ $i -lt 12000 ]; do i=$((i+1)); echo "line $i"; done`))
	out, _ := finish(t, p)
	lines := strings.Split(strings.TrimSpace(out), "\n")
	if n := len(lines); n < 3000 || n > 5000 || lines[n-1] != "line 12000" {
		t.Errorf("%d lines, the last %q", n, lines[len(lines)-1])
	}
}

func TestACommandThatTheImageDoesNotHaveCannotStart(t *testing.T) {
	w := newWorld(t)
	_, err := containers.Start(t.Context(), w.spec("python3", "-c", "print(1)"))
	var missing *containers.StartError
	if !errors.As(err, &missing) || missing.ExitCode() != 128 ||
		!strings.Contains(err.Error(), `exec: "python3": executable file not found in $PATH`) {
		t.Errorf("got %v", err)
	}
}

func TestImagesHaveTheirProgramsAndCommands(t *testing.T) {
	w := newWorld(t)
	runtime := containers.NewRuntime()
	const registry = "public.ecr.aws/docker/library/"
	run := func(image string, command ...string) (string, error) {
		spec := w.spec(command...)
		p, err := runtime.Start(t.Context(), image, spec)
		if err != nil {
			return "", err
		}
		t.Cleanup(p.Stop)
		out, _ := finish(t, p)
		return out, nil
	}
	if out, err := run(registry+"postgres:17.5-alpine", "sh", "-c", "psql --version; nc -z none 1"); err != nil ||
		out != "psql (PostgreSQL) 17.5\nnc: bad address 'none'\n" {
		t.Errorf("postgres: %q, %v", out, err)
	}
	if out, err := run(registry+"postgres:17", "sh", "-c", "nc -z none 1"); err != nil || out != "sh: nc: not found\n" {
		t.Errorf("postgres on Debian: %q, %v", out, err)
	}
	if out, err := run("busybox", "sh", "-c", "psql"); err != nil || out != "sh: psql: not found\n" {
		t.Errorf("busybox: %q, %v", out, err)
	}
	if _, err := run("registry.k8s.io/pause:3.10", "sh", "-c", "true"); err == nil {
		t.Error("pause has a shell")
	}
	for image, line := range map[string]string{
		"602401143452.dkr.ecr.us-west-2.amazonaws.com/amazon-k8s-cni:v1.20.0":              "Starting VPC CNI daemon",
		"602401143452.dkr.ecr.us-west-2.amazonaws.com/eks/coredns:v1.11.4-eksbuild.2":      ".:53",
		"public.ecr.aws/docker/library/nginx:1.29":                                         "ready for start up",
		"public.ecr.aws/docker/library/postgres:16-alpine":                                 "ready for start up",
		"918309763551.dkr.ecr.cn-north-1.amazonaws.com.cn/eks/kube-proxy:v1.33.0-eksbuild": "Starting service config controller",
	} {
		p, err := runtime.Start(t.Context(), image, w.spec())
		if err != nil {
			t.Errorf("%s: %v", image, err)
			continue
		}
		awaitLine(t, p, line)
		if _, ended := p.ExitCode(); ended {
			t.Errorf("%s ended", image)
		}
		p.Stop()
	}
	for _, image := range []string{"public.ecr.aws/docker/library/postgres:99-alpine", "example.com/none:1", "postgress"} {
		_, err := runtime.Pull(image)
		var missing *containers.ImageError
		if !errors.As(err, &missing) || !strings.HasSuffix(err.Error(), ": not found") {
			t.Errorf("%s: %v", image, err)
		}
	}
}
