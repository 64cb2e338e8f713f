package ui

import (
	"fmt"
	"slices"
	"time"

	tea "charm.land/bubbletea/v2"

	"podsg/steps"
	"podsg/ui/keys"
	"podsg/ui/theme"
	"podsg/ui/widget"
)

// diagnosisPage is the diagnose view: the checks by step. Steps whose checks
// all passed are closed; checks that fail are open, with evidence and fix.
type diagnosisPage struct {
	basePage
	rows   []checkRow
	cursor int
	open   map[string]bool // steps and checks that were opened or closed by hand
	placed bool            // the pointer has been put on the first failing check
}

// checkRow is a line that the pointer can stand on: a step, or one check.
type checkRow struct {
	step    steps.StepID
	isStep  bool
	summary steps.Summary // of a step's checks
	finding steps.Finding
}

func (r checkRow) key() string {
	if r.isStep {
		return "step " + string(r.step)
	}
	return r.finding.ID
}

func newDiagnosisPage() *diagnosisPage {
	p := &diagnosisPage{open: map[string]bool{}}
	p.about = facts{id: pageDiagnosis, title: "Diagnose", rail: "Diagnose", brief: true}
	return p
}

// startDiagnose shows every check.
func (m *Session) startDiagnose() tea.Cmd {
	if m.run.active() {
		return m.say("Changes are under way; the checks come after them.")
	}
	m.diagnose, m.scroll, m.overlays = true, 0, nil
	m.checks.(*diagnosisPage).placed = false
	var cmd tea.Cmd
	switch {
	case m.intent.Cluster == "":
		m.show(0)
		return m.say("Choose a cluster first.")
	case m.reading == nil && (m.world.obs == nil || m.world.stale):
		cmd = m.read()
	}
	m.touched()
	return cmd
}

// planFix shows what setup would change. A session that only diagnosed goes on
// as a wizard, in which the answers are what the diagnosis took for wanted.
func (m *Session) planFix() tea.Cmd {
	if m.world.obs == nil || m.reading != nil {
		return m.say("The cluster is still being read.")
	}
	var again tea.Cmd
	if m.onlyChecks {
		m.onlyChecks = false
		m.intent = steps.IntentToMend(m.world.snapshot(), m.intent)
		m.world.settle(m.intent, false)
		again = m.readIfChanged()
	}
	m.showID(pagePlan)
	return tea.Batch(again, m.say("This is what setup would change. Nothing happens before you confirm it."))
}

// current is the row under the pointer.
func (p *diagnosisPage) current() checkRow { return p.rows[p.cursor] }

// length is the number of rows.
func (p *diagnosisPage) length() int { return len(p.rows) }

// isOpen reports whether a row shows what is beneath it.
func (p *diagnosisPage) isOpen(r checkRow) bool {
	if by, ok := p.open[r.key()]; ok {
		return by
	}
	if r.isStep {
		return r.summary.Warn+r.summary.Fail > 0
	}
	return r.finding.Status == steps.Fail
}

func (p *diagnosisPage) refresh(m *Session) {
	at := ""
	if p.cursor < len(p.rows) {
		at = p.rows[p.cursor].key()
	}
	p.layRows(m)
	// The pointer stays on its check while they run again.
	if i := slices.IndexFunc(p.rows, func(r checkRow) bool { return r.key() == at }); i >= 0 {
		p.cursor = i
	}
	if m.reading != nil || m.world.obs == nil {
		return
	}
	m.outcome.Findings = m.world.findings
	if !p.placed {
		p.placed, p.cursor = true, 0
		for i, r := range p.rows {
			if !r.isStep && r.finding.Status == steps.Fail {
				p.cursor = i
				break
			}
		}
	}
}

// layRows lays out the rows that are visible now.
func (p *diagnosisPage) layRows(m *Session) {
	p.rows = p.rows[:0]
	findings := m.world.findings
	for i := 0; i < len(findings); {
		end := i
		for end < len(findings) && findings[end].Step == findings[i].Step {
			end++
		}
		step := checkRow{step: findings[i].Step, isStep: true, summary: steps.Summarize(findings[i:end])}
		p.rows = append(p.rows, step)
		if p.isOpen(step) {
			for _, f := range findings[i:end] {
				p.rows = append(p.rows, checkRow{step: f.Step, finding: f})
			}
		}
		i = end
	}
	p.cursor = max(0, min(p.cursor, len(p.rows)-1))
}

