package pages

import (
	"testing"

	"podsg/ui/widget"
)

func TestEveryAboutFitsThreeLinesOfANarrowPage(t *testing.T) {
	for id, g := range guides {
		if lines := widget.Wrap(g.About, 57); len(lines) > 3 {
			t.Errorf("%s: %q takes %d lines", id, g.About, len(lines))
		}
		for _, line := range g.Picture {
			if w := widget.Width(line); w > 57 {
				t.Errorf("%s: a line of the drawing is %d cells wide: %q", id, w, line)
			}
		}
		if len(g.More) == 0 {
			t.Errorf("%s: no long explanation", id)
		}
	}
	for _, p := range append(New(), NewDiagnosis()) {
		if guides[p.Facts().ID].About == "" {
			t.Errorf("%s has no explanation", p.Facts().ID)
		}
	}
	if lines := widget.Wrap(guideExistingDatabase.About, 57); len(lines) > 3 {
		t.Errorf("existing database: %d lines", len(lines))
	}
}
