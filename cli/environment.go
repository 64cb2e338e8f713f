package cli

import (
	"strings"
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
