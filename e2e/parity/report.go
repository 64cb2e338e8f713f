package parity

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
)

// reasonFor is why a question's answers may differ; empty: they must not.
func reasonFor(r Result) string { return reasons[r.Part+": "+r.Question] }

// Judge is an error that lists the differences without a reason, and the reasons
// without a difference.
func Judge(results []Result) error {
	var problems []error
	seen := map[string]bool{}
	for _, r := range results {
		key := r.Part + ": " + r.Question
		if len(r.Differences) == 0 {
			continue
		}
		seen[key] = true
		if reasonFor(r) == "" {
			problems = append(problems, fmt.Errorf("%s\n\t%s", key, lines(r.Differences, "\n\t")))
		}
	}
	for key := range reasons {
		if !seen[key] {
			problems = append(problems, fmt.Errorf("%s: has a reason to differ and does not", key))
		}
	}
	return errors.Join(problems...)
}

// shown is how many places of one question the report shows.
const shown = 6

func lines(differences []Difference, separator string) string {
	var out []string
	for i, d := range differences {
		if i == shown {
			out = append(out, fmt.Sprintf("… and %d more", len(differences)-shown))
			break
		}
		out = append(out, d.String())
	}
	return strings.Join(out, separator)
}

// Counts are the rows of the report's first table.
func Counts(results []Result) string {
	var b strings.Builder
	for _, part := range []string{partKubernetes, partPostgres, partControllers} {
		asked, same := 0, 0
		for _, r := range results {
			if r.Part == part {
				asked++
				if len(r.Differences) == 0 {
					same++
				}
			}
		}
		fmt.Fprintf(&b, "| %s | %d | %d | %d |\n", part, asked, same, asked-same)
	}
	return b.String()
}

// Report is docs/parity.md.
func Report(results []Result) []byte {
	var b bytes.Buffer
	b.WriteString(`# How true the practice world is

Made by ` + "`go run ./cmd/parity`" + ` in ` + "`e2e/`" + `, which puts the same questions to the practice world and to the real thing and compares the whole
answers, without what differs from run to run (identifiers, times, generated names). Real are kube-apiserver 1.36.3 with its
controllers and scheduler, amazon-vpc-resource-controller-k8s 1.8.2, and PostgreSQL of Debian's package. A difference that is
not listed here with its reason fails CI, and so does a reason whose difference is gone.

| part | questions | same answer | listed differences |
|---|---|---|---|
`)
	b.WriteString(Counts(results))
	b.WriteString("\n## Differences\n")
	for _, r := range results {
		if len(r.Differences) == 0 {
			continue
		}
		fmt.Fprintf(&b, "\n### %s: %s\n\n%s\n\n- %s\n", r.Part, r.Question, orDefault(reasonFor(r), "**No reason is known.**"),
			lines(r.Differences, "\n- "))
	}
	b.WriteString("\n## All questions\n")
	part := ""
	for _, r := range results {
		if r.Part != part {
			part = r.Part
			fmt.Fprintf(&b, "\n%s:\n\n", part)
		}
		fmt.Fprintf(&b, "- %s\n", r.Question)
	}
	return b.Bytes()
}
