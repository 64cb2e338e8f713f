package wizard

import (
	"time"

	"podsg/ui/theme"
)

// ToastTime is how long a short message stays.
const ToastTime = 4 * time.Second

// toast is a short message in the line above the footer.
type toast struct {
	id   int
	Text string
	Tone theme.Tone
}

// ToastOverMsg takes a toast away, unless another has taken its place.
type ToastOverMsg struct{ id int }

// End takes the message away that a timer was set for.
func (t *toast) End(msg ToastOverMsg) {
	if msg.id == t.id {
		t.Text = ""
	}
}
