package panes

import (
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"

	"podsg/kube/live/rows"
	"podsg/ui/keys"
	"podsg/ui/table"
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
	columns []table.Column[R]
	rows    *table.List[R]
	// status sums the rows up in a few words.
	status func() string
	// details are the lines about one row.
	details func(key string, row *R) *details
	// all is set where rows can be left out.
	all func(on bool) (func(*R) bool, string)

	grid    table.Grid
	top     int
	page    int // rows on the screen when last drawn
	column  int
	sorted  int
	down    bool
	follows bool
	pin     pin
	allOn   bool
	typing  bool
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
func (p *pane[R]) take(d rows.Delta[R], heard bool) {
	p.hear(d, heard)
	p.rows.Apply(d.Set, d.Gone)
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
		p.rows.Move(-p.rows.Size())
	case pinLast:
		p.rows.Move(p.rows.Size())
	default:
		p.rows.GoToNewest()
	}
}

// Key implements ui.Pane.
func (p *pane[R]) Key(k tea.KeyPressMsg) (tea.Cmd, bool) {
	p.note = ""
	if p.typing {
		p.typeFilter(k)
		return nil, true
	}
	return p.do(keys.InView.Action(k))
}

// Commands implements ui.Pane.
func (p *pane[R]) Commands() []widget.Command {
	var out []widget.Command
	for b := range keys.InView.Bindings() {
		if b.Action == keys.All && p.all == nil {
			continue
		}
		c := b.Command(func() tea.Cmd {
			cmd, _ := p.do(b.Action)
			return cmd
		})
		if b.Moves {
			c.Name = "" // the footer has room for little
		}
		out = append(out, c)
	}
	return out
}

// do carries out an action; false: it means nothing here.
func (p *pane[R]) do(a keys.Action) (tea.Cmd, bool) {
	if p.open != nil && p.open.move(a) {
		return nil, true
	}
	switch a {
	case keys.Up:
		p.walk(-1)
	case keys.Down:
		p.walk(1)
	case keys.PageUp:
		p.walk(-max(1, p.page-1))
	case keys.PageDown:
		p.walk(max(1, p.page-1))
	case keys.First:
		p.walk(-p.rows.Size())
	case keys.Last:
		p.walk(p.rows.Size())
	case keys.Left:
		p.column = max(0, p.column-1)
	case keys.Right:
		p.column = min(len(p.columns)-1, p.column+1)
	case keys.Open:
		return p.openRow(), true
	case keys.Close:
		return nil, p.close()
	case keys.Filter:
		p.typing = true
	case keys.Sort:
		p.sort()
	case keys.Follow:
		if p.follows = !p.follows; p.follows {
			p.toNewest()
		}
	case keys.All:
		p.toggleAll()
	case keys.Copy:
		return p.copy(), true
	case keys.Zoom:
		p.zoomed = !p.zoomed
	default:
		return nil, false
	}
	return nil, true
}

// walk moves the cursor by hand, which ends following.
func (p *pane[R]) walk(by int) {
	p.follows = false
	p.rows.Move(by)
	if p.open != nil {
		p.open = nil
	}
}

// close closes what is open; false: nothing was.
func (p *pane[R]) close() bool {
	switch {
	case p.open != nil:
		p.open = nil
	case p.rows.Filter() != "":
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
	key, row := p.rows.Current()
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
		p.rows.Turn()
		return
	}
	p.sorted, p.down = p.column, false
	p.rows.SortBy(p.columns[p.sorted].Key, false)
}

func (p *pane[R]) toggleAll() {
	if p.all == nil {
		return
	}
	p.allOn = !p.allOn
	keep, note := p.all(p.allOn)
	p.note = note
	p.rows.KeepOnly(keep)
}

// copy sends the cell under the cursor to the clipboard. No terminal says
// whether it took it, and some never do: so the text is shown too.
func (p *pane[R]) copy() tea.Cmd {
	_, row := p.rows.Current()
	if row == nil {
		return nil
	}
	text := unmarked(p.columns[p.column].Cell(row).Text)
	if whole := p.columns[p.column].Whole; whole != nil {
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
		if r := []rune(p.rows.Filter()); len(r) > 0 {
			p.setFilter(string(r[:len(r)-1]))
		}
	case "ctrl+u":
		p.setFilter("")
	case "up":
		p.rows.Move(-1)
	case "down":
		p.rows.Move(1)
	default:
		if k.Text != "" {
			p.setFilter(p.rows.Filter() + k.Text)
		}
	}
}

// Paste implements ui.Pane: the first line of a pasted text goes to the filter
// while one is typed.
func (p *pane[R]) Paste(text string) {
	if p.typing {
		p.setFilter(p.rows.Filter() + widget.FirstLine(text))
	}
}

func (p *pane[R]) setFilter(filter string) {
	p.rows.SetFilter(filter)
	p.top = 0
}

// help says what the pane shows.
func (p *pane[R]) help() string { return p.about }
