// Package environment knows the environment variables of the process and the names
// of those that stand in for flags.
package environment

import "strings"

// Variables is the environment of the process.
type Variables map[string]string

// Parse reads an environment as os.Environ gives it.
func Parse(list []string) Variables {
	env := Variables{}
	for _, entry := range list {
		if name, value, ok := strings.Cut(entry, "="); ok {
			env[name] = value
		}
	}
	return env
}

// Get is the value of a variable; empty: it is not set.
func (e Variables) Get(name string) string { return e[name] }

// IsSet reports whether a switch such as NO_COLOR is on: any text that is not
// empty. https://no-color.org
func (e Variables) IsSet(name string) bool { return e[name] != "" }

// Prefix begins the names of podsg's own variables.
const Prefix = "PODSG_"

// NameOf is the environment variable of a flag: PODSG_DB_PORT for --db-port.
func NameOf(flag string) string {
	return Prefix + strings.ToUpper(strings.ReplaceAll(flag, "-", "_"))
}
