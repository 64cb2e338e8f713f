package ptytest

import (
	"os"
	"syscall"
	"testing"
)

func TestWatchShowsTheClusterAndLeavesTheTerminalAsItWas(t *testing.T) {
	t.Parallel()
	x := Start(t, 120, 40, nil, podsg, "watch", "--sandbox=workshop")
	x.Sees("workshop, us-west-2", "1 Roll-out", "2 Pods", "aws-node is rolled out on all 5 nodes", "m5.large", "0 of 0 branch ENIs in use")
	x.Press("3")
	x.Sees("3 Events", "4 Logs", "no test pod yet")
	x.Press("1", "z", "/", "t3")
	x.Sees("/t3", "1 of 2 (5 in all)")
	x.Press("esc")
	x.Sees("of 5")
	x.Press("enter")
	x.Sees("instance", "aws-node", "✓ new, ready")
	for _, size := range [][2]int{{80, 24}, {40, 10}, {200, 60}} {
		x.Resize(size[0], size[1])
	}
	x.Sees("aws-node", "instance")
	x.Press("q")
	if code := x.Ends(); code != 0 {
		t.Errorf("exit code %d", code)
	}
	x.Restored()
}

func TestTheTerminalIsRestoredHoweverWatchEnds(t *testing.T) {
	for name, end := range map[string]func(x *Terminal){
		"ctrl+c":                 func(x *Terminal) { x.Press("ctrl+c") },
		"an interrupt":           func(x *Terminal) { x.Signal(os.Interrupt) },
		"a request to terminate": func(x *Terminal) { x.Signal(syscall.SIGTERM) },
		"a hang-up":              func(x *Terminal) { x.Signal(syscall.SIGHUP) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			x := Start(t, 80, 24, nil, podsg, "watch", "--sandbox=workshop")
			x.Sees("branch ENIs in use")
			end(x)
			x.Ends()
			x.Restored()
		})
	}
}
