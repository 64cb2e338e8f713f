package render

import (
	"strings"

	"podsg/steps/check"
	"podsg/steps/effects"
	"podsg/steps/plan"
	"podsg/steps/world"
)

// PlanReport is a plan as a JSON document.
type PlanReport struct {
	SchemaVersion int            `json:"schemaVersion"`
	Cluster       string         `json:"cluster"`
	Changes       []ChangeReport `json:"changes"` // empty when there is nothing to do
	// WhatElseChanges are connections of the user's pods that end.
	WhatElseChanges []effects.Flow `json:"whatElseChanges"`
	Kept            []plan.Kept    `json:"kept,omitempty"`
	Notes           []string       `json:"notes,omitempty"` // what is left out, and why
	// USDPerMonth is what the new objects cost together, and ExpectedSeconds how
	// long carrying the plan out usually takes.
	USDPerMonth     float64 `json:"usdPerMonth"`
	ExpectedSeconds int     `json:"expectedSeconds"`
}

// ChangeReport is one change of a [PlanReport].
type ChangeReport struct {
	ID      string       `json:"id"`
	Step    check.StepID `json:"step"`
	Op      plan.Op      `json:"op"`
	Summary string       `json:"summary"`
	Why     string       `json:"why"`
	Command string       `json:"command"` // the equivalent commands, a line or more each
	Needs   []string     `json:"needs"`
	Bills   *plan.Bill   `json:"bills"`
	Undo    string       `json:"undo"`
	// Owner is the tool that makes what is changed, and Instead what to put into
	// that tool's source.
	Owner   *world.Owner `json:"owner,omitempty"`
	Instead string       `json:"instead,omitempty"`
}

// PlanDocument is the plan as a value to be marshalled to JSON.
func PlanDocument(p *plan.Plan) PlanReport {
	report := PlanReport{
		SchemaVersion: plan.SchemaVersion, Cluster: p.Cluster, Changes: []ChangeReport{}, Kept: p.Kept, Notes: p.Notes, USDPerMonth: p.USDPerMonth(),
		ExpectedSeconds: int(p.Expected().Seconds()),
	}
	report.WhatElseChanges = append([]effects.Flow{}, p.WhatElseChanges...)
	for _, c := range p.Changes {
		needs := c.Needs
		if needs == nil {
			needs = []string{}
		}
		report.Changes = append(report.Changes, ChangeReport{
			ID: c.ID, Step: c.Step, Op: c.Op, Summary: c.Summary, Why: c.Why,
			Command: strings.Join(c.Commands(), "\n"), Needs: needs, Bills: c.Bills, Undo: c.Undo, Owner: c.Owner, Instead: c.Instead,
		})
	}
	return report
}
