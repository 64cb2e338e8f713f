package ptytest

import (
	"net"
	"testing"
)

// hung is the environment of an account whose endpoint accepts connections and
// never answers.
func hung(t *testing.T) []string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			t.Cleanup(func() { _ = c.Close() })
		}
	}()
	return []string{
		"AWS_ENDPOINT_URL=http://" + l.Addr().String(), "AWS_REGION=us-west-2", "AWS_EC2_METADATA_DISABLED=true",
		"AWS_ACCESS_KEY_ID=AKIAHUNGHUNGHUNGHUNG", "AWS_SECRET_ACCESS_KEY=none",
	}
}

func TestAnEndpointThatNeverAnswersDoesNotFreezeTheScreen(t *testing.T) {
	t.Parallel()
	x := Start(t, 100, 30, hung(t), podsg, "setup")
	x.Sees("page 1 of 14", "Asking AWS") // the first frame does not wait for it
	x.Press("?")
	x.Sees("esc closes")
	x.Press("esc")
	x.Resize(120, 40)
	x.Sees("Asking AWS", "0:0") // the time goes on
	x.Press("esc")
	x.Sees("Stopped waiting.")
	x.Press("q")
	if code := x.Ends(); code != 130 {
		t.Errorf("exit code %d", code)
	}
	x.Restored()
}

func TestEscLeavesWatchWhileNothingAnswers(t *testing.T) {
	t.Parallel()
	x := Start(t, 80, 24, hung(t), podsg, "watch", "--cluster", "workshop")
	x.Sees("Reading the cluster … 1s")
	x.Press("esc")
	if code := x.Ends(); code != 0 {
		t.Errorf("exit code %d", code)
	}
	x.Restored()
}

func TestDiagnoseCanBeStoppedWhileNothingAnswers(t *testing.T) {
	t.Parallel()
	x := Start(t, 80, 24, hung(t), podsg, "diagnose", "--cluster", "workshop")
	x.Sees("Reading cluster workshop")
	x.Press("esc")
	x.Sees("Stopped reading.")
	x.Press("q")
	x.Ends()
	x.Restored()
}
