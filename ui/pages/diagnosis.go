package pages

import (
	"fmt"
	"slices"
	"time"

	tea "charm.land/bubbletea/v2"

	"podsg/steps"
	"podsg/ui/draw"
	"podsg/ui/keys"
	"podsg/ui/phrase"
	"podsg/ui/theme"
	"podsg/ui/widget"
	"podsg/ui/wizard"
)

// DiagnosisPage is the diagnose view: the checks by step. Steps whose checks
// all passed are closed; checks that fail are open, with evidence and fix.
type DiagnosisPage struct {
	basePage
	rows   []checkRow
	cursor int
	open   map[string]bool // steps and checks that were opened or closed by hand
	placed bool            // the pointer has been put on the first failing check
}

// checkRow is a line that the pointer can stand on: a step, or one check.
type checkRow struct {
	Step    steps.StepID
	IsStep  bool
	summary steps.Summary // of a step's checks
	Finding steps.Finding
}

func (r checkRow) Key() string {
	if r.IsStep {
		return "step " + string(r.Step)
	}
	return r.Finding.ID
}

// NewDiagnosis makes the page of the checks, which stands beside the procedure.
func NewDiagnosis() *DiagnosisPage {
	p := &DiagnosisPage{open: map[string]bool{}}
	p.about = wizard.Facts{ID: wizard.PageDiagnosis, Title: "Diagnose", Rail: "Diagnose", Brief: true}
	return p
}

// StartDiagnose shows every check.
func StartDiagnose(m *wizard.Session) tea.Cmd {
	if m.Run.Active() {
		return m.Say("Changes are under way; the checks come after them.")
	}
	m.Diagnose, m.Scroll, m.Overlays = true, 0, nil
	m.Checks.(*DiagnosisPage).placed = false
	var cmd tea.Cmd
	switch {
	case m.Intent.Cluster == "":
		m.Show(0)
		return m.Say("Choose a cluster first.")
	case m.Reading == nil && (m.World.Obs == nil || m.World.Stale):
		cmd = m.Read()
	}
	m.Touched()
	return cmd
}

// planFix shows what setup would change. A session that only diagnosed goes on
// as a wizard, in which the answers are what the diagnosis took for wanted.
func planFix(m *wizard.Session) tea.Cmd {
	if m.World.Obs == nil || m.Reading != nil {
		return m.Say("The cluster is still being read.")
	}
	var again tea.Cmd
	if m.OnlyChecks {
		m.OnlyChecks = false
		m.Intent = steps.IntentToMend(m.World.Snapshot(), m.Intent)
		m.World.Settle(m.Intent, false)
		again = m.ReadIfChanged()
	}
	m.ShowID(wizard.PagePlan)
	return tea.Batch(again, m.Say("This is what setup would change. Nothing happens before you confirm it."))
}

// Current is the row under the pointer.
func (p *DiagnosisPage) Current() checkRow { return p.rows[p.cursor] }

// Length is the number of rows.
func (p *DiagnosisPage) Length() int { return len(p.rows) }

// isOpen reports whether a row shows what is beneath it.
func (p *DiagnosisPage) isOpen(r checkRow) bool {
	if by, ok := p.open[r.Key()]; ok {
		return by
	}
	if r.IsStep {
		return r.summary.Warn+r.summary.Fail > 0
	}
	return r.Finding.Status == steps.Fail
}

func (p *DiagnosisPage) Refresh(m *wizard.Session) {
	at := ""
	if p.cursor < len(p.rows) {
		at = p.rows[p.cursor].Key()
	}
	p.layRows(m)
	// The pointer stays on its check while they run again.
	if i := slices.IndexFunc(p.rows, func(r checkRow) bool { return r.Key() == at }); i >= 0 {
		p.cursor = i
	}
	if m.Reading != nil || m.World.Obs == nil {
		return
	}
	m.Outcome.Findings = m.World.Findings
	if !p.placed {
		p.placed, p.cursor = true, 0
		for i, r := range p.rows {
			if !r.IsStep && r.Finding.Status == steps.Fail {
				p.cursor = i
				break
			}
		}
	}
}

