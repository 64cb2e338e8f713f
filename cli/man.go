package cli

import "github.com/spf13/cobra"

func newMan(out *console, build Build) *cobra.Command {
	return &cobra.Command{
		Use:     "man",
		Short:   "Print the manual page",
		Example: "  podsg man | man -l -",
		Args:    noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return out.print(manual(cmd.Root(), build.Version, build.Date))
		},
	}
}
