package ui

import (
	"fmt"
	"slices"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"
	uv "github.com/charmbracelet/ultraviolet"

	"podsg/steps/clean"
	"podsg/steps/plan"
	"podsg/steps/world"
	"podsg/ui/draw"
	"podsg/ui/pages"
	"podsg/ui/phrase"
	"podsg/ui/theme"
	"podsg/ui/widget"
	"podsg/ui/wizard"
)

// View draws the frame and changes nothing. It is called after every message, so
// it only draws what can be seen.
func (m *Model) View() tea.View {
	var v tea.View
	v.AltScreen = true
	v.WindowTitle = clean.Line(m.windowTitle())
	v.ProgressBar = m.Run.ProgressBar(m.Env.Now(), m.Usual)
	v.ProgramStatus = m.programStatus()
	l := m.Layout
	if l.Width == 0 || l.Height == 0 {
		return v // the size of the terminal is not known yet
	}
	if l.Small {
		v.Content = widget.Cut(m.tooSmall(), l.Width)
		return v
	}
	c := m.canvas
	c.begin(l.Width, l.Height)
	m.drawChrome(c)
	cursor := m.drawPage(c)
	m.drawAside(c)
	m.drawDock(c)
	m.drawToast(c)
	if o := m.Overlay(); o != nil {
		cursor = m.drawOverlay(c, o)
	}
	v.Content = c.text()
	v.Cursor = cursor
	return v
}

// tooSmall is the one line of a terminal that is too small for more.
func (m *Model) tooSmall() string {
	text := fmt.Sprintf("podsg needs %d×%d; this is %d×%d", wizard.MinWidth, wizard.MinHeight, m.Layout.Width, m.Layout.Height)
	if m.Run.Active() {
		done, _, total := m.Run.Counts()
		text += fmt.Sprintf(" · %d of %d done, ctrl+c stops", done, total)
	}
	return text
}

// drawPage draws the heading, what the page is about, and the page itself from
// the line on to which it is scrolled.
func (m *Model) drawPage(c *canvas) *tea.Cursor {
	head, body, d := m.layPage()
	c.lines(m.Layout.Page, head)
	lines := d.Lines
	first := m.firstLine(d, body.Dy())
	if over := len(lines) - body.Dy(); over > 0 {
		lines = lines[first : first+body.Dy()]
		if below := over - first; below > 0 {
			lines = append(lines[:len(lines)-1:len(lines)-1],
				m.Theme.Paint(theme.Muted, fmt.Sprintf("  %s %s · page down", theme.SymbolMore, phrase.Count(below+1, "more line"))))
		}
	}
	c.lines(body, lines)
	if !d.HasText {
		return nil
	}
	return tea.NewCursor(body.Min.X+d.X, body.Min.Y+d.Y-first)
}

// layPage lays out the page: the lines of its heading, and what stands beneath
// them in the rest of its area.
func (m *Model) layPage() (head []string, body uv.Rectangle, d wizard.Drawing) {
	p, area := m.Page(), m.Layout.Page
	width := area.Dx()
	head = m.heading(p, width)
	body = uv.Rect(area.Min.X, area.Min.Y+len(head), width, area.Dy()-len(head))
	d = p.Draw(m.Session, width, body.Dy())
	d.Lines = m.withPicture(p, d.Lines, body)
	return head, body, d
}

// firstLine is the first line of a drawing that is shown in a height: the one
// that was scrolled to, unless the line with the focus could not be seen then.
func (m *Model) firstLine(d wizard.Drawing, height int) int {
	over := max(0, len(d.Lines)-height)
	first := max(0, min(m.Scroll, over))
	if over > 0 && d.Follow && (d.Focus < first || d.Focus >= first+height-1) {
		first = max(0, min(d.Focus-height/2, over))
	}
	return first
}

// followFocus scrolls the page, after something has happened, so that the line
// with the focus can be seen.
func (m *Model) followFocus() {
	if m.Layout.Width == 0 || m.Layout.Height == 0 || m.Layout.Small {
		return
	}
	_, body, d := m.layPage()
	if m.resized && d.Follow {
		m.Scroll = 0 // found anew by the focus
	}
	m.Scroll, m.resized = m.firstLine(d, body.Dy()), false
}

// withPicture adds the page's drawing beneath its lines where there is room and
// the explanation does not stand beside them anyway.
func (m *Model) withPicture(p wizard.Page, lines []string, body uv.Rectangle) []string {
	picture := p.Guide(m.Session).Picture
	if len(picture) == 0 || !m.Layout.Aside.Empty() || len(lines)+len(picture)+2 > body.Dy() || m.World.Obs == nil && m.Reading != nil {
		return lines
	}
	lines = append(lines[:len(lines):len(lines)], "", "")
	for _, line := range picture {
		lines = append(lines, m.Theme.Paint(theme.Accent, line))
	}
	return lines
}

