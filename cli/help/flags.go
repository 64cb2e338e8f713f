package help

import (
	"cmp"
	"fmt"
	"strings"

	"github.com/spf13/pflag"

	"podsg/cli/console"
)

// described is a flag as the help and the manual page show it: its name with the
// value that it takes, and what it is for.
func described(f *pflag.Flag) (name, usage string) {
	name = "--" + f.Name
	if f.Shorthand != "" {
		name = "-" + f.Shorthand + ", " + name
	}
	value, usage := pflag.UnquoteUsage(f)
	switch {
	case value != "" && f.NoOptDefVal != "":
		name += "[=" + value + "]"
	case value != "":
		name += " " + value
	}
	if d := f.DefValue; d != "" && d != "false" && f.Name != "help" {
		usage += fmt.Sprintf(" (default %s)", d)
	}
	return name, usage
}

// widestName is the column up to which what a flag is for stands beside its name.
const widestName = 34

// flagUsages are a group of flags in two columns. A name that is too wide for
// its column has a line of its own.
func flagUsages(set *pflag.FlagSet) string {
	type row struct{ name, usage string }
	var rows []row
	column := 0
	set.VisitAll(func(f *pflag.Flag) {
		name, usage := described(f)
		if f.Shorthand == "" {
			name = "    " + name // below those with a short form
		}
		rows = append(rows, row{"  " + name, usage})
		if len(name) <= widestName {
			column = max(column, len(name)+len("    "))
		}
	})
	column = cmp.Or(column, widestName)
	var b strings.Builder
	for _, r := range rows {
		left := r.name
		if len(left) > column-2 {
			b.WriteString(left + "\n")
			left = ""
		}
		for _, line := range console.Wrap(r.usage, console.Width-column) {
			fmt.Fprintf(&b, "%-*s%s\n", column, left, line)
			left = ""
		}
	}
	return b.String()
}
