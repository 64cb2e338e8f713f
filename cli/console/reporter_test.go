package console

import (
	"bytes"
	"io"
	"log/slog"
	"strings"
	"testing"
	"time"

	"podsg/steps/plan"
)

func TestProgressIsToldWhenItChangesAndNotTooOften(t *testing.T) {
	var out bytes.Buffer
	r := NewReporter(New(nil, io.Discard, &out, nil), slog.New(slog.DiscardHandler))
	start := time.Date(2026, 3, 1, 10, 0, 0, 0, time.UTC)
	for i, text := range []string{"1 of 9", "1 of 9", "2 of 9", "3 of 9"} {
		r.Observe(plan.Event{Type: plan.EventChangeProgress, Change: "cni", Summary: "roll out", At: start.Add(time.Duration(i) * 6 * time.Second), Progress: &plan.Progress{Text: text}})
	}
	if got := out.String(); strings.Count(got, "\n") != 2 || !strings.Contains(got, "1 of 9") || !strings.Contains(got, "2 of 9") {
		t.Errorf("got %q", got)
	}
}
