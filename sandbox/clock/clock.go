// Package clock makes the clock of the practice world: it tells the real time
// and shortens every wait by one factor.
package clock

import (
	"sync/atomic"
	"time"

	"k8s.io/utils/clock"
)

// Clock tells the real time, or one that lies behind it by as much as SetBack
// said, and shortens every wait. It embeds the real clock for what is neither.
type Clock struct {
	clock.RealClock
	speed float64
	back  atomic.Int64
}

var _ clock.WithTicker = (*Clock)(nil)

// New returns a clock whose Now is the real time and whose waits (timers,
// tickers, Sleep and After) last their duration divided by speed. A speed of
// zero or less counts as 1. A positive wait never becomes zero.
func New(speed float64) *Clock {
	if speed <= 0 {
		speed = 1
	}
	return &Clock{speed: speed}
}

// SetBack makes the clock tell a time that lies so long behind the real one, so
// that what is made meanwhile looks as old as that. Zero is the real time again.
// Waits do not change.
func (c *Clock) SetBack(d time.Duration) { c.back.Store(int64(d)) }

// Now is the time that the clock tells.
func (c *Clock) Now() time.Time { return c.RealClock.Now().Add(-time.Duration(c.back.Load())) }

// Since is the time since t by this clock.
func (c *Clock) Since(t time.Time) time.Duration { return c.Now().Sub(t) }

func (c *Clock) shorten(d time.Duration) time.Duration {
	if d <= 0 {
		return d
	}
	return max(time.Duration(float64(d)/c.speed), 1)
}

// After returns the channel of a new timer.
func (c *Clock) After(d time.Duration) <-chan time.Time { return c.RealClock.After(c.shorten(d)) }

// Sleep waits. Code that can be cancelled uses NewTimer instead.
func (c *Clock) Sleep(d time.Duration) { c.RealClock.Sleep(c.shorten(d)) }

// Tick returns the channel of a ticker that is never stopped.
func (c *Clock) Tick(d time.Duration) <-chan time.Time { return c.RealClock.Tick(c.shorten(d)) }

// NewTicker returns a ticker with the shortened period.
func (c *Clock) NewTicker(d time.Duration) clock.Ticker {
	return c.RealClock.NewTicker(c.shorten(d))
}

// NewTimer returns a timer; its Reset shortens too.
func (c *Clock) NewTimer(d time.Duration) clock.Timer {
	return timer{Timer: c.RealClock.NewTimer(c.shorten(d)), clock: c}
}

type timer struct {
	clock.Timer
	clock *Clock
}

// Reset starts the timer anew with the shortened duration.
func (t timer) Reset(d time.Duration) bool { return t.Timer.Reset(t.clock.shorten(d)) }
