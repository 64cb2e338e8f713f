package ui

import (
	"fmt"

	tea "charm.land/bubbletea/v2"

	"podsg/steps"
	"podsg/ui/theme"
	"podsg/ui/widget"
)

// diagnosisPage is the diagnose view: every check by step, those that fail
// open, with evidence and fix.
type diagnosisPage struct {
	basePage
	cursor int
	open   map[string]bool // checks opened or closed by hand
}

func newDiagnosisPage() *diagnosisPage {
	p := &diagnosisPage{open: map[string]bool{}}
	p.about = facts{id: pageDiagnosis, title: "Diagnose", rail: "Diagnose"}
	return p
}

// startDiagnose shows every check.
func (m *Model) startDiagnose() tea.Cmd {
	if m.run.active() {
		return m.say("Changes are under way; the checks come after them.")
	}
	m.diagnose, m.scroll, m.overlays = true, 0, nil
	var cmd tea.Cmd
	if m.world.obs == nil && m.reading == nil {
		if m.intent.Cluster == "" {
			m.diagnose = false
			m.show(0)
			return m.say("Choose a cluster first.")
		}
		cmd = m.read()
	}
	m.touched()
	return cmd
}

func (p *diagnosisPage) isOpen(f steps.Finding) bool {
	if by, ok := p.open[f.ID]; ok {
		return by
	}
	return f.Status == steps.Fail
}

func (p *diagnosisPage) refresh(m *Model) {
	p.cursor = max(0, min(p.cursor, len(m.world.findings)-1))
	if m.reading == nil {
		m.outcome.Findings = m.world.findings
	}
}

func (p *diagnosisPage) draw(m *Model, width, _ int) drawing {
	t := m.theme
	switch {
	case m.reading != nil:
		return drawing{Lines: m.waiting(m.reading)}
	case m.world.obs == nil:
		lines, _ := m.unread(width)
		return drawing{Lines: lines}
	case m.world.answerErr != nil:
		return drawing{Lines: append(drawProblem(t, m.world.answerErr, width), "", t.Paint(theme.Muted, "The checks need to know what is wanted. Mend the answer, then press r."))}
	}
	d := drawing{Follow: true}
	d.Lines = append(d.Lines, p.summary(m, width), "")
	titles := stepTitles()
	last := steps.StepID("")
	for i, f := range m.world.findings {
		if f.Step != last {
			if last != "" {
				d.Lines = append(d.Lines, "")
			}
			d.Lines = append(d.Lines, t.Paint(theme.Title, titles[f.Step]))
			last = f.Step
		}
		if i == p.cursor {
			d.Focus = len(d.Lines)
		}
		d.Lines = append(d.Lines, p.line(m, f, i == p.cursor, width))
		if p.isOpen(f) {
			d.Lines = append(d.Lines, p.details(m, f, width)...)
		}
	}
	return d
}

func (p *diagnosisPage) summary(m *Model, width int) string {
	t, s := m.theme, steps.Summarize(m.world.findings)
	text := t.Paint(theme.Good, fmt.Sprintf("%s %d passed", theme.SymbolDone, s.Pass)) + "   " +
		t.Paint(theme.Warn, fmt.Sprintf("%s %s", theme.SymbolWarning, count(s.Warn, "warning"))) + "   " +
		t.Paint(theme.Bad, fmt.Sprintf("%s %d failed", theme.SymbolFailed, s.Fail)) + "   " +
		t.Paint(theme.Muted, fmt.Sprintf("- %d skipped", s.Skip))
	age := m.env.now().Sub(m.world.obs.TakenAt)
	return widget.Ends(text, t.Paint(theme.Muted, "read "+clock(age)+" ago"), width)
}

func (p *diagnosisPage) line(m *Model, f steps.Finding, current bool, width int) string {
	t := m.theme
	symbol, word, tone := statusOf(f.Status)
	pointer := "  "
	if current {
		pointer = t.Paint(theme.Accent, theme.SymbolPointer+" ")
	}
	head := pointer + t.Paint(tone, symbol+" "+widget.Fit(word, 7)) + "  " + t.Paint(theme.Muted, widget.Fit(f.ID, 5)) + " " + f.Title
	if left := width - widget.Width(head) - 2; left > 12 && !p.isOpen(f) {
		head += "  " + t.Paint(theme.Muted, widget.Cut(f.Reason, left))
	}
	return widget.Cut(head, width)
}

func (p *diagnosisPage) details(m *Model, f steps.Finding, width int) []string {
	t := m.theme
	const indent = 12
	_, _, tone := statusOf(f.Status)
	var lines []string
	for _, line := range widget.Wrap(sentence(f.Reason), width-indent) {
		lines = append(lines, t.Paint(tone, line))
	}
	for _, e := range f.Evidence {
		for _, line := range widget.Wrap(e, width-indent-2) {
			lines = append(lines, "  "+t.Paint(theme.Muted, line))
		}
	}
	if f.Fix != nil {
		lines = append(lines, drawFix(t, f.Fix, width-indent)...)
		if f.Fix.Setup && m.options.Start == StartWizard {
			lines = append(lines, "    "+t.Paint(theme.Muted, "f plans it here."))
		}
	}
	return widget.Indent(lines, indent)
}

func (p *diagnosisPage) act(m *Model, a action) (tea.Cmd, bool) {
	last := len(m.world.findings) - 1
	switch a {
	case actUp:
		p.cursor = max(0, p.cursor-1)
	case actDown:
		p.cursor = max(0, min(last, p.cursor+1))
	case actPageUp:
		p.cursor = max(0, p.cursor-8)
	case actPageDown:
		p.cursor = max(0, min(last, p.cursor+8))
	case actHome:
		p.cursor = 0
	case actEnd:
		p.cursor = max(0, last)
	case actContinue, actRight:
		if p.cursor <= last {
			f := m.world.findings[p.cursor]
			p.open[f.ID] = !p.isOpen(f)
		}
	case actFix:
		if m.world.obs == nil {
			return m.say("Nothing has been read yet."), true
		}
		m.reached = max(m.reached, len(m.pages)-3)
		m.showID(pagePlan)
		return m.say("This is what setup would change. Nothing happens before you confirm it."), true
	default:
		return nil, false
	}
	return nil, true
}

func (p *diagnosisPage) offers(*Model) []action {
	return []action{actDown, actContinue, actFix, actRetry}
}

func (p *diagnosisPage) label(_ *Model, a action) string {
	switch a {
	case actDown:
		return "move"
	case actContinue:
		return "open or close"
	case actFix:
		return "plan the fix"
	case actRetry:
		return "run again"
	}
	return ""
}

func (p *diagnosisPage) commands(m *Model) []string {
	var out []string
	for _, f := range m.world.findings {
		if f.Fix != nil && f.Fix.Command != "" && f.Status != steps.Pass {
			out = append(out, "# "+f.ID+" "+f.Title, f.Fix.Command)
		}
	}
	return append(out, "podsg diagnose --cluster "+m.intent.Cluster+m.regionFlag())
}
