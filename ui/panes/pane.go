package panes

import (
	"fmt"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"

	"podsg/ui/theme"
	"podsg/ui/widget"
)

// View is what every pane can do: the methods that a screen needs of it.
type View interface {
	Title() string
	Start() tea.Cmd
	Update(msg tea.Msg) tea.Cmd
	Key(k tea.KeyPressMsg) (tea.Cmd, bool)
	Paste(text string)
	Commands() []widget.Command
	Capturing() bool
	// Zoomed reports whether the view wants the whole screen.
	Zoomed() bool
	Draw(t *theme.Theme, width, height int) []string
	Close()
	help() string
	unzoom()
	dim(bool)
}

// pane shows the rows of one kind.
type pane[R any] struct {
	board   *Board
	name    string
	about   string // what it shows, for the help
	columns []column[R]
	rows    *list[R]
	// status sums the rows up in a few words.
	status func() string
	// details are the lines about one row.
	details func(key string, row *R) *details
	// all is set where rows can be left out.
	all func(on bool) (func(*R) bool, string)

	grid    grid
	top     int
	page    int // rows on the screen when last drawn
	column  int
	sorted  int
	down    bool
	follows bool
	pin     pin
	allOn   bool
	typing  bool
	filter  string
	zoomed  bool
	dimmed  bool
	open    *details
	note    string // a short message, until the next key
	trouble string
	heard   time.Time // when the rows were last known to be current
	synced  bool
}

// Title implements ui.Pane.
func (p *pane[R]) Title() string { return p.name }

// Start implements ui.Pane.
func (p *pane[R]) Start() tea.Cmd { return p.board.start() }

// Update implements ui.Pane.
func (p *pane[R]) Update(msg tea.Msg) tea.Cmd {
	if msg, ok := msg.(annotationMsg); ok && p.open != nil {
		p.open.annotated(msg)
		return nil
	}
	return p.board.update(msg)
}

// Close implements ui.Pane.
func (p *pane[R]) Close() { p.board.Close() }

// Capturing implements ui.Pane.
func (p *pane[R]) Capturing() bool { return p.typing }

// Zoomed reports whether the pane wants the whole screen.
func (p *pane[R]) Zoomed() bool { return p.zoomed }

func (p *pane[R]) unzoom() { p.zoomed = false }

// dim says that the keys go to another pane.
func (p *pane[R]) dim(on bool) { p.dimmed = on }

// take takes over what has happened to the rows; heard says that the cluster is
// where it was heard from.
func (p *pane[R]) take(d Delta[R], heard bool) {
	p.hear(d, heard)
	p.rows.apply(d)
	if p.follows {
		p.toNewest()
	}
}

// pin says where a pane stays while it follows.
type pin int

const (
	pinChanged pin = iota // on the row that has changed last
	pinFirst
	pinLast
)

func (p *pane[R]) toNewest() {
	switch p.pin {
	case pinFirst:
		p.rows.cursor = 0
	case pinLast:
		p.rows.cursor = len(p.rows.order) - 1
	default:
		p.rows.goTo(p.rows.newest)
	}
}

// Key implements ui.Pane.
func (p *pane[R]) Key(k tea.KeyPressMsg) (tea.Cmd, bool) {
	p.note = ""
	if p.typing {
		p.typeFilter(k)
		return nil, true
	}
	return p.do(actionOf(k))
}

// Commands implements ui.Pane.
func (p *pane[R]) Commands() []widget.Command {
	var out []widget.Command
	for _, b := range bindings {
		if b.alone || b.act == actAll && p.all == nil {
			continue
		}
		out = append(out, b.command(func() tea.Cmd {
			cmd, _ := p.do(b.act)
			return cmd
		}))
	}
	return out
}

