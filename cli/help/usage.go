// Package help writes the usage of the commands and the manual page.
package help

import (
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"podsg/cli/console"
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

// WriteUsage is the usage of a command. It is written here and not by a template:
// templates make the linker keep every method of the program.
func WriteUsage(cmd *cobra.Command) error {
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
		for _, g := range append(cmd.Groups(), &cobra.Group{Title: "Commands"}) {
			writeCommands(&b, cmd, g)
		}
	}
	groups := grouped(cmd)
	for _, g := range flagGroups {
		if set := groups[g.title]; set != nil {
			fmt.Fprintf(&b, "\n%s:\n%s", g.title, flagUsages(set))
		}
	}
	if cmd.HasAvailableSubCommands() {
		fmt.Fprintf(&b, "\n%s [command] --help tells more about a command.\n", cmd.CommandPath())
	}
	_, err := fmt.Fprint(cmd.OutOrStderr(), b.String())
	return err
}

// writeCommands lists the subcommands of a group, if there are any.
func writeCommands(b *strings.Builder, cmd *cobra.Command, group *cobra.Group) {
	title := "\n" + group.Title + ":\n"
	for _, sub := range cmd.Commands() {
		if sub.GroupID != group.ID || !sub.IsAvailableCommand() && sub.Name() != "help" {
			continue
		}
		b.WriteString(title)
		title = ""
		name := fmt.Sprintf("  %-*s ", sub.NamePadding(), sub.Name())
		for _, line := range console.Wrap(sub.Short, console.Width-len(name)) {
			fmt.Fprintf(b, "%s%s\n", name, line)
			name = strings.Repeat(" ", len(name))
		}
	}
}
