package cli

import (
	"encoding/xml"
	"fmt"
	"slices"
	"strings"

	"podsg/steps/check"
	"podsg/steps/plan"
)

func (a *app) printDiagnosis(d *plan.Diagnosis, format string, all bool) error {
	switch format {
	case formatJSON:
		return a.printJSON(d)
	case formatJUnit:
		text, err := junit(d)
		if err != nil {
			return err
		}
		return a.print(text)
	case formatMarkdown:
		return a.print(markdown(d))
	default:
		return a.print(diagnosisText(a.style, d, all))
	}
}

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

// diagnosisText is the diagnosis for people: what fails is shown in full, what
// passes as a line or, unless all is wanted, by its id, and the end says once
// more what there is to do.
func diagnosisText(st style, d *plan.Diagnosis, all bool) string {
	var b strings.Builder
	signs := map[check.Status]string{
		check.Pass: st.good("pass"), check.Warn: st.note("warn"), check.Fail: st.bad("fail"), check.Skip: "skip",
	}
	ids := map[check.Status][]string{}
	for _, f := range d.Checks {
		ids[f.Status] = append(ids[f.Status], f.ID)
		if f.Status == check.Pass && !all {
			continue
		}
		fmt.Fprintf(&b, "%s  %-4s %s: %s\n", signs[f.Status], f.ID, f.Title, f.Reason.String())
		if f.Status == check.Pass || f.Status == check.Skip {
			continue
		}
		for _, line := range f.Evidence {
			fmt.Fprintf(&b, "             %s\n", line)
		}
		if f.Fix != nil {
			fmt.Fprintf(&b, "       fix:  %s\n", f.Fix.Text.String())
			for line := range strings.Lines(f.Fix.Command) {
				fmt.Fprintf(&b, "             %s\n", strings.TrimRight(line, "\n"))
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

// markdown is the diagnosis for an issue or a chat.
func markdown(d *plan.Diagnosis) string {
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
		fmt.Fprintf(&b, "\n## %s %s\n\n%s\n", f.ID, f.Title, f.Reason.String())
		if len(f.Evidence) > 0 {
			fmt.Fprintf(&b, "\n```\n%s\n```\n", strings.Join(f.Evidence, "\n"))
		}
		if f.Fix != nil {
			fmt.Fprintf(&b, "\nFix: %s\n", f.Fix.Text.String())
			if f.Fix.Command != "" {
				fmt.Fprintf(&b, "\n```\n%s\n```\n", f.Fix.Command)
			}
		}
	}
	return b.String()
}

// The JUnit XML that CI systems read: a suite of the checks, a test case each.
// A check takes no time of its own: what it looks at was read before.
type junitSuites struct {
	XMLName  xml.Name     `xml:"testsuites"`
	Name     string       `xml:"name,attr"`
	Tests    int          `xml:"tests,attr"`
	Failures int          `xml:"failures,attr"`
	Skipped  int          `xml:"skipped,attr"`
	Time     string       `xml:"time,attr"`
	Suites   []junitSuite `xml:"testsuite"`
}

type junitSuite struct {
	Name     string      `xml:"name,attr"`
	Tests    int         `xml:"tests,attr"`
	Failures int         `xml:"failures,attr"`
	Skipped  int         `xml:"skipped,attr"`
	Time     string      `xml:"time,attr"`
	Cases    []junitCase `xml:"testcase"`
}

type junitCase struct {
	Class   string        `xml:"classname,attr"`
	Name    string        `xml:"name,attr"`
	Time    string        `xml:"time,attr"`
	Failure *junitMessage `xml:"failure,omitempty"`
	Skipped *junitMessage `xml:"skipped,omitempty"`
	Output  string        `xml:"system-out,omitempty"`
}

type junitMessage struct {
	Message string `xml:"message,attr"`
	Text    string `xml:",chardata"`
}

func junit(d *plan.Diagnosis) (string, error) {
	const none = "0"
	suite := junitSuite{Name: "podsg " + d.Cluster, Tests: len(d.Checks), Failures: d.Summary.Fail, Skipped: d.Summary.Skip, Time: none}
	for _, f := range d.Checks {
		c := junitCase{Class: string(f.Step), Name: f.ID + " " + f.Title, Time: none}
		details := strings.Join(f.Evidence, "\n")
		if f.Fix != nil {
			details = strings.TrimSpace(details + "\nfix: " + f.Fix.Text.String() + "\n" + f.Fix.Command)
		}
		switch f.Status {
		case check.Fail:
			c.Failure = &junitMessage{Message: f.Reason.String(), Text: details}
		case check.Skip:
			c.Skipped = &junitMessage{Message: f.Reason.String()}
		case check.Warn:
			c.Output = strings.TrimSpace("warning: " + f.Reason.String() + "\n" + details)
		}
		suite.Cases = append(suite.Cases, c)
	}
	out, err := xml.MarshalIndent(junitSuites{
		Name: "podsg", Tests: suite.Tests, Failures: suite.Failures, Skipped: suite.Skipped, Time: none, Suites: []junitSuite{suite},
	}, "", "  ")
	if err != nil {
		return "", fmt.Errorf("write the diagnosis as JUnit XML: %w", err)
	}
	return xml.Header + string(out) + "\n", nil
}