// do carries out an action; false: it means nothing here.
func (p *pane[R]) do(a action) (tea.Cmd, bool) {
	if p.open != nil && p.open.move(a) {
		return nil, true
	}
	switch a {
	case actUp:
		p.walk(-1)
	case actDown:
		p.walk(1)
	case actPageUp:
		p.walk(-max(1, p.page-1))
	case actPageDown:
		p.walk(max(1, p.page-1))
	case actFirst:
		p.walk(-len(p.rows.order))
	case actLast:
		p.walk(len(p.rows.order))
	case actLeft:
		p.column = max(0, p.column-1)
	case actRight:
		p.column = min(len(p.columns)-1, p.column+1)
	case actOpen:
		return p.openRow(), true
	case actClose:
		return nil, p.close()
	case actFilter:
		p.typing = true
	case actSort:
		p.sort()
	case actFollow:
		if p.follows = !p.follows; p.follows {
			p.toNewest()
		}
	case actAll:
		p.toggleAll()
	case actCopy:
		return p.copy(), true
	case actZoom:
		p.zoomed = !p.zoomed
	default:
		return nil, false
	}
	return nil, true
}

// walk moves the cursor by hand, which ends following.
func (p *pane[R]) walk(by int) {
	p.follows = false
	p.rows.move(by)
	if p.open != nil {
		p.open = nil
	}
}

// close closes what is open; false: nothing was.
func (p *pane[R]) close() bool {
	switch {
	case p.open != nil:
		p.open = nil
	case p.filter != "":
		p.setFilter("")
	case p.zoomed:
		p.zoomed = false
	default:
		return false
	}
	return true
}

func (p *pane[R]) openRow() tea.Cmd {
	if p.open != nil {
		p.open = nil
		return nil
	}
	key, row := p.rows.current()
	if row == nil {
		return nil
	}
	p.open = p.details(key, row)
	return p.open.ask
}

// askAgain asks anew for what the open details show, when it is out of date.
func (p *pane[R]) askAgain() tea.Cmd {
	if p.open == nil || p.open.again == nil {
		return nil
	}
	return p.open.again()
}

// sort sorts by the chosen column, or turns the order round.
func (p *pane[R]) sort() {
	if p.sorted == p.column {
		p.down = !p.down
		p.rows.turn()
		return
	}
	p.sorted, p.down = p.column, false
	p.rows.sortBy(p.columns[p.sorted].key, false)
}

func (p *pane[R]) toggleAll() {
	if p.all == nil {
		return
	}
	p.allOn = !p.allOn
	p.rows.keep, p.note = p.all(p.allOn)
	p.rows.rebuild()
}

// copy sends the cell under the cursor to the clipboard. No terminal says
// whether it took it, and some never do: so the text is shown too.
func (p *pane[R]) copy() tea.Cmd {
	_, row := p.rows.current()
	if row == nil {
		return nil
	}
	text := unmarked(p.columns[p.column].cell(row).text)
	if whole := p.columns[p.column].whole; whole != nil {
		text = whole(row)
	}
	if text == "" {
		p.note = "there is nothing to copy in this cell"
		return nil
	}
	p.note = "sent to the clipboard: " + text
	return tea.SetClipboard(text)
}

// unmarked is a cell's text without the symbol before it.
func unmarked(text string) string {
	for _, mark := range []string{theme.SymbolDone, theme.SymbolTodo, theme.SymbolWarning, theme.SymbolFailed, "-"} {
		if rest, marked := strings.CutPrefix(text, mark); marked && (rest == "" || rest[0] == ' ') {
			return strings.TrimSpace(rest)
		}
	}
	return text
}

func (p *pane[R]) typeFilter(k tea.KeyPressMsg) {
	switch k.String() {
	case "esc":
		p.typing = false
		p.setFilter("")
	case "enter":
		p.typing = false
	case "backspace":
		if r := []rune(p.filter); len(r) > 0 {
			p.setFilter(string(r[:len(r)-1]))
		}
	case "ctrl+u":
		p.setFilter("")
	case "up":
		p.rows.move(-1)
	case "down":
		p.rows.move(1)
	default:
		if k.Text != "" {
			p.setFilter(p.filter + k.Text)
		}
	}
}

// Paste implements ui.Pane: the first line of a pasted text goes to the filter
// while one is typed.
func (p *pane[R]) Paste(text string) {
	if p.typing {
		p.setFilter(p.filter + widget.FirstLine(text))
	}
}

func (p *pane[R]) setFilter(filter string) {
	p.filter = filter
	p.rows.setFilter(filter)
	p.top = 0
}

