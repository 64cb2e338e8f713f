package wizard

import (
	"time"

	"podsg/ui/theme"
)

// TickEvery is how often the screen is drawn while something moves.
const TickEvery = 100 * time.Millisecond

// Spinner is the frame for this moment.
func (s *Session) Spinner() string {
	n := s.Env.Now().UnixMilli() / TickEvery.Milliseconds()
	return theme.SpinnerFrames[int(n)%len(theme.SpinnerFrames)]
}

// Usual is how long something that takes a time in life usually takes here: the
// clock of the practice world runs faster.
func (s *Session) Usual(d time.Duration) time.Duration {
	if practice := s.Options.Sandbox; practice != nil && practice.Speed > 0 {
		return time.Duration(float64(d) / practice.Speed)
	}
	return d
}
