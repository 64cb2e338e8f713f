package practice

import (
	"fmt"
	"strings"
	"text/tabwriter"

	"podsg/cli/console"
)

// List describes the worlds in lines of at most [console.Width] columns:
// first those in which nothing is broken, then a line for each that is broken.
func List(scenarios []Scenario, st console.Style) string {
	var whole, broken strings.Builder
	table := tabwriter.NewWriter(&broken, 0, 8, 2, ' ', 0)
	some := false
	for _, s := range scenarios {
		if s.Check != "" {
			some = true
			fmt.Fprintf(table, "  %s\t%s\t%s\n", s.Name, s.Check, s.Title)
			continue
		}
		fmt.Fprintf(&whole, "  %s\n", st.Strong(s.Name))
		for _, text := range []string{s.Title, s.Description} {
			for _, line := range console.Wrap(text, console.Width-4) {
				fmt.Fprintf(&whole, "    %s\n", line)
			}
		}
	}
	_ = table.Flush() // a strings.Builder does not fail
	out := st.Strong("Worlds") + "\n" + whole.String()
	if some {
		out += "\n" + st.Strong("Broken worlds") + "\n" +
			"  Something is not as it must be, and the check beside the name says what.\n" + broken.String() +
			"\nFind the cause with podsg diagnose --sandbox=NAME.\n"
	}
	return out
}
