package ui

import (
	"errors"
	"strings"

	"github.com/charmbracelet/x/ansi"

	"podsg/steps/check"
	"podsg/steps/world"
	"podsg/ui/theme"
	"podsg/ui/widget"
)

// drawProblem draws an error so that it can be acted on: what failed and why,
// which permission is missing, what to do, and the command that does it.
func drawProblem(t *theme.Theme, err error, width int) []string {
	var lines []string
	for i, line := range widget.Wrap(sentence(err.Error()), width-2) {
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
	for _, line := range widget.Wrap(sentence(hint), width-2) {
		if line != "" {
			lines = append(lines, "  "+line)
		}
	}
	return append(lines, drawCommand(t, command, 2, width)...)
}

// drawCommand draws a command to be run, whole, behind spaces.
func drawCommand(t *theme.Theme, command string, indent, width int) []string {
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

// statusOf is how a check's outcome is shown: a symbol, a word and a tone.
func statusOf(s check.Status) (symbol, word string, tone theme.Tone) {
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

// drawFindings draws checks, a line each; those that did not pass say why and
// what to do. A check that setup itself will mend is not a failure here: it is
// what setup is for.
func drawFindings(t *theme.Theme, findings []check.Finding, width int) []string {
	var lines []string
	for _, f := range findings {
		symbol, _, tone := statusOf(f.Status)
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
			lines = append(lines, drawFix(t, f.Fix, width)...)
		}
	}
	return lines
}

// drawFix draws what mends a check.
func drawFix(t *theme.Theme, fix *check.Fix, width int) []string {
	var lines []string
	for _, line := range widget.Wrap(theme.SymbolArrow+" "+sentence(fix.Text.String()), width-2) {
		lines = append(lines, "  "+line)
	}
	return append(lines, drawCommand(t, fix.Command, 4, width)...)
}

// pair is a name with its value, and where the value came from.
type pair struct{ name, value, source string }

// drawWholePairs is [drawPairs] for values that must not be cut: they go on in
// the next line.
func drawWholePairs(t *theme.Theme, pairs []pair, width int) []string {
	names := 0
	for _, p := range pairs {
		if p.value != "" {
			names = max(names, widget.Width(p.name))
		}
	}
	var lines []string
	for _, p := range pairs {
		for i, line := range widget.Wrap(p.value, width-names-2) {
			name := ""
			if i == 0 {
				name = p.name
			}
			lines = append(lines, t.Paint(theme.Muted, widget.Fit(name, names))+"  "+line)
		}
	}
	return lines
}

// drawPairs draws names and values below each other; empty values are left out.
func drawPairs(t *theme.Theme, pairs []pair, width int) []string {
	names := 0
	for _, p := range pairs {
		if p.value != "" {
			names = max(names, widget.Width(p.name))
		}
	}
	var lines []string
	for _, p := range pairs {
		if p.value == "" {
			continue
		}
		room := width - names - 2
		value := widget.Cut(p.value, room)
		line := t.Paint(theme.Muted, widget.Fit(p.name, names)) + "  " + value
		if left := room - widget.Width(value) - 2; p.source != "" && left > 8 {
			line += "  " + t.Paint(theme.Muted, widget.Cut(p.source, left))
		}
		lines = append(lines, line)
	}
	return lines
}

// commandLines draws shell commands. One that is too long goes on in the next
// line, broken between its words and marked as the shell wants it, so that what
// is copied off the screen still runs; only a word that is longer than a line
// runs on without a mark.
func commandLines(t *theme.Theme, commands []string, width int) []string {
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
