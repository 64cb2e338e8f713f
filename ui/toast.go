package ui

import (
	"time"

	"podsg/ui/theme"
)

// toastTime is how long a short message stays.
const toastTime = 4 * time.Second

// toast is a short message in the line above the footer.
type toast struct {
	id   int
	text string
	tone theme.Tone
}

// toastOverMsg takes a toast away, unless another has taken its place.
type toastOverMsg struct{ id int }

func (t *toast) end(msg toastOverMsg) {
	if msg.id == t.id {
		t.text = ""
	}
}
