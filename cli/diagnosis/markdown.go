package diagnosis

import (
	"fmt"
	"strings"

	"podsg/steps/check"
	"podsg/steps/plan"
)

// Markdown is the diagnosis for an issue or a chat.
func Markdown(d *plan.Diagnosis) string {
	var b strings.Builder
	fmt.Fprintf(&b, "# Security groups for pods on %s\n\n%s\n\n", place(d), summaryText(d.Summary))
	b.WriteString("| status | check | title | reason |\n| --- | --- | --- | --- |\n")
	cell := strings.NewReplacer("|", `\|`, "\n", " ", "<", "&lt;")
	for _, f := range d.Checks {
		fmt.Fprintf(&b, "| %s | %s | %s | %s |\n", f.Status, f.ID, cell.Replace(f.Title), cell.Replace(f.Reason.String()))
	}
	for _, f := range d.Checks {
		if f.Status != check.Fail && f.Status != check.Warn {
			continue
		}
		fmt.Fprintf(&b, "\n## %s %s\n\n%s\n", f.ID, f.Title, f.Reason)
		if len(f.Evidence) > 0 {
			fmt.Fprintf(&b, "\n```\n%s\n```\n", strings.Join(f.Evidence, "\n"))
		}
		if f.Fix != nil {
			fmt.Fprintf(&b, "\nFix: %s\n", f.Fix.Text)
			if f.Fix.Command != "" {
				fmt.Fprintf(&b, "\n```\n%s\n```\n", f.Fix.Command)
			}
			if f.Fix.ByHand != "" {
				fmt.Fprintf(&b, "\nOr, without podsg:\n\n```\n%s\n```\n", f.Fix.ByHand)
			}
		}
	}
	return b.String()
}
