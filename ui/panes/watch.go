package panes

import (
	"context"
	"strconv"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/colorprofile"

	"podsg/steps/world"
	"podsg/ui/fullscreen"
	"podsg/ui/keys"
	"podsg/ui/theme"
	"podsg/ui/widget"
)

// Screen says on which screen the panes are shown.
type Screen struct {
	Title string // "workshop, us-west-2"
	// Badge marks the practice world; empty: it is not.
	Badge string

	fullscreen.Terminal
	Light bool
}

// Watch shows the panes on the whole screen until the user leaves or ctx ends.
// The screen is there before open, which may take its time, has made them.
func Watch(ctx context.Context, screen Screen, open func(ctx context.Context) (*Board, error)) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	w := newWatch(screen, func() tea.Msg {
		board, err := open(ctx)
		return openedMsg{board, err}
	})
	err := screen.Terminal.Run(ctx, w)
	if w.board != nil {
		w.board.Close()
	}
	switch {
	case w.failed != nil:
		return w.failed
	case err != nil:
		return &world.Problem{Doing: "show the live views", Err: err, Hint: "podsg watch --plain prints them line by line"}
	default:
		return nil
	}
}

// openedMsg brings the panes.
type openedMsg struct {
	board *Board
	err   error
}

// watch is the model of podsg watch.
type watch struct {
	screen  Screen
	open    tea.Cmd
	board   *Board // nil: not there yet
	views   []View
	at      int // the view that has the focus
	theme   *theme.Theme
	profile colorprofile.Profile
	width   int
	height  int
	waited  int             // seconds that the panes are waited for
	help    *details        // nil: closed
	palette *widget.Palette // nil: closed
	failed  error
}

func newWatch(screen Screen, open tea.Cmd) *watch {
	w := &watch{screen: screen, open: open, at: 1, profile: colorprofile.TrueColor}
	if screen.NoColor {
		w.profile = colorprofile.ASCII
	}
	w.theme = theme.New(!screen.Light, w.profile)
	return w
}

// secondMsg lets ages grow. Its chain is started once, by Init.
type secondMsg struct{}

func second() tea.Cmd { return tea.Tick(time.Second, func(time.Time) tea.Msg { return secondMsg{} }) }

// Init implements [tea.Model].
func (w *watch) Init() tea.Cmd {
	return tea.Batch(tea.RequestBackgroundColor, second(), w.open)
}

// Update implements [tea.Model].
func (w *watch) Update(msg tea.Msg) (tea.Model, tea.Cmd) {
	switch msg := msg.(type) {
	case tea.WindowSizeMsg:
		w.width, w.height = msg.Width, msg.Height
	case tea.BackgroundColorMsg:
		w.theme = theme.New(msg.IsDark(), w.profile)
	case tea.ColorProfileMsg:
		if !w.screen.NoColor {
			w.profile = msg.Profile
			w.theme = theme.New(w.theme.Dark, w.profile)
		}
	case tea.KeyPressMsg:
		return w, w.key(msg)
	case tea.PasteMsg:
		w.paste(msg.Content)
	case secondMsg:
		w.waited++
		return w, second()
	case openedMsg:
		return w, w.opened(msg)
	default:
		var cmds []tea.Cmd
		for _, v := range w.views {
			cmds = append(cmds, v.Update(msg))
		}
		return w, tea.Batch(cmds...)
	}
	return w, nil
}

func (w *watch) opened(msg openedMsg) tea.Cmd {
	if w.failed = msg.err; msg.err != nil {
		return tea.Quit
	}
	w.board, w.views = msg.board, msg.board.Views()
	w.board.headed = true
	var cmds []tea.Cmd
	for _, v := range w.views {
		cmds = append(cmds, v.Start())
	}
	return tea.Batch(cmds...)
}

// onScreen is where the keys of podsg watch work: around a view, and in it.
const onScreen = keys.OnWatch | keys.InView

func (w *watch) key(k tea.KeyPressMsg) tea.Cmd {
	if w.board == nil {
		if a := onScreen.Action(k); a == keys.Quit || a == keys.Close {
			return tea.Quit
		}
		return nil
	}
	a := onScreen.Action(k)
	view := w.views[w.at]
	switch {
	case k.String() == "ctrl+c":
		return tea.Quit
	case w.palette != nil:
		chosen, closed := w.palette.Key(k)
		if closed {
			w.palette = nil
		}
		if chosen == nil {
			return nil
		}
		return chosen.Run()
	case view.Capturing():
		cmd, _ := view.Key(k)
		return cmd
	case a == keys.Quit:
		return tea.Quit
	case w.help != nil:
		if !w.help.move(a) && (a == keys.Explain || a == keys.Close || a == keys.Open) {
			w.help = nil
		}
		return nil
	case len(k.Text) == 1 && k.Text[0] >= '1' && int(k.Text[0]-'1') < len(w.views):
		w.focus(int(k.Text[0] - '1'))
		return nil
	}
	if cmd, done := w.do(a); done {
		return cmd
	}
	cmd, _ := view.Key(k)
	return cmd
}

// do carries out what concerns the whole screen; false: that is for the view.
func (w *watch) do(a keys.Action) (tea.Cmd, bool) {
	switch a {
	case keys.Quit:
		return tea.Quit, true
	case keys.Explain:
		w.help = w.explain()
	case keys.Palette:
		w.palette = widget.NewPalette("All actions", w.commands())
	case keys.Next:
		w.focus(w.at + 1)
	case keys.Previous:
		w.focus(w.at - 1)
	default:
		return nil, false
	}
	return nil, true
}

// commands are all that can be done: by the view that has the focus, with the
// views, and with the screen.
func (w *watch) commands() []widget.Command {
	var out []widget.Command
	view := w.views[w.at]
	for _, c := range view.Commands() {
		if c.Name != "" {
			c.About = view.Title() + ", " + c.Name + ": " + c.About
			out = append(out, c)
		}
	}
	for i, v := range w.views {
		out = append(out, widget.Command{Key: strconv.Itoa(i + 1), About: "Go to the view " + v.Title(), Run: func() tea.Cmd {
			w.focus(i)
			return nil
		}})
	}
	for b := range keys.OnWatch.Bindings() {
		if b.Name != "" && b.Action != keys.Palette {
			c := b.Command(func() tea.Cmd {
				cmd, _ := w.do(b.Action)
				return cmd
			})
			c.About = strings.ToUpper(b.About[:1]) + b.About[1:]
			out = append(out, c)
		}
	}
	return out
}

// paste gives a pasted text to whatever takes text.
func (w *watch) paste(text string) {
	switch {
	case w.board == nil:
	case w.palette != nil:
		w.palette.Paste(text)
	default:
		w.views[w.at].Paste(text)
	}
}

// focus gives another view the focus; one that had the whole screen gives it
// back.
func (w *watch) focus(at int) {
	w.views[w.at].unzoom()
	w.at = (at + len(w.views)) % len(w.views)
}
