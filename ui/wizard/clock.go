package wizard

import (
	"time"

	"podsg/ui/theme"
)

// TickEvery is how often the screen is drawn while something moves.
const TickEvery = 100 * time.Millisecond

// Spinner is the frame for this moment.
func (m *Session) Spinner() string {
	n := m.Env.Now().UnixMilli() / TickEvery.Milliseconds()
	return theme.SpinnerFrames[int(n)%len(theme.SpinnerFrames)]
}

// Usual is how long something that takes a time in life usually takes here: the
// clock of the practice world runs faster.
func (m *Session) Usual(d time.Duration) time.Duration {
	if s := m.Options.Sandbox; s != nil && s.Speed > 0 {
		return time.Duration(float64(d) / s.Speed)
	}
	return d
}
