package cli

import (
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/pflag"

	"podsg/steps"
)

// addAnswerFlags adds some answer flags, or with no names all of them.
func addAnswerFlags(set *pflag.FlagSet, names ...string) {
	for _, f := range answerFlags() {
		if len(names) > 0 && !slices.Contains(names, f.name) {
			continue
		}
		added := set.VarPF(&textFlag{placeholder: f.placeholder}, f.name, f.short, f.usage)
		added.NoOptDefVal = f.optional
	}
}

// readIntent joins the answers of the answers file, the environment and the
// flags: a flag wins over a variable, and that over the file. read reads the
// file.
func readIntent(set *pflag.FlagSet, answersFile string, read func(name string) ([]byte, error)) (in steps.Intent, origins sources, err error) {
	origins = sources{}
	if answersFile != "" {
		if in, err = readAnswers(answersFile, read); err != nil {
			return in, nil, err
		}
		for _, f := range answerFlags() {
			if f.get(in) != "" {
				origins[f.key] = answersFile
			}
		}
	}
	overruled := "" // the keys about the database of which variables say nothing that counts
	if given(set, "database") && given(set, "create-database") {
		switch {
		case fromEnvironment(set, "database") && !fromEnvironment(set, "create-database"):
			overruled = "database.existing."
		case fromEnvironment(set, "create-database") && !fromEnvironment(set, "database"):
			overruled = "database.create."
		}
	}
	if overruled == "" && given(set, "database") && given(set, "create-database") {
		return in, nil, steps.Usage("leave one of them out", "--database and --create-database exclude each other")
	}
	for _, f := range answerFlags() {
		if !given(set, f.name) || overruled != "" && fromEnvironment(set, f.name) && strings.HasPrefix(f.key, overruled) {
			continue
		}
		origin := originOfFlag(set, f.name)
		if err := f.set(&in, set.Lookup(f.name).Value.String()); err != nil {
			return in, nil, usageOf(fmt.Errorf("%s: %w", origin, err))
		}
		origins[f.key] = origin
	}
	return in, origins, origins.named(in.Validate())
}

func readAnswers(file string, read func(name string) ([]byte, error)) (steps.Intent, error) {
	data, err := read(file)
	if err != nil {
		return steps.Intent{}, &steps.Problem{Kind: steps.ProblemUsage, Doing: "read answers file", Object: file, Err: err}
	}
	// A file may answer nothing, but a command that prints nothing has failed.
	if file == "-" && saysNothing(data) {
		return steps.Intent{}, steps.Usage("look at the command that writes them; without --answers every answer is the default or discovered",
			"standard input has no answers: it is empty")
	}
	return steps.ParseAnswers(file, data)
}

// saysNothing reports whether a YAML text holds comments and separators alone.
func saysNothing(data []byte) bool {
	for line := range strings.Lines(string(data)) {
		line, _, _ = strings.Cut(line, "#")
		if line = strings.TrimSpace(line); line != "" && line != "---" && line != "..." {
			return false
		}
	}
	return true
}

// intentFlags writes an intent as flags of a command line.
func intentFlags(in steps.Intent) []string {
	var out []string
	for _, f := range answerFlags() {
		value := f.get(in)
		switch {
		case value == "" || f.name == "create-database" && in.Database.Existing != nil:
		case value == f.optional:
			out = append(out, "--"+f.name)
		case f.optional != "":
			out = append(out, "--"+f.name+"="+value)
		default:
			out = append(out, "--"+f.name, value)
		}
	}
	return out
}

// flagOf is the flag that gives the answer of an answers key; empty: there is
// none.
func flagOf(answersKey string) string {
	// Some flags are for a new database and for one that exists.
	both := strings.NewReplacer("database.create.", "database.", "database.existing.database", "database.name", "database.existing.", "database.").Replace(answersKey)
	for _, key := range []string{answersKey, both} {
		for _, f := range answerFlags() {
			if f.key == key {
				return "--" + f.name
			}
		}
	}
	return ""
}

// describesProcedure reports whether a flag or a variable answers anything but
// where to look.
func describesProcedure(set *pflag.FlagSet) bool {
	for _, f := range answerFlags() {
		switch f.name {
		case "cluster", "region", "namespace":
		default:
			if given(set, f.name) {
				return true
			}
		}
	}
	return false
}
