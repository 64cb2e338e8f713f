package ui

import (
	"fmt"
	"slices"
	"strings"

	"podsg/steps"
	"podsg/ui/theme"
	"podsg/ui/widget"
)

// runStatus is how a change's status is shown.
func (m *Session) runStatus(c runChange) (symbol, word string, tone theme.Tone) {
	switch c.status {
	case changeRunning:
		return m.spinner(), "running", theme.Accent
	case changeDone:
		return theme.SymbolDone, "done", theme.Good
	case changeFailed:
		return theme.SymbolFailed, "failed", theme.Bad
	case changeSkipped:
		return "-", "not done", theme.Muted
	case changeLeft:
		return theme.SymbolWarning, "goes on", theme.Warn
	default:
		return theme.SymbolTodo, "waiting", theme.Muted
	}
}

func (p *runPage) draw(m *Session, width, height int) drawing {
	r, t := &m.run, m.theme
	if r.phase == runNone {
		return drawing{Lines: []string{t.Paint(theme.Muted, "Nothing runs. The plan page starts the run.")}}
	}
	if z, ok := p.focused(m).(interface{ Zoomed() bool }); ok && z.Zoomed() {
		return drawing{Lines: p.drawPanes(m, width, height)}
	}
	lines := p.summary(m, width)
	foot := p.foot(m, width)
	room := height - len(foot)
	paneRoom := 0
	switch {
	case len(r.panes) > 0 && room >= 14:
		paneRoom = max(7, room/2)
		room -= paneRoom
	case p.focused(m) != nil:
		// There is room for one of the two: the one that gets the keys.
		return drawing{Lines: append(lines, p.drawPanes(m, width, height-len(lines))...)}
	}
	rows := len(r.changes)
	if r.verify {
		rows++
	}
	room = max(3, room-len(lines))
	order := p.order(m, rows > room)
	shown := min(rows, room)
	at := slices.Index(order, min(p.cursor, rows-1))
	p.top = max(0, min(p.top, rows-shown))
	if r.phase == runVerifying && !p.moved {
		at = slices.Index(order, len(r.changes)) // the proof is what goes on
	}
	if at < p.top {
		p.top = max(0, at)
	} else if at >= p.top+shown {
		p.top = at - shown + 1
	}
	for _, i := range order[p.top : p.top+shown] {
		if i < len(r.changes) {
			lines = append(lines, p.row(m, r.changes[i], i == p.cursor, width))
		} else {
			lines = append(lines, p.proofRow(m, width))
		}
	}
	for len(lines) < height-len(foot)-paneRoom {
		lines = append(lines, "")
	}
	if paneRoom > 0 {
		lines = append(lines, p.drawPanes(m, width, paneRoom)...)
	}
	return drawing{Lines: append(lines, foot...)}
}

// order lists the changes as they are shown, the proof last. When they do not
// all fit and the pointer has not been moved, what goes on comes first: what has
// failed, what runs, what waits, and then what is done.
func (p *runPage) order(m *Session, crowded bool) []int {
	order := make([]int, 0, len(m.run.changes)+1)
	for i := range m.run.changes {
		order = append(order, i)
	}
	if crowded && !p.moved {
		rank := map[changeStatus]int{changeFailed: 0, changeLeft: 1, changeRunning: 1, changeWaiting: 2, changeSkipped: 3, changeDone: 4}
		slices.SortStableFunc(order, func(a, b int) int {
			return rank[m.run.changes[a].status] - rank[m.run.changes[b].status]
		})
		if !m.run.finished() {
			p.top = 0
		}
	}
	if m.run.verify {
		proof := len(m.run.changes)
		if crowded && !p.moved && (m.run.phase == runVerifying || m.run.proof != nil || m.run.proofErr != nil) {
			return append([]int{proof}, order...)
		}
		order = append(order, proof)
	}
	return order
}

