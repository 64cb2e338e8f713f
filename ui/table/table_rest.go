package table

import (
	"strings"

	"podsg/ui/theme"
	"podsg/ui/widget"
)

// roomyHeight is from which height on a table that spells out leaves some of its
// lines to the row under the cursor.
const roomyHeight = 8

// SpellOut makes rows give way to what is cut off the row under the cursor, so
// that there is room for it however many rows there are: for tables whose rows
// are chosen, and told about nowhere else.
func (t *Table) SpellOut() { t.spells = true }

// cuts reports whether a column is narrower than its texts, or left out.
func (t *Table) cuts(widths []int) bool {
	for i, w := range widths {
		if w < t.natural[i] {
			return true
		}
	}
	return false
}

// rest draws what is cut off, or left out, of the row under the cursor, beneath
// an empty line: a row cannot be chosen by half of its name. Nothing is drawn
// when there is no room.
func (t *Table) rest(th *theme.Theme, widths []int, width, height int) []string {
	r, ok := t.Current()
	if !ok || height < 2 {
		return nil
	}
	var cut []int
	label, reasoned := 0, r.Disabled == ""
	for i, c := range r.Cells[:min(len(r.Cells), len(widths))] {
		reasoned = reasoned || strings.Contains(c.Text, r.Disabled)
		if widget.Width(c.Text) > widths[i] {
			cut = append(cut, i)
			label = max(label, widget.Width(t.columns[i].Title))
		}
	}
	if len(cut) == 0 {
		return nil
	}
	if label > 0 {
		label += 2
	}
	out := []string{strings.Repeat(" ", width)}
	add := func(title, text string, tone theme.Tone) {
		for _, line := range widget.Wrap(text, max(10, width-2-label)) {
			out = append(out, widget.Fit("  "+th.Paint(theme.Muted, widget.Fit(title, label))+th.Paint(tone, line), width))
			title = ""
		}
	}
	for _, i := range cut {
		add(t.columns[i].Title, r.Cells[i].Text, r.Cells[i].Tone)
	}
	if !reasoned {
		add("", theme.SymbolFailed+" "+r.Disabled, theme.Bad)
	}
	return out[:min(len(out), height)]
}
