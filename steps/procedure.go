package steps

import (
	"errors"
	"fmt"
	"strings"
)

// Procedure is the procedure: its steps in order.
func Procedure() []Step {
	return []Step{
		stepIdentity, stepCluster, stepNodeGroup, stepInstances, stepPodGroup, stepDatabase, stepPort, stepDNS,
		stepProbes, stepIAM, stepCNI, stepPolicy, stepSecret, stepSeed, stepTestPods, stepVerdict,
	}
}

// Check runs every step's checks on a snapshot.
func Check(s *Snapshot, t *Target) []Finding {
	var out []Finding
	for _, step := range Procedure() {
		if step.Check != nil {
			out = append(out, step.Check(s, t)...)
		}
	}
	return out
}

// MakePlan lists the changes that make the world as the target wants it. It is
// empty when the world is so already. It fails when something stands in the
// way that no change of podsg's can mend, with the check that says so.
func MakePlan(s *Snapshot, t *Target) (*Plan, error) {
	if err := Plannable(s); err != nil {
		return nil, err
	}
	var blocking []Finding
	for _, f := range Check(s, t) {
		if f.Blocking {
			blocking = append(blocking, f)
		}
	}
	if len(blocking) > 0 {
		return nil, &BlockedError{Findings: blocking}
	}
	p := &Plan{Cluster: t.Cluster.Name, Region: t.Region, Notes: t.notes()}
	for _, step := range Procedure() {
		if step.Plan != nil {
			step.Plan(s, t, p)
		}
	}
	return p, p.Validate()
}

// planFacts are the facts without which nothing is planned.
var planFacts = []Fact{
	FactNodes, FactInstanceTypes, FactSecurityGroups, FactInterfaces, FactNetwork, FactClusterRole, FactAddon, FactDatabases, FactCNI, FactNamespace, FactPolicies, FactSecret, FactJournal,
}

// Plannable reports what keeps a plan from being made of the snapshot, whatever
// the answers: asking for one would lead nowhere. A plan on guesses could break
// what is there.
func Plannable(s *Snapshot) error {
	for _, f := range planFacts {
		g, missing := s.Gaps[f]
		if !missing {
			continue
		}
		p := &Problem{Kind: g.Kind, Doing: "plan without knowing the " + string(f), Err: errors.New(g.Reason), Permission: g.Permission}
		switch g.Kind {
		case ProblemUnreachable, ProblemTimeout:
			p.Hint = "nothing was changed; if the cluster's endpoint is private, run podsg inside the VPC or through its VPN or bastion"
			p.Command = "kubectl get --raw /readyz"
		case ProblemCredentials:
			p.Hint = "nothing was changed; renew the credentials and try again"
		case ProblemPermission:
			p.Hint = "nothing was changed; a plan made on guesses could break what is there, so allow podsg to read it and try again"
			p.Command = "podsg permissions --mode read"
		default:
			p.Hint = "nothing was changed; a plan made on guesses could break what is there, so try again when this can be read"
		}
		return p
	}
	return nil
}

// BlockedError says which failing checks stand in the way of a plan.
type BlockedError struct{ Findings []Finding }

// Error implements error.
func (e *BlockedError) Error() string {
	var lines []string
	for _, f := range e.Findings {
		line := fmt.Sprintf("%s %s: %s", f.ID, f.Title, f.Reason)
		if len(f.Evidence) > 0 {
			line += " (" + strings.Join(f.Evidence[:min(len(f.Evidence), 3)], "; ") + ")"
		}
		lines = append(lines, line)
	}
	return "cannot set up: " + strings.Join(lines, "; ")
}

// Unwrap gives the error the kind and the hint of its first finding.
func (e *BlockedError) Unwrap() error {
	p := &Problem{Kind: ProblemChecks}
	if fix := e.Findings[0].Fix; fix != nil {
		p.Hint, p.Command = fix.Text, fix.Command
	}
	return p
}
