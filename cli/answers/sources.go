package answers

import (
	"errors"
	"strings"

	"podsg/cli/environment"
	"podsg/steps/world"
)

// Sources say by answers key where an answer came from: a flag, a variable, a
// file or what chose it.
type Sources map[string]string

// Named puts, in a usage error, the flag or variable that gave an answer in place
// of the answers key that its lines begin with: that is where it can be mended.
func (s Sources) Named(err error) error {
	p, ok := err.(*world.Problem)
	if !ok || p.Kind != world.ProblemUsage || p.Doing != "" || p.Err == nil {
		return err
	}
	lines := strings.Split(p.Err.Error(), "\n")
	changed := false
	for i, line := range lines {
		key, rest, found := strings.Cut(line, ": ")
		if source := s.of(key); found && source != "" {
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

// of is the flag or variable that answered a key, or the key around it;
// empty: none did.
func (s Sources) of(key string) string {
	for _, k := range []string{key, eitherKey.Replace(key)} {
		for k != "" {
			if source := s[k]; strings.HasPrefix(source, "--") || strings.HasPrefix(source, environment.Prefix) {
				return source
			}
			k = k[:max(strings.LastIndexAny(k, ".["), 0)]
		}
	}
	return ""
}
