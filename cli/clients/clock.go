package clients

import (
	"time"

	"podsg/steps/plan"
)

// systemClock is the real clock.
type systemClock struct{}

func (systemClock) Now() time.Time                         { return time.Now() }
func (systemClock) After(d time.Duration) <-chan time.Time { return time.After(d) }

// scaledClock waits as long as a world's clock does.
type scaledClock struct{ speed float64 }

var _ plan.Clock = scaledClock{}

func (c scaledClock) Now() time.Time { return time.Now() }

func (c scaledClock) After(d time.Duration) <-chan time.Time {
	if c.speed > 0 {
		d = time.Duration(float64(d) / c.speed)
	}
	return time.After(d)
}
