package cli

import (
	"context"

	"github.com/spf13/cobra"

	"podsg/cli/answers"
	"podsg/cli/flags"
	"podsg/cli/lint"
	"podsg/steps/plan"
	"podsg/steps/world"
)

func newLint(ss *sessions) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "lint PATH...",
		Short: "Judge manifests before they are applied; changes nothing",
		Long: `Judge manifests before they are applied: policies that select nothing or give no
security group, pods that cannot have a branch ENI, probes and NetworkPolicies
that do not go with them. PATH is a file, a folder, or - for standard input:
plain manifests, lists, and what helm template and kubectl kustomize write.

By the files alone, without a cluster and without an account; with --cluster,
--sandbox or --from also against what is there.`,
		Example: `  podsg lint deploy/
  helm template ./chart | podsg lint -
  kubectl kustomize overlays/prod | podsg lint - --cluster workshop
  podsg lint policy.yaml --from snapshot.json -o json`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) == 0 {
				return world.Usage("podsg lint deploy/, or helm template ./chart | podsg lint -", "name files or folders of manifests")
			}
			return nil
		},
	}
	ss.options.addWorld(cmd)
	answers.AddFlags(cmd.Flags(), "cluster", "region", "namespace")
	from := cmd.Flags().String("from", "", "compare with the snapshot in this `file`, written by podsg bundle")
	format := flags.AddOutput(cmd, flags.FormatText, flags.FormatJSON)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		m, err := lint.Read(args, ss.out.ReadFile)
		if err != nil {
			return err
		}
		cluster, err := ss.toCompare(cmd, *from)
		if err != nil {
			return err
		}
		r := &lint.Result{SchemaVersion: plan.SchemaVersion, Findings: lint.Judge(m, cluster)}
		r.Summary = lint.Summarize(m, r.Findings)
		if cluster != nil {
			r.Cluster = cluster.Cloud.Cluster.Name
		}
		if *format == flags.FormatJSON {
			err = ss.out.PrintJSON(r)
		} else {
			err = ss.out.Print(r.Text(ss.out.Style, ss.out.Width()))
		}
		if err == nil && r.Summary.Errors > 0 {
			err = exit(ExitChecks)
		}
		return err
	}
	return cmd
}

// toCompare is the snapshot that manifests are compared with: a saved one, or
// one of the cluster that is named; nil: none is.
func (ss *sessions) toCompare(cmd *cobra.Command, from string) (snapshot *world.Snapshot, err error) {
	if from != "" {
		b, _, err := openBundle(ss.out, cmd.Flags(), "", from)
		if err != nil {
			return nil, err
		}
		return b.Snapshot, nil
	}
	// A cluster that a variable names for other commands is not meant.
	set := cmd.Flags()
	asked := func(name string) bool { return flags.Given(set, name) && !flags.FromEnvironment(set, name) }
	if !asked("cluster") && !asked("sandbox") {
		return nil, nil
	}
	err = ss.run(cmd, func(ctx context.Context, s *session) error {
		o, err := s.observeToDiagnose(ctx)
		if err == nil {
			snapshot = o.Snapshot
		}
		return err
	})
	return snapshot, err
}
