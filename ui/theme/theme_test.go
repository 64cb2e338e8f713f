package theme

import (
	"strings"
	"testing"

	"github.com/charmbracelet/colorprofile"
	"github.com/charmbracelet/x/ansi"
)

func TestSymbolsAreOneCellWide(t *testing.T) {
	symbols := []string{
		SymbolDone, SymbolFailed, SymbolWarning, SymbolCurrent, SymbolTodo, SymbolQuestion,
		SymbolArrow, SymbolPointer, SymbolMore, SymbolLess,
	}
	for _, s := range append(symbols, SpinnerFrames[:]...) {
		if got := ansi.StringWidth(s); got != 1 {
			t.Errorf("symbol %q is %d cells wide, want 1", s, got)
		}
		if got := ansi.StringWidthWc(s); got != 1 {
			t.Errorf("symbol %q is %d cells wide for terminals that count runes, want 1", s, got)
		}
	}
}

func TestWithoutColourNothingIsColoured(t *testing.T) {
	for _, profile := range []colorprofile.Profile{colorprofile.ASCII, colorprofile.NoTTY} {
		th := New(true, profile)
		for tone := Plain; tone < tones; tone++ {
			for _, painted := range []string{th.Paint(tone, "x"), th.PaintSelected(tone, "x"), th.FillSelected(2)} {
				for _, colour := range []string{"[3", ";3", "[4", ";4", "[9", ";9"} {
					if strings.Contains(painted, colour) {
						t.Errorf("tone %d without colours is painted %q", tone, painted)
					}
				}
			}
		}
	}
}

func TestTheSelectedRowDiffersFromTheOthersInEveryPalette(t *testing.T) {
	for _, profile := range []colorprofile.Profile{colorprofile.ASCII, colorprofile.ANSI, colorprofile.ANSI256, colorprofile.TrueColor} {
		for _, dark := range []bool{true, false} {
			th := New(dark, profile)
			if th.Paint(Plain, "x") == th.PaintSelected(Plain, "x") {
				t.Errorf("profile %v, dark %v: the selected row looks like any other", profile, dark)
			}
		}
	}
}
