package plan

import (
	"time"

	"podsg/steps/check"
)

// Since is what has changed since an earlier diagnosis.
type Since struct {
	TakenAt time.Time `json:"takenAt"` // of the earlier one
	// Appeared are troubles that were not there, Gone those that are no more, and
	// Changed those that are there with another outcome or reason.
	Appeared []Difference `json:"appeared"`
	Gone     []Difference `json:"gone"`
	Changed  []Difference `json:"changed"`
}

// Difference is a check whose outcome is not what it was; empty: it had or has
// nothing to say.
type Difference struct {
	ID     string       `json:"id"`
	Title  string       `json:"title"`
	Before check.Status `json:"before,omitempty"`
	After  check.Status `json:"after,omitempty"`
	Reason string       `json:"reason"` // the one of now; of what is gone, the one of then
}

// SinceBaseline compares a diagnosis with an earlier one of the same cluster, by
// check: of a check that found several things the worst counts.
func SinceBaseline(before, now *Diagnosis) *Since {
	out := &Since{TakenAt: before.TakenAt, Appeared: []Difference{}, Gone: []Difference{}, Changed: []Difference{}}
	then, present := worst(before), worst(now)
	for _, id := range order(now, before) {
		was, is := then[id], present[id]
		d := Difference{ID: id, Title: is.Title, Before: was.Status, After: is.Status, Reason: is.Reason.String()}
		switch {
		case is.Trouble() && !was.Trouble():
			out.Appeared = append(out.Appeared, d)
		case was.Trouble() && !is.Trouble():
			d.Title, d.Reason = was.Title, was.Reason.String()
			out.Gone = append(out.Gone, d)
		case is.Trouble() && (was.Status != is.Status || was.Reason.String() != is.Reason.String()):
			out.Changed = append(out.Changed, d)
		}
	}
	return out
}

// worst are the findings of a diagnosis by check. Its findings are in the order
// of the verdict, so of two the first is the worse one.
func worst(d *Diagnosis) map[string]check.Finding {
	out := map[string]check.Finding{}
	for _, f := range d.Checks {
		if _, ok := out[f.ID]; !ok {
			out[f.ID] = f
		}
	}
	return out
}

// order are the checks of both diagnoses, each once, those of the first in its
// order.
func order(of ...*Diagnosis) []string {
	var out []string
	seen := map[string]bool{}
	for _, d := range of {
		for _, f := range d.Checks {
			if !seen[f.ID] {
				seen[f.ID] = true
				out = append(out, f.ID)
			}
		}
	}
	return out
}