// layRows lays out the rows that are visible now.
func (p *DiagnosisPage) layRows(m *wizard.Session) {
	p.rows = p.rows[:0]
	findings := m.World.Findings
	for i := 0; i < len(findings); {
		end := i
		for end < len(findings) && findings[end].Step == findings[i].Step {
			end++
		}
		step := checkRow{Step: findings[i].Step, IsStep: true, summary: steps.Summarize(findings[i:end])}
		p.rows = append(p.rows, step)
		if p.isOpen(step) {
			for _, f := range findings[i:end] {
				p.rows = append(p.rows, checkRow{Step: f.Step, Finding: f})
			}
		}
		i = end
	}
	p.cursor = max(0, min(p.cursor, len(p.rows)-1))
}

func (p *DiagnosisPage) Draw(m *wizard.Session, width, _ int) wizard.Drawing {
	t := m.Theme
	switch {
	case m.World.Obs == nil && m.Reading != nil:
		return wizard.Drawing{Lines: append(append(waiting(m, m.Reading), ""), p.stepsBeingRead(m, width)...)}
	case m.World.Obs == nil:
		lines, _ := unread(m, width)
		return wizard.Drawing{Lines: lines}
	case m.World.AnswerErr != nil:
		lines := append(draw.Problem(t, m.World.AnswerErr, width), "")
		return wizard.Drawing{Lines: append(lines, draw.Wrapped(t, theme.Muted, "The checks need to know what is wanted. Mend the answer, then press r.", width, 3)...)}
	}
	d := wizard.Drawing{Follow: true, Lines: []string{p.summary(m, width), ""}}
	titles := StepTitles()
	for i, r := range p.rows {
		if i == p.cursor {
			d.Focus = len(d.Lines)
		}
		if r.IsStep {
			d.Lines = append(d.Lines, p.stepLine(m, r, titles[r.Step], i == p.cursor, width))
			continue
		}
		d.Lines = append(d.Lines, p.checkLine(m, r, i == p.cursor, width))
		if p.isOpen(r) {
			d.Lines = append(d.Lines, widget.Indent(p.details(m, r.Finding, width-14), 14)...)
		}
	}
	return d
}

// stepsBeingRead lists the steps while the world is read for their checks, each
// with what it still waits for.
func (p *DiagnosisPage) stepsBeingRead(m *wizard.Session, width int) []string {
	t := m.Theme
	var lines []string
	for _, step := range steps.Procedure() {
		reads := step.Reads()
		if len(reads) == 0 {
			continue
		}
		var open []string
		for _, fact := range reads {
			if !m.Facts[fact] {
				open = append(open, string(fact))
			}
		}
		symbol, tone, what := theme.SymbolDone, theme.Good, "read"
		if len(open) > 0 {
			symbol, tone, what = m.Spinner(), theme.Accent, "reading "+phrase.List(open)
		}
		head := "  " + t.Paint(tone, symbol) + " " + widget.Fit(step.Title, 31)
		lines = append(lines, head+t.Paint(theme.Muted, widget.Cut(what, width-widget.Width(head))))
	}
	return lines
}

func (p *DiagnosisPage) summary(m *wizard.Session, width int) string {
	t, s := m.Theme, steps.Summarize(m.World.Findings)
	when := t.Paint(theme.Muted, "read at "+m.World.Obs.TakenAt.Local().Format(time.TimeOnly))
	if m.Reading != nil {
		when = t.Paint(theme.Accent, m.Spinner()+" running again")
	}
	return widget.Ends(Counts(t, s, true), when, width)
}

