package cli

import (
	"fmt"
	"strings"

	"podsg/steps"
)

// setupText is the result of setup for people.
func (s *session) setupText(r *steps.Result) string {
	st := s.app.style
	var b strings.Builder
	switch unproven := r.Verification != nil && !r.Verification.Proven; {
	case r.Outcome == steps.OutcomeDone && unproven:
		fmt.Fprintf(&b, "%s Cluster %s is set up, but it is not proven that only the chosen pods reach the database", st.bad("not proven:"), r.Cluster)
	case r.Outcome == steps.OutcomeDone:
		fmt.Fprintf(&b, "%s Cluster %s is set up", st.good("done:"), r.Cluster)
	case r.Outcome == steps.OutcomeInterrupted:
		fmt.Fprintf(&b, "%s Cluster %s is set up in part", st.note("interrupted:"), r.Cluster)
	default:
		fmt.Fprintf(&b, "%s Cluster %s is set up in part", st.bad("failed:"), r.Cluster)
	}
	switch {
	case len(r.Applied) == 0 && r.Outcome == steps.OutcomeDone:
		b.WriteString("; there was nothing to do.\n")
	default:
		fmt.Fprintf(&b, ": %d changes made, %d left.\n", len(r.Applied), len(r.Skipped))
	}
	if v := r.Verification; v != nil {
		b.WriteString(s.verificationText(v))
	}
	if len(r.Resources) > 0 {
		b.WriteString("\n" + st.strong("Resources") + "\n")
		for _, res := range r.Resources {
			origin := "was there"
			if res.Created {
				origin = "made by podsg"
			}
			fmt.Fprintf(&b, "  %s %s (%s)\n", res.Kind, strings.TrimSpace(res.ID+" "+res.Name), origin)
		}
	}
	if r.Outcome == steps.OutcomeDone && s.world == nil {
		fmt.Fprintf(&b, "\n%s\n  %s\n  %s\n", st.strong("Next"), commandLine("podsg", "watch", "--cluster", r.Cluster), commandLine("podsg", "cleanup", "--cluster", r.Cluster))
	}
	return b.String()
}

func (s *session) verificationText(v *steps.Verification) string {
	st := s.app.style
	var b strings.Builder
	verdict := st.bad("not proven")
	if v.Proven {
		verdict = st.good("proven")
	}
	fmt.Fprintf(&b, "\n%s %s\n", st.strong("Proof:"), verdict)
	fmt.Fprintf(&b, "  green %s: %s", v.Green.Pod, v.Green.Verdict)
	if v.Green.ClientAddress != "" {
		fmt.Fprintf(&b, " from %s, branch ENI %s with %s", v.Green.ClientAddress, v.Green.ENI.ID, strings.Join(v.Green.ENI.Groups, ", "))
	}
	fmt.Fprintf(&b, "\n  red   %s: %s\n", v.Red.Pod, v.Red.Verdict)
	for _, reason := range v.Reasons {
		fmt.Fprintf(&b, "  %s\n", reason)
	}
	return b.String()
}
