package pages

import (
	"fmt"
	"slices"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"

	"podsg/steps"
	"podsg/steps/check"
	"podsg/steps/intent"
	"podsg/steps/say"
	"podsg/steps/shell"
	"podsg/ui/draw"
	"podsg/ui/keys"
	"podsg/ui/phrase"
	"podsg/ui/theme"
	"podsg/ui/widget"
	"podsg/ui/wizard"
)

// DiagnosisPage is the diagnose view: the verdict, each cause with what it
// explains beneath it, then the other checks by how they ended. What is wrong is
// open, with its fix and what was seen; what is well is closed.
type DiagnosisPage struct {
	basePage
	rows   []checkRow
	cursor int
	open   map[string]bool // groups and checks that were opened or closed by hand
	placed bool            // the pointer has been put on the first cause
}

// checkRow is a line that the pointer can stand on: a group of checks that ended
// alike, or one check.
type checkRow struct {
	group   check.Status // of a group; empty: a check
	title   string
	summary check.Summary // of a group's checks
	Finding check.Finding
	number  int // of the finding, in the order of the verdict
}

func (r checkRow) isGroup() bool { return r.group != "" }

// Words is what the row shows of itself whatever the width.
func (r checkRow) Words() string {
	if r.isGroup() {
		return r.title
	}
	return r.Finding.ID
}

func (r checkRow) Key() string {
	if r.isGroup() {
		return "group " + string(r.group)
	}
	return fmt.Sprintf("%s %d", r.Finding.ID, r.number)
}

// NewDiagnosis makes the page of the checks, which stands beside the procedure.
func NewDiagnosis() *DiagnosisPage {
	p := &DiagnosisPage{open: map[string]bool{}}
	p.about = wizard.Facts{ID: wizard.PageDiagnosis, Title: "Diagnose", Rail: "Diagnose", Brief: true}
	return p
}

// StartDiagnose shows every check.
func StartDiagnose(s *wizard.Session) tea.Cmd {
	if s.Run.Active() {
		return s.Say("Changes are under way; the checks come after them.")
	}
	s.Diagnose, s.Scroll, s.Overlays = true, 0, nil
	s.Checks.(*DiagnosisPage).placed = false
	var cmd tea.Cmd
	switch {
	case s.Intent.Cluster == "":
		s.Show(0)
		return s.Say("Choose a cluster first.")
	case s.Reading == nil && (s.World.Obs == nil || s.World.Stale):
		cmd = s.Read()
	}
	s.Touched()
	return cmd
}

// planFix shows what setup would change. A session that only diagnosed goes on
// as a wizard, in which the answers are what the diagnosis took for wanted.
func planFix(s *wizard.Session) tea.Cmd {
	if s.World.Obs == nil || s.Reading != nil {
		return s.Say("The cluster is still being read.")
	}
	var again tea.Cmd
	if s.OnlyChecks {
		s.OnlyChecks = false
		s.Intent = intent.IntentToMend(s.World.Snapshot(), s.Intent)
		s.World.Settle(s.Intent, false)
		again = s.ReadIfChanged()
	}
	s.ShowID(wizard.PagePlan)
	return tea.Batch(again, s.Say("This is what setup would change. Nothing happens before you confirm it."))
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
	return !r.isGroup() && r.Finding.Trouble() && len(r.Finding.CausedBy) == 0
}

func (p *DiagnosisPage) Refresh(s *wizard.Session) {
	at := ""
	if p.cursor < len(p.rows) {
		at = p.rows[p.cursor].Key()
	}
	p.layRows(s)
	// The pointer stays on its check while they run again.
	if i := slices.IndexFunc(p.rows, func(r checkRow) bool { return r.Key() == at }); i >= 0 {
		p.cursor = i
	}
	if s.Reading != nil || s.World.Obs == nil {
		return
	}
	s.Outcome.Findings = s.World.Findings
	if !p.placed {
		p.placed, p.cursor = true, 0
		for i, r := range p.rows {
			if !r.isGroup() {
				p.cursor = i
				break
			}
		}
	}
}

// layRows lays out the rows that are visible now.
func (p *DiagnosisPage) layRows(s *wizard.Session) {
	p.rows = p.rows[:0]
	for i, f := range s.World.Judged {
		if f.Trouble() {
			p.rows = append(p.rows, checkRow{Finding: f, number: i})
		}
	}
	for _, g := range []struct {
		status check.Status
		title  string
	}{{check.Skip, "Could not be checked, or does not apply"}, {check.Pass, "As it must be"}} {
		var in []checkRow
		for i, f := range s.World.Judged {
			if f.Status == g.status {
				in = append(in, checkRow{Finding: f, number: i})
			}
		}
		if len(in) == 0 {
			continue
		}
		group := checkRow{group: g.status, title: g.title, summary: check.Summarize(findingsOf(in))}
		p.rows = append(p.rows, group)
		if p.isOpen(group) {
			p.rows = append(p.rows, in...)
		}
	}
	p.cursor = max(0, min(p.cursor, len(p.rows)-1))
}

