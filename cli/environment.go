package cli

import (
	"maps"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"podsg/steps/world"
)

// environment is the environment of the process.
type environment map[string]string

func newEnvironment(list []string) environment {
	env := environment{}
	for _, entry := range list {
		if name, value, ok := strings.Cut(entry, "="); ok {
			env[name] = value
		}
	}
	return env
}

func (e environment) get(name string) string { return e[name] }

// isSet reports whether a switch such as NO_COLOR is on: any text that is not
// empty. https://no-color.org
func (e environment) isSet(name string) bool { return e[name] != "" }

// variablePrefix begins the names of podsg's own variables.
const variablePrefix = "PODSG_"

// variableOf is the environment variable of a flag: PODSG_DB_PORT for --db-port.
func variableOf(flag string) string {
	return variablePrefix + strings.ToUpper(strings.ReplaceAll(flag, "-", "_"))
}

// apply sets the flags that the command line leaves out from the environment.
// Variables that are empty count as not set.
func (e environment) apply(flags *pflag.FlagSet) (fromEnvironment map[string]bool, err error) {
	fromEnvironment = map[string]bool{}
	flags.VisitAll(func(f *pflag.Flag) {
		value := e[variableOf(f.Name)]
		if f.Changed || value == "" || f.Name == "help" || err != nil {
			return
		}
		if setErr := flags.Set(f.Name, value); setErr != nil {
			err = badValue(variableOf(f.Name), f, value)
			return
		}
		fromEnvironment[f.Name] = true
	})
	return fromEnvironment, err
}

// unknownVariables are podsg's variables that no flag of any command has, each
// with the nearest one that there is.
func (e environment) unknownVariables(root *cobra.Command) (out []string) {
	known := []string{variableURL}
	for _, cmd := range append(commandsOf(root), root) {
		cmd.Flags().VisitAll(func(f *pflag.Flag) { known = append(known, variableOf(f.Name)) })
		cmd.PersistentFlags().VisitAll(func(f *pflag.Flag) { known = append(known, variableOf(f.Name)) })
	}
	for _, name := range slices.Sorted(maps.Keys(e)) {
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

// usageOf makes an error of kind usage.
func usageOf(err error) error {
	if world.KindOf(err) != world.ProblemFailed {
		return err
	}
	return &world.Problem{Kind: world.ProblemUsage, Err: err}
}