func (p *diagnosisPage) draw(m *Session, width, _ int) drawing {
	t := m.theme
	switch {
	case m.world.obs == nil && m.reading != nil:
		return drawing{Lines: append(append(m.waiting(m.reading), ""), p.stepsBeingRead(m, width)...)}
	case m.world.obs == nil:
		lines, _ := m.unread(width)
		return drawing{Lines: lines}
	case m.world.answerErr != nil:
		lines := append(drawProblem(t, m.world.answerErr, width), "")
		return drawing{Lines: append(lines, wrapped(t, theme.Muted, "The checks need to know what is wanted. Mend the answer, then press r.", width, 3)...)}
	}
	d := drawing{Follow: true, Lines: []string{p.summary(m, width), ""}}
	titles := stepTitles()
	for i, r := range p.rows {
		if i == p.cursor {
			d.Focus = len(d.Lines)
		}
		if r.isStep {
			d.Lines = append(d.Lines, p.stepLine(m, r, titles[r.step], i == p.cursor, width))
			continue
		}
		d.Lines = append(d.Lines, p.checkLine(m, r, i == p.cursor, width))
		if p.isOpen(r) {
			d.Lines = append(d.Lines, widget.Indent(p.details(m, r.finding, width-14), 14)...)
		}
	}
	return d
}

// stepsBeingRead lists the steps while the world is read for their checks, each
// with what it still waits for.
func (p *diagnosisPage) stepsBeingRead(m *Session, width int) []string {
	t := m.theme
	var lines []string
	for _, step := range steps.Procedure() {
		reads := step.Reads()
		if len(reads) == 0 {
			continue
		}
		var open []string
		for _, fact := range reads {
			if !m.facts[fact] {
				open = append(open, string(fact))
			}
		}
		symbol, tone, what := theme.SymbolDone, theme.Good, "read"
		if len(open) > 0 {
			symbol, tone, what = m.spinner(), theme.Accent, "reading "+list(open)
		}
		head := "  " + t.Paint(tone, symbol) + " " + widget.Fit(step.Title, 31)
		lines = append(lines, head+t.Paint(theme.Muted, widget.Cut(what, width-widget.Width(head))))
	}
	return lines
}

func (p *diagnosisPage) summary(m *Session, width int) string {
	t, s := m.theme, steps.Summarize(m.world.findings)
	when := t.Paint(theme.Muted, "read at "+m.world.obs.TakenAt.Local().Format(time.TimeOnly))
	if m.reading != nil {
		when = t.Paint(theme.Accent, m.spinner()+" running again")
	}
	return widget.Ends(counts(t, s, true), when, width)
}

// counts writes how many checks had which outcome; all also names those that
// none had.
func counts(t *theme.Theme, s steps.Summary, all bool) string {
	out := ""
	for _, c := range []struct {
		status steps.Status
		n      int
	}{{steps.Pass, s.Pass}, {steps.Warn, s.Warn}, {steps.Fail, s.Fail}, {steps.Skip, s.Skip}} {
		if c.n == 0 && !all {
			continue
		}
		symbol, word, tone := statusOf(c.status)
		if c.status == steps.Warn && c.n != 1 {
			word += "s"
		}
		if out != "" {
			out += "   "
		}
		out += t.Paint(tone, fmt.Sprintf("%s %d %s", symbol, c.n, word))
	}
	return out
}

func pointerOf(t *theme.Theme, current bool) string {
	if current {
		return t.Paint(theme.Accent, theme.SymbolPointer+" ")
	}
	return "  "
}

func (p *diagnosisPage) stepLine(m *Session, r checkRow, title string, current bool, width int) string {
	t := m.theme
	mark := "+"
	if p.isOpen(r) {
		mark = "-"
	}
	return widget.Ends(pointerOf(t, current)+t.Paint(theme.Rule, mark)+" "+t.Paint(theme.Title, title), counts(t, r.summary, false), width)
}

