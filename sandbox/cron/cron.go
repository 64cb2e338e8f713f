// Package cron reads the schedules of CronJobs: five fields, or a name such as
// "@hourly".
// https://kubernetes.io/docs/concepts/workloads/controllers/cron-jobs/#schedule-syntax
package cron

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// A Schedule is a set of times.
type Schedule struct {
	minute, hour, day, month, weekday uint64 // a bit for each value
	// anyDay and anyWeekday say that the field was "*" or "?": where both are
	// restricted, a day has to fit only one of them.
	anyDay, anyWeekday bool
	every              time.Duration // of "@every"; zero otherwise
}

// field is a field of a schedule: its range, and the names of its values.
type field struct {
	name        string
	first, last int
	names       []string // from the first on
}

var (
	minutes  = field{name: "minute", last: 59}
	hours    = field{name: "hour", last: 23}
	days     = field{name: "day of month", first: 1, last: 31}
	months   = field{name: "month", first: 1, last: 12, names: strings.Fields("jan feb mar apr may jun jul aug sep oct nov dec")}
	weekdays = field{name: "day of week", last: 6, names: strings.Fields("sun mon tue wed thu fri sat")}
)

// named are the schedules that have a name.
var named = map[string]string{
	"@yearly": "0 0 1 1 *", "@annually": "0 0 1 1 *", "@monthly": "0 0 1 * *", "@weekly": "0 0 * * 0",
	"@daily": "0 0 * * *", "@midnight": "0 0 * * *", "@hourly": "0 * * * *",
}

// Parse reads a schedule.
func Parse(text string) (Schedule, error) {
	if interval, ok := strings.CutPrefix(text, "@every "); ok {
		d, err := time.ParseDuration(interval)
		if err != nil || d < time.Second {
			return Schedule{}, fmt.Errorf("failed to parse duration %s", text)
		}
		return Schedule{every: d.Truncate(time.Second)}, nil
	}
	if strings.HasPrefix(text, "@") {
		fields, ok := named[text]
		if !ok {
			return Schedule{}, fmt.Errorf("unrecognized descriptor: %s", text)
		}
		text = fields
	}
	parts := strings.Fields(text)
	if len(parts) != 5 {
		return Schedule{}, fmt.Errorf("expected exactly 5 fields, found %d: %v", len(parts), parts)
	}
	s := Schedule{anyDay: unrestricted(parts[2]), anyWeekday: unrestricted(parts[4])}
	for i, into := range []struct {
		of   field
		bits *uint64
	}{{minutes, &s.minute}, {hours, &s.hour}, {days, &s.day}, {months, &s.month}, {weekdays, &s.weekday}} {
		var err error
		if *into.bits, err = into.of.parse(parts[i]); err != nil {
			return Schedule{}, err
		}
	}
	return s, nil
}

func unrestricted(part string) bool {
	return strings.HasPrefix(part, "*") || strings.HasPrefix(part, "?")
}

// parse reads a field: values, ranges and steps, with commas between them.
func (f field) parse(text string) (bits uint64, err error) {
	for _, part := range strings.Split(text, ",") {
		span, step, stepped := strings.Cut(part, "/")
		first, last := f.first, f.last
		if span != "*" && span != "?" {
			from, to, ranged := strings.Cut(span, "-")
			if first, err = f.value(from); err != nil {
				return 0, err
			}
			switch {
			case ranged:
				if last, err = f.value(to); err != nil {
					return 0, err
				}
			case !stepped:
				last = first
			}
		}
		width := 1
		if stepped {
			if width, err = strconv.Atoi(step); err != nil || width < 1 {
				return 0, fmt.Errorf("step of range should be a positive number: %s", part)
			}
		}
		if first < f.first || last > f.last || first > last {
			return 0, fmt.Errorf("%s out of range (%d-%d): %s", f.name, f.first, f.last, part)
		}
		for n := first; n <= last; n += width {
			bits |= 1 << n
		}
	}
	return bits, nil
}

func (f field) value(text string) (int, error) {
	for i, name := range f.names {
		if strings.EqualFold(name, text) {
			return f.first + i, nil
		}
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 0 {
		return 0, fmt.Errorf("failed to parse int from %s", text)
	}
	return n, nil
}

// horizon is how far Next looks: a leap day comes at least every eight years.
const horizon = 8*366 + 1

// Next is the first time of the schedule after t, in t's zone; zero if there is
// none, such as a 30th of February.
func (s Schedule) Next(t time.Time) time.Time {
	if s.every > 0 {
		return t.Truncate(time.Second).Add(s.every)
	}
	next := t.Truncate(time.Minute).Add(time.Minute)
	year, month, day := next.Date()
	for ahead := range horizon {
		start := time.Date(year, month, day+ahead, 0, 0, 0, 0, t.Location())
		if !s.on(start) {
			continue
		}
		for minute := range 24 * 60 {
			at := time.Date(year, month, day+ahead, 0, minute, 0, 0, t.Location())
			if s.hour&(1<<at.Hour()) != 0 && s.minute&(1<<at.Minute()) != 0 && !at.Before(next) {
				return at
			}
		}
	}
	return time.Time{}
}

// on says whether the schedule has times on a day.
func (s Schedule) on(day time.Time) bool {
	fitsDay, fitsWeekday := s.day&(1<<day.Day()) != 0, s.weekday&(1<<day.Weekday()) != 0
	if s.month&(1<<day.Month()) == 0 {
		return false
	}
	if s.anyDay || s.anyWeekday {
		return fitsDay && fitsWeekday
	}
	return fitsDay || fitsWeekday
}
