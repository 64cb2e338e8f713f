// Package clock makes the clock of the practice world: it tells the real time
// and shortens every wait by one factor.
package clock

import (
	"time"

	"k8s.io/utils/clock"
)

// New returns a clock whose Now is the real time and whose waits (timers,
// tickers, Sleep and After) last their duration divided by speed. A speed of
// zero or less counts as 1. A positive wait never becomes zero.
func New(speed float64) clock.WithTicker {
	if speed <= 0 {
		speed = 1
	}
	return scaled{speed: speed}
}

// scaled embeds the real clock for what is not a wait.
type scaled struct {
	clock.RealClock
	speed float64
}

var _ clock.WithTicker = scaled{}

func (c scaled) shorten(d time.Duration) time.Duration {
	if d <= 0 {
		return d
	}
	return max(time.Duration(float64(d)/c.speed), 1)
}

// After returns the channel of a new timer.
func (c scaled) After(d time.Duration) <-chan time.Time { return c.RealClock.After(c.shorten(d)) }

// Sleep waits. Code that can be cancelled uses NewTimer instead.
func (c scaled) Sleep(d time.Duration) { c.RealClock.Sleep(c.shorten(d)) }

// Tick returns the channel of a ticker that is never stopped.
func (c scaled) Tick(d time.Duration) <-chan time.Time { return c.RealClock.Tick(c.shorten(d)) }

// NewTicker returns a ticker with the shortened period.
func (c scaled) NewTicker(d time.Duration) clock.Ticker {
	return c.RealClock.NewTicker(c.shorten(d))
}

// NewTimer returns a timer; its Reset shortens too.
func (c scaled) NewTimer(d time.Duration) clock.Timer {
	return timer{Timer: c.RealClock.NewTimer(c.shorten(d)), clock: c}
}

type timer struct {
	clock.Timer
	clock scaled
}

// Reset starts the timer anew with the shortened duration.
func (t timer) Reset(d time.Duration) bool { return t.Timer.Reset(t.clock.shorten(d)) }
