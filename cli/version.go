package cli

import (
	"cmp"
	"fmt"
	"runtime"
	"runtime/debug"

	"github.com/spf13/cobra"

	"podsg/cli/console"
	"podsg/cli/flags"
	"podsg/steps/plan"
)

// Build says which podsg this is.
type Build struct {
	Version, Commit, Date string
}

// completed is a build with what the Go tool has put into the binary where the
// linker was told nothing: built from source, from a module, or by go run.
func (b Build) completed(info *debug.BuildInfo) Build {
	if info == nil {
		return b
	}
	if v := info.Main.Version; (b.Version == "" || b.Version == "dev") && v != "" && v != "(devel)" {
		b.Version = v
	}
	if b.Commit != "" {
		return b
	}
	settings := map[string]string{}
	for _, s := range info.Settings {
		settings[s.Key] = s.Value
	}
	if b.Commit = settings["vcs.revision"]; len(b.Commit) > commitLength {
		b.Commit = b.Commit[:commitLength]
	}
	if b.Commit != "" && settings["vcs.modified"] == "true" {
		b.Commit += " with changes"
	}
	b.Date = cmp.Or(b.Date, settings["vcs.time"])
	return b
}

// commitLength is how much of a commit's id is shown.
const commitLength = 12

// text is the build in a line.
func (b Build) text() string {
	return fmt.Sprintf("%s (commit %s, of %s, %s, %s)",
		cmp.Or(b.Version, "dev"), cmp.Or(b.Commit, "unknown"), cmp.Or(b.Date, "unknown"), runtime.Version(), platform())
}

func platform() string { return runtime.GOOS + "/" + runtime.GOARCH }

func newVersion(out *console.Console, build Build) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "version",
		Short: "Print the version",
		Example: `  podsg version
  podsg version -o json`,
		Args: flags.NoArguments,
	}
	format := flags.AddOutput(cmd, flags.FormatText, flags.FormatJSON)
	cmd.RunE = func(*cobra.Command, []string) error {
		if *format != flags.FormatJSON {
			return out.Print("podsg version " + build.text() + "\n")
		}
		return out.PrintJSON(struct {
			SchemaVersion int    `json:"schemaVersion"`
			Version       string `json:"version"`
			Commit        string `json:"commit"`
			Date          string `json:"date"`
			Go            string `json:"go"`
			Platform      string `json:"platform"`
		}{plan.SchemaVersion, build.Version, build.Commit, build.Date, runtime.Version(), platform()})
	}
	return cmd
}