// Draw implements ui.Pane.
func (p *pane[R]) Draw(t *theme.Theme, width, height int) []string {
	if width < 20 || height < 2 {
		return nil
	}
	body := height - 1
	var lines []string
	if p.open != nil {
		lines = p.open.draw(t, width, body)
	} else {
		lines = p.drawRows(t, width, body)
	}
	for len(lines) < body {
		lines = append(lines, strings.Repeat(" ", width))
	}
	return append(lines[:body], p.foot(t, width))
}

func (p *pane[R]) drawRows(t *theme.Theme, width, height int) []string {
	p.page = max(1, height-1)
	rows := p.rows.order
	p.rows.cursor = max(0, min(p.rows.cursor, len(rows)-1))
	if p.rows.cursor < p.top {
		p.top = p.rows.cursor
	}
	p.top = max(p.top, p.rows.cursor-p.page+1)
	p.top = max(0, min(p.top, len(rows)-p.page))
	visible := rows[p.top:min(len(rows), p.top+p.page)]

	p.grid.measure(len(p.columns), width)
	for i, c := range p.columns {
		w := max(p.grid.widths[i], c.min, widget.Width(c.title)+1)
		for _, it := range visible {
			w = max(w, widget.Width(c.cell(it.row).text))
		}
		if c.max > 0 {
			w = min(w, c.max)
		}
		p.grid.widths[i] = w
	}
	shown := p.grid.place(p.column, width-2)
	if _, right := hidden(len(p.columns), shown); right > 0 && freeAtEnd(p.columns, shown, width) < marksWidth {
		shown = p.grid.place(p.column, width-2-marksWidth)
	}
	p.grid.shown = shown
	chosen := p.column
	if p.dimmed {
		chosen = -1
	}
	lines := make([]string, 0, height)
	lines = append(lines, heading(t, p.columns, shown, chosen, p.sorted, p.down, width))
	for i, it := range visible {
		lines = append(lines, line(t, p.columns, shown, it.row, p.top+i == p.rows.cursor && !p.dimmed, width))
	}
	if len(rows) == 0 {
		lines = append(lines, t.Paint(theme.Muted, widget.Fit("  "+p.nothing(), width)))
	}
	return lines
}

// nothing says why there are no rows.
func (p *pane[R]) nothing() string {
	switch {
	case p.trouble != "":
		return p.troubleText()
	case !p.synced:
		return "reading …"
	case p.filter != "":
		return "no row contains “" + p.filter + "”"
	default:
		return "nothing here yet"
	}
}

// foot is the last line: what is wrong, what a key has done, the filter, or what
// the rows sum up to; and where the cursor is.
func (p *pane[R]) foot(t *theme.Theme, width int) string {
	var right []string
	if p.follows {
		right = append(right, "following")
	}
	switch shown, all := len(p.rows.order), len(p.rows.items); {
	case shown == 0:
	case shown < all:
		right = append(right, fmt.Sprintf("%d of %d (%d in all)", p.rows.cursor+1, shown, all))
	default:
		right = append(right, fmt.Sprintf("%d of %d", p.rows.cursor+1, shown))
	}
	end := t.Paint(theme.Muted, strings.Join(right, " · "))
	left := p.footLeft(t, max(0, width-widget.Width(end)-4))
	return widget.Ends("  "+left, end, width)
}

// footLeft has trouble first. It is cut to leave room for what the last key has
// done and for the filter, which would else seem to do nothing.
func (p *pane[R]) footLeft(t *theme.Theme, width int) string {
	trouble := ""
	// Without rows it stands in their place.
	if len(p.rows.order) > 0 && (!p.board.headed || refused(p.trouble)) {
		trouble = p.troubleText()
	}
	left := ""
	switch {
	case p.typing:
		left = t.Paint(theme.Key, "/") + p.filter + t.Paint(theme.Accent, "▏")
	case p.note != "":
		left = t.Paint(theme.Accent, p.note)
	case p.filter != "":
		left = t.Paint(theme.Key, "/") + p.filter
	case trouble == "":
		left = t.Paint(theme.Muted, p.status())
	}
	if trouble == "" {
		return widget.Cut(left, width)
	}
	const between = " · "
	room := width
	if left != "" {
		left = between + widget.Cut(left, width/2)
		room -= widget.Width(left)
	}
	return t.Paint(theme.Warn, widget.Cut(theme.SymbolWarning+" "+trouble, room)) + left
}

// help says what the pane shows.
func (p *pane[R]) help() string { return p.about }
