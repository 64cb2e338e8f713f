package diagnosis

import (
	"encoding/json"
	"fmt"
	"slices"

	"podsg/steps/check"
	"podsg/steps/plan"
)

// SARIF 2.1.0, as code scanning and ticket systems read it. What a diagnosis is
// about are objects of a cluster and an account, so its locations are logical.
// https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html
type sarifLog struct {
	Schema  string     `json:"$schema"`
	Version string     `json:"version"`
	Runs    []sarifRun `json:"runs"`
}

type sarifRun struct {
	Tool    sarifTool     `json:"tool"`
	Results []sarifResult `json:"results"`
}

type sarifTool struct {
	Driver sarifDriver `json:"driver"`
}

type sarifDriver struct {
	Name    string      `json:"name"`
	Version string      `json:"version,omitempty"`
	Rules   []sarifRule `json:"rules"`
}

type sarifRule struct {
	ID    string       `json:"id"`
	Short sarifMessage `json:"shortDescription"`
}

type sarifMessage struct {
	Text string `json:"text"`
}

type sarifResult struct {
	RuleID     string          `json:"ruleId"`
	Kind       string          `json:"kind"`
	Level      string          `json:"level"`
	Message    sarifMessage    `json:"message"`
	Locations  []sarifLocation `json:"locations,omitempty"`
	Properties sarifProperties `json:"properties"`
}

type sarifLocation struct {
	Logical []sarifLogical `json:"logicalLocations"`
}

type sarifLogical struct {
	Name string `json:"fullyQualifiedName"`
}

type sarifProperties struct {
	CausedBy []string `json:"causedBy,omitempty"`
	Evidence []string `json:"evidence,omitempty"`
	Fix      string   `json:"fix,omitempty"`
	Command  string   `json:"command,omitempty"`
}

// SARIF is the diagnosis as a SARIF log, a result for each finding.
func SARIF(d *plan.Diagnosis) (string, error) {
	run := sarifRun{Tool: sarifTool{Driver: sarifDriver{Name: "podsg", Version: d.Versions.Podsg, Rules: []sarifRule{}}}, Results: []sarifResult{}}
	named := check.Named(d.Checks)
	for i, f := range d.Checks {
		if !slices.ContainsFunc(run.Tool.Driver.Rules, func(r sarifRule) bool { return r.ID == f.ID }) {
			run.Tool.Driver.Rules = append(run.Tool.Driver.Rules, sarifRule{ID: f.ID, Short: sarifMessage{Text: f.Title}})
		}
		run.Results = append(run.Results, sarifFinding(named[i]))
	}
	out, err := json.MarshalIndent(sarifLog{
		Schema: "https://json.schemastore.org/sarif-2.1.0.json", Version: "2.1.0", Runs: []sarifRun{run},
	}, "", "  ")
	if err != nil {
		return "", fmt.Errorf("write the diagnosis as SARIF: %w", err)
	}
	return string(out) + "\n", nil
}

func sarifFinding(f check.Finding) sarifResult {
	r := sarifResult{RuleID: f.ID, Message: sarifMessage{Text: f.Title + ": " + f.Reason.String()},
		Properties: sarifProperties{CausedBy: f.CausedBy, Evidence: f.Evidence}}
	switch f.Status {
	case check.Fail:
		r.Kind, r.Level = "fail", "error"
	case check.Warn:
		r.Kind, r.Level = "fail", "warning"
	case check.Skip:
		r.Kind, r.Level = "open", "none"
	default:
		r.Kind, r.Level = "pass", "none"
	}
	if f.Fix != nil {
		r.Properties.Fix, r.Properties.Command = f.Fix.Text.String(), f.Fix.Command
	}
	for _, o := range f.Objects {
		r.Locations = append(r.Locations, sarifLocation{Logical: []sarifLogical{{Name: o}}})
	}
	return r
}
