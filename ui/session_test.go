package ui

import (
	"context"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/colorprofile"
	"github.com/charmbracelet/x/ansi"

	"podsg/steps/intent"
	"podsg/steps/plan"
	"podsg/steps/render"
	"podsg/steps/world"
	"podsg/ui/internal/scripted"
	"podsg/ui/pages"
	"podsg/ui/wizard"
)

func init() { time.Local = time.UTC } // times on the screens are local

const (
	callPause = 100 * time.Millisecond // after which more of a call is told
	quiet     = 300 * time.Millisecond // after which a confirmation listens
)

// session drives a model without goroutines and without waiting: commands run
// one after the other, time is moved by hand, and the calls to the engine are
// held until they are released, so that what is on screen meanwhile can be seen.
type session struct {
	t      testing.TB
	m      *Model
	engine *scripted.Engine
	now    time.Time
	timers []timer
	held   []tea.Cmd
	quit   bool
}

type timer struct {
	at  time.Time
	msg tea.Msg
}

// timerMsg asks the session for a timer.
type timerMsg struct {
	d   time.Duration
	msg tea.Msg
}

// heldMsg gives the session a call to hold.
type heldMsg struct{ cmd tea.Cmd }

func newSession(t testing.TB, width, height int, change ...func(o *wizard.Options, e *scripted.Engine)) *session {
	t.Helper()
	s := &session{t: t, engine: scripted.New(), now: scripted.Start}
	options := wizard.Options{
		Engine: s.engine, Region: scripted.Region, Context: scripted.Cluster, Version: "test", Sandbox: &wizard.Sandbox{Scenario: "workshop"},
		Exports: []wizard.Export{{Name: "shell script", File: t.TempDir() + "/podsg-plan.sh", Render: func(_ *world.Snapshot, _ *intent.Target, p *plan.Plan) ([]byte, error) {
			return []byte(render.RenderPlanShell(p)), nil
		}}},
		SaveAnswers: func(intent.Intent) (string, error) { return "podsg-answers.yaml", nil },
	}
	for _, c := range change {
		c(&options, s.engine)
	}
	s.m = newModel(options, wizard.Environment{
		Ctx: context.Background(),
		Log: slog.New(slog.DiscardHandler),
		Now: func() time.Time { return s.now },
		After: func(d time.Duration, msg tea.Msg) tea.Cmd {
			return func() tea.Msg { return timerMsg{d, msg} }
		},
		Launch: func(cmd tea.Cmd) tea.Cmd { return func() tea.Msg { return heldMsg{cmd} } },
	})
	s.run(s.m.Init())
	s.send(tea.WindowSizeMsg{Width: width, Height: height})
	return s
}

// inAccount makes a session in a real account.
func inAccount(o *wizard.Options, _ *scripted.Engine) { o.Sandbox = nil }

// run runs a command and all that follow from it.
func (s *session) run(cmd tea.Cmd) {
	if cmd == nil {
		return
	}
	switch msg := cmd().(type) {
	case nil:
	case tea.BatchMsg:
		for _, c := range msg {
			s.run(c)
		}
	case timerMsg:
		s.timers = append(s.timers, timer{s.now.Add(msg.d), msg.msg})
	case heldMsg:
		s.held = append(s.held, msg.cmd)
	case tea.QuitMsg:
		s.quit = true
	default:
		s.send(msg)
	}
}

// send gives the model a message. The frame is drawn after it, as Bubble Tea
// does; ticks are too many for that here.
func (s *session) send(msg tea.Msg) {
	_, cmd := s.m.Update(msg)
	if _, tick := msg.(tickMsg); !tick {
		s.m.View()
	}
	s.run(cmd)
}

// settle lets the calls to the engine answer until nothing is under way.
func (s *session) settle() {
	s.t.Helper()
	for range 100 {
		if len(s.held) == 0 {
			return
		}
		held := s.held
		s.held = nil
		for _, cmd := range held {
			s.run(cmd)
		}
		s.pass(callPause)
	}
	s.t.Fatal("the calls to the engine never end")
}

