package ui

import (
	"fmt"
	"math/rand"
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"

	"podsg/steps/check"
	"podsg/ui/pages"
	"podsg/ui/wizard"
)

// fits fails the test when a frame is larger than the terminal.
func (s *session) fits(what string) {
	s.t.Helper()
	l := s.m.Layout
	if l.Height == 0 {
		return
	}
	lines := strings.Split(s.m.View().Content, "\n")
	if len(lines) > l.Height {
		s.t.Fatalf("%s at %d×%d: %d lines", what, l.Width, l.Height, len(lines))
	}
	for _, line := range lines {
		if w := ansi.StringWidth(line); w > l.Width && !l.Small {
			s.t.Fatalf("%s at %d×%d: a line of %d cells: %q", what, l.Width, l.Height, w, ansi.Strip(line))
		}
	}
	if c := s.m.View().Cursor; c != nil && (c.X >= l.Width || c.Y >= l.Height || c.X < 0 || c.Y < 0) {
		s.t.Fatalf("%s at %d×%d: the cursor is at %d,%d", what, l.Width, l.Height, c.X, c.Y)
	}
}

func TestEveryScreenSurvivesEverySize(t *testing.T) {
	for _, scene := range scenes {
		t.Run(scene.name, func(t *testing.T) {
			s := newSession(t, 80, 24, optionsOf(scene.name)...)
			scene.play(s)
			before := s.screen()
			for _, size := range [][2]int{{200, 60}, {60, 18}, {59, 17}, {1, 1}, {61, 33}, {76, 19}, {110, 34}, {150, 18}, {60, 100}, {0, 0}, {250, 70}, {80, 24}} {
				s.send(tea.WindowSizeMsg{Width: size[0], Height: size[1]})
				s.fits(scene.name)
			}
			if after := s.screen(); after != before {
				t.Errorf("the screen is another one after it had other sizes:\n%s\nbefore:\n%s", after, before)
			}
		})
	}
}

func TestATerminalThatIsTooSmallSaysSo(t *testing.T) {
	s := newSession(t, 50, 15)
	s.sees("podsg needs 60×18; this is 50×15")
	s.keys("enter", "x", "?")
	s.send(tea.PasteMsg{Content: "text"})
	s.keys("q")
	if !s.quit {
		t.Error("q does not leave a terminal that is too small")
	}
}

func TestResizingNeverStartsASecondTick(t *testing.T) {
	s := newSession(t, 80, 24)
	s.goTo(wizard.PageCluster)
	s.keys("enter")
	for i := range 50 {
		s.send(tea.WindowSizeMsg{Width: 80 + i, Height: 24 + i%10})
		s.pass(37 * time.Millisecond)
	}
	ticks := 0
	for _, timer := range s.timers {
		if _, ok := timer.msg.(tickMsg); ok {
			ticks++
		}
	}
	if ticks != 1 {
		t.Errorf("%d ticks are under way, want one", ticks)
	}
	s.settle()
	s.pass(wizard.ToastTime)
	if len(s.timers) != 0 {
		t.Errorf("%d timers are under way while nothing moves", len(s.timers))
	}
}

// allKeys are keys that a confused user may press; those that confirm a plan
// are left out by whoever must not confirm it.
var allKeys = []string{
	"enter", "esc", "up", "down", "left", "right", "tab", "pgup", "pgdown", "home", "end", "backspace", "space", "?", "c", "e", "f", "r", "x", "w",
	"d", "g", "G", "h", "j", "k", "l", "q", "/", ":", "ctrl+k", "ctrl+u", "z", "1", "ü", "ctrl+z", "ctrl+a",
}

