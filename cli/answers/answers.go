// Package answers reads what the user wants from flags, variables and the answers
// file, and says for each answer where it came from.
package answers

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/pflag"

	"podsg/cli/flags"
	"podsg/steps/intent"
	"podsg/steps/world"
)

// AddFlags adds some answer flags, or with no names all of them.
func AddFlags(set *pflag.FlagSet, names ...string) {
	for _, a := range answerFlags() {
		if len(names) > 0 && !slices.Contains(names, a.Flag) {
			continue
		}
		value := &flags.Text{
			Placeholder: cmp.Or(a.Placeholder, strings.Join(a.Values, "|")), Values: a.Values, Beginnings: a.Beginnings, Repeat: a.Repeat,
		}
		set.VarPF(value, a.Flag, a.Short, a.Usage).NoOptDefVal = a.Alone
	}
}

// answerFlags are the answers that have a flag of their own.
func answerFlags() []intent.Answer {
	return slices.DeleteFunc(intent.Answers(), func(a intent.Answer) bool { return a.Option })
}

// Read joins the answers of the answers file, the environment and the
// flags: a flag wins over a variable, and that over the file. read reads the
// file.
func Read(set *pflag.FlagSet, answersFile string, read func(name string) ([]byte, error)) (in intent.Intent, origins Sources, err error) {
	origins = Sources{}
	if answersFile != "" {
		if in, err = readAnswers(answersFile, read); err != nil {
			return in, nil, err
		}
		for _, a := range answerFlags() {
			if a.Text(in) != "" {
				origins[a.Key] = answersFile
			}
		}
	}
	overruled := "" // the keys about the database of which variables say nothing that counts
	if flags.Given(set, "database") && flags.Given(set, "create-database") {
		switch {
		case flags.FromEnvironment(set, "database") && !flags.FromEnvironment(set, "create-database"):
			overruled = "database.existing."
		case flags.FromEnvironment(set, "create-database") && !flags.FromEnvironment(set, "database"):
			overruled = "database.create."
		}
	}
	if overruled == "" && flags.Given(set, "database") && flags.Given(set, "create-database") {
		return in, nil, world.Usage("leave one of them out", "--database and --create-database exclude each other")
	}
	for _, a := range answerFlags() {
		if !flags.Given(set, a.Flag) || overruled != "" && flags.FromEnvironment(set, a.Flag) && strings.HasPrefix(a.Key, overruled) {
			continue
		}
		origin := flags.Origin(set, a.Flag)
		if err := a.Set(&in, set.Lookup(a.Flag).Value.String()); err != nil {
			return in, nil, flags.AsUsage(fmt.Errorf("%s: %w", origin, err))
		}
		origins[a.Key] = origin
	}
	return in, origins, origins.Named(in.Validate())
}

func readAnswers(file string, read func(name string) ([]byte, error)) (intent.Intent, error) {
	data, err := read(file)
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

// Arguments writes an intent as flags of a command line.
func Arguments(in intent.Intent) []string {
	var out []string
	for _, a := range answerFlags() {
		value := a.Text(in)
		switch {
		case value == "" || a.Flag == "create-database" && in.Database.Existing != nil:
		case value == a.Alone:
			out = append(out, "--"+a.Flag)
		case a.Alone != "":
			out = append(out, "--"+a.Flag+"="+value)
		default:
			out = append(out, "--"+a.Flag, value)
		}
	}
	return out
}

// FlagOf is the flag that gives the answer of an answers key; empty: there is
// none.
func FlagOf(answersKey string) string {
	a, found := intent.AnswerTo(answersKey)
	if !found {
		return ""
	}
	return "--" + a.Flag
}

// DescribesProcedure reports whether a flag or a variable answers anything but
// where to look.
func DescribesProcedure(set *pflag.FlagSet) bool {
	for _, a := range answerFlags() {
		switch a.Flag {
		case "cluster", "region", "namespace":
		default:
			if flags.Given(set, a.Flag) {
				return true
			}
		}
	}
	return false
}
