package panes

import (
	"strings"
	"testing"

	"github.com/charmbracelet/x/ansi"

	"podsg/kube/live/rows"
	"podsg/ui/table"
)

func TestTheHelpScrollsAndCutsNothing(t *testing.T) {
	s := workshop(t, 80, 24)
	s.keys("?")
	var seen strings.Builder
	for range 30 {
		text := s.text()
		if body := strings.Join(strings.Split(text, "\n")[:23], "\n"); strings.Contains(body, "…") {
			t.Fatalf("a line is cut:\n%s", text)
		}
		seen.WriteString(text)
		s.keys("down")
	}
	for _, want := range []string{"The pods that have, or wait for,", "esc ", "tab ", "shift+tab ", "ctrl+k or :", "? ", "q or ctrl+c", "1 to 4", "↑↓ scroll"} {
		if !strings.Contains(seen.String(), want) {
			t.Errorf("%q was never on the screen; at the end:\n%s", want, s.text())
		}
	}
	s.sees("go to a view") // the last line
	s.keys("home")
	s.sees("The pods that have, or wait for,")
	s.keys("pgdown", "esc")
	s.seesNot("esc closes")
	s = workshop(t, 120, 60)
	s.keys("?")
	s.seesNot("scroll")
	s.keys("?")
	s.seesNot("esc closes")
}

func TestTheLineOfKeysShowsTheWayToAllActions(t *testing.T) {
	for _, size := range [][2]int{{60, 12}, {80, 24}, {200, 60}} {
		s := workshop(t, size[0], size[1])
		lines := strings.Split(s.text(), "\n")
		if last := lines[len(lines)-1]; !strings.Contains(last, "ctrl+k more") {
			t.Errorf("%v: the keys are %q", size, last)
		}
	}
	s := workshop(t, 80, 24)
	s.sees("←→ column  enter open  / filter  s sort")
	s = workshop(t, 120, 24)
	s.sees("f follow  a all  y copy  z zoom")
}

func TestTheHeadingSaysHowManyColumnsAreHidden(t *testing.T) {
	s := workshop(t, 80, 24)
	shown := func() (left, right int) {
		return table.Hidden(len(s.board.pods.columns), s.board.pods.grid.Shown)
	}
	heading := func() string { return strings.TrimSpace(strings.Split(s.text(), "\n")[2]) }
	s.text()
	if left, right := shown(); left != 0 || right == 0 || !strings.HasSuffix(heading(), "→ 6 more") {
		t.Errorf("%d columns to the left and %d to the right are hidden; the heading is %q", left, right, heading())
	}
	for range 8 {
		s.keys("right")
		s.text()
		left, right := shown()
		for arrow, n := range map[string]int{"←": left, "→": right} {
			if strings.Contains(heading(), arrow) != (n > 0) {
				t.Errorf("%d columns to the %s are hidden; the heading is %q", n, arrow, heading())
			}
		}
		if w := ansi.StringWidth(strings.Split(s.watch.View().Content, "\n")[2]); w != 80 {
			t.Errorf("the heading has %d cells", w)
		}
	}
	s = workshop(t, 200, 24)
	s.keys("1")
	if strings.Contains(heading(), "→") {
		t.Errorf("nothing is hidden; the heading is %q", heading())
	}
}

func TestPodsWhoseNamesBeginAlikeAreToldApartByTheirEnds(t *testing.T) {
	s := newScreen(t, 80, 24)
	s.source.happen(func(u *rows.Update) {
		for _, end := range []string{"4kmvc", "x2v9q"} {
			p := green()
			p.Name = "green-pod-of-a-longer-name-5c786d8dff-" + end
			set(&u.Pods, p.Namespace+"/"+p.Name, p)
		}
	})
	s.update()
	s.sees("f-4kmvc  ", "f-x2v9q  ")
}

func TestCellsThatNoColumnNeedsGoToNamesThatAreCut(t *testing.T) {
	s := workshop(t, 80, 24)
	s.sees("sg-per-pod/green-pod-5c786d8dff-4kmvc") // more than two fifths of the screen
}
