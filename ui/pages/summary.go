package pages

import (
	"fmt"
	"strings"

	"podsg/steps/check"
	"podsg/steps/plan"
	"podsg/steps/world"
	"podsg/ui/phrase"
	"podsg/ui/theme"
	"podsg/ui/wizard"
)

// FinalOutcome is the outcome with the text to print.
func FinalOutcome(s *wizard.Session) wizard.Outcome {
	out := s.Outcome
	out.Intent = s.Intent
	if s.Run.Active() && out.Result == nil {
		out.Result = &plan.Result{SchemaVersion: plan.SchemaVersion, Cluster: s.Intent.Cluster, Outcome: plan.OutcomeInterrupted}
		for _, c := range s.Run.Changes {
			switch c.Status {
			case wizard.ChangeDone:
				out.Result.Applied = append(out.Result.Applied, c.ID)
			default:
				out.Result.Skipped = append(out.Result.Skipped, c.ID)
			}
		}
	}
	out.Summary = summaryText(s, out)
	if out.Result != nil && out.Result.Outcome != plan.OutcomeDone {
		out.Resume = s.Resume()
	}
	return out
}

// summaryText is what is printed after the screen is gone: the proof, what was
// made, and what to run next. It is plain text.
func summaryText(s *wizard.Session, out wizard.Outcome) string {
	var b strings.Builder
	line := func(format string, args ...any) { fmt.Fprintf(&b, format+"\n", args...) }
	switch {
	case out.Result == nil && s.Diagnose:
		sum := check.Summarize(out.Findings)
		if len(out.Findings) > 0 {
			line("%d passed, %s, %d failed, %d skipped", sum.Pass, phrase.Count(sum.Warn, "warning"), sum.Fail, sum.Skip)
		}
		for _, f := range out.Findings {
			if f.Status == check.Fail {
				line("%s %s %s: %s", theme.SymbolFailed, f.ID, f.Title, f.Reason.String())
			}
		}
	case out.Result == nil:
		line("Nothing was changed.")
	default:
		summarizeRun(s, line, out.Result)
	}
	return b.String()
}

func summarizeRun(s *wizard.Session, line func(string, ...any), r *plan.Result) {
	switch v := r.Verification; {
	case r.Outcome == plan.OutcomeInterrupted:
		line("Stopped. What was made is kept.")
	case r.Outcome == plan.OutcomeFailed:
		for _, f := range s.Run.Failures() {
			if f == nil {
				continue
			}
			line("%s %s", theme.SymbolFailed, f)
			hint, command := world.HintOf(f)
			if hint != "" {
				line("  %s", phrase.Sentence(hint))
			}
			if command != "" {
				line("  %s", command)
			}
		}
	case v != nil && v.Proven:
		line("%s Proven: only the chosen pods reach the database.", theme.SymbolDone)
		line("  green  %s from %s, its branch ENI %s (VLAN %d), groups %s", v.Green.Verdict, v.Green.ClientAddress, v.Green.ENI.ID, v.Green.ENI.VLAN, phrase.List(v.Green.ENI.Groups))
		line("  red    %s", v.Red.Verdict)
	case v != nil:
		line("%s Not proven.", theme.SymbolFailed)
		for _, reason := range v.Reasons {
			line("  %s", phrase.Sentence(reason))
		}
	default:
		line("%s Done.", theme.SymbolDone)
	}
	if made := madeOf(r.Resources); len(made) > 0 {
		line("")
		line("Made:")
		for _, res := range made {
			name := res.ID
			if res.Name != "" && !strings.Contains(res.ID, res.Name) {
				name += " (" + res.Name + ")"
			}
			line("  %-22s %s", res.Kind, name)
		}
	}
	line("")
	line("Next:")
	for _, n := range nextCommands(s) {
		line("  %s", n.Value)
		line("    %s", n.Name)
	}
}

// madeOf returns the resources that podsg made.
func madeOf(resources []plan.Resource) []plan.Resource {
	var out []plan.Resource
	for _, r := range resources {
		if r.Created {
			out = append(out, r)
		}
	}
	return out
}