// summary is how far the run has come.
func (p *runPage) summary(m *Session, width int) []string {
	r, t := &m.run, m.theme
	done, failed, total := r.counts()
	end := m.env.now()
	if r.finished() {
		end = r.ended
	}
	elapsed := clock(end.Sub(r.started))
	var text string
	switch {
	case r.phase == runVerifying:
		text = fmt.Sprintf("All %s made. Waiting for the proof.", count(total, "change"))
	case r.finished() && r.failure() == nil && r.unproven():
		text = "Everything was made, but the proof failed. enter shows what the pods saw."
	case r.finished() && r.failure() == nil:
		text = "Everything is done. enter shows the proof."
		if r.proof == nil {
			text = "Everything is done. enter shows what was made."
		}
	case r.finished() && r.result.Outcome == steps.OutcomeInterrupted:
		text = "Stopped. What was made is kept."
	case r.finished() && len(r.result.Applied) == 0:
		text = "Nothing was changed."
	case r.finished() && r.proofErr != nil:
		text = "Everything was made, but the proof failed."
	case r.finished():
		text = "A change failed. What was made is kept."
	case r.stopping:
		text = "Stopping after the call in progress …"
	default:
		text = fmt.Sprintf("%d of %s done", done, count(total, "change"))
		if failed > 0 {
			text += fmt.Sprintf(", %d failed; the rest goes on", failed)
		}
	}
	lines := []string{widget.Ends(t.Paint(theme.Strong, text), t.Paint(theme.Muted, elapsed), width)}
	if r.phase == runApplying {
		lines = append(lines, widget.Bar(t, r.progress(m.env.now(), m.usual), width))
	}
	return append(lines, "")
}

// row is one change: its state in a symbol and a word, the change, elapsed time
// and what is usually left.
func (p *runPage) row(m *Session, c runChange, current bool, width int) string {
	t := m.theme
	symbol, word, tone := m.runStatus(c)
	pointer := " "
	if current {
		pointer = t.Paint(theme.Accent, theme.SymbolPointer)
	}
	right := ""
	switch c.status {
	case changeRunning:
		elapsed := m.env.now().Sub(c.started)
		right = clock(elapsed)
		usual := m.usual(c.Expected)
		switch left := rest(elapsed, usual); {
		case left == "":
		case width >= 80:
			right += "  " + left
		case elapsed < usual:
			right += " of " + clock(usual)
		}
	case changeDone, changeFailed, changeLeft:
		right = clock(c.elapsed)
	}
	summary := c.Summary
	tones := theme.Plain
	if c.status == changeWaiting || c.status == changeSkipped {
		tones = theme.Muted
	}
	head := pointer + t.Paint(tone, symbol+" "+widget.Fit(word, 8)) + " " + t.Paint(opTone(c.Op), string(c.Op)) + " "
	left := width - widget.Width(head) - widget.Width(right) - 2
	return widget.Ends(head+t.Paint(tones, widget.Cut(summary, left)), t.Paint(theme.Muted, right), width)
}

// proofRow is the last line: the proof.
func (p *runPage) proofRow(m *Session, width int) string {
	r, t := &m.run, m.theme
	symbol, word, tone := theme.SymbolTodo, "waiting", theme.Muted
	switch {
	case r.phase == runVerifying:
		symbol, word, tone = m.spinner(), "running", theme.Accent
	case r.proof != nil && r.proof.Proven:
		symbol, word, tone = theme.SymbolDone, "proven", theme.Good
	case r.proof != nil || r.proofErr != nil:
		symbol, word, tone = theme.SymbolFailed, "failed", theme.Bad
	case r.finished():
		symbol, word = "-", "not done"
	}
	text := "the proof: green connects from its own branch ENI, red times out"
	return " " + t.Paint(tone, symbol+" "+widget.Fit(word, 8)) + "   " + widget.Cut(text, width-14)
}

