package cli

import (
	"context"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"podsg/cli/answers"
	"podsg/cli/bundle"
	"podsg/cli/console"
	"podsg/cli/flags"
	"podsg/steps/intent"
	"podsg/steps/plan"
)

func newBundle(ss *sessions) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "bundle",
		Short: "Write a redacted snapshot that podsg diagnose --from reads offline",
		Long: `Write what podsg observes as one JSON document, to be sent to somebody who
helps. Account ids, the caller's name, the API server's address and certificate
are replaced; there is no secret in a snapshot in the first place.`,
		Example: `  podsg bundle --cluster workshop > snapshot.json
  podsg bundle --cluster workshop | podsg diagnose --from -`,
		Args: flags.NoArguments,
	}
	ss.options.addWorld(cmd)
	answers.AddFlags(cmd.Flags())
	cmd.Flags().StringVar(&ss.options.answers, "answers", "", "read the answers from this YAML `file`; - is standard input")
	flags.AddOutput(cmd, flags.FormatJSON)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		return ss.run(cmd, func(ctx context.Context, s *session) error {
			o, err := s.observeToDiagnose(ctx)
			if err != nil {
				return err
			}
			text, err := bundle.Redacted(bundle.Bundle{
				SchemaVersion: plan.SchemaVersion, Podsg: ss.version, Intent: s.intent, Snapshot: o.Snapshot, Authorities: string(o.CA),
			})
			if err != nil {
				return err
			}
			return ss.out.Print(text)
		})
	}
	return cmd
}

// openBundle reads a saved snapshot, and the answers of the command line, which
// must be about its cluster.
func openBundle(out *console.Console, set *pflag.FlagSet, answersFile, from string) (*bundle.Bundle, intent.Intent, error) {
	in, origins, err := answers.Read(set, answersFile, out.ReadFile)
	if err != nil {
		return nil, in, err
	}
	b, err := bundle.Read(from, out.ReadFile)
	if err != nil {
		return nil, in, err
	}
	return b, in, b.SameCluster(in.Cluster, origins)
}
