package pages

import (
	"fmt"
	"slices"
	"strings"

	"podsg/steps/plan"
	"podsg/steps/world"
	"podsg/ui/draw"
	"podsg/ui/phrase"
	"podsg/ui/theme"
	"podsg/ui/widget"
	"podsg/ui/wizard"
)

// runStatus is how a change's status is shown.
func runStatus(s *wizard.Session, c wizard.RunChange) (symbol, word string, tone theme.Tone) {
	switch c.Status {
	case wizard.ChangeRunning:
		return s.Spinner(), "running", theme.Accent
	case wizard.ChangeDone:
		return theme.SymbolDone, "done", theme.Good
	case wizard.ChangeFailed:
		return theme.SymbolFailed, "failed", theme.Bad
	case wizard.ChangeSkipped:
		return "-", "not done", theme.Muted
	case wizard.ChangeLeft:
		return theme.SymbolWarning, "goes on", theme.Warn
	default:
		return theme.SymbolTodo, "waiting", theme.Muted
	}
}

func (p *RunPage) Draw(s *wizard.Session, width, height int) wizard.Drawing {
	r, t := &s.Run, s.Theme
	if r.Phase == wizard.RunNone {
		return wizard.Drawing{Lines: []string{t.Paint(theme.Muted, "Nothing runs. The plan page starts the run.")}}
	}
	if z, ok := p.Focused(s).(interface{ Zoomed() bool }); ok && z.Zoomed() {
		return wizard.Drawing{Lines: p.drawPanes(s, width, height)}
	}
	lines := p.summary(s, width)
	foot := p.foot(s, width)
	room := height - len(foot)
	paneRoom := 0
	switch {
	case len(r.Panes) > 0 && room >= 14:
		paneRoom = max(7, room/2)
		room -= paneRoom
	case p.Focused(s) != nil:
		// There is room for one of the two: the one that gets the keys.
		return wizard.Drawing{Lines: append(lines, p.drawPanes(s, width, height-len(lines))...)}
	}
	rows := len(r.Changes)
	if r.Verify {
		rows++
	}
	room = max(3, room-len(lines))
	order := p.order(s, rows > room)
	shown := min(rows, room)
	at := slices.Index(order, min(p.cursor, rows-1))
	p.top = max(0, min(p.top, rows-shown))
	if r.Phase == wizard.RunVerifying && !p.moved {
		at = slices.Index(order, len(r.Changes)) // the proof is what goes on
	}
	if at < p.top {
		p.top = max(0, at)
	} else if at >= p.top+shown {
		p.top = at - shown + 1
	}
	for _, i := range order[p.top : p.top+shown] {
		if i < len(r.Changes) {
			lines = append(lines, p.row(s, r.Changes[i], i == p.cursor, width))
		} else {
			lines = append(lines, p.proofRow(s, width))
		}
	}
	for len(lines) < height-len(foot)-paneRoom {
		lines = append(lines, "")
	}
	if paneRoom > 0 {
		lines = append(lines, p.drawPanes(s, width, paneRoom)...)
	}
	return wizard.Drawing{Lines: append(lines, foot...)}
}

// order lists the changes as they are shown, the proof last. When they do not
// all fit and the pointer has not been moved, what goes on comes first: what has
// failed, what runs, what waits, and then what is done.
func (p *RunPage) order(s *wizard.Session, crowded bool) []int {
	order := make([]int, 0, len(s.Run.Changes)+1)
	for i := range s.Run.Changes {
		order = append(order, i)
	}
	if crowded && !p.moved {
		rank := map[wizard.ChangeStatus]int{wizard.ChangeFailed: 0, wizard.ChangeLeft: 1, wizard.ChangeRunning: 1, wizard.ChangeWaiting: 2, wizard.ChangeSkipped: 3, wizard.ChangeDone: 4}
		slices.SortStableFunc(order, func(a, b int) int {
			return rank[s.Run.Changes[a].Status] - rank[s.Run.Changes[b].Status]
		})
		if !s.Run.Finished() {
			p.top = 0
		}
	}
	if s.Run.Verify {
		proof := len(s.Run.Changes)
		if crowded && !p.moved && (s.Run.Phase == wizard.RunVerifying || s.Run.Proof != nil || s.Run.ProofErr != nil) {
			return append([]int{proof}, order...)
		}
		order = append(order, proof)
	}
	return order
}

