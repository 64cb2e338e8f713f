// Package draw draws what the engine tells as lines of a width: problems, checks,
// changes, commands, and names with their values.
package draw

import (
	"errors"
	"slices"
	"strings"

	"github.com/charmbracelet/x/ansi"

	"podsg/steps/check"
	"podsg/steps/plan"
	"podsg/steps/world"
	"podsg/ui/phrase"
	"podsg/ui/theme"
	"podsg/ui/widget"
)

// Problem draws an error so that it can be acted on: what failed and why,
// which permission is missing, what to do, and the command that does it.
func Problem(t *theme.Theme, err error, width int) []string {
	var lines []string
	for i, line := range widget.Wrap(phrase.Sentence(err.Error()), width-2) {
		prefix := "  "
		if i == 0 {
			prefix = theme.SymbolFailed + " "
		}
		lines = append(lines, t.Paint(theme.Bad, prefix+line))
	}
	var p *world.Problem
	if errors.As(err, &p) && p.Permission != "" {
		lines = append(lines, "  Missing permission: "+t.Paint(theme.Strong, p.Permission))
	}
	hint, command := world.HintOf(err)
	for _, line := range widget.Wrap(phrase.Sentence(hint), width-2) {
		if line != "" {
			lines = append(lines, "  "+line)
		}
	}
	return append(lines, Command(t, command, 2, width)...)
}

// Command draws a command to be run, whole, behind spaces.
func Command(t *theme.Theme, command string, indent, width int) []string {
	if command == "" {
		return nil
	}
	lines := breakCommand(command, width-indent-2)
	for i, line := range lines {
		prompt := "$ "
		if i > 0 {
			prompt = "  "
		}
		lines[i] = strings.Repeat(" ", indent) + t.Paint(theme.Key, prompt+line)
	}
	return lines
}

// Status is how a check's outcome is shown: a symbol, a word and a tone.
func Status(s check.Status) (symbol, word string, tone theme.Tone) {
	switch s {
	case check.Pass:
		return theme.SymbolDone, "passed", theme.Good
	case check.Warn:
		return theme.SymbolWarning, "warning", theme.Warn
	case check.Fail:
		return theme.SymbolFailed, "failed", theme.Bad
	default:
		return "-", "skipped", theme.Muted
	}
}

// Findings draws checks, a line each; those that did not pass say why and
// what to do. A check that setup itself will mend is not a failure here: it is
// what setup is for.
func Findings(t *theme.Theme, findings []check.Finding, width int) []string {
	var lines []string
	for _, f := range findings {
		symbol, _, tone := Status(f.Status)
		title, reason := f.Title, f.Reason.String()
		if f.Status == check.Fail && f.Fix != nil && f.Fix.Setup {
			symbol, tone = theme.SymbolTodo, theme.Accent
			reason += "; setup will do it"
		}
		head := t.Paint(tone, symbol) + " " + title
		if f.Status == check.Pass {
			if left := width - widget.Width(head) - 2; left > 8 {
				head += "  " + t.Paint(theme.Muted, widget.Cut(reason, left))
			}
			lines = append(lines, head)
			continue
		}
		lines = append(lines, head)
		for _, line := range widget.Wrap(reason, width-2) {
			lines = append(lines, "  "+t.Paint(tone, line))
		}
		if f.Status != check.Skip {
			for _, e := range f.Evidence {
				lines = append(lines, "  "+t.Paint(theme.Muted, widget.Cut(e, width-2)))
			}
		}
		if f.Fix != nil && !f.Fix.Setup {
			lines = append(lines, Fix(t, f.Fix, width)...)
		}
	}
	return lines
}

// Fix draws what mends a check.
func Fix(t *theme.Theme, fix *check.Fix, width int) []string {
	var lines []string
	for _, line := range widget.Wrap(theme.SymbolArrow+" "+phrase.Sentence(fix.Text.String()), width-2) {
		lines = append(lines, "  "+line)
	}
	return append(lines, Command(t, fix.Command, 4, width)...)
}

// Pair is a name with its value, and where the value came from.
type Pair struct{ Name, Value, Source string }

