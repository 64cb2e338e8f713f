package cli

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"podsg/steps/world"
)

// The output formats; each command has some of them.
const (
	formatText      = "text"
	formatJSON      = "json"
	formatShell     = "shell"
	formatTerraform = "terraform"
	formatJUnit     = "junit"
	formatMarkdown  = "markdown"
	formatIAM       = "iam"
	formatRBAC      = "rbac"
)

// addOutput adds the flag --output with the formats that a command has, the
// first one being the default.
func addOutput(cmd *cobra.Command, formats ...string) *string {
	value := &choice{value: formats[0], allowed: formats}
	cmd.Flags().VarP(value, "output", "o", "what to print: "+strings.Join(formats, ", "))
	return &value.value
}

// choice is a flag with a fixed set of values.
type choice struct {
	value   string
	allowed []string
}

func (c *choice) String() string { return c.value }
func (c *choice) Type() string   { return strings.Join(c.allowed, "|") }

func (c *choice) Set(text string) error {
	if !slices.Contains(c.allowed, text) {
		return fmt.Errorf("%q is not one of %s", text, strings.Join(c.allowed, ", "))
	}
	c.value = text
	return nil
}

// print writes a result to standard output.
func (a *app) print(text string) error {
	a.reported = true
	if _, err := fmt.Fprint(a.Stdout, text); err != nil {
		return fmt.Errorf("write the result: %w", err)
	}
	return nil
}

// printJSON writes a result as one JSON document.
func (a *app) printJSON(document any) error {
	var out bytes.Buffer
	enc := json.NewEncoder(&out)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(document); err != nil {
		return fmt.Errorf("write the result as JSON: %w", err)
	}
	return a.print(out.String())
}

// noArguments refuses arguments, with the nearest command for a misspelt one.
func noArguments(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	if cmd.HasSubCommands() {
		hint := fmt.Sprintf("%s --help lists the commands", cmd.CommandPath())
		var names []string
		for _, sub := range cmd.Commands() {
			names = append(names, sub.Name())
		}
		if near := nearest(args[0], names); near != "" {
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
