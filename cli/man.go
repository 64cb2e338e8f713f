package cli

import (
	"github.com/spf13/cobra"

	"podsg/cli/console"
	"podsg/cli/flags"
	"podsg/cli/help"
)

func newMan(out *console.Console, build Build) *cobra.Command {
	return &cobra.Command{
		Use:     "man",
		Short:   "Print the manual page",
		Example: "  podsg man | man -l -",
		Args:    flags.NoArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return out.Print(help.Manual(cmd.Root(), build.Version, build.Date))
		},
	}
}
