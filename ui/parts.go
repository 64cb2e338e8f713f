package ui

import (
	"errors"
	"strings"

	"podsg/steps"
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
	var p *steps.Problem
	if errors.As(err, &p) && p.Permission != "" {
		lines = append(lines, "  Missing permission: "+t.Paint(theme.Strong, p.Permission))
	}
	hint, command := steps.HintOf(err)
	for _, line := range widget.Wrap(sentence(hint), width-2) {
		if line != "" {
			lines = append(lines, "  "+line)
		}
	}
	if command != "" {
		lines = append(lines, "  "+t.Paint(theme.Key, widget.Cut("$ "+command, width-2)))
	}
	return lines
}

// statusOf is how a check's outcome is shown: a symbol, a word and a tone.
func statusOf(s steps.Status) (symbol, word string, tone theme.Tone) {
	switch s {
	case steps.Pass:
		return theme.SymbolDone, "passed", theme.Good
	case steps.Warn:
		return theme.SymbolWarning, "warning", theme.Warn
	case steps.Fail:
		return theme.SymbolFailed, "failed", theme.Bad
	default:
		return "-", "skipped", theme.Muted
	}
}

// drawFindings draws checks, a line each; those that did not pass say why and
// what to do. A check that setup itself will mend is not a failure here: it is
// what setup is for.
func drawFindings(t *theme.Theme, findings []steps.Finding, width int) []string {
	var lines []string
	for _, f := range findings {
		symbol, _, tone := statusOf(f.Status)
		title, reason := f.Title, f.Reason
		if f.Status == steps.Fail && f.Fix != nil && f.Fix.Setup {
			symbol, tone = theme.SymbolTodo, theme.Accent
			reason += "; setup will do it"
		}
		head := t.Paint(tone, symbol) + " " + title
		if f.Status == steps.Pass {
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
		if f.Status != steps.Skip {
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
func drawFix(t *theme.Theme, fix *steps.Fix, width int) []string {
	var lines []string
	for _, line := range widget.Wrap(theme.SymbolArrow+" "+sentence(fix.Text), width-2) {
		lines = append(lines, "  "+line)
	}
	if fix.Command != "" {
		lines = append(lines, "    "+t.Paint(theme.Key, widget.Cut("$ "+fix.Command, width-4)))
	}
	return lines
}

// pair is a name with its value, and where the value came from.
type pair struct{ name, value, source string }

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

// commandLines draws shell commands; one that is too long goes on in the next
// line, marked as the shell wants it.
func commandLines(t *theme.Theme, commands []string, width int) []string {
	if len(commands) == 0 {
		return []string{t.Paint(theme.Muted, "Nothing is done on this page.")}
	}
	var lines []string
	for _, c := range commands {
		for whole := range strings.SplitSeq(c, "\n") {
			for i, line := range widget.Wrap(whole, width-4) {
				if i > 0 {
					lines[len(lines)-1] += " \\"
					line = "  " + line
				}
				lines = append(lines, line)
			}
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
