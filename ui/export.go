package ui

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	tea "charm.land/bubbletea/v2"

	"podsg/ui/widget"
)

// exportedMsg tells what became of a file that was to be written.
type exportedMsg struct {
	what, file string
	err        error
}

// export offers the forms in which the plan can be written to a file.
func (m *Session) export() tea.Cmd {
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

func (m *Session) exportAs(e Export) tea.Cmd {
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