// foot says what the change under the pointer is doing, or, after the end, what
// went wrong and how to go on.
func (p *runPage) foot(m *Session, width int) []string {
	r, t := &m.run, m.theme
	rule := t.Paint(theme.Rule, strings.Repeat("─", width))
	switch {
	case p.moved && p.cursor < len(r.changes) && r.phase != runApplying:
		return append([]string{rule}, p.aboutChange(m, r.changes[p.cursor], width)...)
	case r.finished() && r.unproven():
		return append([]string{rule}, wrapped(t, theme.Muted, "r reads again and plans what is missing, d runs every check.", width, 2)...)
	case r.finished() && r.failure() != nil:
		lines := []string{rule}
		for _, f := range r.failures() {
			if steps.KindOf(f) != steps.ProblemInterrupted { // the user knows
				lines = append(lines, drawProblem(t, f, width)...)
			}
		}
		if m.options.Sandbox != nil {
			return append(lines, wrapped(t, theme.Muted, "r reads again and plans what is missing. This practice world ends with podsg.", width, 2)...)
		}
		lines = append(lines, wrapped(t, theme.Muted, "r reads again and plans what is missing. To go on later:", width, 2)...)
		return append(lines, drawCommand(t, m.resume(), 2, width)...)
	case r.phase == runApplying && r.locked != "":
		return append([]string{rule}, wrapped(t, theme.Plain, sentence(r.locked), width, 3)...)
	case r.phase == runVerifying:
		text := r.proving
		if text == "" {
			text = "Asking the test pods what they saw."
		}
		return append([]string{rule}, wrapped(t, theme.Plain, sentence(text), width, 3)...)
	case r.finished() || p.cursor >= len(r.changes):
		return nil
	}
	return append([]string{rule}, p.aboutChange(m, r.changes[p.cursor], width)...)
}

// aboutChange is what one change is doing or waiting for, or what became of it.
func (p *runPage) aboutChange(m *Session, c runChange, width int) []string {
	t := m.theme
	text := sentence(c.Why)
	switch {
	case c.status == changeDone:
		text = "Done in " + clock(c.elapsed) + ". " + text
	case c.status == changeFailed:
		text = sentence(c.why) + " " + sentence(c.hint)
	case c.status == changeLeft:
		text = "It had begun when the run was stopped, and goes on without podsg. The next run waits for it; podsg cleanup takes it back."
	case c.status == changeSkipped && c.why != "":
		text = sentence("not done: " + c.why)
	case c.text != "":
		text = sentence(c.text)
	case c.status == changeWaiting:
		text = p.waitsFor(&m.run, c)
	}
	lines := wrapped(t, theme.Strong, string(c.Op)+" "+c.Summary, width, 2)
	if c.status == changeRunning {
		elapsed := m.env.now().Sub(c.started)
		if left := rest(elapsed, m.usual(c.Expected)); left != "" {
			usual := ", usually " + clock(m.usual(c.Expected))
			if m.options.Sandbox != nil {
				usual += " here"
			}
			text += " " + sentence(strings.TrimPrefix(left, "~")+usual)
		}
	}
	return append(lines, wrapped(t, theme.Plain, text, width, 3)...)
}

// waitsFor says in words what a change waits for.
func (p *runPage) waitsFor(r *run, c runChange) string {
	var open []string
	for _, id := range c.Needs {
		if i, ok := r.index[id]; ok && r.changes[i].status < changeDone {
			open = append(open, r.changes[i].Summary)
		}
	}
	if len(open) == 0 {
		return "It starts in a moment."
	}
	return "It waits for: " + strings.Join(open, "; ") + "."
}

func wrapped(t *theme.Theme, tone theme.Tone, text string, width, most int) []string {
	lines := widget.Wrap(text, width)
	lines = lines[:min(len(lines), most)]
	for i, l := range lines {
		lines[i] = t.Paint(tone, l)
	}
	return lines
}

func (p *runPage) drawPanes(m *Session, width, height int) []string {
	r, t := &m.run, m.theme
	tabs := make([]string, len(r.panes))
	for i, pane := range r.panes {
		tone := theme.Muted
		if i == r.pane {
			tone = theme.Strong
			if r.paneFocus {
				tone = theme.Accent
			}
		}
		tabs[i] = t.Paint(tone, pane.Title())
	}
	head := t.Paint(theme.Rule, "── ") + strings.Join(tabs, t.Paint(theme.Rule, " │ ")) + " "
	head += t.Paint(theme.Rule, strings.Repeat("─", max(0, width-widget.Width(head))))
	return append([]string{head}, r.panes[r.pane].Draw(t, width, height-1)...)
}
