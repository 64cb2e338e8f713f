package view

import (
	"cmp"
	"fmt"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"podsg/cli/console"
	"podsg/steps/clean"
	"podsg/steps/world"
)

// shownEvents is how many of the newest events the text shows.
const shownEvents = 20

// Text is the view for people.
func (v *View) Text() string {
	v = clean.Copy(v)
	var b strings.Builder
	switch {
	case v.Rollout == nil:
		b.WriteString("aws-node: " + v.noRollout() + "\n")
	case v.Rollout.Complete():
		fmt.Fprintf(&b, "aws-node: rolled out on %s\n", console.Counted(v.Rollout.Desired, "node", "nodes"))
	default:
		fmt.Fprintf(&b, "aws-node: %d of %d nodes updated, %d ready\n", v.Rollout.Updated, v.Rollout.Desired, v.Rollout.Ready)
	}
	w := tabwriter.NewWriter(&b, 0, 8, 2, ' ', 0)
	fmt.Fprintln(w, "\nNODE\tTYPE\tREADY\tTRUNK ENI\tBRANCH ENIS")
	for _, n := range v.Nodes {
		fmt.Fprintf(w, "%s\t%s\t%t\t%s\t%d/%d\n", n.Name, n.Type, n.Ready, cmp.Or(n.Trunk, "-"), n.Used, n.BranchENIs)
	}
	fmt.Fprintln(w, "\nPOD\tSTATUS\tNODE\tENI\tPRIVATE IP\tVLAN\tGROUPS")
	for _, p := range v.Pods {
		status := p.Phase
		if p.Reason != "" {
			status += " (" + p.Reason + ")"
		}
		vlan := "-" // an ordinary pod
		if p.ENI != "" {
			vlan = strconv.Itoa(p.VLAN)
		}
		fmt.Fprintf(w, "%s/%s\t%s\t%s\t%s\t%s\t%s\t%s\n", p.Namespace, p.Name, status, cmp.Or(p.Node, "-"), cmp.Or(p.ENI, "-"),
			cmp.Or(p.PrivateIP, "-"), vlan, cmp.Or(strings.Join(p.Groups, ","), "-"))
	}
	_ = w.Flush() // a strings.Builder does not fail
	if len(v.Events) > 0 {
		b.WriteString("\nEVENTS\n")
	}
	for _, e := range v.Events[max(0, len(v.Events)-shownEvents):] {
		fmt.Fprintf(&b, "%s %s %s: %s\n    %s\n", e.At.Local().Format(time.TimeOnly), e.Object, e.Reason, e.Message, e.Explanation)
	}
	for i, reason := range v.NotObserved {
		if i == 0 {
			b.WriteByte('\n')
		}
		fmt.Fprintln(&b, reason)
	}
	return b.String()
}

// noRollout says why there is no roll-out to show.
func (v *View) noRollout() string {
	for _, reason := range v.NotObserved {
		if strings.HasPrefix(reason, string(world.FactCNI)) {
			return "not observed"
		}
	}
	return "there is no VPC CNI"
}
