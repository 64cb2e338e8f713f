// Package keys is the table of keys of every screen. Handling, footers, help and
// palettes are made from it.
package keys

// Action is something that a key can do.
type Action int

// The actions.
const (
	None Action = iota
	Continue
	Back
	Up
	Down
	PageUp
	PageDown
	First
	Last
	Left
	Right
	Open
	Close
	Edit
	Filter
	Sort
	Follow
	All
	Copy
	Zoom
	Retry
	Fix
	Export
	Save
	Views // from the changes of a run to its live views
	Next
	Previous
	Explain
	Commands
	Palette
	Diagnose
	Wizard
	Quit
	Stop
)
