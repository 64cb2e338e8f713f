package steps

import (
	"fmt"
	"strings"

	"podsg/steps/check"
	"podsg/steps/cluster"
	"podsg/steps/cni"
	"podsg/steps/database"
	"podsg/steps/drift"
	"podsg/steps/iam"
	"podsg/steps/identity"
	"podsg/steps/intent"
	"podsg/steps/network"
	"podsg/steps/nodes"
	"podsg/steps/plan"
	"podsg/steps/policy"
	"podsg/steps/proof"
	"podsg/steps/restart"
	"podsg/steps/say"
	"podsg/steps/words"
	"podsg/steps/world"
)

// Procedure is the procedure: its steps in order.
func Procedure() []plan.Step {
	return []plan.Step{
		identity.Step, cluster.Step, network.StepNodeGroup, nodes.Step, network.StepPodGroup, database.StepDatabase, network.StepPort, network.StepDNS,
		network.StepProbes, network.StepKept, iam.Step, cni.Step, policy.Step, database.StepSecret, database.StepSeed, proof.StepTestPods, restart.Step, proof.StepVerdict,
	}
}

// Check runs every check of the procedure on a snapshot.
func Check(s *world.Snapshot, t *intent.Target) []check.Finding {
	return check.Run(Registry(), s, t)
}

// Registry lists every check of the procedure, in order.
func Registry() []check.Check {
	var out []check.Check
	for _, step := range Procedure() {
		out = append(out, step.Checks...)
	}
	return out
}

// MakePlan lists the changes that make the world as the target wants it. It is
// empty when the world is so already. It fails when something stands in the
// way that no change of podsg's can mend, with the check that says so.
func MakePlan(s *world.Snapshot, t *intent.Target) (*plan.Plan, error) {
	if err := Plannable(s); err != nil {
		return nil, err
	}
	var blocking []check.Finding
	findings := Check(s, t)
	for _, f := range findings {
		if f.Blocking {
			blocking = append(blocking, f)
		}
	}
	if len(blocking) > 0 {
		return nil, &BlockedError{Findings: blocking}
	}
	p := &plan.Plan{Cluster: t.Cluster.Name, Region: t.Region, Notes: t.Notes()}
	for _, step := range Procedure() {
		if step.Plan != nil {
			step.Plan(s, t, p)
		}
	}
	drift.Note(s, p)
	p.WhatElseChanges = intent.LostFlows(s, t)
	if !p.Empty() && t.Verify {
		p.Notes = append(p.Notes, openNotes(findings)...)
	}
	return p, p.Validate()
}

// openNotes say beforehand that the proof cannot show what rules which were there
// before do not allow: whose they are, podsg does not know, so it leaves them.
func openNotes(findings []check.Finding) []string {
	var notes []string
	for _, f := range findings {
		if f.ID == "D80" && f.Status == check.Fail {
			notes = append(notes, say.T("the database admits the nodes, and so every ordinary pod, by %s: podsg leaves such rules alone, and the proof will say that others reach it too; remove each that nothing else needs",
				words.JoinAtMost(f.Evidence, rulesInNote)).String())
		}
	}
	return notes
}

// rulesInNote is how many rules a note names at most.
const rulesInNote = 3

// Plannable reports what keeps a plan from being made of the snapshot, whatever
// the answers: asking for one would lead nowhere. A plan on guesses could break
// what is there.
func Plannable(s *world.Snapshot) error {
	if p := plan.Unreadable(s, world.FactsToPlan(), func(f world.Fact) string { return "plan without knowing the " + string(f) }, "nothing was changed"); p != nil {
		return p
	}
	return nil
}

// BlockedError says which failing checks stand in the way of a plan.
type BlockedError struct{ Findings []check.Finding }

// Error implements error.
func (e *BlockedError) Error() string {
	var lines []string
	for _, f := range e.Findings {
		line := fmt.Sprintf("%s %s: %s", f.ID, f.Title, f.Reason.String())
		if len(f.Evidence) > 0 {
			line += " (" + strings.Join(f.Evidence[:min(len(f.Evidence), 3)], "; ") + ")"
		}
		lines = append(lines, line)
	}
	return "cannot set up: " + strings.Join(lines, "; ")
}

// Unwrap gives the error the kind and the hint of its first finding.
func (e *BlockedError) Unwrap() error {
	p := &world.Problem{Kind: world.ProblemChecks}
	if fix := e.Findings[0].Fix; fix != nil {
		p.Hint, p.Command = fix.Text.String(), fix.Command
	}
	return p
}
