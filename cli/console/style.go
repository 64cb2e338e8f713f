package console

import (
	"strings"

	"podsg/cli/environment"
	"podsg/steps/clean"
)

// Style colours text by the sixteen colours that every terminal theme defines.
// It never carries meaning alone: words and signs say the same.
type Style struct{ On bool }

// newStyle decides about colour: NO_COLOR (any text) and TERM=dumb switch it
// off, CLICOLOR_FORCE switches it on where the output is no terminal.
func newStyle(isTerminal bool, env environment.Variables) Style {
	force := env.IsSet("CLICOLOR_FORCE") && env.Get("CLICOLOR_FORCE") != "0"
	return Style{On: !env.IsSet("NO_COLOR") && (force || isTerminal && env.Get("TERM") != "dumb")}
}

// clean makes a text harmless for a terminal, and keeps the colours of a style.
func (s Style) clean(text string) string {
	var colours []string
	if s.On {
		colours = []string{"\x1b[0m", "\x1b[1m", "\x1b[31m", "\x1b[32m", "\x1b[33m"}
	}
	columns := strings.Split(text, "\t") // a script and a manual may hold tabs
	for i, c := range columns {
		columns[i] = clean.Coloured(c, colours...)
	}
	return strings.Join(columns, "\t")
}

func (s Style) paint(code, text string) string {
	if !s.On || text == "" {
		return text
	}
	return "\x1b[" + code + "m" + text + "\x1b[0m"
}

// Good colours what went well.
func (s Style) Good(text string) string { return s.paint("32", text) }

// Bad colours what failed.
func (s Style) Bad(text string) string { return s.paint("31", text) }

// Note colours what deserves a look.
func (s Style) Note(text string) string { return s.paint("33", text) }

// Strong sets a title apart.
func (s Style) Strong(text string) string { return s.paint("1", text) }

// Plan colours the signs of a plan that was rendered as text.
func (s Style) Plan(text string) string {
	if !s.On {
		return text
	}
	lines := strings.Split(text, "\n")
	for i, line := range lines {
		switch {
		case strings.HasPrefix(line, "  + "):
			lines[i] = "  " + s.Good("+") + line[3:]
		case strings.HasPrefix(line, "  ~ "):
			lines[i] = "  " + s.Note("~") + line[3:]
		case strings.HasPrefix(line, "  - "):
			lines[i] = "  " + s.Bad("-") + line[3:]
		case line != "" && line[0] != ' ' && !strings.ContainsAny(line, ":."):
			lines[i] = s.Strong(line)
		}
	}
	return strings.Join(lines, "\n")
}
