package cli

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"podsg/steps/world"
)

// The flags in groups, so that the help of a command is a few short lists. A
// flag of no group is in the first one.
var flagGroups = []struct {
	title string
	names []string
}{
	{title: "Flags"},
	{"Cluster", []string{"cluster", "region", "profile", "kubeconfig", "context"}},
	{"Pods", []string{
		"namespace", "policy", "pod-selector", "service-account-selector", "allow-empty-selector", "pod-security-group", "node-security-group",
		"labels", "service-account", "filename", "pod",
	}},
	{"Database", []string{
		"database", "create-database", "db-name", "db-user", "db-password-from", "db-class", "db-engine-version", "db-storage", "db-subnets",
		"db-port", "db-security-group", "db-tls", "rds-ca", "db-proxy", "seed", "secret",
	}},
	{"VPC CNI", []string{"enforcing-mode", "disable-tcp-early-demux"}},
	{"Practice world", []string{"sandbox", "sandbox-speed"}},
	{"Output", []string{"output", "all", "log-file", "no-color", "plain", "lang"}},
}

// grouped are the flags of a command that mean something there, by group.
func grouped(cmd *cobra.Command) map[string]*pflag.FlagSet {
	out := map[string]*pflag.FlagSet{}
	cmd.Flags().VisitAll(func(f *pflag.Flag) {
		if f.Hidden || meaningless(cmd, f.Name) {
			return
		}
		title := flagGroups[0].title
		for _, g := range flagGroups {
			if slices.Contains(g.names, f.Name) {
				title = g.title
			}
		}
		if out[title] == nil {
			out[title] = pflag.NewFlagSet(title, pflag.ContinueOnError)
		}
		out[title].AddFlag(f)
	})
	return out
}

// meaningless reports whether a flag of all commands does nothing in this one.
func meaningless(cmd *cobra.Command, flag string) bool {
	for cmd.HasParent() && cmd.Parent().HasParent() {
		cmd = cmd.Parent() // completion bash, sandbox calls
	}
	switch flag {
	case "plain":
		return !slices.Contains([]string{"podsg", "setup", "diagnose", "watch"}, cmd.Name())
	case "timeout", "log-file", "lang", "no-color":
		return slices.Contains([]string{"version", "man", "permissions", "completion", "help"}, cmd.Name())
	}
	return false
}

// writeUsage is the usage of a command. It is written here and not by a template:
// templates make the linker keep every method of the program.
func writeUsage(cmd *cobra.Command) error {
	var b strings.Builder
	b.WriteString("Usage:\n")
	if cmd.Runnable() {
		fmt.Fprintf(&b, "  %s\n", cmd.UseLine())
	}
	if cmd.HasAvailableSubCommands() {
		fmt.Fprintf(&b, "  %s [command]\n", cmd.CommandPath())
	}
	if cmd.HasExample() {
		fmt.Fprintf(&b, "\nExamples:\n%s\n", cmd.Example)
	}
	if cmd.HasAvailableSubCommands() {
		b.WriteString("\nCommands:\n")
		for _, sub := range cmd.Commands() {
			if sub.IsAvailableCommand() || sub.Name() == "help" {
				fmt.Fprintf(&b, "  %-*s %s\n", sub.NamePadding(), sub.Name(), sub.Short)
			}
		}
	}
	groups := grouped(cmd)
	for _, g := range flagGroups {
		if set := groups[g.title]; set != nil {
			fmt.Fprintf(&b, "\n%s:\n%s", g.title, set.FlagUsages())
		}
	}
	if cmd.HasAvailableSubCommands() {
		fmt.Fprintf(&b, "\n%s [command] --help tells more about a command.\n", cmd.CommandPath())
	}
	_, err := fmt.Fprint(cmd.OutOrStderr(), b.String())
	return err
}

// flagProblem explains what is wrong with the flags of a command line.
func flagProblem(cmd *cobra.Command, err error) error {
	var invalid *pflag.InvalidValueError
	var unknown *pflag.NotExistError
	switch {
	case errors.As(err, &invalid):
		return badValue("--"+invalid.GetFlag().Name, invalid.GetFlag(), invalid.GetValue())
	case errors.As(err, &unknown) && unknown.GetSpecifiedShortnames() == "":
		var names []string
		cmd.Flags().VisitAll(func(f *pflag.Flag) { names = append(names, f.Name) })
		hint := cmd.CommandPath() + " --help shows its flags"
		if near := nearest(unknown.GetSpecifiedName(), names); near != "" {
			hint = "did you mean --" + near + "?"
		}
		return world.Usage(hint, "unknown flag: --%s", unknown.GetSpecifiedName())
	}
	return usageOf(err)
}

// badValue says where an impossible value is and what is allowed there. origin
// is the flag, or the variable that stands in for it.
func badValue(origin string, f *pflag.Flag, value string) error {
	allowed := ""
	switch f.Value.Type() {
	case "duration":
		allowed = "a time with its unit, such as 90s, 10m or 1h"
	case "float64":
		allowed = "a number, such as 10"
	case "bool":
		allowed = "true or false"
	default:
		if c, ok := f.Value.(*choice); ok {
			allowed = strings.Join(c.allowed, ", ")
		}
	}
	return world.Usage("", "%s: %q is impossible; allowed: %s", origin, value, allowed)
}

// nearest is the name that a misspelt one was probably meant to be; empty: none.
func nearest(word string, names []string) string {
	best, least := "", len(word)/3+1
	for _, name := range names {
		if d := distance(word, name); d <= least && (best == "" || d < least) {
			best, least = name, d
		}
	}
	return best
}

// distance is how many letters must be changed, added, taken away or swapped with
// their neighbour to make one word of another.
func distance(a, b string) int {
	last, row := make([]int, len(b)+1), make([]int, len(b)+1) // of the two letters before
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		next := make([]int, len(b)+1)
		next[0] = i + 1
		for j := range len(b) {
			changed := row[j]
			if a[i] != b[j] {
				changed++
			}
			next[j+1] = min(changed, next[j]+1, row[j+1]+1)
			if i > 0 && j > 0 && a[i] == b[j-1] && a[i-1] == b[j] {
				next[j+1] = min(next[j+1], last[j-1]+1)
			}
		}
		last, row = row, next
	}
	return row[len(b)]
}