// WholePairs is [Pairs] for values that must not be cut: they go on in
// the next line.
func WholePairs(t *theme.Theme, pairs []Pair, width int) []string {
	names := 0
	for _, p := range pairs {
		if p.Value != "" {
			names = max(names, widget.Width(p.Name))
		}
	}
	var lines []string
	for _, p := range pairs {
		for i, line := range widget.Wrap(p.Value, width-names-2) {
			name := ""
			if i == 0 {
				name = p.Name
			}
			lines = append(lines, t.Paint(theme.Muted, widget.Fit(name, names))+"  "+line)
		}
	}
	return lines
}

// Pairs draws names and values below each other; empty values are left out.
func Pairs(t *theme.Theme, pairs []Pair, width int) []string {
	names := 0
	for _, p := range pairs {
		if p.Value != "" {
			names = max(names, widget.Width(p.Name))
		}
	}
	var lines []string
	for _, p := range pairs {
		if p.Value == "" {
			continue
		}
		room := width - names - 2
		value := widget.Cut(p.Value, room)
		line := t.Paint(theme.Muted, widget.Fit(p.Name, names)) + "  " + value
		if left := room - widget.Width(value) - 2; p.Source != "" && left > 8 {
			line += "  " + t.Paint(theme.Muted, widget.Cut(p.Source, left))
		}
		lines = append(lines, line)
	}
	return lines
}

// Commands draws shell commands. One that is too long goes on in the next
// line, broken between its words and marked as the shell wants it, so that what
// is copied off the screen still runs; only a word that is longer than a line
// runs on without a mark.
func Commands(t *theme.Theme, commands []string, width int) []string {
	var lines []string
	for _, c := range commands {
		here := strings.Contains(c, "<<") // a here document keeps its lines
		for i, whole := range strings.Split(c, "\n") {
			if here && i > 0 {
				lines = append(lines, widget.Cut(whole, width))
				continue
			}
			lines = append(lines, breakCommand(whole, width)...)
		}
	}
	for i, line := range lines {
		tone := theme.Plain
		if strings.HasPrefix(line, "#") {
			tone = theme.Muted
		}
		lines[i] = t.Paint(tone, line)
	}
	return lines
}

// breakCommand breaks a command line between its words.
func breakCommand(command string, width int) []string {
	const mark, indent = " \\", "  "
	var lines []string
	line := ""
	for _, word := range shellWords(command) {
		switch {
		case line == "":
			line = word
		case widget.Width(line)+1+widget.Width(word)+len(mark) <= width:
			line += " " + word
		default:
			lines = append(lines, line+mark)
			line = indent + word
		}
		for width > 0 && widget.Width(line) > width {
			head := ansi.Truncate(line, width, "")
			lines = append(lines, head)
			line = line[len(head):]
		}
	}
	return append(lines, line)
}

// shellWords splits a command at the spaces that stand outside quotes.
func shellWords(command string) []string {
	var words []string
	var word strings.Builder
	quote := rune(0)
	for _, r := range command {
		switch {
		case quote == 0 && r == ' ':
			words = append(words, word.String())
			word.Reset()
			continue
		case quote == 0 && (r == '\'' || r == '"'):
			quote = r
		case r == quote:
			quote = 0
		}
		word.WriteRune(r)
	}
	return append(words, word.String())
}

// OpTone is the tone of a change's mark.
func OpTone(op plan.Op) theme.Tone {
	switch op {
	case plan.Create:
		return theme.Good
	case plan.Delete:
		return theme.Bad
	default:
		return theme.Warn
	}
}

// Change draws a change in a line.
func Change(t *theme.Theme, c plan.Change, width int) string {
	return "  " + t.Paint(OpTone(c.Op), string(c.Op)) + " " + widget.Cut(c.Summary, width-4)
}

// Unsettled drops the findings that passed, and those that setup mends: on the
// pages before the plan they would only be noise.
func Unsettled(findings []check.Finding) []check.Finding {
	return slices.DeleteFunc(slices.Clone(findings), func(f check.Finding) bool {
		return f.Status == check.Pass || f.Status == check.Skip || f.Fix != nil && f.Fix.Setup
	})
}

// Wrapped breaks a text into at most some lines of a width, in a tone.
func Wrapped(t *theme.Theme, tone theme.Tone, text string, width, most int) []string {
	lines := widget.Wrap(text, width)
	lines = lines[:min(len(lines), most)]
	for i, l := range lines {
		lines[i] = t.Paint(tone, l)
	}
	return lines
}
