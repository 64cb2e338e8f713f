package ui

import (
	"fmt"
	"slices"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"
	uv "github.com/charmbracelet/ultraviolet"

	"podsg/steps/plan"
	"podsg/steps/world"
	"podsg/ui/theme"
	"podsg/ui/widget"
)

// View draws the frame. It is called after every message, so it only draws what
// can be seen.
func (m *Model) View() tea.View {
	var v tea.View
	v.AltScreen = true
	v.WindowTitle = m.windowTitle()
	v.ProgressBar = m.run.progressBar(m.env.now(), m.usual)
	v.ProgramStatus = m.programStatus()
	l := m.layout
	if l.width == 0 || l.height == 0 {
		return v // the size of the terminal is not known yet
	}
	if l.small {
		v.Content = widget.Cut(m.tooSmall(), l.width)
		return v
	}
	c := m.canvas
	c.begin(l.width, l.height)
	m.drawChrome(c)
	cursor := m.drawPage(c)
	m.drawAside(c)
	m.drawDock(c)
	m.drawToast(c)
	if o := m.overlay(); o != nil {
		cursor = m.drawOverlay(c, o)
	}
	v.Content = c.text()
	v.Cursor = cursor
	return v
}

// tooSmall is the one line of a terminal that is too small for more.
func (m *Model) tooSmall() string {
	text := fmt.Sprintf("podsg needs %d×%d; this is %d×%d", minWidth, minHeight, m.layout.width, m.layout.height)
	if m.run.active() {
		done, _, total := m.run.counts()
		text += fmt.Sprintf(" · %d of %d done, ctrl+c stops", done, total)
	}
	return text
}

// drawPage draws the heading, what the page is about, and the page itself,
// scrolled so that the line with the focus can be seen.
func (m *Model) drawPage(c *canvas) *tea.Cursor {
	p, area := m.page(), m.layout.page
	width := area.Dx()
	head := m.heading(p, width)
	c.lines(area, head)
	body := uv.Rect(area.Min.X, area.Min.Y+len(head), width, area.Dy()-len(head))
	d := p.draw(m, width, body.Dy())
	lines := m.withPicture(p, d.Lines, body)
	if m.resized && d.Follow {
		m.scroll = 0 // found anew by the focus
	}
	m.resized = false
	if over := len(lines) - body.Dy(); over > 0 {
		m.scroll = max(0, min(m.scroll, over))
		if d.Follow && (d.Focus < m.scroll || d.Focus >= m.scroll+body.Dy()-1) {
			m.scroll = max(0, min(d.Focus-body.Dy()/2, over))
		}
		below := over - m.scroll
		lines = lines[m.scroll : m.scroll+body.Dy()]
		if below > 0 {
			lines = append(lines[:len(lines)-1:len(lines)-1],
				m.theme.Paint(theme.Muted, fmt.Sprintf("  %s %s · page down", theme.SymbolMore, count(below+1, "more line"))))
		}
	} else {
		m.scroll = 0
	}
	c.lines(body, lines)
	if !d.HasText {
		return nil
	}
	return tea.NewCursor(body.Min.X+d.X, body.Min.Y+d.Y-m.scroll)
}

// withPicture adds the page's drawing beneath its lines where there is room and
// the explanation does not stand beside them anyway.
func (m *Model) withPicture(p page, lines []string, body uv.Rectangle) []string {
	picture := guideOf(m, p).picture
	if len(picture) == 0 || !m.layout.aside.Empty() || len(lines)+len(picture)+2 > body.Dy() || m.world.obs == nil && m.reading != nil {
		return lines
	}
	lines = append(lines[:len(lines):len(lines)], "", "")
	for _, line := range picture {
		lines = append(lines, m.theme.Paint(theme.Accent, line))
	}
	return lines
}

// briefBelow is the height of a page below which brief pages say what they are
// about in one sentence; ? has the rest.
const briefBelow = 24

// heading is the page's title, its place in the procedure, and what it is
// about in at most three lines.
func (m *Model) heading(p page, width int) []string {
	t, f := m.theme, p.facts()
	place := ""
	if !m.diagnose {
		place = fmt.Sprintf("page %d of %d", m.at+1, len(m.pages))
	}
	lines := []string{widget.Ends(t.Paint(theme.Title, f.title), t.Paint(theme.Muted, place), width)}
	text := guideOf(m, p).about
	if f.brief && m.layout.page.Dy() < briefBelow {
		text, _, _ = strings.Cut(text, ". ")
		text = sentence(text)
	}
	about := widget.Wrap(text, min(width, 100))
	about = about[:min(len(about), 3)]
	if f.brief && m.layout.page.Dy() < 18 {
		about = nil
	}
	for _, line := range about {
		lines = append(lines, t.Paint(theme.Muted, line))
	}
	lines = append(lines, "")
	if err := m.world.err; err != nil && m.world.obs != nil {
		what := "What is shown was read at " + m.world.obs.TakenAt.Local().Format(time.TimeOnly) + ". r tries again."
		lines = append(lines, t.Paint(theme.Warn, widget.Cut(theme.SymbolWarning+" The cluster could not be read again:", width)))
		lines = append(append(lines, m.drawUnread(err, what, width)...), "")
	}
	if problem := m.refusal(p); problem != nil {
		lines = append(lines, problem(width)...)
		lines = append(lines, "")
	}
	return lines
}