// heading is the page's title, its place in the procedure, and what it is
// about in at most three lines.
func (m *Model) heading(p wizard.Page, width int) []string {
	t, f := m.Theme, p.Facts()
	place := ""
	if !m.Diagnose {
		place = fmt.Sprintf("page %d of %d", m.At+1, len(m.Pages))
	}
	lines := []string{widget.Ends(t.Paint(theme.Title, f.Title), t.Paint(theme.Muted, place), width)}
	text := p.Guide(m.Session).About
	if f.Brief && m.Layout.Page.Dy() < wizard.BriefBelow {
		text, _, _ = strings.Cut(text, ". ")
		text = phrase.Sentence(text)
	}
	about := widget.Wrap(text, min(width, 100))
	about = about[:min(len(about), 3)]
	if f.Brief && m.Layout.Page.Dy() < 18 {
		about = nil
	}
	for _, line := range about {
		lines = append(lines, t.Paint(theme.Muted, line))
	}
	lines = append(lines, "")
	if err := m.World.Err; err != nil && m.World.Obs != nil {
		what := "What is shown was read at " + m.World.Obs.TakenAt.Local().Format(time.TimeOnly) + ". r tries again."
		lines = append(lines, t.Paint(theme.Warn, widget.Cut(theme.SymbolWarning+" The cluster could not be read again:", width)))
		lines = append(append(lines, pages.DrawUnread(m.Session, err, what, width)...), "")
	}
	if problem := m.refusal(p); problem != nil {
		lines = append(lines, problem(width)...)
		lines = append(lines, "")
	}
	return lines
}

// refusal is the notice that an answer cannot be, on the page that asks for it
// or, where no page does, on every page.
func (m *Model) refusal(p wizard.Page) func(width int) []string {
	err := m.World.AnswerErr
	if err == nil || m.Diagnose {
		return nil
	}
	if slices.ContainsFunc(world.AnswersOf(err), m.asks) && !wizard.Refuses(err, p.Facts().Answers) {
		return nil
	}
	return func(width int) []string { return draw.Problem(m.Theme, err, width) }
}

// asks reports whether some page settles an answers key.
func (m *Model) asks(key string) bool {
	for _, p := range m.Pages {
		if wizard.Concerns(key, p.Facts().Answers) {
			return true
		}
	}
	return false
}

func (m *Model) drawAside(c *canvas) {
	area := m.Layout.Aside
	if area.Empty() {
		return
	}
	if p, ok := m.Page().(wizard.Sided); ok {
		if lines := p.Aside(m.Session, area.Dx()); len(lines) > 0 {
			c.lines(area, lines)
			return
		}
	}
	c.lines(area, pages.Explanation(m.Session, m.Page(), area.Dx()))
}

// drawDock shows the commands of the page while there is room.
func (m *Model) drawDock(c *canvas) {
	area := m.Layout.Dock
	if area.Empty() {
		return
	}
	t := m.Theme
	rule := "── " + "The same by hand" + " "
	c.lines(uv.Rect(area.Min.X, area.Min.Y-1, area.Dx(), 1), []string{
		t.Paint(theme.Rule, rule+strings.Repeat("─", max(0, area.Dx()-widget.Width(rule)))),
	})
	lines := draw.Commands(t, m.Page().Commands(m.Session), area.Dx())
	if len(lines) == 0 {
		lines = draw.Wrapped(t, theme.Muted, m.noCommands(), area.Dx(), 3)
	}
	if len(lines) > area.Dy() {
		more := phrase.Count(len(lines)-area.Dy()+1, "more line")
		lines = append(lines[:area.Dy()-1:area.Dy()-1], t.Paint(theme.Muted, theme.SymbolMore+" "+more+" · c shows and copies all"))
	}
	c.lines(area, lines)
}

func (m *Model) drawOverlay(c *canvas, o wizard.Overlay) *tea.Cursor {
	l := m.Layout
	d := o.Draw(m.Session, l.Width-4, l.Height-4)
	width := 0
	for _, line := range d.Lines {
		width = max(width, widget.Width(line))
	}
	x, y := (l.Width-width)/2, max(1, (l.Height-len(d.Lines))/2)
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
	if m.Intent.Cluster != "" {
		parts = append(parts, m.Intent.Cluster)
	}
	if m.Run.Active() {
		done, _, total := m.Run.Counts()
		return strings.Join(append(parts, fmt.Sprintf("%d of %d", done, total)), " · ")
	}
	return strings.Join(append(parts, strings.ToLower(m.Page().Facts().Rail)), " · ")
}

// programStatus tells terminals that understand it what podsg is doing.
func (m *Model) programStatus() *tea.ProgramStatus {
	s := &tea.ProgramStatus{App: "podsg", Title: m.Intent.Cluster}
	r := &m.Run
	switch {
	// It stays when podsg has left, so that has to be the last word.
	case r.Active() && m.Quitting, r.Finished() && r.Result.Outcome == plan.OutcomeInterrupted:
		s.State, s.Message = tea.ProgramStateIdle, "stopped"
	case r.Finished() && r.Unproven():
		s.State, s.Message = tea.ProgramStateError, "not proven"
	case r.Finished() && r.Failure() != nil:
		s.State, s.Message = tea.ProgramStateError, "a change failed"
	case m.Quitting, r.Finished():
		s.State = tea.ProgramStateDone
	case r.Phase == wizard.RunVerifying:
		s.State, s.Message = tea.ProgramStateWorking, "waiting for the proof"
	case r.Active():
		s.State, s.Message = tea.ProgramStateWorking, "making the changes"
	case m.Reading != nil || m.Listing != nil:
		s.State, s.Message = tea.ProgramStateWorking, "reading the account and the cluster"
	default:
		s.State, s.Kind = tea.ProgramStateBlocked, tea.ProgramStatusKindQuestion
	}
	return s
}