func findingsOf(rows []checkRow) []check.Finding {
	var out []check.Finding
	for _, r := range rows {
		out = append(out, r.Finding)
	}
	return out
}

func (p *DiagnosisPage) Draw(s *wizard.Session, width, _ int) wizard.Drawing {
	t := s.Theme
	switch {
	case s.World.Obs == nil && s.Reading != nil:
		return wizard.Drawing{Lines: append(append(waiting(s, s.Reading), ""), p.stepsBeingRead(s, width)...)}
	case s.World.Obs == nil:
		lines, _ := unread(s, width)
		return wizard.Drawing{Lines: lines}
	case s.World.AnswerErr != nil:
		lines := append(draw.Problem(t, s.World.AnswerErr, width), "")
		return wizard.Drawing{Lines: append(lines, draw.Wrapped(t, theme.Muted, "The checks need to know what is wanted. Mend the answer, then press r.", width, 3)...)}
	}
	d := wizard.Drawing{Follow: true, Lines: append(p.headline(s, width), "")}
	for i, r := range p.rows {
		if i == p.cursor {
			d.Focus = len(d.Lines)
		}
		if r.isGroup() {
			d.Lines = append(d.Lines, "", p.groupLine(s, r, i == p.cursor, width))
			if i == p.cursor {
				d.Focus++
			}
			continue
		}
		d.Lines = append(d.Lines, p.checkLine(s, r, i == p.cursor, width))
		if p.isOpen(r) {
			d.Lines = append(d.Lines, widget.Indent(p.details(s, r.Finding, width-8), 8)...)
		}
	}
	return d
}

// stepsBeingRead lists the steps while the world is read for their checks, each
// with what it still waits for.
func (p *DiagnosisPage) stepsBeingRead(s *wizard.Session, width int) []string {
	t := s.Theme
	var lines []string
	for _, step := range steps.Procedure() {
		reads := steps.Reads(step)
		if len(reads) == 0 {
			continue
		}
		var open []string
		for _, fact := range reads {
			if !s.Facts[fact] {
				open = append(open, string(fact))
			}
		}
		symbol, tone, what := theme.SymbolDone, theme.Good, "read"
		if len(open) > 0 {
			symbol, tone, what = s.Spinner(), theme.Accent, "reading "+phrase.List(open)
		}
		head := "  " + t.Paint(tone, symbol) + " " + widget.Fit(step.ID.Title(), 31)
		lines = append(lines, head+t.Paint(theme.Muted, widget.Cut(what, width-widget.Width(head))))
	}
	return lines
}

// headline is the verdict, when it was made, and the counts.
func (p *DiagnosisPage) headline(s *wizard.Session, width int) []string {
	t, v := s.Theme, s.World.Verdict
	when := t.Paint(theme.Muted, "read at "+s.World.Obs.TakenAt.Local().Format(time.TimeOnly))
	if s.Reading != nil {
		when = t.Paint(theme.Accent, s.Spinner()+" running again")
	}
	tone := map[check.State]theme.Tone{check.Healthy: theme.Good, check.Degraded: theme.Warn, check.Unknown: theme.Warn, check.Broken: theme.Bad}[v.State]
	lines := []string{widget.Ends(t.Paint(tone, v.Headline().String()), when, width), Counts(t, check.Summarize(s.World.Findings), true)}
	for _, n := range v.NotChecked {
		what := say.T("not checked: %s", n.Fact)
		if n.Permission != "" {
			what = say.T("not checked: %s; allow %s", n.Fact, n.Permission)
		}
		lines = append(lines, t.Paint(theme.Warn, widget.Cut(theme.SymbolWarning+" "+what.String(), width)))
	}
	return lines
}

