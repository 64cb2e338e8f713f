package cli

import (
	"fmt"
	"strings"

	"github.com/spf13/pflag"

	"podsg/steps"
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

// variableOf is the environment variable of a flag: PODSG_DB_PORT for --db-port.
func variableOf(flag string) string {
	return "PODSG_" + strings.ToUpper(strings.ReplaceAll(flag, "-", "_"))
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
			err = usageOf(fmt.Errorf("%s: %w", variableOf(f.Name), setErr))
			return
		}
		fromEnvironment[f.Name] = true
	})
	return fromEnvironment, err
}

// usageOf makes an error of kind usage.
func usageOf(err error) error {
	if steps.KindOf(err) != steps.ProblemFailed {
		return err
	}
	return &steps.Problem{Kind: steps.ProblemUsage, Err: err}
}
