package cli

import (
	"fmt"
	"runtime"

	"github.com/spf13/cobra"

	"podsg/steps"
)

func newVersion(a *app) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "version",
		Short: "Print the version",
		Args:  noArguments,
	}
	format := addOutput(cmd, formatText, formatJSON)
	cmd.RunE = func(*cobra.Command, []string) error {
		v := struct {
			SchemaVersion int    `json:"schemaVersion"`
			Version       string `json:"version"`
			Commit        string `json:"commit"`
			Date          string `json:"date"`
			Go            string `json:"go"`
			Platform      string `json:"platform"`
		}{steps.SchemaVersion, a.Build.Version, a.Build.Commit, a.Build.Date, runtime.Version(), runtime.GOOS + "/" + runtime.GOARCH}
		if *format == formatJSON {
			return a.printJSON(v)
		}
		return a.print(fmt.Sprintf("podsg %s (commit %s, built %s, %s, %s)\n",
			v.Version, orDefault(v.Commit, "unknown"), orDefault(v.Date, "unknown"), v.Go, v.Platform))
	}
	return cmd
}