// release lets the oldest call answer.
func (s *session) release() {
	s.t.Helper()
	if len(s.held) == 0 {
		s.t.Fatal("no call is under way")
	}
	cmd := s.held[0]
	s.held = s.held[1:]
	s.run(cmd)
}

// pass lets time pass; what is due happens in order.
func (s *session) pass(d time.Duration) {
	end := s.now.Add(d)
	for {
		next := -1
		for i, t := range s.timers {
			if !t.at.After(end) && (next < 0 || t.at.Before(s.timers[next].at)) {
				next = i
			}
		}
		if next < 0 {
			break
		}
		t := s.timers[next]
		s.timers = slices.Delete(s.timers, next, next+1)
		s.now = t.at
		s.send(t.msg)
	}
	s.now = end
}

// keys presses keys, by the names of Bubble Tea.
func (s *session) keys(names ...string) {
	s.t.Helper()
	for _, n := range names {
		s.now = s.now.Add(40 * time.Millisecond)
		s.send(keyPress(s.t, n))
	}
}

// typed types a text.
func (s *session) typed(text string) {
	for _, r := range text {
		s.send(tea.KeyPressMsg{Code: r, Text: string(r)})
	}
}

func keyPress(t testing.TB, name string) tea.KeyPressMsg {
	t.Helper()
	special := map[string]rune{
		"enter": tea.KeyEnter, "esc": tea.KeyEscape, "up": tea.KeyUp, "down": tea.KeyDown, "left": tea.KeyLeft, "right": tea.KeyRight,
		"tab": tea.KeyTab, "pgup": tea.KeyPgUp, "pgdown": tea.KeyPgDown, "home": tea.KeyHome, "end": tea.KeyEnd, "backspace": tea.KeyBackspace,
	}
	if code, ok := special[name]; ok {
		return tea.KeyPressMsg{Code: code}
	}
	if name == "space" {
		return tea.KeyPressMsg{Code: tea.KeySpace, Text: " "}
	}
	if rest, ok := strings.CutPrefix(name, "ctrl+"); ok {
		return tea.KeyPressMsg{Code: rune(rest[0]), Mod: tea.ModCtrl}
	}
	if len([]rune(name)) != 1 {
		t.Fatalf("no key is called %q", name)
	}
	return tea.KeyPressMsg{Code: []rune(name)[0], Text: name}
}

// screen is the text on screen, without colours.
func (s *session) screen() string {
	lines := strings.Split(ansi.Strip(s.m.View().Content), "\n")
	for i, l := range lines {
		lines[i] = strings.TrimRight(l, " ")
	}
	return strings.Join(lines, "\n") + "\n"
}

func (s *session) sees(texts ...string) {
	s.t.Helper()
	screen := s.screen()
	for _, text := range texts {
		if !strings.Contains(screen, text) {
			s.t.Fatalf("%q is not on screen:\n%s", text, screen)
		}
	}
}

func (s *session) seesNot(texts ...string) {
	s.t.Helper()
	screen := s.screen()
	for _, text := range texts {
		if strings.Contains(screen, text) {
			s.t.Fatalf("%q is on screen:\n%s", text, screen)
		}
	}
}

func (s *session) on(id wizard.PageID) {
	s.t.Helper()
	if got := s.m.Page().Facts().ID; got != id {
		s.t.Fatalf("on page %s, want %s:\n%s", got, id, s.screen())
	}
}

// goTo presses enter on every page up to the one that is wanted.
func (s *session) goTo(id wizard.PageID) {
	s.t.Helper()
	s.settle()
	for range len(s.m.Pages) * 3 {
		if s.m.Page().Facts().ID == id {
			return
		}
		s.keys("enter")
		s.pass(quiet)
		s.settle()
	}
	s.t.Fatalf("enter does not lead to page %s:\n%s", id, s.screen())
}

// theme sets the terminal's background and colours.
func (s *session) colours(dark bool, profile colorprofile.Profile) {
	s.m.Theme = themeFor(dark, profile)
	s.m.profile = profile
}

// checks is the page of the checks.
func (s *session) checks() *pages.DiagnosisPage { return s.m.Checks.(*pages.DiagnosisPage) }

// event is told by the engine in the call under way.
func (s *session) event(e plan.Event) { s.m.Run.Call.Feed.Observe(e) }
