// Package diagnosis writes a diagnosis in the formats that people and other
// programs read.
package diagnosis

import (
	"fmt"
	"slices"
	"strings"

	"podsg/cli/console"
	"podsg/steps/check"
	"podsg/steps/plan"
)

func summaryText(s check.Summary) string {
	return fmt.Sprintf("%d pass, %d warn, %d fail, %d skip", s.Pass, s.Warn, s.Fail, s.Skip)
}

// place is where a diagnosis looked.
func place(d *plan.Diagnosis) string {
	if d.Namespace == "" {
		return "cluster " + d.Cluster
	}
	return fmt.Sprintf("cluster %s, namespace %s", d.Cluster, d.Namespace)
}

// Text is the diagnosis for people: what fails is shown in full, what
// passes as a line or, unless all is wanted, by its id, and the end says once
// more what there is to do.
func Text(st console.Style, d *plan.Diagnosis, all bool) string {
	var b strings.Builder
	signs := map[check.Status]string{
		check.Pass: st.Good("pass"), check.Warn: st.Note("warn"), check.Fail: st.Bad("fail"), check.Skip: "skip",
	}
	ids := map[check.Status][]string{}
	for _, f := range d.Checks {
		ids[f.Status] = append(ids[f.Status], f.ID)
		if f.Status == check.Pass && !all {
			continue
		}
		fmt.Fprintf(&b, "%s  %-4s %s: %s\n", signs[f.Status], f.ID, f.Title, f.Reason)
		if f.Status == check.Pass || f.Status == check.Skip {
			continue
		}
		for _, line := range f.Evidence {
			fmt.Fprintf(&b, "             %s\n", line)
		}
		if f.Fix != nil {
			fmt.Fprintf(&b, "       fix:  %s\n", f.Fix.Text)
			for line := range strings.Lines(f.Fix.Command) {
				fmt.Fprintf(&b, "             %s\n", strings.TrimRight(line, "\n"))
			}
			if f.Fix.ByHand != "" {
				fmt.Fprintf(&b, "       or:   %s\n", strings.ReplaceAll(f.Fix.ByHand, "\n", "\n             "))
			}
		}
	}
	if passed := ids[check.Pass]; len(passed) > 0 && !all {
		for chunk := range slices.Chunk(passed, idsInLine) {
			fmt.Fprintf(&b, "%s  %s\n", signs[check.Pass], strings.Join(chunk, ", "))
		}
	}
	where := place(d)
	fmt.Fprintf(&b, "\n%s: %s\n", strings.ToUpper(where[:1])+where[1:], summaryText(d.Summary))
	for _, status := range []check.Status{check.Fail, check.Warn} {
		if len(ids[status]) > 0 {
			fmt.Fprintf(&b, "%s  %s\n", signs[status], strings.Join(ids[status], ", "))
		}
	}
	return b.String()
}

// idsInLine is how many ids of checks are on a line of eighty characters.
const idsInLine = 14