// summary is how far the run has come.
func (p *RunPage) summary(s *wizard.Session, width int) []string {
	r, t := &s.Run, s.Theme
	done, failed, total := r.Counts()
	end := s.Env.Now()
	if r.Finished() {
		end = r.Ended
	}
	elapsed := phrase.Clock(end.Sub(r.Started))
	var text string
	switch {
	case r.Phase == wizard.RunVerifying:
		text = fmt.Sprintf("All %s made. Waiting for the proof.", phrase.Count(total, "change"))
	case r.Finished() && r.Failure() == nil && r.Unproven():
		text = "Everything was made, but the proof failed. enter shows what the pods saw."
	case r.Finished() && r.Failure() == nil:
		text = "Everything is done. enter shows the proof."
		if r.Proof == nil {
			text = "Everything is done. enter shows what was made."
		}
	case r.Finished() && r.Result.Outcome == plan.OutcomeInterrupted:
		text = "Stopped. What was made is kept."
	case r.Finished() && len(r.Result.Applied) == 0:
		text = "Nothing was changed."
	case r.Finished() && r.ProofErr != nil:
		text = "Everything was made, but the proof failed."
	case r.Finished():
		text = "A change failed. What was made is kept."
	case r.Stopping:
		text = "Stopping after the call in progress …"
	default:
		text = fmt.Sprintf("%d of %s done", done, phrase.Count(total, "change"))
		if failed > 0 {
			text += fmt.Sprintf(", %d failed; the rest goes on", failed)
		}
	}
	lines := []string{widget.Ends(t.Paint(theme.Strong, text), t.Paint(theme.Muted, elapsed), width)}
	if r.Phase == wizard.RunApplying {
		lines = append(lines, widget.Bar(t, r.Progress(s.Env.Now(), s.Usual), width))
	}
	return append(lines, "")
}

// row is one change: its state in a symbol and a word, the change, elapsed time
// and what is usually left.
func (p *RunPage) row(s *wizard.Session, c wizard.RunChange, current bool, width int) string {
	t := s.Theme
	symbol, word, tone := runStatus(s, c)
	pointer := " "
	if current {
		pointer = t.Paint(theme.Accent, theme.SymbolPointer)
	}
	right := ""
	switch c.Status {
	case wizard.ChangeRunning:
		elapsed := s.Env.Now().Sub(c.Started)
		right = phrase.Clock(elapsed)
		usual := s.Usual(c.Expected)
		switch left := phrase.TimeLeft(elapsed, usual); {
		case left == "":
		case width >= 80:
			right += "  " + left
		case elapsed < usual:
			right += " of " + phrase.Clock(usual)
		}
	case wizard.ChangeDone, wizard.ChangeFailed, wizard.ChangeLeft:
		right = phrase.Clock(c.Elapsed)
	}
	summary := c.Summary
	tones := theme.Plain
	if c.Status == wizard.ChangeWaiting || c.Status == wizard.ChangeSkipped {
		tones = theme.Muted
	}
	head := pointer + t.Paint(tone, symbol+" "+widget.Fit(word, 8)) + " " + t.Paint(draw.OpTone(c.Op), string(c.Op)) + " "
	left := width - widget.Width(head) - widget.Width(right) - 2
	return widget.Ends(head+t.Paint(tones, widget.Cut(summary, left)), t.Paint(theme.Muted, right), width)
}

// proofRow is the last line: the proof.
func (p *RunPage) proofRow(s *wizard.Session, width int) string {
	r, t := &s.Run, s.Theme
	symbol, word, tone := theme.SymbolTodo, "waiting", theme.Muted
	switch {
	case r.Phase == wizard.RunVerifying:
		symbol, word, tone = s.Spinner(), "running", theme.Accent
	case r.Proof != nil && r.Proof.Proven:
		symbol, word, tone = theme.SymbolDone, "proven", theme.Good
	case r.Proof != nil || r.ProofErr != nil:
		symbol, word, tone = theme.SymbolFailed, "failed", theme.Bad
	case r.Finished():
		symbol, word = "-", "not done"
	}
	text := "the proof: green connects from its own branch ENI, red times out"
	return " " + t.Paint(tone, symbol+" "+widget.Fit(word, 8)) + "   " + widget.Cut(text, width-14)
}

