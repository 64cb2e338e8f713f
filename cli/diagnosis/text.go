// Package diagnosis writes a diagnosis in the formats that people and other
// programs read.
package diagnosis

import (
	"fmt"
	"slices"
	"strings"

	"podsg/cli/console"
	"podsg/steps"
)

func summaryText(s steps.Summary) string {
	return fmt.Sprintf("%d pass, %d warn, %d fail, %d skip", s.Pass, s.Warn, s.Fail, s.Skip)
}

// place is where a diagnosis looked.
func place(d *steps.Diagnosis) string {
	if d.Namespace == "" {
		return "cluster " + d.Cluster
	}
	return fmt.Sprintf("cluster %s, namespace %s", d.Cluster, d.Namespace)
}

// Text is the diagnosis for people: what fails is shown in full, what
// passes as a line or, unless all is wanted, by its id, and the end says once
// more what there is to do.
func Text(st console.Style, d *steps.Diagnosis, all bool) string {
	var b strings.Builder
	signs := map[steps.Status]string{
		steps.Pass: st.Good("pass"), steps.Warn: st.Note("warn"), steps.Fail: st.Bad("fail"), steps.Skip: "skip",
	}
	ids := map[steps.Status][]string{}
	for _, f := range d.Checks {
		ids[f.Status] = append(ids[f.Status], f.ID)
		if f.Status == steps.Pass && !all {
			continue
		}
		fmt.Fprintf(&b, "%s  %-4s %s: %s\n", signs[f.Status], f.ID, f.Title, f.Reason)
		if f.Status == steps.Pass || f.Status == steps.Skip {
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
		}
	}
	if passed := ids[steps.Pass]; len(passed) > 0 && !all {
		for chunk := range slices.Chunk(passed, idsInLine) {
			fmt.Fprintf(&b, "%s  %s\n", signs[steps.Pass], strings.Join(chunk, ", "))
		}
	}
	where := place(d)
	fmt.Fprintf(&b, "\n%s: %s\n", strings.ToUpper(where[:1])+where[1:], summaryText(d.Summary))
	for _, status := range []steps.Status{steps.Fail, steps.Warn} {
		if len(ids[status]) > 0 {
			fmt.Fprintf(&b, "%s  %s\n", signs[status], strings.Join(ids[status], ", "))
		}
	}
	return b.String()
}

// idsInLine is how many ids of checks are on a line of eighty characters.
const idsInLine = 14
