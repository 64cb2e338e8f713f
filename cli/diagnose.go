package cli

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"podsg/cli/answers"
	"podsg/cli/console"
	"podsg/cli/diagnosis"
	"podsg/cli/flags"
	"podsg/steps"
	"podsg/steps/check"
	"podsg/steps/intent"
	"podsg/steps/plan"
	"podsg/steps/symptom"
	"podsg/steps/world"
	"podsg/ui"
)

func newDiagnose(ss *sessions) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "diagnose",
		Short: "Run every check of the procedure; changes nothing",
		Long: `Run every check of the procedure on every access: each policy of each namespace,
and the pods that it selects. --namespace narrows to one.`,
		Example: `  podsg diagnose --cluster workshop
  podsg diagnose --cluster workshop --pod shop/api-0
  podsg diagnose --cluster workshop -o markdown --redact > ticket.md
  podsg diagnose --cluster workshop -o sarif > podsg.sarif
  podsg diagnose --cluster workshop --symptom "timeout expired"
  podsg bundle --cluster workshop | podsg diagnose --from -`,
		Args: flags.NoArguments,
	}
	ss.options.addWorld(cmd)
	answers.AddFlags(cmd.Flags())
	cmd.Flags().StringVar(&ss.options.answers, "answers", "", "read the answers from this YAML `file`; - is standard input")
	from := cmd.Flags().String("from", "", "check the snapshot in this `file`, written by podsg bundle, instead of a cluster; - is standard input")
	all := cmd.Flags().Bool("all", false, "as text, a line for each check that passes as well")
	pod := cmd.Flags().String("pod", "", "follow one pod, `NAMESPACE/NAME`, from its policy to the database")
	seen := cmd.Flags().String("symptom", "", "only the checks that matter for this `text`, a line of a log or an event; - is standard input")
	baseline := cmd.Flags().String("baseline", "", "say what has changed since the snapshot in this `file`, written by podsg bundle")
	redact := cmd.Flags().Bool("redact", false, "leave the AWS account number out of the output")
	format := flags.AddOutput(cmd, flags.FormatText, flags.FormatJSON, flags.FormatJUnit, flags.FormatMarkdown, flags.FormatSARIF)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		if *from == "" && *pod == "" && *baseline == "" && *seen == "" && !flags.Given(cmd.Flags(), "output") && ss.out.Terminal.Pages() {
			s, err := ss.open(cmd)
			if err != nil {
				return err
			}
			defer s.close()
			return s.interact(cmd.Context(), ui.StartDiagnose)
		}
		only, err := ss.symptoms(*seen)
		if err != nil {
			return err
		}
		diagnosis, err := ss.diagnose(cmd, *from, *pod, only)
		if err != nil {
			return err
		}
		diagnosis.Versions.Podsg = ss.version
		if *baseline != "" {
			if err := ss.compare(cmd, diagnosis, *baseline, *pod, only); err != nil {
				return err
			}
		}
		text, err := formatted(ss.out, diagnosis, *format, *all || *pod != "")
		if err != nil {
			return err
		}
		if *redact && diagnosis.Account != "" {
			text = strings.ReplaceAll(text, diagnosis.Account, strings.Repeat("*", len(diagnosis.Account)))
		}
		if err := ss.out.Print(text); err != nil {
			return err
		}
		return exit(verdictCode(diagnosis))
	}
	return cmd
}

// diagnose checks a snapshot: a saved one, or one taken now.
func (ss *sessions) diagnose(cmd *cobra.Command, from, pod string, only []symptom.Symptom) (diagnosis *plan.Diagnosis, err error) {
	namespace, name, err := splitPod(pod)
	if err != nil {
		return nil, err
	}
	if from != "" {
		return diagnoseBundle(ss.out, cmd.Flags(), ss.options.answers, from, namespace, name, only)
	}
	err = ss.run(cmd, func(ctx context.Context, s *session) error {
		s.intent.Namespace, s.intent.Pod = cmp.Or(namespace, s.intent.Namespace), name
		o, err := s.observeToDiagnose(ctx)
		if err == nil {
			diagnosis, err = checked(o.Snapshot, s.intent, name, only)
		}
		return err
	})
	return diagnosis, err
}

