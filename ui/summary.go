package ui

import (
	"fmt"
	"strings"

	"podsg/steps/check"
	"podsg/steps/plan"
	"podsg/steps/world"
	"podsg/ui/theme"
)

// summaryText is what is printed after the screen is gone: the proof, what was
// made, and what to run next. It is plain text.
func (m *Model) summaryText(out Outcome) string {
	var b strings.Builder
	line := func(format string, args ...any) { fmt.Fprintf(&b, format+"\n", args...) }
	switch {
	case out.Result == nil && m.diagnose:
		s := check.Summarize(out.Findings)
		if len(out.Findings) > 0 {
			line("%d passed, %s, %d failed, %d skipped", s.Pass, count(s.Warn, "warning"), s.Fail, s.Skip)
		}
		for _, f := range out.Findings {
			if f.Status == check.Fail {
				line("%s %s %s: %s", theme.SymbolFailed, f.ID, f.Title, f.Reason.String())
			}
		}
	case out.Result == nil:
		line("Nothing was changed.")
	default:
		m.summarizeRun(line, out.Result)
	}
	return b.String()
}

func (m *Model) summarizeRun(line func(string, ...any), r *plan.Result) {
	switch v := r.Verification; {
	case r.Outcome == plan.OutcomeInterrupted:
		line("Stopped. What was made is kept.")
	case r.Outcome == plan.OutcomeFailed:
		for _, f := range m.run.failures() {
			if f == nil {
				continue
			}
			line("%s %s", theme.SymbolFailed, f)
			hint, command := world.HintOf(f)
			if hint != "" {
				line("  %s", sentence(hint))
			}
			if command != "" {
				line("  %s", command)
			}
		}
	case v != nil && v.Proven:
		line("%s Proven: only the chosen pods reach the database.", theme.SymbolDone)
		line("  green  %s from %s, its branch ENI %s (VLAN %d), groups %s", v.Green.Verdict, v.Green.ClientAddress, v.Green.ENI.ID, v.Green.ENI.VLAN, list(v.Green.ENI.Groups))
		line("  red    %s", v.Red.Verdict)
	case v != nil:
		line("%s Not proven.", theme.SymbolFailed)
		for _, reason := range v.Reasons {
			line("  %s", sentence(reason))
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
	for _, n := range m.nextCommands() {
		line("  %s", n.value)
		line("    %s", n.name)
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
