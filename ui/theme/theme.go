// Package theme holds the colours and symbols of podsg's screens.
//
// The rules are:
//
//   - A tone says what a text means, never what it looks like; how it looks is
//     decided here alone, for dark and light backgrounds, for 16 colours and
//     for none.
//   - No meaning is carried by colour alone: a status is always a symbol and a
//     word as well.
//   - Symbols are one cell wide in every terminal.
package theme

import (
	"image/color"
	"strings"

	"charm.land/lipgloss/v2"
	"github.com/charmbracelet/colorprofile"
)

// Tone is the meaning of a piece of text.
type Tone uint8

// The tones.
const (
	Plain  Tone = iota
	Muted       // beside the point: sources, units, help
	Strong      // a value that matters
	Title       // the heading of a page
	Accent      // where the focus is
	Good        // as it must be
	Warn        // works, but look at it
	Bad         // not as it must be
	Key         // a key to press
	Rule        // lines and borders
	Badge       // the mark of the practice world
	tones
)

// Symbols; a word always stands beside them.
const (
	SymbolDone     = "✓"
	SymbolFailed   = "×"
	SymbolWarning  = "!"
	SymbolCurrent  = "●"
	SymbolTodo     = "○"
	SymbolQuestion = "?"
	SymbolArrow    = "→"
	SymbolPointer  = "›"
	SymbolMore     = "↓"
	SymbolLess     = "↑"
)

// SpinnerFrames are drawn one after the other while something is going on.
var SpinnerFrames = [...]string{"⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏"}

// Theme paints text. It is a value that never changes; a new one is made when
// the terminal says that its background is light, or has few colours.
type Theme struct {
	Dark    bool
	Profile colorprofile.Profile
	// An opening sequence per tone: on the page, and on the selected row.
	page, selected [tones]string
	selectedFill   string
}

const reset = "\x1b[m"

// New makes the theme for a background and a number of colours.
func New(dark bool, profile colorprofile.Profile) *Theme {
	t := &Theme{Dark: dark, Profile: profile}
	base := t.styles()
	for tone, style := range base {
		t.page[tone] = opening(style)
	}
	if t.hasPalette() {
		fill := t.pick("#ddf4ff", "#1c3554")
		for tone, style := range base {
			t.selected[tone] = opening(style.Background(fill))
		}
		t.selected[Plain] = opening(base[Strong].Background(fill))
		t.selectedFill = opening(lipgloss.NewStyle().Background(fill))
	} else {
		// With few colours or none the selected row is reversed, and as plain
		// as can be: coloured text on a reversed ground is hard to read.
		reversed := opening(lipgloss.NewStyle().Reverse(true))
		for tone := range t.selected {
			t.selected[tone] = reversed
		}
		t.selectedFill = reversed
	}
	return t
}

// Colored reports whether the theme uses colours at all.
func (t *Theme) Colored() bool { return t.Profile >= colorprofile.ANSI }

func (t *Theme) hasPalette() bool { return t.Profile >= colorprofile.ANSI256 }

func (t *Theme) pick(light, dark string) color.Color {
	return lipgloss.LightDark(t.Dark)(lipgloss.Color(light), lipgloss.Color(dark))
}

func (t *Theme) styles() [tones]lipgloss.Style {
	style := lipgloss.NewStyle
	var s [tones]lipgloss.Style
	for i := range s {
		s[i] = style()
	}
	s[Strong] = style().Bold(true)
	s[Title] = style().Bold(true)
	s[Key] = style().Bold(true)
	switch {
	case t.hasPalette():
		s[Muted] = style().Foreground(t.pick("#57606a", "#8b949e"))
		s[Title] = s[Title].Foreground(t.pick("#0550ae", "#a5d6ff"))
		s[Accent] = style().Foreground(t.pick("#0969da", "#79c0ff")).Bold(true)
		s[Good] = style().Foreground(t.pick("#1a7f37", "#56d364"))
		s[Warn] = style().Foreground(t.pick("#9a6700", "#e3b341"))
		s[Bad] = style().Foreground(t.pick("#cf222e", "#ff7b72"))
		s[Key] = s[Key].Foreground(t.pick("#0550ae", "#a5d6ff"))
		s[Rule] = style().Foreground(t.pick("#b6bec8", "#3f4750"))
		s[Badge] = style().Bold(true).Foreground(t.pick("#ffffff", "#10141a")).Background(t.pick("#9a6700", "#e3b341"))
	case t.Colored():
		// The user's own 16 colours: muted text is faint rather than "bright
		// black", which some palettes make the same as the background.
		s[Muted] = style().Faint(true)
		s[Title] = s[Title].Foreground(lipgloss.Cyan)
		s[Accent] = style().Bold(true).Foreground(lipgloss.Cyan)
		s[Good] = style().Foreground(lipgloss.Green)
		s[Warn] = style().Foreground(lipgloss.Yellow)
		s[Bad] = style().Foreground(lipgloss.Red)
		s[Key] = s[Key].Foreground(lipgloss.Cyan)
		s[Rule] = style().Faint(true)
		s[Badge] = style().Bold(true).Reverse(true)
	default:
		s[Muted] = style()
		s[Accent] = style().Bold(true)
		s[Bad] = style().Bold(true)
		s[Rule] = style()
		s[Badge] = style().Bold(true).Reverse(true)
	}
	return s
}

// opening is the escape sequence with which a style begins.
func opening(s lipgloss.Style) string {
	before, _, _ := strings.Cut(s.Render("x"), "x")
	return before
}

// Paint gives a text its tone.
func (t *Theme) Paint(tone Tone, text string) string {
	return wrap(t.page[tone], text)
}

// PaintSelected gives a text its tone on the selected row.
func (t *Theme) PaintSelected(tone Tone, text string) string {
	return wrap(t.selected[tone], text)
}

// FillSelected is blank space of the selected row.
func (t *Theme) FillSelected(n int) string {
	if n <= 0 {
		return ""
	}
	return wrap(t.selectedFill, strings.Repeat(" ", n))
}

func wrap(opening, text string) string {
	if opening == "" || text == "" {
		return text
	}
	return opening + text + reset
}
