package cli

import (
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/pflag"

	"podsg/steps/intent"
	"podsg/steps/world"
)

// addAnswerFlags adds some answer flags, or with no names all of them.
func addAnswerFlags(flags *pflag.FlagSet, names ...string) {
	for _, f := range answerFlags() {
		if len(names) > 0 && !slices.Contains(names, f.name) {
			continue
		}
		added := flags.VarPF(&textFlag{placeholder: f.placeholder}, f.name, f.short, f.usage)
		added.NoOptDefVal = f.optional
	}
}

// textFlag is a flag whose text is understood later, when all flags are known.
type textFlag struct{ value, placeholder string }

func (f *textFlag) String() string         { return f.value }
func (f *textFlag) Set(value string) error { f.value = value; return nil }
func (f *textFlag) Type() string           { return f.placeholder }

// readIntent joins the answers of the answers file, the environment and the
// flags: a flag wins over a variable, and that over the file. sources says by
// answers key where each came from.
func (a *app) readIntent(flags *pflag.FlagSet, fromEnvironment map[string]bool, answersFile string) (in intent.Intent, sources map[string]string, err error) {
	sources = map[string]string{}
	if answersFile != "" {
		if in, err = a.readAnswers(answersFile); err != nil {
			return in, nil, err
		}
		for _, f := range answerFlags() {
			if f.get(in) != "" {
				sources[f.key] = answersFile
			}
		}
	}
	overruled := "" // the keys about the database of which variables say nothing that counts
	if given(flags, "database") && given(flags, "create-database") {
		switch {
		case fromEnvironment["database"] && !fromEnvironment["create-database"]:
			overruled = "database.existing."
		case fromEnvironment["create-database"] && !fromEnvironment["database"]:
			overruled = "database.create."
		}
	}
	if overruled == "" && given(flags, "database") && given(flags, "create-database") {
		return in, nil, world.Usage("leave one of them out", "--database and --create-database exclude each other")
	}
	for _, f := range answerFlags() {
		if !given(flags, f.name) || overruled != "" && fromEnvironment[f.name] && strings.HasPrefix(f.key, overruled) {
			continue
		}
		origin := "--" + f.name
		if fromEnvironment[f.name] {
			origin = variableOf(f.name)
		}
		if err := f.set(&in, flags.Lookup(f.name).Value.String()); err != nil {
			return in, nil, usageOf(fmt.Errorf("%s: %w", origin, err))
		}
		sources[f.key] = origin
	}
	return in, sources, named(in.Validate(), sources)
}

func (a *app) readAnswers(file string) (intent.Intent, error) {
	data, err := a.readInput(file)
	if err != nil {
		return intent.Intent{}, &world.Problem{Kind: world.ProblemUsage, Doing: "read answers file", Object: file, Err: err}
	}
	// A file may answer nothing, but a command that prints nothing has failed.
	if file == "-" && saysNothing(data) {
		return intent.Intent{}, world.Usage("look at the command that writes them; without --answers every answer is the default or discovered",
			"standard input has no answers: it is empty")
	}
	return intent.ParseAnswers(file, data)
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
func intentFlags(in intent.Intent) []string {
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

func given(flags *pflag.FlagSet, name string) bool {
	f := flags.Lookup(name)
	return f != nil && f.Changed
}
