package pages

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	tea "charm.land/bubbletea/v2"

	"podsg/ui/overlays"
	"podsg/ui/widget"
	"podsg/ui/wizard"
)

// ExportedMsg tells what became of a file that was to be written.
type ExportedMsg struct {
	What, File string
	Err        error
}

// export offers the forms in which the plan can be written to a file.
func export(s *wizard.Session) tea.Cmd {
	if len(s.Options.Exports) == 0 {
		return s.Say("There is nothing to export to here.")
	}
	var forms []widget.Command
	for _, e := range s.Options.Exports {
		forms = append(forms, widget.Command{Key: e.File, About: "Write the plan as " + e.Name, Run: func() tea.Cmd { return exportAs(s, e) }})
	}
	s.Open(overlays.Palette{Palette: widget.NewPalette("Export the plan", forms)})
	return nil
}

func exportAs(s *wizard.Session, e wizard.Export) tea.Cmd {
	snapshot, t, p := s.World.Snapshot(), s.World.Target, s.World.Plan
	return s.Env.Guarded(func() tea.Msg {
		data, err := e.Render(snapshot, &t, p)
		if err != nil {
			return ExportedMsg{What: e.Name, Err: err}
		}
		file, err := writeNew(e.File, data)
		return ExportedMsg{What: e.Name, File: file, Err: err}
	}, func(err error) tea.Msg { return ExportedMsg{What: e.Name, Err: err} })
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
