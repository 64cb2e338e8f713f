package lint

import (
	"fmt"
	"strings"

	"podsg/cli/console"
	"podsg/steps/say"
)

// Summary counts findings by level.
type Summary struct {
	Objects  int `json:"objects"` // that were looked at
	Errors   int `json:"errors"`
	Warnings int `json:"warnings"`
}

// Result is what lint reports.
type Result struct {
	SchemaVersion int       `json:"schemaVersion"`
	Cluster       string    `json:"cluster,omitempty"` // that the files were compared with
	Summary       Summary   `json:"summary"`
	Findings      []Finding `json:"findings"`
}

// Summarize counts findings.
func Summarize(m *Manifests, findings []Finding) Summary {
	s := Summary{Objects: m.Objects}
	for _, f := range findings {
		if f.Level == Error {
			s.Errors++
		} else {
			s.Warnings++
		}
	}
	return s
}

// Text is the result for people: a finding begins with file and line, as
// compilers write it, so that editors find the place.
func (r *Result) Text(st console.Style, width int) string {
	var b strings.Builder
	for _, f := range r.Findings {
		level := st.Note(string(f.Level))
		if f.Level == Error {
			level = st.Bad(string(f.Level))
		}
		fmt.Fprintf(&b, "%s:%d: %s %s %s\n", f.File, f.Line, level, f.Rule, f.Object)
		for _, line := range console.Wrap(f.Reason.String(), width-4) {
			b.WriteString("    " + line + "\n")
		}
		for i, line := range console.Wrap(f.Fix.String(), width-9) {
			label := "fix: "
			if i > 0 {
				label = "     "
			}
			b.WriteString("    " + label + line + "\n")
		}
	}
	if len(r.Findings) > 0 {
		b.WriteString("\n")
	}
	fmt.Fprintf(&b, "%s, %s, %s\n", say.N(r.Summary.Objects, "%d object", "%d objects"),
		say.N(r.Summary.Errors, "%d error", "%d errors"), say.N(r.Summary.Warnings, "%d warning", "%d warnings"))
	return b.String()
}
