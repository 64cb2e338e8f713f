package cli

import "strings"

// style colours text by the sixteen colours that every terminal theme defines.
// It never carries meaning alone: words and signs say the same.
type style struct{ on bool }

// newStyle decides about colour: NO_COLOR (any text) and TERM=dumb switch it
// off, CLICOLOR_FORCE switches it on where the output is no terminal.
func newStyle(isTerminal bool, env environment) style {
	force := env.isSet("CLICOLOR_FORCE") && env.get("CLICOLOR_FORCE") != "0"
	return style{on: !env.isSet("NO_COLOR") && (force || isTerminal && env.get("TERM") != "dumb")}
}

func (s style) paint(code, text string) string {
	if !s.on || text == "" {
		return text
	}
	return "\x1b[" + code + "m" + text + "\x1b[0m"
}

func (s style) good(text string) string   { return s.paint("32", text) }
func (s style) bad(text string) string    { return s.paint("31", text) }
func (s style) note(text string) string   { return s.paint("33", text) }
func (s style) strong(text string) string { return s.paint("1", text) }

// plan colours the signs of a plan that was rendered as text.
func (s style) plan(text string) string {
	if !s.on {
		return text
	}
	lines := strings.Split(text, "\n")
	for i, line := range lines {
		switch {
		case strings.HasPrefix(line, "  + "):
			lines[i] = "  " + s.good("+") + line[3:]
		case strings.HasPrefix(line, "  ~ "):
			lines[i] = "  " + s.note("~") + line[3:]
		case strings.HasPrefix(line, "  - "):
			lines[i] = "  " + s.bad("-") + line[3:]
		case line != "" && line[0] != ' ' && !strings.ContainsAny(line, ":."):
			lines[i] = s.strong(line)
		}
	}
	return strings.Join(lines, "\n")
}
