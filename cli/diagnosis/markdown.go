package diagnosis

import (
	"fmt"
	"strings"

	"podsg/steps/check"
	"podsg/steps/clean"
	"podsg/steps/plan"
	"podsg/steps/say"
)

// Markdown is the diagnosis for a ticket or a chat: the verdict, each cause with
// its fix, what it explains, then everything else.
func Markdown(d *plan.Diagnosis) string {
	d = clean.Copy(d)
	var b strings.Builder
	fmt.Fprintf(&b, "# Security groups for pods on %s\n\n**%s.** %s.\n", place(d), d.Verdict.Headline(), strings.Join(about(d)[1:], ", "))
	for _, f := range check.Named(d.Checks) {
		if f.Trouble() {
			markdownTrouble(&b, f)
		}
	}
	if len(d.Verdict.NotChecked) > 0 {
		b.WriteString("\n## Not checked\n\n")
		for _, n := range d.Verdict.NotChecked {
			what := say.T("%s: needed by %s", n.Fact, strings.Join(n.Checks, ", "))
			if n.Permission != "" {
				what = say.T("%s: needed by %s; allow `%s`", n.Fact, strings.Join(n.Checks, ", "), n.Permission)
			}
			fmt.Fprintf(&b, "- %s\n", what)
		}
	}
	fmt.Fprintf(&b, "\n## All checks\n\n%s\n\n", summaryText(d.Summary))
	b.WriteString("| status | check | title | reason |\n| --- | --- | --- | --- |\n")
	cell := strings.NewReplacer("|", `\|`, "\n", " ", "<", "&lt;")
	for _, f := range check.Named(d.Checks) {
		fmt.Fprintf(&b, "| %s | %s | %s | %s |\n", f.Status, f.ID, cell.Replace(f.Title), cell.Replace(f.Reason.String()))
	}
	return b.String()
}

func markdownTrouble(b *strings.Builder, f check.Finding) {
	level := "##"
	if len(f.CausedBy) > 0 {
		level = "###"
	}
	fmt.Fprintf(b, "\n%s %s %s %s\n\n%s\n", level, f.Status, f.ID, f.Title, f.Reason)
	if len(f.CausedBy) > 0 {
		fmt.Fprintf(b, "\n%s\n", say.T("Explained by %s.", strings.Join(f.CausedBy, ", ")))
	}
	if f.Fix != nil {
		fmt.Fprintf(b, "\nFix: %s\n", f.Fix.Text)
		if f.Fix.Command != "" {
			b.WriteString(fenced("sh", f.Fix.Command))
		}
		if f.Fix.ByHand != "" {
			fmt.Fprintf(b, "\n%s\n\n```sh\n%s\n```\n", say.T("Or, without podsg:"), f.Fix.ByHand)
		}
	}
	if len(f.Evidence) > 0 {
		b.WriteString(fenced("", strings.Join(f.Evidence, "\n")))
	}
}

// fenced is a text between fences that it cannot close: they are longer than any in it.
func fenced(language, text string) string {
	fence := "```"
	for strings.Contains(text, fence) {
		fence += "`"
	}
	return "\n" + fence + language + "\n" + text + "\n" + fence + "\n"
}
