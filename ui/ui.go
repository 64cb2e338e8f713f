package ui

import (
	"context"

	"podsg/steps"
	"podsg/ui/plain"
	"podsg/ui/wizard"
)

// What a caller says of a session and is told of it.
type (
	// Options say how a session is set up.
	Options = wizard.Options
	// Engine is what a session needs of the engine.
	Engine = wizard.Engine
	// Start says which screen a session begins with.
	Start = wizard.Start
	// Sandbox says that a session works in the practice world.
	Sandbox = wizard.Sandbox
	// Export is a form in which a plan can be written to a file.
	Export = wizard.Export
	// Pane is a live view that the run page shows.
	Pane = wizard.Pane
	// PaneScope is what panes look at.
	PaneScope = wizard.PaneScope
	// Outcome is how a session ended.
	Outcome = wizard.Outcome
)

// The screens to begin with.
const (
	StartWizard   = wizard.StartWizard
	StartDiagnose = wizard.StartDiagnose
)

// FromSteps makes a session's engine of the engine itself.
func FromSteps(e *steps.Engine) Engine { return wizard.FromSteps(e) }

// RunPlain is [Run] line by line.
func RunPlain(ctx context.Context, options Options) (Outcome, error) { return plain.Run(ctx, options) }