// foot says what the change under the pointer is doing, or, after the end, what
// went wrong and how to go on.
func (p *RunPage) foot(s *wizard.Session, width int) []string {
	r, t := &s.Run, s.Theme
	rule := t.Paint(theme.Rule, strings.Repeat("─", width))
	switch {
	case p.moved && p.cursor < len(r.Changes) && r.Phase != wizard.RunApplying:
		return append([]string{rule}, p.aboutChange(s, r.Changes[p.cursor], width)...)
	case r.Finished() && r.Unproven():
		return append([]string{rule}, draw.Wrapped(t, theme.Muted, "r reads again and plans what is missing, d runs every check.", width, 2)...)
	case r.Finished() && r.Failure() != nil:
		lines := []string{rule}
		for _, f := range r.Failures() {
			if world.KindOf(f) != world.ProblemInterrupted { // the user knows
				lines = append(lines, draw.Problem(t, f, width)...)
			}
		}
		if s.Options.Sandbox != nil {
			return append(lines, draw.Wrapped(t, theme.Muted, "r reads again and plans what is missing. This practice world ends with podsg.", width, 2)...)
		}
		lines = append(lines, draw.Wrapped(t, theme.Muted, "r reads again and plans what is missing. To go on later:", width, 2)...)
		return append(lines, draw.Command(t, s.Resume(), 2, width)...)
	case r.Phase == wizard.RunApplying && r.Locked != "":
		return append([]string{rule}, draw.Wrapped(t, theme.Plain, phrase.Sentence(r.Locked), width, 3)...)
	case r.Phase == wizard.RunVerifying:
		text := r.Proving
		if text == "" {
			text = "Asking the test pods what they saw."
		}
		return append([]string{rule}, draw.Wrapped(t, theme.Plain, phrase.Sentence(text), width, 3)...)
	case r.Finished() || p.cursor >= len(r.Changes):
		return nil
	}
	return append([]string{rule}, p.aboutChange(s, r.Changes[p.cursor], width)...)
}

// aboutChange is what one change is doing or waiting for, or what became of it.
func (p *RunPage) aboutChange(s *wizard.Session, c wizard.RunChange, width int) []string {
	t := s.Theme
	text := phrase.Sentence(c.Why)
	switch {
	case c.Status == wizard.ChangeDone:
		text = "Done in " + phrase.Clock(c.Elapsed) + ". " + text
	case c.Status == wizard.ChangeFailed:
		text = phrase.Sentence(c.Reason) + " " + phrase.Sentence(c.Hint)
	case c.Status == wizard.ChangeLeft:
		text = "It had begun when the run was stopped, and goes on without podsg. The next run waits for it; podsg cleanup takes it back."
	case c.Status == wizard.ChangeSkipped && c.Reason != "":
		text = phrase.Sentence("not done: " + c.Reason)
	case c.Text != "":
		text = phrase.Sentence(c.Text)
	case c.Status == wizard.ChangeWaiting:
		text = p.waitsFor(&s.Run, c)
	}
	lines := draw.Wrapped(t, theme.Strong, string(c.Op)+" "+c.Summary, width, 2)
	if c.Status == wizard.ChangeRunning {
		elapsed := s.Env.Now().Sub(c.Started)
		if left := phrase.TimeLeft(elapsed, s.Usual(c.Expected)); left != "" {
			usual := ", usually " + phrase.Clock(s.Usual(c.Expected))
			if s.Options.Sandbox != nil {
				usual += " here"
			}
			text += " " + phrase.Sentence(strings.TrimPrefix(left, "~")+usual)
		}
	}
	return append(lines, draw.Wrapped(t, theme.Plain, text, width, 3)...)
}

// waitsFor says in words what a change waits for.
func (p *RunPage) waitsFor(r *wizard.Run, c wizard.RunChange) string {
	var open []string
	for _, id := range c.Needs {
		if i, ok := r.Index[id]; ok && r.Changes[i].Status < wizard.ChangeDone {
			open = append(open, r.Changes[i].Summary)
		}
	}
	if len(open) == 0 {
		return "It starts in a moment."
	}
	return "It waits for: " + strings.Join(open, "; ") + "."
}

func (p *RunPage) drawPanes(s *wizard.Session, width, height int) []string {
	r, t := &s.Run, s.Theme
	tabs := make([]string, len(r.Panes))
	for i, pane := range r.Panes {
		tone := theme.Muted
		if i == r.Pane {
			tone = theme.Strong
			if r.PaneFocus {
				tone = theme.Accent
			}
		}
		tabs[i] = t.Paint(tone, pane.Title())
	}
	head := t.Paint(theme.Rule, "── ") + strings.Join(tabs, t.Paint(theme.Rule, " │ ")) + " "
	head += t.Paint(theme.Rule, strings.Repeat("─", max(0, width-widget.Width(head))))
	return append([]string{head}, r.Panes[r.Pane].Draw(t, width, height-1)...)
}
