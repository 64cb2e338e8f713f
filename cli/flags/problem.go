package flags

import (
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"podsg/steps/world"
)

// Problem explains what is wrong with the flags of a command line.
func Problem(cmd *cobra.Command, err error) error {
	var invalid *pflag.InvalidValueError
	var unknown *pflag.NotExistError
	switch {
	case errors.As(err, &invalid):
		return badValue("--"+invalid.GetFlag().Name, invalid.GetFlag(), invalid.GetValue())
	case errors.As(err, &unknown) && unknown.GetSpecifiedShortnames() == "":
		var names []string
		cmd.Flags().VisitAll(func(f *pflag.Flag) { names = append(names, f.Name) })
		hint := cmd.CommandPath() + " --help shows its flags"
		if near := Nearest(unknown.GetSpecifiedName(), names); near != "" {
			hint = "did you mean --" + near + "?"
		}
		return world.Usage(hint, "unknown flag: --%s", unknown.GetSpecifiedName())
	}
	return AsUsage(err)
}

// badValue says where an impossible value is and what is allowed there. origin
// is the flag, or the variable that stands in for it.
func badValue(origin string, f *pflag.Flag, value string) error {
	allowed := ""
	switch f.Value.Type() {
	case "duration":
		allowed = "a time with its unit, such as 90s, 10m or 1h"
	case "float64":
		allowed = "a number, such as 10"
	case "bool":
		allowed = "true or false"
	default:
		if c, ok := f.Value.(*Choice); ok {
			allowed = strings.Join(c.Allowed, ", ")
		}
	}
	return world.Usage("", "%s: %q is impossible; allowed: %s", origin, value, allowed)
}

// NoArguments refuses arguments, with the nearest command for a misspelt one.
func NoArguments(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	if cmd.HasSubCommands() {
		hint := fmt.Sprintf("%s --help lists the commands", cmd.CommandPath())
		var names []string
		for _, sub := range cmd.Commands() {
			names = append(names, sub.Name())
		}
		if near := Nearest(args[0], names); near != "" {
			hint = "did you mean " + near + "?"
		}
		return world.Usage(hint, "unknown command %q", args[0])
	}
	hint := cmd.CommandPath() + " --help shows its flags"
	var meant []string // flags whose value may be left out, and so is not the next word
	cmd.Flags().Visit(func(f *pflag.Flag) {
		if f.NoOptDefVal != "" && f.NoOptDefVal != "true" && f.Value.String() == f.NoOptDefVal {
			meant = append(meant, fmt.Sprintf("--%s=%s", f.Name, args[0]))
		}
	})
	if len(meant) > 0 {
		hint = "did you mean " + strings.Join(meant, " or ") + "?"
	}
	return world.Usage(hint, "%s takes no arguments, but was given %q", cmd.CommandPath(), args[0])
}

// AsUsage makes an error of kind usage.
func AsUsage(err error) error {
	if world.KindOf(err) != world.ProblemFailed {
		return err
	}
	return &world.Problem{Kind: world.ProblemUsage, Err: err}
}
