package cron

import (
	"testing"
	"time"
)

func TestTheNextTimeOfASchedule(t *testing.T) {
	const layout = "2006-01-02 15:04:05"
	after := time.Date(2026, 2, 27, 22, 59, 30, 0, time.UTC) // a Friday
	for schedule, want := range map[string]string{
		"* * * * *":       "2026-02-27 23:00:00",
		"*/15 * * * *":    "2026-02-27 23:00:00",
		"5/20 * * * *":    "2026-02-27 23:05:00",
		"0 3 * * *":       "2026-02-28 03:00:00",
		"30 4 1,15 * *":   "2026-03-01 04:30:00",
		"0 0 * * MON-FRI": "2026-03-02 00:00:00",
		"0 0 13 * 5":      "2026-03-06 00:00:00", // the 13th, or a Friday
		"0 0 29 feb *":    "2028-02-29 00:00:00",
		"@hourly":         "2026-02-27 23:00:00",
		"@weekly":         "2026-03-01 00:00:00",
		"@every 90s":      "2026-02-27 23:01:00",
	} {
		s, err := Parse(schedule)
		if err != nil {
			t.Errorf("%q: %v", schedule, err)
			continue
		}
		if got := s.Next(after).Format(layout); got != want {
			t.Errorf("%q: %s, want %s", schedule, got, want)
		}
	}
	if s, err := Parse("0 0 30 2 *"); err != nil || !s.Next(after).IsZero() {
		t.Errorf("the 30th of February: %v, %v", s.Next(after), err)
	}
}

func TestWhatIsNoSchedule(t *testing.T) {
	for _, text := range []string{"", "* * * *", "* * * * * *", "60 * * * *", "* 24 * * *", "* * 0 * *", "* * * 13 *", "* * * * 7", "5-1 * * * *", "*/0 * * * *", "x * * * *", "@never", "@every x"} {
		if _, err := Parse(text); err == nil {
			t.Errorf("%q is taken", text)
		}
	}
}
