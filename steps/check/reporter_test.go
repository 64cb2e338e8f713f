package check

import (
	"slices"
	"testing"

	"podsg/steps/intent"
	"podsg/steps/world"
)

func TestAReporterGivesFindingsInTheOrderInWhichTheyWereReported(t *testing.T) {
	ran := 0
	unreported := Check{ID: "X1", Run: func(c *Context) { ran++; c.Fail("it is down") }}
	byHand := Check{ID: "X2"}
	asking := Check{ID: "X3", Run: func(c *Context) {
		for _, f := range c.Troubles("X1", "X2") {
			c.Warn("%s", f.Reason)
		}
	}}
	s, target := &world.Snapshot{}, &intent.Target{}
	r := NewReporter([]Check{unreported})
	r.For(byHand, s, target).Fail("by hand")
	r.Run([]Check{asking}, s, target)
	r.For(Check{ID: "X4"}, s, target).Pass("last")
	var got []string
	for _, f := range r.Findings() {
		got = append(got, f.ID+" "+f.Reason.String())
	}
	if want := []string{"X2 by hand", "X3 it is down", "X3 by hand", "X4 last"}; !slices.Equal(got, want) || ran != 1 {
		t.Errorf("got %q, and X1 ran %d times", got, ran)
	}
}
