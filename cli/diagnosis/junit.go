package diagnosis

import (
	"encoding/xml"
	"fmt"
	"strings"

	"podsg/steps/check"
	"podsg/steps/plan"
)

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

// JUnit is the diagnosis as XML for CI systems.
func JUnit(d *plan.Diagnosis) (string, error) {
	const none = "0"
	suite := junitSuite{Name: "podsg " + d.Cluster, Tests: len(d.Checks), Failures: d.Summary.Fail, Skipped: d.Summary.Skip, Time: none}
	for _, f := range check.Named(d.Checks) {
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
