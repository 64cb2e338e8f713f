package plan

import (
	"time"

	"podsg/steps/check"
	"podsg/steps/world"
)

// EventType says what happened in a run.
type EventType string

// The types of event.
const (
	EventLockProgress    EventType = "lock-progress" // the lock of another run is being waited for
	EventRunStarted      EventType = "run-started"
	EventChangeStarted   EventType = "change-started"
	EventChangeProgress  EventType = "change-progress"
	EventChangeDone      EventType = "change-done"
	EventChangeFailed    EventType = "change-failed"
	EventChangeSkipped   EventType = "change-skipped"   // something that it needs failed, or the run was stopped
	EventVerifyProgress  EventType = "verify-progress"  // the verdict is being waited for
	EventObserveProgress EventType = "observe-progress" // much of the world was read
	EventFactRead        EventType = "fact-read"        // one fact was read, or could not be
	EventRunDone         EventType = "run-done"
)

// Event is one thing that happened. Events of one run are delivered one after
// the other, in the order in which they happened.
type Event struct {
	Type     EventType     `json:"type"`
	At       time.Time     `json:"at"`
	Change   string        `json:"change,omitempty"` // id
	Step     check.StepID  `json:"step,omitempty"`
	Summary  string        `json:"summary,omitempty"`
	Fact     world.Fact    `json:"fact,omitempty"`
	Progress *Progress     `json:"progress,omitempty"`
	Elapsed  time.Duration `json:"elapsed,omitempty"`
	Err      error         `json:"-"`
	Error    string        `json:"error,omitempty"`
	Hint     string        `json:"hint,omitempty"`
}

// IsFinal reports whether a change has ended with this event.
func (t EventType) IsFinal() bool {
	return t == EventChangeDone || t == EventChangeFailed || t == EventChangeSkipped
}

// Observer receives the events of a run.
type Observer func(Event)
