package ui

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	tea "charm.land/bubbletea/v2"

	"podsg/ui/keys"
	"podsg/ui/theme"
	"podsg/ui/widget"
)

// exportedMsg tells what became of a file that was to be written.
type exportedMsg struct {
	what, file string
	err        error
}

// export offers the forms in which the plan can be written to a file.
func (m *Model) export() tea.Cmd {
	if len(m.options.Exports) == 0 {
		return m.say("There is nothing to export to here.")
	}
	var forms []widget.Command
	for _, e := range m.options.Exports {
		forms = append(forms, widget.Command{Key: e.File, About: "Write the plan as " + e.Name, Run: func() tea.Cmd { return m.exportAs(e) }})
	}
	m.open(palette{widget.NewPalette("Export the plan", forms)})
	return nil
}

func (m *Model) exportAs(e Export) tea.Cmd {
	s, t, p := m.world.snapshot(), m.world.target, m.world.plan
	return m.env.guarded(func() tea.Msg {
		data, err := e.Render(s, &t, p)
		if err != nil {
			return exportedMsg{what: e.Name, err: err}
		}
		file, err := writeNew(e.File, data)
		return exportedMsg{what: e.Name, file: file, err: err}
	}, func(err error) tea.Msg { return exportedMsg{what: e.Name, err: err} })
}

// writeNew writes a file that does not exist yet; when the name is taken it
// adds a number to it.
func writeNew(name string, data []byte) (string, error) {
	ext := filepath.Ext(name)
	stem := strings.TrimSuffix(name, ext)
	for i := 1; i < 100; i++ {
		file := name
		if i > 1 {
			file = fmt.Sprintf("%s-%d%s", stem, i, ext)
		}
		f, err := os.OpenFile(file, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
		if errors.Is(err, fs.ErrExist) {
			continue
		}
		if err != nil {
			return "", fmt.Errorf("write %q: %w", file, err)
		}
		_, err = f.Write(data)
		return file, errors.Join(err, f.Close())
	}
	return "", fmt.Errorf("write %q: there are a hundred such files already", name)
}

func (m *Model) onExported(msg exportedMsg) tea.Cmd {
	if msg.err != nil {
		return m.warn(sentence(msg.err.Error()))
	}
	return m.say("Wrote the " + msg.what + " to " + msg.file + ".")
}

// saveAnswers writes the answers to a file.
func (m *Model) saveAnswers() tea.Cmd {
	save, in := m.options.SaveAnswers, clone(m.intent)
	if save == nil {
		return nil
	}
	return m.env.guarded(func() tea.Msg {
		file, err := save(in)
		return exportedMsg{what: "answers", file: file, err: err}
	}, func(err error) tea.Msg { return exportedMsg{what: "answers", err: err} })
}

// copyCommands shows the page's commands and sends them to the clipboard. The
// terminal does not say whether it took them, so they are always shown too.
func (m *Model) copyCommands() tea.Cmd {
	commands := m.page().commands(m)
	if len(commands) == 0 {
		return m.say(m.noCommands())
	}
	m.open(&reader{title: "The same by hand", own: keys.Commands, lines: func(m *Model, width int) []string {
		lines := commandLines(m.theme, m.page().commands(m), width)
		return append(lines, "", m.theme.Paint(theme.Muted, "Sent to the clipboard, if the terminal allows that (OSC 52)."))
	}})
	return tea.SetClipboard(strings.Join(commands, "\n") + "\n")
}

// noCommands says why a page has no commands.
func (m *Model) noCommands() string {
	p := m.page().facts()
	switch {
	case len(p.steps) == 0 && p.id != pagePlan:
		return "This page has no commands: nothing is done by it."
	case m.world.plan == nil && len(m.world.questions) > 0:
		return "The commands come with the plan, when everything is answered."
	case m.world.plan == nil:
		return "The commands come with the plan; there is none yet."
	default:
		return "Nothing is to be done here: it is as it must be."
	}
}

// resume is the command line that goes on with what was begun.
func (m *Model) resume() string {
	in := m.intent
	if in.Region == "" {
		in.Region = m.identity.Region
	}
	if m.options.Resume != nil {
		return m.options.Resume(in)
	}
	parts := []string{"podsg", "setup"}
	if m.intent.Cluster != "" {
		parts = append(parts, "--cluster", m.intent.Cluster)
	}
	if m.identity.Region != "" {
		parts = append(parts, "--region", m.identity.Region)
	}
	return strings.Join(parts, " ")
}
