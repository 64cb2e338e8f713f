package console

import (
	"log/slog"
	"time"

	"podsg/steps/plan"
)

// progressPause is how long a change that reports often stays silent between
// two lines.
const progressPause = 10 * time.Second

// Reporter tells the events of a run, a line each, on standard error and in the
// log.
type Reporter struct {
	out  *Console
	log  *slog.Logger
	said map[string]saying // by change
}

type saying struct {
	text string
	at   time.Time
}

// NewReporter makes a reporter for one run.
func NewReporter(out *Console, log *slog.Logger) *Reporter {
	return &Reporter{out: out, log: log, said: map[string]saying{}}
}

// Observe implements [plan.Observer].
func (r *Reporter) Observe(e plan.Event) {
	if e.Type == plan.EventFactRead {
		return // what was read is told in larger pieces
	}
	r.record(e)
	st := r.out.Style
	switch e.Type {
	case plan.EventObserveProgress:
		r.out.Say("read     %s", e.Progress.Text)
	case plan.EventChangeStarted:
		r.out.Say("start    %s", e.Summary)
	case plan.EventLockProgress, plan.EventChangeProgress, plan.EventVerifyProgress:
		r.progress(e)
	case plan.EventChangeDone:
		r.out.Say("%s     %s%s", st.Good("done"), e.Summary, took(e.Elapsed))
	case plan.EventChangeFailed:
		r.out.Say("%s   %s: %s", st.Bad("failed"), e.Summary, e.Error)
	case plan.EventChangeSkipped:
		r.out.Say("%s  %s", st.Note("skipped"), e.Summary)
	}
}

// progress says what a change is waiting for when that has changed, and not too
// often.
func (r *Reporter) progress(e plan.Event) {
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
	r.out.Say("wait     %s%s%s", about, e.Progress.Text, took(e.Elapsed))
}

func (r *Reporter) record(e plan.Event) {
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
