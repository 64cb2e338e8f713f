package cli

import (
	"context"
	"strings"

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
	pod := cmd.Flags().String("pod", "", "follow one pod, `NAMESPACE/NAME`, from its policy to the database")
	format := addOutput(cmd, formatText, formatJSON, formatJUnit, formatMarkdown)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		if *from == "" && *pod == "" && !given(cmd.Flags(), "output") && a.tty.pages() {
			s, err := a.newSession(cmd, o)
			if err != nil {
				return err
			}
			defer s.close()
			return s.interact(cmd.Context(), ui.StartDiagnose)
		}
		diagnosis, err := a.diagnose(cmd, o, *from, *pod)
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
func (a *app) diagnose(cmd *cobra.Command, o *options, from, pod string) (*steps.Diagnosis, error) {
	namespace, name, err := splitPod(pod)
	if err != nil {
		return nil, err
	}
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
		in.Namespace = orDefault(namespace, in.Namespace)
		return checked(b.Snapshot, in, name)
	}
	s, err := a.newSession(cmd, o)
	if err != nil {
		return nil, err
	}
	defer s.close()
	ctx, cancel := s.limited(cmd.Context())
	defer cancel()
	s.intent.Namespace = orDefault(namespace, s.intent.Namespace)
	return s.diagnose(ctx, name)
}

// splitPod splits NAMESPACE/NAME; both are empty when no pod is asked for.
func splitPod(pod string) (namespace, name string, err error) {
	namespace, name, ok := strings.Cut(pod, "/")
	if pod != "" && (!ok || namespace == "" || name == "" || strings.Contains(name, "/")) {
		return "", "", steps.Usage("kubectl get pods -A lists them", "--pod %s: it must be NAMESPACE/NAME", pod)
	}
	return namespace, name, nil
}

func (s *session) diagnose(ctx context.Context, pod string) (*steps.Diagnosis, error) {
	o, err := s.observeToDiagnose(ctx)
	if err != nil {
		return nil, err
	}
	return checked(o.Snapshot, s.intent, pod)
}

// observeToDiagnose observes the namespace that there is something to say of.
func (s *session) observeToDiagnose(ctx context.Context) (*steps.Observation, error) {
	o, err := s.observe(ctx)
	if err != nil {
		return nil, err
	}
	if ns := steps.NamespaceToDiagnose(o.Snapshot, s.intent); ns != s.intent.Namespace {
		s.intent.Namespace = ns
		return s.observe(ctx)
	}
	return o, nil
}

// checked runs the checks, of one pod when one is named.
func checked(snapshot *steps.Snapshot, in steps.Intent, pod string) (*steps.Diagnosis, error) {
	target, err := steps.ResolveForDiagnosis(snapshot, in)
	if err != nil {
		return nil, err
	}
	checks := steps.Check(snapshot, &target)
	if pod != "" {
		if checks, err = steps.CheckPod(snapshot, &target, pod); err != nil {
			return nil, err
		}
	}
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
