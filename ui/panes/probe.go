package panes

import (
	"regexp"
	"strings"

	"podsg/steps/plan"
	"podsg/steps/proof"
	"podsg/ui/table"
	"podsg/ui/theme"
)

// probePattern is a line of a test pod that tells of a try: when it began, what
// came of it, and the address that the database saw, or what psql said.
var probePattern = regexp.MustCompile(`^\S+ podsg-probe (connected|failed) ?(.*)$`)

// tableLine separates the rows of a table that a test pod reads; it says nothing.
var tableLine = regexp.MustCompile(`^[-+]{3,}$`)

// psqlPattern takes what psql says apart: the host that it tried, and what went
// wrong.
var psqlPattern = regexp.MustCompile(`^connection to server at "([^"]*)"(?: \([^)]*\))?, port (\d+) failed: *(.*)$`)

// psqlPatience is how long psql waits for an answer in a test pod: its
// PGCONNECT_TIMEOUT.
const psqlPatience = "5s"

// probeText is a line of a test pod with its verdict first, which would else be
// cut off, and how that stands to what the pod is for. Other lines stay as they
// are.
func probeText(probe, line string) table.Cell {
	m := probePattern.FindStringSubmatch(line)
	if m == nil {
		return table.Cell{Text: line}
	}
	if m[1] == "connected" {
		return judged(probe, plan.VerdictConnected, "connected from "+strings.TrimPrefix(m[2], "clientAddress="))
	}
	said := strings.TrimSpace(m[2])
	verdict := proof.ClassifyClientError(said)
	said = strings.TrimPrefix(said, "psql: ")
	said = strings.TrimPrefix(said, "error: ")
	host := ""
	if c := psqlPattern.FindStringSubmatch(said); c != nil {
		host, said = c[1]+":"+c[2], c[3]
	}
	switch {
	case verdict == plan.VerdictTimedOut && strings.HasPrefix(said, "timeout expired") && host != "":
		return judged(probe, verdict, "timed out after "+psqlPatience+": no answer from "+host)
	case host != "":
		said += " (" + host + ")"
	}
	return judged(probe, verdict, verdictWords(verdict)+": "+said)
}

func verdictWords(v plan.Verdict) string {
	switch v {
	case plan.VerdictTimedOut:
		return "timed out"
	case plan.VerdictRefused:
		return "refused"
	case plan.VerdictTLSRequired:
		return "reached, but TLS is required"
	case plan.VerdictDNSFailed:
		return "no address for the name"
	default:
		return "reached, but the login failed"
	}
}

// judged marks a verdict: green must be connected, red must time out, and to get
// through to the database in any way is wrong for red.
func judged(probe string, v plan.Verdict, text string) table.Cell {
	color, _, _ := strings.Cut(probe, "-")
	wanted := plan.VerdictConnected
	if color == "red" {
		wanted = plan.VerdictTimedOut
	}
	switch {
	case v == wanted:
		return table.Cell{Text: theme.SymbolDone + " " + text, Tone: theme.Good}
	case color == "red" && v != plan.VerdictDNSFailed:
		return table.Cell{Text: theme.SymbolFailed + " " + text, Tone: theme.Bad}
	default:
		return table.Cell{Text: theme.SymbolWarning + " " + text, Tone: theme.Warn}
	}
}
