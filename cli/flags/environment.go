package flags

import (
	"maps"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"podsg/cli/environment"
)

// annotation marks the flags that a variable has set.
const annotation = "podsg_environment"

// ApplyEnvironment sets the flags that the command line leaves out from the
// environment. Variables that are empty count as not set.
func ApplyEnvironment(set *pflag.FlagSet, env environment.Variables) (err error) {
	set.VisitAll(func(f *pflag.Flag) {
		value := env[environment.NameOf(f.Name)]
		if f.Changed || value == "" || f.Name == "help" || err != nil {
			return
		}
		if set.Set(f.Name, value) != nil {
			err = badValue(environment.NameOf(f.Name), f, value)
			return
		}
		err = set.SetAnnotation(f.Name, annotation, nil)
	})
	return err
}

// FromEnvironment reports whether a variable has set a flag.
func FromEnvironment(set *pflag.FlagSet, name string) bool {
	f := set.Lookup(name)
	if f == nil {
		return false
	}
	_, marked := f.Annotations[annotation]
	return marked
}

// Given reports whether the command line or a variable has set a flag.
func Given(set *pflag.FlagSet, name string) bool {
	f := set.Lookup(name)
	return f != nil && f.Changed
}

// Origin is where the value of a flag was given: --db-port or
// PODSG_DB_PORT.
func Origin(set *pflag.FlagSet, name string) string {
	if FromEnvironment(set, name) {
		return environment.NameOf(name)
	}
	return "--" + name
}

// UnknownVariables are podsg's variables that no flag of any command has and
// that are not among others, each with the nearest one that there is.
func UnknownVariables(root *cobra.Command, env environment.Variables, others ...string) (out []string) {
	known := slices.Clone(others)
	for _, cmd := range append(Commands(root), root) {
		cmd.Flags().VisitAll(func(f *pflag.Flag) { known = append(known, environment.NameOf(f.Name)) })
		cmd.PersistentFlags().VisitAll(func(f *pflag.Flag) { known = append(known, environment.NameOf(f.Name)) })
	}
	for _, name := range slices.Sorted(maps.Keys(env)) {
		if !strings.HasPrefix(name, environment.Prefix) || slices.Contains(known, name) {
			continue
		}
		text := name + " is no variable of podsg, and does nothing"
		if near := Nearest(name, known); near != "" {
			text += "; did you mean " + near + "?"
		}
		out = append(out, text)
	}
	return out
}

// Commands lists a command's subcommands and theirs.
func Commands(parent *cobra.Command) []*cobra.Command {
	var out []*cobra.Command
	for _, c := range parent.Commands() {
		if c.IsAvailableCommand() {
			out = append(append(out, c), Commands(c)...)
		}
	}
	return out
}
