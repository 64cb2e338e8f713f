package ui

import (
	"time"

	"podsg/ui/theme"
)

// tickEvery is how often the screen is drawn while something moves.
const tickEvery = 100 * time.Millisecond

// spinner is the frame for this moment.
func (m *Session) spinner() string {
	n := m.env.now().UnixMilli() / tickEvery.Milliseconds()
	return theme.SpinnerFrames[int(n)%len(theme.SpinnerFrames)]
}

// usual is how long something that takes a time in life usually takes here: the
// clock of the practice world runs faster.
func (m *Session) usual(d time.Duration) time.Duration {
	if s := m.options.Sandbox; s != nil && s.Speed > 0 {
		return time.Duration(float64(d) / s.Speed)
	}
	return d
}
