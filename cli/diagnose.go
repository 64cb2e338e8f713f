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
		Long: `Run every check of the procedure. Without a namespace the default one is looked
at, or if that has no policy the one that has the most.`,
		Example: `  podsg diagnose --cluster workshop
  podsg diagnose --cluster workshop --pod shop/api-0
  podsg diagnose --cluster workshop -o junit > podsg.xml
  podsg bundle --cluster workshop | podsg diagnose --from -`,
		Args: noArguments,
	}
	o.addWorld(cmd)
	addAnswerFlags(cmd.Flags())
	cmd.Flags().StringVar(&o.answers, "answers", "", "read the answers from this YAML `file`; - is standard input")
	from := cmd.Flags().String("from", "", "check the snapshot in this `file`, written by podsg bundle, instead of a cluster; - is standard input")
	all := cmd.Flags().Bool("all", false, "as text, a line for each check that passes as well")
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
		if err := a.printDiagnosis(diagnosis, *format, *all || *pod != ""); err != nil {
			return err
		}
		if diagnosis.Summary.Fail > 0 {
			return exit(ExitChecks)
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
		return a.diagnoseBundle(cmd, o.answers, from, namespace, name)
	}
	s, err := a.newSession(cmd, o)
	if err != nil {
		return nil, err
	}
	defer s.close()
	ctx, cancel := s.limited(cmd.Context())
	defer cancel()
	s.intent.Namespace, s.intent.Pod = orDefault(namespace, s.intent.Namespace), name
	return s.diagnose(ctx, name)
}

// diagnoseBundle checks a saved snapshot: for the answers that it was taken for,
// unless others are given.
func (a *app) diagnoseBundle(cmd *cobra.Command, answers, from, namespace, pod string) (*steps.Diagnosis, error) {
	in, sources, err := a.readIntent(cmd.Flags(), a.fromEnvironment, answers)
	if err != nil {
		return nil, err
	}
	b, err := a.readBundle(from)
	if err != nil {
		return nil, err
	}
	if err := b.sameCluster(in.Cluster, sources); err != nil {
		return nil, err
	}
	asked := orDefault(namespace, in.Namespace)
	if answers == "" && !describesProcedure(cmd) {
		in = b.Intent
	}
	in.Namespace = orDefault(asked, b.namespace())
	a.sayUnread(b, in.Namespace)
	return checked(b.Snapshot, in, pod)
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
		s.app.say("namespace %s: it has the most policies, and the default %s has none; -n chooses another", ns, steps.DefaultNamespace)
		s.intent.Namespace = ns
		return s.observe(ctx)
	}
	return o, nil
}

// namespace is the one that is looked at.
func (s *session) namespace() string { return orDefault(s.intent.Namespace, steps.DefaultNamespace) }

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
		SchemaVersion: steps.SchemaVersion, Cluster: snapshot.Cloud.Cluster.Name, Namespace: target.Namespace,
		Summary: steps.Summarize(checks), Checks: checks,
	}, nil
}

// describesProcedure reports whether a flag or a variable answers anything but
// where to look.
func describesProcedure(cmd *cobra.Command) bool {
	for _, f := range answerFlags() {
		switch f.name {
		case "cluster", "region", "namespace":
		default:
			if given(cmd.Flags(), f.name) {
				return true
			}
		}
	}
	return false
}