func (p *diagnosisPage) checkLine(m *Session, r checkRow, current bool, width int) string {
	t, f := m.theme, r.finding
	symbol, word, tone := statusOf(f.Status)
	head := pointerOf(t, current) + "  " + t.Paint(tone, symbol+" "+widget.Fit(word, 7)) + "  " + t.Paint(theme.Muted, widget.Fit(f.ID, 5)) + f.Title
	if left := width - widget.Width(head) - 2; left > 12 && !p.isOpen(r) {
		head += "  " + t.Paint(theme.Muted, widget.Cut(f.Reason, left))
	}
	return widget.Cut(head, width)
}

// details are why a check ended as it did, what was seen, and how to mend it.
func (p *diagnosisPage) details(m *Session, f steps.Finding, width int) []string {
	t := m.theme
	_, _, tone := statusOf(f.Status)
	var lines []string
	for _, line := range widget.Wrap(sentence(f.Reason), width) {
		lines = append(lines, t.Paint(tone, line))
	}
	for _, e := range f.Evidence {
		for _, line := range widget.Wrap(e, width-2) {
			lines = append(lines, "  "+t.Paint(theme.Muted, line))
		}
	}
	if f.Fix != nil {
		fix := *f.Fix
		if fix.Setup {
			fix.Text = sentence(fix.Text) + " f plans it."
			fix.Command = m.setupCommand(fix.Command)
		}
		lines = append(lines, drawFix(t, &fix, width)...)
	}
	return lines
}

// setupCommand is a command of podsg's as it may be shown: not in the practice
// world, which ends with this program, so that it would work elsewhere.
func (m *Session) setupCommand(command string) string {
	if m.options.Sandbox != nil {
		return ""
	}
	return command
}

// aside is what stands beside the checks on a wide screen: the one under the
// pointer, whole.
func (p *diagnosisPage) aside(m *Session, width int) []string {
	if p.cursor >= len(p.rows) || p.rows[p.cursor].isStep {
		return nil
	}
	t, f := m.theme, p.rows[p.cursor].finding
	symbol, word, tone := statusOf(f.Status)
	lines := []string{t.Paint(theme.Title, f.ID+" "+f.Title), "", t.Paint(tone, symbol+" "+word)}
	lines = append(lines, p.details(m, f, width)...)
	if len(f.Objects) > 0 {
		lines = append(lines, "", t.Paint(theme.Muted, "on "+list(f.Objects)))
	}
	return append(lines, "", t.Paint(theme.Muted, "Read more: "+f.Doc))
}

func (p *diagnosisPage) act(m *Session, a keys.Action) (tea.Cmd, bool) {
	last := max(0, len(p.rows)-1)
	switch a {
	case keys.Up:
		p.cursor = max(0, p.cursor-1)
	case keys.Down:
		p.cursor = min(last, p.cursor+1)
	case keys.PageUp:
		p.cursor = max(0, p.cursor-8)
	case keys.PageDown:
		p.cursor = min(last, p.cursor+8)
	case keys.First:
		p.cursor = 0
	case keys.Last:
		p.cursor = last
	case keys.Continue, keys.Right, keys.Left:
		if p.cursor < len(p.rows) {
			r := p.rows[p.cursor]
			p.open[r.key()] = !p.isOpen(r)
			p.layRows(m)
		}
	case keys.Fix:
		return m.planFix(), true
	default:
		return nil, false
	}
	return nil, true
}

func (p *diagnosisPage) offers(*Session) []keys.Action {
	return []keys.Action{keys.Down, keys.Continue, keys.Fix, keys.Retry}
}

func (p *diagnosisPage) label(_ *Session, a keys.Action) string {
	switch a {
	case keys.Down:
		return "move"
	case keys.Continue:
		return "open or close"
	case keys.Fix:
		return "plan the fix"
	case keys.Retry:
		return "run again"
	}
	return ""
}

func (p *diagnosisPage) commands(m *Session) []string {
	var out []string
	for _, f := range m.world.findings {
		if f.Fix == nil || f.Status == steps.Pass {
			continue
		}
		command := f.Fix.Command
		if f.Fix.Setup {
			command = m.setupCommand(command)
		}
		if command != "" {
			out = append(out, "# "+f.ID+" "+f.Title, command)
		}
	}
	return append(out, "podsg diagnose --cluster "+m.intent.Cluster+m.regionFlag())
}
