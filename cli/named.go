package cli

import (
	"errors"
	"strings"

	"podsg/steps/world"
)

// named puts, in a usage error, the flag or variable that gave an answer in place
// of the answers key that its lines begin with: that is where it can be mended.
func named(err error, sources map[string]string) error {
	p, ok := err.(*world.Problem)
	if !ok || p.Kind != world.ProblemUsage || p.Doing != "" || p.Err == nil {
		return err
	}
	lines := strings.Split(p.Err.Error(), "\n")
	changed := false
	for i, line := range lines {
		key, rest, found := strings.Cut(line, ": ")
		if source := sourceOf(key, sources); found && source != "" {
			lines[i], changed = source+": "+rest, true
		}
	}
	if !changed {
		return err
	}
	again := *p
	again.Err = errors.New(strings.Join(lines, "\n"))
	return &again
}

// eitherKey makes of the keys of a new or an existing database the one of the
// flag that answers both.
var eitherKey = strings.NewReplacer(
	"database.create.name", "database.name", "database.existing.database", "database.name",
	"database.create.username", "database.username", "database.existing.username", "database.username",
)

// sourceOf is the flag or variable that answered a key, or the key around it;
// empty: none did.
func sourceOf(key string, sources map[string]string) string {
	for _, k := range []string{key, eitherKey.Replace(key)} {
		for k != "" {
			if s := sources[k]; strings.HasPrefix(s, "--") || strings.HasPrefix(s, variablePrefix) {
				return s
			}
			k = k[:max(strings.LastIndexAny(k, ".["), 0)]
		}
	}
	return ""
}
