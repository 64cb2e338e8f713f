package cli

import (
	"context"

	"github.com/spf13/cobra"

	"podsg/steps"
	"podsg/ui"
)

func newDiagnose(a *app, o *options) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "diagnose",
		Short: "Run every check of the procedure; changes nothing",
		Args:  noArguments,
	}
	o.addWorld(cmd)
	addAnswerFlags(cmd.Flags())
	cmd.Flags().StringVar(&o.answers, "answers", "", "read the answers from this YAML `file`; - is standard input")
	from := cmd.Flags().String("from", "", "check the snapshot in this `file`, written by podsg bundle, instead of a cluster")
	format := addOutput(cmd, formatText, formatJSON, formatJUnit, formatMarkdown)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		if *from == "" && !given(cmd.Flags(), "output") && a.tty.pages() {
			s, err := a.newSession(cmd, o)
			if err != nil {
				return err
			}
			defer s.close()
			return s.interact(cmd.Context(), ui.StartDiagnose)
		}
		diagnosis, err := a.diagnose(cmd, o, *from)
		if err != nil {
			return err
		}
		if err := a.printDiagnosis(diagnosis, *format); err != nil {
			return err
		}
		if diagnosis.Summary.Fail > 0 {
			return exit(steps.ExitChecks)
		}
		return nil
	}
	return cmd
}

// diagnose checks a snapshot: a saved one, or one taken now.
func (a *app) diagnose(cmd *cobra.Command, o *options, from string) (*steps.Diagnosis, error) {
	if from != "" {
		b, err := readBundle(from)
		if err != nil {
			return nil, err
		}
		in, _, err := a.readIntent(cmd.Flags(), a.fromEnvironment, o.answers)
		if err != nil {
			return nil, err
		}
		if !anyAnswer(cmd) && o.answers == "" {
			in = b.Intent
		}
		return checked(b.Snapshot, in)
	}
	s, err := a.newSession(cmd, o)
	if err != nil {
		return nil, err
	}
	defer s.close()
	ctx, cancel := s.limited(cmd.Context())
	defer cancel()
	return s.diagnose(ctx)
}

func (s *session) diagnose(ctx context.Context) (*steps.Diagnosis, error) {
	o, err := s.observe(ctx)
	if err != nil {
		return nil, err
	}
	return checked(o.Snapshot, s.intent)
}

// checked runs the checks. Questions that are still open do not stop them.
func checked(snapshot *steps.Snapshot, in steps.Intent) (*steps.Diagnosis, error) {
	target, _, err := steps.Resolve(snapshot, in)
	if err != nil {
		return nil, err
	}
	checks := steps.Check(snapshot, &target)
	if checks == nil {
		checks = []steps.Finding{}
	}
	return &steps.Diagnosis{
		SchemaVersion: steps.SchemaVersion, Cluster: snapshot.Cloud.Cluster.Name, Summary: steps.Summarize(checks), Checks: checks,
	}, nil
}

// anyAnswer reports whether a flag or a variable answers anything.
func anyAnswer(cmd *cobra.Command) bool {
	for _, f := range answerFlags() {
		if given(cmd.Flags(), f.name) {
			return true
		}
	}
	return false
}