func TestNoKeyBreaksAnyScreen(t *testing.T) {
	for _, scene := range scenes {
		t.Run(scene.name, func(t *testing.T) {
			seed := rand.New(rand.NewSource(int64(len(scene.name))))
			s := newSession(t, 80, 24, append(optionsOf(scene.name), inAccount)...)
			if !strings.HasPrefix(scene.name, "run") && !strings.HasPrefix(scene.name, "verdict") {
				scene.play(s)
			}
			applied := s.engine.Applied
			var pressed []string
			for i := range 60 {
				k := allKeys[seed.Intn(len(allKeys))]
				pressed = append(pressed, k)
				s.keys(k)
				switch {
				case i%17 == 0:
					s.settle()
				case i%23 == 0:
					s.send(tea.PasteMsg{Content: "yes\nsecond line"})
				case i%29 == 0:
					s.send(tea.WindowSizeMsg{Width: 60 + seed.Intn(100), Height: 18 + seed.Intn(40)})
				case i%31 == 0:
					s.pass(time.Second)
				}
				s.fits(fmt.Sprint(scene.name, " after ", pressed))
				if s.quit {
					break
				}
			}
			if s.engine.Applied != applied {
				t.Errorf("keys without the word applied the plan: %v", pressed)
			}
		})
	}
}

func TestEveryPageHasItsCommandsAndItsKeys(t *testing.T) {
	s := newSession(t, 120, 40)
	for _, p := range pages.New()[:12] {
		id := p.Facts().ID
		s.goTo(id)
		if len(s.m.Page().Commands(s.m.Session)) == 0 {
			t.Errorf("%s has no commands", id)
		}
		s.keys("?", "end")
		s.sees("ctrl+k or :", "esc closes")
		s.keys("esc")
	}
}

func TestThePaletteFindsActionsByName(t *testing.T) {
	s := newSession(t, 100, 30)
	s.goTo(wizard.PageNodes)
	s.keys("ctrl+k")
	s.typed("diagn")
	s.keys("enter")
	s.on(wizard.PageDiagnosis)
	s.sees("passed", "Database")
	s.keys(":")
	s.typed("page 2")
	s.keys("enter")
	s.on(wizard.PageAccess)
}

func TestCommandsAreShownAndSentToTheClipboard(t *testing.T) {
	s := newSession(t, 120, 40)
	s.goTo(wizard.PageCluster)
	_, cmd := s.m.Update(keyPress(t, "c"))
	copied := fmt.Sprint(cmd())
	if !strings.Contains(copied, "aws eks list-clusters --region us-west-2") {
		t.Errorf("sent to the clipboard: %q", copied)
	}
	s.sees("Sent to the clipboard")
	s.keys("c")
	s.seesNot("Sent to the clipboard")
}

func TestPasteChangesTheTextThatHasTheFocusAndNothingElse(t *testing.T) {
	s := newSession(t, 100, 30)
	s.goTo(wizard.PagePolicy)
	s.keys("e", "ctrl+u")
	s.send(tea.PasteMsg{Content: "payments\nrm -rf /\n"})
	s.keys("enter")
	if got := s.m.Intent.Namespace; got != "payments" {
		t.Errorf("namespace %q, want the pasted first line", got)
	}
	s.goTo(wizard.PagePlan)
	s.send(tea.PasteMsg{Content: "group"})
	s.sees("shown, 18 in all")
}

func TestAllChecksOfTheDiagnoseViewCanBeReached(t *testing.T) {
	s := newSession(t, 80, 24)
	s.goTo(wizard.PageNetwork)
	s.keys("d")
	if r := s.checks().Current(); r.Finding.Status != check.Fail {
		t.Errorf("the pointer is on %s, want the first failing check", r.Key())
	}
	s.keys("end", "enter", "home")
	for range s.checks().Length() {
		want := s.checks().Current().Words()
		seen := false
		for line := range strings.SplitSeq(s.screen(), "\n") {
			seen = seen || strings.Contains(line, "› ") && strings.Contains(line, want)
		}
		if !seen {
			t.Errorf("the row under the pointer is not on screen: %s\n%s", want, s.screen())
		}
		s.keys("down")
	}
	s.keys("f")
	s.on(wizard.PagePlan)
}
