package cli

import (
	"strings"

	"github.com/spf13/cobra"
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

// requestedFormat is the output format that a command line asks for, found
// without understanding the rest of it.
func requestedFormat(args []string, env environment) string {
	format := env.get(variableOf("output"))
	for i, arg := range args {
		name, value, inline := strings.Cut(arg, "=")
		switch {
		case arg == "--":
			return format
		case (name == "--output" || name == "-o") && inline:
			format = value
		case (arg == "--output" || arg == "-o") && i+1 < len(args):
			format = args[i+1]
		case strings.HasPrefix(arg, "-o") && len(arg) > 2 && !inline:
			format = strings.TrimPrefix(arg, "-o")
		}
	}
	return format
}
