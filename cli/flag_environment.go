package cli

import (
	"maps"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// annotation marks the flags that a variable has set.
const annotation = "podsg_environment"

// applyEnvironment sets the flags that the command line leaves out from the
// environment. Variables that are empty count as not set.
func applyEnvironment(set *pflag.FlagSet, env environment) (err error) {
	set.VisitAll(func(f *pflag.Flag) {
		value := env[variableOf(f.Name)]
		if f.Changed || value == "" || f.Name == "help" || err != nil {
			return
		}
		if set.Set(f.Name, value) != nil {
			err = badValue(variableOf(f.Name), f, value)
			return
		}
		err = set.SetAnnotation(f.Name, annotation, nil)
	})
	return err
}

// fromEnvironment reports whether a variable has set a flag.
func fromEnvironment(set *pflag.FlagSet, name string) bool {
	f := set.Lookup(name)
	if f == nil {
		return false
	}
	_, marked := f.Annotations[annotation]
	return marked
}

// given reports whether the command line or a variable has set a flag.
func given(set *pflag.FlagSet, name string) bool {
	f := set.Lookup(name)
	return f != nil && f.Changed
}

// originOfFlag is where the value of a flag was given: --db-port or
// PODSG_DB_PORT.
func originOfFlag(set *pflag.FlagSet, name string) string {
	if fromEnvironment(set, name) {
		return variableOf(name)
	}
	return "--" + name
}

// unknownVariables are podsg's variables that no flag of any command has and
// that are not among others, each with the nearest one that there is.
func unknownVariables(root *cobra.Command, env environment, others ...string) (out []string) {
	known := slices.Clone(others)
	for _, cmd := range append(commandsOf(root), root) {
		cmd.Flags().VisitAll(func(f *pflag.Flag) { known = append(known, variableOf(f.Name)) })
		cmd.PersistentFlags().VisitAll(func(f *pflag.Flag) { known = append(known, variableOf(f.Name)) })
	}
	for _, name := range slices.Sorted(maps.Keys(env)) {
		if !strings.HasPrefix(name, variablePrefix) || slices.Contains(known, name) {
			continue
		}
		text := name + " is no variable of podsg, and does nothing"
		if near := nearest(name, known); near != "" {
			text += "; did you mean " + near + "?"
		}
		out = append(out, text)
	}
	return out
}

// commandsOf lists a command's subcommands and theirs.
func commandsOf(parent *cobra.Command) []*cobra.Command {
	var out []*cobra.Command
	for _, c := range parent.Commands() {
		if c.IsAvailableCommand() {
			out = append(append(out, c), commandsOf(c)...)
		}
	}
	return out
}
