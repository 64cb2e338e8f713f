package flags

import (
	"strings"

	"github.com/spf13/cobra"

	"podsg/cli/environment"
)

// The output formats; each command has some of them.
const (
	FormatText      = "text"
	FormatJSON      = "json"
	FormatShell     = "shell"
	FormatTerraform = "terraform"
	FormatJUnit     = "junit"
	FormatMarkdown  = "markdown"
	FormatSARIF     = "sarif"
	FormatIAM       = "iam"
	FormatRBAC      = "rbac"
)

// AddOutput adds the flag --output with the formats that a command has, the
// first one being the default.
func AddOutput(cmd *cobra.Command, formats ...string) *string {
	value := &Choice{Value: formats[0], Allowed: formats}
	cmd.Flags().VarP(value, "output", "o", "what to print: "+strings.Join(formats, ", "))
	return &value.Value
}

// RequestedFormat is the output format that a command line asks for, found
// without understanding the rest of it.
func RequestedFormat(args []string, env environment.Variables) string {
	format := env.Get(environment.NameOf("output"))
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