// Counts writes how many checks had which outcome; all also names those that
// none had.
func Counts(t *theme.Theme, s check.Summary, all bool) string {
	out := ""
	for _, c := range []struct {
		status check.Status
		n      int
	}{{check.Pass, s.Pass}, {check.Warn, s.Warn}, {check.Fail, s.Fail}, {check.Skip, s.Skip}} {
		if c.n == 0 && !all {
			continue
		}
		symbol, word, tone := draw.Status(c.status)
		if c.status == check.Warn && c.n != 1 {
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

func (p *DiagnosisPage) groupLine(s *wizard.Session, r checkRow, current bool, width int) string {
	t := s.Theme
	mark := "+"
	if p.isOpen(r) {
		mark = "-"
	}
	return widget.Ends(pointerOf(t, current)+t.Paint(theme.Rule, mark)+" "+t.Paint(theme.Title, r.title), Counts(t, r.summary, false), width)
}

// checkLine is a check in a line; what another explains stands beneath it.
func (p *DiagnosisPage) checkLine(s *wizard.Session, r checkRow, current bool, width int) string {
	t, f := s.Theme, r.Finding
	symbol, word, tone := draw.Status(f.Status)
	head := pointerOf(t, current)
	if len(f.CausedBy) > 0 {
		head += "  "
	}
	head += t.Paint(tone, symbol+" "+widget.Fit(word, 7)) + "  " + t.Paint(theme.Muted, widget.Fit(f.ID, 5)) + f.Title
	left := width - widget.Width(head) - 2
	switch {
	case p.isOpen(r) || left <= 12:
	case len(f.CausedBy) > 0:
		head += "  " + t.Paint(theme.Muted, widget.Cut(explainedBy(f).String(), left))
	default:
		head += "  " + t.Paint(theme.Muted, widget.Cut(f.Reason.String(), left))
	}
	return widget.Cut(head, width)
}

// explainedBy says which checks a finding is a consequence of.
func explainedBy(f check.Finding) say.Text {
	return say.N(len(f.CausedBy), "%[2]s explains it", "%[2]s explain it", strings.Join(f.CausedBy, ", "))
}

// details are why a check ended as it did, what was seen, and how to fix it.
func (p *DiagnosisPage) details(s *wizard.Session, f check.Finding, width int) []string {
	t := s.Theme
	_, _, tone := draw.Status(f.Status)
	var lines []string
	for _, line := range widget.Wrap(phrase.Sentence(f.Reason.String()), width) {
		lines = append(lines, t.Paint(tone, line))
	}
	if len(f.CausedBy) > 0 {
		lines = append(lines, t.Paint(theme.Muted, widget.Cut(explainedBy(f).String(), width)))
	}
	if f.Fix != nil {
		fix := *f.Fix
		if fix.Setup {
			fix.Text = say.T("%s f plans it.", phrase.Sentence(fix.Text.String()))
			fix.Command = setupCommand(s, fix.Command)
		}
		lines = append(lines, draw.Fix(t, &fix, width)...)
	}
	for _, e := range f.Evidence {
		for _, line := range widget.Wrap(e, width-2) {
			lines = append(lines, "  "+t.Paint(theme.Muted, line))
		}
	}
	return lines
}

// setupCommand is a command of podsg's as it may be shown: not in the practice
// world, which ends with this program, so that it would work elsewhere.
func setupCommand(s *wizard.Session, command string) string {
	if s.Options.Sandbox != nil {
		return ""
	}
	return command
}

// Aside is what stands beside the checks on a wide screen: the one under the
// pointer, whole.
func (p *DiagnosisPage) Aside(s *wizard.Session, width int) []string {
	if p.cursor >= len(p.rows) || p.rows[p.cursor].isGroup() {
		return nil
	}
	t, f := s.Theme, p.rows[p.cursor].Finding
	symbol, word, tone := draw.Status(f.Status)
	lines := []string{t.Paint(theme.Title, f.ID+" "+f.Title), "", t.Paint(tone, symbol+" "+word)}
	lines = append(lines, p.details(s, f, width)...)
	if len(f.Objects) > 0 {
		lines = append(lines, "", t.Paint(theme.Muted, "on "+phrase.List(f.Objects)))
	}
	return append(lines, "", t.Paint(theme.Muted, "Read more: podsg explain "+f.ID))
}

func (p *DiagnosisPage) Act(s *wizard.Session, a keys.Action) (tea.Cmd, bool) {
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
			p.layRows(s)
		}
	case keys.Fix:
		return planFix(s), true
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

func (p *DiagnosisPage) Commands(s *wizard.Session) []string {
	var out []string
	for _, f := range s.World.Judged {
		if f.Fix == nil || f.Status == check.Pass {
			continue
		}
		command := f.Fix.Command
		if f.Fix.Setup {
			command = setupCommand(s, command)
		}
		if command != "" {
			out = append(out, "# "+f.ID+" "+f.Title, command)
		}
	}
	return append(out, shell.Command("podsg diagnose --cluster %s%s", s.Intent.Cluster, regionFlag(s)))
}