// diagnoseBundle checks a saved snapshot: for the answers that it was taken for,
// unless others are given.
func diagnoseBundle(out *console.Console, set *pflag.FlagSet, answersFile, from, namespace, pod string, only []symptom.Symptom) (*plan.Diagnosis, error) {
	b, in, err := openBundle(out, set, answersFile, from)
	if err != nil {
		return nil, err
	}
	asked := cmp.Or(namespace, in.Namespace)
	if answersFile == "" && !answers.DescribesProcedure(set) {
		in = b.Intent
	}
	if asked == "" && b.Intent.LooksEverywhere() && pod == "" {
		in.Namespace, in.AllNamespaces = "", true
		return checked(b.Snapshot, in, "", only)
	}
	in.Namespace = cmp.Or(asked, b.Namespace())
	if unread := b.Unread(in.Namespace); unread != "" {
		out.Say("note: %s", unread)
	}
	return checked(b.Snapshot, in, pod, only)
}

// symptoms are those that a text tells of; - reads it from standard input. A text
// that tells of none is refused: a diagnosis without it is complete.
func (ss *sessions) symptoms(text string) ([]symptom.Symptom, error) {
	if text == "" {
		return nil, nil
	}
	if text == "-" {
		read, err := io.ReadAll(io.LimitReader(ss.out.Stdin, longestSymptom))
		if err != nil {
			return nil, fmt.Errorf("read the symptom: %w", err)
		}
		text = string(read)
	}
	found := symptom.In(text)
	if len(found) == 0 {
		return nil, world.Usage("run podsg diagnose without it: every check runs; docs/checks/README.md lists the symptoms that are known",
			"--symptom: nothing in it is known as a symptom")
	}
	var ids []string
	for _, s := range found {
		for _, id := range s.Checks {
			if !slices.Contains(ids, id) {
				ids = append(ids, id)
			}
		}
	}
	ss.out.Say("note: what matters for this are %s, and what explains them", strings.Join(ids, ", "))
	return found, nil
}

// longestSymptom is how many bytes of standard input are read as a symptom.
const longestSymptom = 4 << 20

// splitPod splits NAMESPACE/NAME; both are empty when no pod is asked for.
func splitPod(pod string) (namespace, name string, err error) {
	namespace, name, ok := strings.Cut(pod, "/")
	if pod != "" && (!ok || namespace == "" || name == "" || strings.Contains(name, "/")) {
		return "", "", world.Usage("kubectl get pods -A lists them", "--pod %s: it must be NAMESPACE/NAME", pod)
	}
	return namespace, name, nil
}

// checked runs the checks, of one pod when one is named.
func checked(snapshot *world.Snapshot, in intent.Intent, pod string, only []symptom.Symptom) (*plan.Diagnosis, error) {
	if pod == "" {
		return steps.DiagnoseAccesses(snapshot, in, only...)
	}
	snapshot = snapshot.In(in.Namespace)
	target, err := intent.ResolveForDiagnosis(snapshot, in)
	if err != nil {
		return nil, err
	}
	return steps.Diagnose(snapshot, &target, pod, only...)
}

// verdictCode is the exit code of a verdict: what is not checked is not good.
func verdictCode(d *plan.Diagnosis) int {
	switch {
	case d.Verdict.State == check.Broken:
		return ExitChecks
	case d.Verdict.State != check.Unknown:
		return ExitOK
	}
	code := 0
	for _, n := range d.Verdict.NotChecked {
		c := ExitCode(&world.Problem{Kind: n.Kind})
		if c == ExitCredentials || code == 0 {
			code = c
		}
	}
	return code
}

// compare adds what has changed since a bundle was written.
func (ss *sessions) compare(cmd *cobra.Command, now *plan.Diagnosis, file, pod string, only []symptom.Symptom) error {
	namespace, name, err := splitPod(pod)
	if err != nil {
		return err
	}
	before, err := diagnoseBundle(ss.out, cmd.Flags(), ss.options.answers, file, cmp.Or(namespace, now.Namespace), name, only)
	if err != nil {
		return err
	}
	now.Baseline = plan.SinceBaseline(before, now)
	return nil
}

// formatted is a diagnosis in an output format.
func formatted(out *console.Console, d *plan.Diagnosis, format string, all bool) (string, error) {
	switch format {
	case flags.FormatJSON:
		return out.JSONText(d)
	case flags.FormatJUnit:
		return diagnosis.JUnit(d)
	case flags.FormatMarkdown:
		return diagnosis.Markdown(d), nil
	case flags.FormatSARIF:
		return diagnosis.SARIF(d)
	default:
		return diagnosis.Text(out.Style, d, all, out.Width()), nil
	}
}
