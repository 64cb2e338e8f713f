package cli

import (
	"log/slog"
	"time"

	"podsg/steps"
)

// progressPause is how long a change that reports often stays silent between
// two lines.
const progressPause = 10 * time.Second

// reporter tells the events of a run, a line each, on standard error and in the
// log.
type reporter struct {
	out  *console
	log  *slog.Logger
	said map[string]saying // by change
}

type saying struct {
	text string
	at   time.Time
}

func newReporter(out *console, log *slog.Logger) *reporter {
	return &reporter{out: out, log: log, said: map[string]saying{}}
}

// observe implements [steps.Observer].
func (r *reporter) observe(e steps.Event) {
	if e.Type == steps.EventFactRead {
		return // what was read is told in larger pieces
	}
	r.record(e)
	st := r.out.style
	switch e.Type {
	case steps.EventObserveProgress:
		r.out.say("read     %s", e.Progress.Text)
	case steps.EventChangeStarted:
		r.out.say("start    %s", e.Summary)
	case steps.EventLockProgress, steps.EventChangeProgress, steps.EventVerifyProgress:
		r.progress(e)
	case steps.EventChangeDone:
		r.out.say("%s     %s%s", st.good("done"), e.Summary, took(e.Elapsed))
	case steps.EventChangeFailed:
		r.out.say("%s   %s: %s", st.bad("failed"), e.Summary, e.Error)
	case steps.EventChangeSkipped:
		r.out.say("%s  %s", st.note("skipped"), e.Summary)
	}
}

// progress says what a change is waiting for when that has changed, and not too
// often.
func (r *reporter) progress(e steps.Event) {
	if e.Progress == nil || e.Progress.Text == "" {
		return
	}
	last := r.said[e.Change]
	if last.text == e.Progress.Text || !last.at.IsZero() && e.At.Sub(last.at) < progressPause {
		return
	}
	r.said[e.Change] = saying{e.Progress.Text, e.At}
	about := e.Summary
	if about != "" {
		about += ": "
	}
	r.out.say("wait     %s%s%s", about, e.Progress.Text, took(e.Elapsed))
}

func (r *reporter) record(e steps.Event) {
	attrs := []any{"change", e.Change, "step", e.Step, "summary", e.Summary, "elapsed", e.Elapsed}
	if e.Progress != nil {
		attrs = append(attrs, "progress", e.Progress.Text)
	}
	if e.Error != "" {
		attrs = append(attrs, "error", e.Error, "hint", e.Hint)
	}
	r.log.Info(string(e.Type), attrs...)
}

// took is a duration in brackets, when it is worth telling.
func took(d time.Duration) string {
	if d < time.Second {
		return ""
	}
	return " (" + d.Round(time.Second).String() + ")"
}
