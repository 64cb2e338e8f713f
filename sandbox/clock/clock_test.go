package clock_test

import (
	"testing"
	"time"

	"podsg/sandbox/clock"
)

// An hour at this speed is 3.6 ms: long enough to be a wait, short for a test.
const fast = 1_000_000

func TestWaitsAreDividedByTheSpeed(t *testing.T) {
	c := clock.New(fast)
	timer := c.NewTimer(time.Hour)
	reset := c.NewTimer(1000 * time.Hour)
	reset.Reset(time.Hour)
	ticker := c.NewTicker(time.Hour)
	defer ticker.Stop()
	waits := map[string]<-chan time.Time{
		"timer": timer.C(), "reset timer": reset.C(), "ticker": ticker.C(), "After": c.After(time.Hour), "Tick": c.Tick(time.Hour),
	}
	start := time.Now()
	for name, fired := range waits {
		select {
		case <-fired:
		case <-time.After(time.Second):
			t.Errorf("%s of an hour did not fire within a second", name)
		}
	}
	c.Sleep(time.Hour)
	if elapsed := time.Since(start); elapsed < time.Hour/fast {
		t.Errorf("waits ended after %v, before their shortened time", elapsed)
	}
}

func TestNowIsTheRealTime(t *testing.T) {
	c := clock.New(fast)
	if d := time.Since(c.Now()).Abs(); d > time.Second {
		t.Errorf("Now is %v off the real time", d)
	}
}

func TestATinyWaitIsNotTurnedIntoNone(t *testing.T) {
	ticker := clock.New(fast).NewTicker(time.Nanosecond) // would panic with a period of zero
	ticker.Stop()
}

func TestAClockThatIsSetBackTellsAnEarlierTimeAndWaitsAsBefore(t *testing.T) {
	c := clock.New(fast)
	c.SetBack(time.Hour)
	then := c.Now()
	if d := (time.Since(then) - time.Hour).Abs(); d > time.Second {
		t.Errorf("Now is %v off an hour ago", d)
	}
	if d := c.Since(then); d < 0 || d > time.Second {
		t.Errorf("since then it tells %v", d)
	}
	select {
	case <-c.After(time.Hour):
	case <-time.After(time.Second):
		t.Error("an hour did not pass within a second")
	}
	c.SetBack(0)
	if d := time.Since(c.Now()).Abs(); d > time.Second {
		t.Errorf("Now is %v off the real time", d)
	}
}
