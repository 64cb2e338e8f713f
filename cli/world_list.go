package cli

import (
	"fmt"
	"strings"
	"text/tabwriter"
)

// scenarioList describes the worlds in lines of at most [textWidth] columns:
// first those in which nothing is broken, then a line for each that is broken.
func scenarioList(scenarios []Scenario, st style) string {
	var whole, broken strings.Builder
	table := tabwriter.NewWriter(&broken, 0, 8, 2, ' ', 0)
	some := false
	for _, s := range scenarios {
		if s.Check != "" {
			some = true
			fmt.Fprintf(table, "  %s\t%s\t%s\n", s.Name, s.Check, s.Title)
			continue
		}
		fmt.Fprintf(&whole, "  %s\n", st.strong(s.Name))
		for _, text := range []string{s.Title, s.Description} {
			for _, line := range wrapped(text, textWidth-4) {
				fmt.Fprintf(&whole, "    %s\n", line)
			}
		}
	}
	_ = table.Flush() // a strings.Builder does not fail
	out := st.strong("Worlds") + "\n" + whole.String()
	if some {
		out += "\n" + st.strong("Broken worlds") + "\n" +
			"  Something is not as it must be, and the check beside the name says what.\n" + broken.String() +
			"\nFind the cause with podsg diagnose --sandbox=NAME.\n"
	}
	return out
}