// refusal is the notice that an answer cannot be, on the page that asks for it
// or, where no page does, on every page.
func (m *Model) refusal(p page) func(width int) []string {
	err := m.world.answerErr
	if err == nil || m.diagnose {
		return nil
	}
	if slices.ContainsFunc(world.AnswersOf(err), m.asks) && !refuses(err, p.facts().answers) {
		return nil
	}
	return func(width int) []string { return drawProblem(m.theme, err, width) }
}

// asks reports whether some page settles an answers key.
func (m *Model) asks(key string) bool {
	for _, p := range m.pages {
		if concerns(key, p.facts().answers) {
			return true
		}
	}
	return false
}

func (m *Model) drawAside(c *canvas) {
	area := m.layout.aside
	if area.Empty() {
		return
	}
	if p, ok := m.page().(interface {
		aside(m *Model, width int) []string
	}); ok {
		if lines := p.aside(m, area.Dx()); len(lines) > 0 {
			c.lines(area, lines)
			return
		}
	}
	c.lines(area, explanation(m, m.page(), area.Dx()))
}

// drawDock shows the commands of the page while there is room.
func (m *Model) drawDock(c *canvas) {
	area := m.layout.dock
	if area.Empty() {
		return
	}
	t := m.theme
	rule := "── " + "The same by hand" + " "
	c.lines(uv.Rect(area.Min.X, area.Min.Y-1, area.Dx(), 1), []string{
		t.Paint(theme.Rule, rule+strings.Repeat("─", max(0, area.Dx()-widget.Width(rule)))),
	})
	lines := commandLines(t, m.page().commands(m), area.Dx())
	if len(lines) == 0 {
		lines = wrapped(t, theme.Muted, m.noCommands(), area.Dx(), 3)
	}
	if len(lines) > area.Dy() {
		more := count(len(lines)-area.Dy()+1, "more line")
		lines = append(lines[:area.Dy()-1:area.Dy()-1], t.Paint(theme.Muted, theme.SymbolMore+" "+more+" · c shows and copies all"))
	}
	c.lines(area, lines)
}

func (m *Model) drawOverlay(c *canvas, o overlay) *tea.Cursor {
	l := m.layout
	d := o.draw(m, l.width-4, l.height-4)
	width := 0
	for _, line := range d.Lines {
		width = max(width, widget.Width(line))
	}
	x, y := (l.width-width)/2, max(1, (l.height-len(d.Lines))/2)
	// A blank column on either side keeps what lies beneath apart.
	for i, line := range d.Lines {
		d.Lines[i] = " " + line + " "
	}
	c.lines(uv.Rect(x-1, y, width+2, len(d.Lines)), d.Lines)
	if !d.HasText {
		return nil
	}
	return tea.NewCursor(x+d.X, y+d.Y)
}

// windowTitle is what the terminal's tab shows.
func (m *Model) windowTitle() string {
	parts := []string{"podsg"}
	if m.intent.Cluster != "" {
		parts = append(parts, m.intent.Cluster)
	}
	if m.run.active() {
		done, _, total := m.run.counts()
		return strings.Join(append(parts, fmt.Sprintf("%d of %d", done, total)), " · ")
	}
	return strings.Join(append(parts, strings.ToLower(m.page().facts().rail)), " · ")
}

// programStatus tells terminals that understand it what podsg is doing.
func (m *Model) programStatus() *tea.ProgramStatus {
	s := &tea.ProgramStatus{App: "podsg", Title: m.intent.Cluster}
	r := &m.run
	switch {
	// It stays when podsg has left, so that has to be the last word.
	case r.active() && m.quitting, r.finished() && r.result.Outcome == plan.OutcomeInterrupted:
		s.State, s.Message = tea.ProgramStateIdle, "stopped"
	case r.finished() && r.unproven():
		s.State, s.Message = tea.ProgramStateError, "not proven"
	case r.finished() && r.failure() != nil:
		s.State, s.Message = tea.ProgramStateError, "a change failed"
	case m.quitting, r.finished():
		s.State = tea.ProgramStateDone
	case r.phase == runVerifying:
		s.State, s.Message = tea.ProgramStateWorking, "waiting for the proof"
	case r.active():
		s.State, s.Message = tea.ProgramStateWorking, "making the changes"
	case m.reading != nil || m.listing != nil:
		s.State, s.Message = tea.ProgramStateWorking, "reading the account and the cluster"
	default:
		s.State, s.Kind = tea.ProgramStateBlocked, tea.ProgramStatusKindQuestion
	}
	return s
}
