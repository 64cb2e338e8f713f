package panes

import (
	tea "charm.land/bubbletea/v2"

	"podsg/ui/keys"
	"podsg/ui/theme"
	"podsg/ui/widget"
)

// details is everything about one row. What has to be asked for arrives later.
type details struct {
	title string
	// lines are made for the width they are shown in.
	lines func(t *theme.Theme, width int) []string
	// ask fetches what is not in the row; nil: nothing is missing.
	ask tea.Cmd
	// again is ask once more, when the answer is out of date; nil: it is not.
	again func() tea.Cmd
	// key names the row that an answer is for.
	key        string
	annotation annotationMsg
	loaded     bool // annotation has arrived
	offset     int
	room       int
	length     int
}

// annotationMsg is the annotation of a pod as it stands, and the branch ENI that
// the pod had when it was asked for.
type annotationMsg struct {
	key, eni, text string
	err            error
}

func (d *details) annotated(msg annotationMsg) {
	if msg.key == d.key && msg.eni == d.annotation.eni {
		d.annotation, d.loaded = msg, true
	}
}

// move scrolls; false: the key means something else.
func (d *details) move(a keys.Action) bool {
	switch a {
	case keys.Up:
		d.offset--
	case keys.Down:
		d.offset++
	case keys.PageUp:
		d.offset -= d.room
	case keys.PageDown:
		d.offset += d.room
	case keys.First:
		d.offset = 0
	case keys.Last:
		d.offset = d.length
	default:
		return false
	}
	d.clamp()
	return true
}

func (d *details) clamp() { d.offset = max(0, min(d.offset, d.length-d.room)) }

func (d *details) draw(t *theme.Theme, width, height int) []string {
	if height < 3 {
		return nil
	}
	lines := d.lines(t, width-4)
	d.length, d.room = len(lines), height-2
	d.clamp()
	note := "esc closes"
	if d.length > d.room {
		note = "↑↓ scroll · esc closes"
	}
	return widget.Box(t, d.title, note, lines, d.offset, width, height)
}

// fact is a name with a value.
type fact struct {
	name, value string
	tone        theme.Tone
}

// drawFacts draws names and values below each other. Empty values are left out, and
// long ones go on in the next line.
func drawFacts(t *theme.Theme, width int, facts ...fact) []string {
	names := 0
	for _, f := range facts {
		if f.value != "" {
			names = max(names, widget.Width(f.name))
		}
	}
	var lines []string
	for _, f := range facts {
		for i, text := range widget.Wrap(f.value, max(10, width-names-2)) {
			name := ""
			if i == 0 {
				name = f.name
			}
			lines = append(lines, t.Paint(theme.Muted, widget.Fit(name, names))+"  "+t.Paint(f.tone, text))
		}
	}
	return lines
}