// Counts writes how many checks had which outcome; all also names those that
// none had.
func Counts(t *theme.Theme, s steps.Summary, all bool) string {
	out := ""
	for _, c := range []struct {
		status steps.Status
		n      int
	}{{steps.Pass, s.Pass}, {steps.Warn, s.Warn}, {steps.Fail, s.Fail}, {steps.Skip, s.Skip}} {
		if c.n == 0 && !all {
			continue
		}
		symbol, word, tone := draw.Status(c.status)
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

func (p *DiagnosisPage) stepLine(m *wizard.Session, r checkRow, title string, current bool, width int) string {
	t := m.Theme
	mark := "+"
	if p.isOpen(r) {
		mark = "-"
	}
	return widget.Ends(pointerOf(t, current)+t.Paint(theme.Rule, mark)+" "+t.Paint(theme.Title, title), Counts(t, r.summary, false), width)
}

func (p *DiagnosisPage) checkLine(m *wizard.Session, r checkRow, current bool, width int) string {
	t, f := m.Theme, r.Finding
	symbol, word, tone := draw.Status(f.Status)
	head := pointerOf(t, current) + "  " + t.Paint(tone, symbol+" "+widget.Fit(word, 7)) + "  " + t.Paint(theme.Muted, widget.Fit(f.ID, 5)) + f.Title
	if left := width - widget.Width(head) - 2; left > 12 && !p.isOpen(r) {
		head += "  " + t.Paint(theme.Muted, widget.Cut(f.Reason, left))
	}
	return widget.Cut(head, width)
}

// details are why a check ended as it did, what was seen, and how to mend it.
func (p *DiagnosisPage) details(m *wizard.Session, f steps.Finding, width int) []string {
	t := m.Theme
	_, _, tone := draw.Status(f.Status)
	var lines []string
	for _, line := range widget.Wrap(phrase.Sentence(f.Reason), width) {
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
			fix.Text = phrase.Sentence(fix.Text) + " f plans it."
			fix.Command = setupCommand(m, fix.Command)
		}
		lines = append(lines, draw.Fix(t, &fix, width)...)
	}
	return lines
}

// setupCommand is a command of podsg's as it may be shown: not in the practice
// world, which ends with this program, so that it would work elsewhere.
func setupCommand(m *wizard.Session, command string) string {
	if m.Options.Sandbox != nil {
		return ""
	}
	return command
}

// Aside is what stands beside the checks on a wide screen: the one under the
// pointer, whole.
func (p *DiagnosisPage) Aside(m *wizard.Session, width int) []string {
	if p.cursor >= len(p.rows) || p.rows[p.cursor].IsStep {
		return nil
	}
	t, f := m.Theme, p.rows[p.cursor].Finding
	symbol, word, tone := draw.Status(f.Status)
	lines := []string{t.Paint(theme.Title, f.ID+" "+f.Title), "", t.Paint(tone, symbol+" "+word)}
	lines = append(lines, p.details(m, f, width)...)
	if len(f.Objects) > 0 {
		lines = append(lines, "", t.Paint(theme.Muted, "on "+phrase.List(f.Objects)))
	}
	return append(lines, "", t.Paint(theme.Muted, "Read more: "+f.Doc))
}

func (p *DiagnosisPage) Act(m *wizard.Session, a keys.Action) (tea.Cmd, bool) {
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
			p.open[r.Key()] = !p.isOpen(r)
			p.layRows(m)
		}
	case keys.Fix:
		return planFix(m), true
	default:
		return nil, false
	}
	return nil, true
}

func (p *DiagnosisPage) Offers(*wizard.Session) []keys.Action {
	return []keys.Action{keys.Down, keys.Continue, keys.Fix, keys.Retry}
}

func (p *DiagnosisPage) Label(_ *wizard.Session, a keys.Action) string {
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

func (p *DiagnosisPage) Commands(m *wizard.Session) []string {
	var out []string
	for _, f := range m.World.Findings {
		if f.Fix == nil || f.Status == steps.Pass {
			continue
		}
		command := f.Fix.Command
		if f.Fix.Setup {
			command = setupCommand(m, command)
		}
		if command != "" {
			out = append(out, "# "+f.ID+" "+f.Title, command)
		}
	}
	return append(out, "podsg diagnose --cluster "+m.Intent.Cluster+regionFlag(m))
}
