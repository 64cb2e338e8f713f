package cli

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"podsg/cli/console"
	"podsg/steps/check"
	"podsg/steps/clean"
	"podsg/steps/plan"
	"podsg/steps/shell"
	"podsg/steps/world"
)

// setupText is the result of setup for people. In a practice world, which ends
// with podsg, there is no next command.
func setupText(st console.Style, r *plan.Result, planned *plan.Plan, practice bool) string {
	r = clean.Copy(r)
	var b strings.Builder
	unproven := r.Outcome == plan.OutcomeDone && r.Verification != nil && !r.Verification.Proven
	switch {
	case unproven:
		fmt.Fprintf(&b, "%s Cluster %s is set up, but it is not proven that only the chosen pods reach the database", st.Bad("not proven:"), r.Cluster)
	case r.Outcome == plan.OutcomeDone:
		fmt.Fprintf(&b, "%s Cluster %s is set up", st.Good("done:"), r.Cluster)
	case r.Outcome == plan.OutcomeInterrupted:
		fmt.Fprintf(&b, "%s Cluster %s is set up in part", st.Note("interrupted:"), r.Cluster)
	default:
		fmt.Fprintf(&b, "%s Cluster %s is set up in part", st.Bad("failed:"), r.Cluster)
	}
	switch {
	case len(r.Applied) == 0 && r.Outcome == plan.OutcomeDone:
		b.WriteString("; there was nothing to do.\n")
	default:
		fmt.Fprintf(&b, ": %s.\n", changesText(r))
	}
	if v := r.Verification; v != nil {
		b.WriteString(verificationText(st, v, r.Resources))
	}
	if len(r.Resources) > 0 {
		b.WriteString("\n" + st.Strong("Resources") + "\n")
		for _, res := range r.Resources {
			fmt.Fprintf(&b, "  %s %s (%s)\n", res.Kind, identified(res.ID, res.Name), originOf(res, r, planned))
		}
	}
	if r.Outcome == plan.OutcomeDone && !practice {
		next := []string{"watch", "cleanup"}
		if unproven {
			next = []string{"diagnose", "cleanup"}
		}
		b.WriteString("\n" + st.Strong("Next") + "\n")
		for _, command := range next {
			fmt.Fprintf(&b, "  %s\n", shell.Join("podsg", command, "--cluster", r.Cluster))
		}
	}
	return b.String()
}

// changesText counts what became of the changes of a plan.
func changesText(r *plan.Result) string {
	failed := len(r.Failures)
	if f := r.Failed; failed == 0 && f != nil && f.ID != string(check.StepVerdict) && !slices.Contains(r.Applied, f.ID) {
		failed = 1
	}
	out := []string{console.Counted(len(r.Applied), "change made", "changes made")}
	if failed > 0 {
		out = append(out, fmt.Sprintf("%d failed", failed))
	}
	return strings.Join(append(out, fmt.Sprintf("%d left", len(r.Skipped))), ", ")
}

// identified is an object's id with its name, unless the id tells it already.
func identified(id, name string) string {
	if name == "" || strings.Contains(id, name) {
		return id
	}
	return id + " " + name
}

// originOf says whose an object is, and whether this run changed it.
func originOf(res plan.Resource, r *plan.Result, planned *plan.Plan) string {
	if res.Created {
		return "made by podsg"
	}
	if planned != nil && slices.ContainsFunc(planned.Changes, func(c plan.Change) bool {
		return c.Kind == res.Kind && c.Op == plan.Update && slices.Contains(r.Applied, c.ID)
	}) {
		return "changed"
	}
	return "was there"
}

func verificationText(st console.Style, v *plan.Verification, resources []plan.Resource) string {
	var b strings.Builder
	verdict := st.Bad("not proven")
	if v.Proven {
		verdict = st.Good("proven")
	}
	if v.Earlier {
		verdict += fmt.Sprintf(" at %s, by an earlier run", v.ProvenAt.Format(time.RFC3339))
	}
	fmt.Fprintf(&b, "\n%s %s\n", st.Strong("Proof:"), verdict)
	fmt.Fprintf(&b, "  green %s: %s", v.Green.Pod, v.Green.Verdict)
	if v.Green.ClientAddress != "" {
		groups := make([]string, len(v.Green.ENI.Groups))
		for i, id := range v.Green.ENI.Groups {
			groups[i] = id
			for _, res := range resources {
				if res.Kind == world.KindSecurityGroup && res.ID == id {
					groups[i] = identified(id, res.Name)
				}
			}
		}
		fmt.Fprintf(&b, " from %s, branch ENI %s with %s", v.Green.ClientAddress, v.Green.ENI.ID, strings.Join(groups, ", "))
	}
	fmt.Fprintf(&b, "\n  red   %s: %s\n", v.Red.Pod, v.Red.Verdict)
	for _, reason := range v.Reasons {
		fmt.Fprintf(&b, "  %s\n", reason)
	}
	if len(v.Workloads) > 0 {
		fmt.Fprintf(&b, "\n%s\n", st.Strong("Your own pods, as they were seen:"))
	}
	for _, w := range v.Workloads {
		fmt.Fprintf(&b, "  %s %s/%s: %d of %s on a branch ENI with the security group", w.Kind, w.Namespace, w.Name, w.Pods.OnBranch, console.Counted(w.Pods.Total, "pod", "pods"))
		if w.Pods.Old > 0 {
			fmt.Fprintf(&b, "; %s older than the policy, and has it only once it is made anew: %s",
				console.Counted(w.Pods.Old, "is", "are"), shell.Command("kubectl -n %s rollout restart %s", w.Namespace, strings.ToLower(w.Kind)+"/"+w.Name))
		}
		b.WriteByte('\n')
	}
	return b.String()
}
