package cli

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"podsg/cli/answers"
	"podsg/cli/explain"
	"podsg/cli/flags"
	"podsg/steps"
	"podsg/steps/check"
	"podsg/steps/cni"
	"podsg/steps/follow"
	"podsg/steps/plan"
	"podsg/steps/world"
)

// advisories is what to explain for the table of versions with known faults.
const advisories = "advisories"

func newExplain(ss *sessions) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "explain [CHECK]",
		Short: "Tell which security groups a pod would get, or what a check means",
		Long: `Tell which security groups a pod would get, before it exists: of a pod that
flags describe, or of every workload in a manifest. Without a namespace the
default one is looked at, or if that has no policy the one that has the most.
With the id of a check: its page, which needs no cluster. With the word
advisories: the versions of the VPC CNI that have known faults.`,
		Example: `  podsg explain --cluster workshop -n shop --labels app=web
  podsg explain --cluster workshop -f deployment.yaml
  podsg explain D77
  podsg explain advisories
  kubectl get deployments -n shop -o yaml |
    podsg explain --cluster workshop -f -`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) > 1 {
				return world.Usage("podsg explain --help shows its flags", "name one check, not %d", len(args))
			}
			return nil
		},
		ValidArgsFunction: func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
			return append(checkIDs(), advisories), cobra.ShellCompDirectiveNoFileComp
		},
	}
	ss.options.addWorld(cmd)
	answers.AddFlags(cmd.Flags(), "cluster", "region", "namespace")
	labelText := cmd.Flags().String("labels", "", "the pod's `labels`: app=web,tier=front")
	account := cmd.Flags().String("service-account", "", "`name` of the pod's service account; default: default")
	file := cmd.Flags().StringP("filename", "f", "", "take namespace, labels and service account from the workloads in this manifest `file`; - is standard input")
	from := cmd.Flags().String("from", "", "look at the snapshot in this `file`, written by podsg bundle, instead of a cluster; - is standard input")
	format := flags.AddOutput(cmd, flags.FormatText, flags.FormatJSON)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if len(args) == 1 && args[0] == advisories {
			return ss.out.Print(cni.AdvisoryText())
		}
		if len(args) == 1 {
			page, err := checkPage(args[0])
			if err != nil {
				return err
			}
			return ss.out.Print(page)
		}
		if *file != "" && *labelText != "" {
			return world.Usage("leave one of them out", "-f and --labels exclude each other: the manifest has the labels")
		}
		pods, err := explain.Pods(*labelText, *account, *file, ss.out.ReadFile)
		if err != nil {
			return err
		}
		out, err := ss.explain(cmd, *from, pods)
		if err != nil {
			return err
		}
		if *format == flags.FormatJSON {
			if len(out) == 1 {
				return ss.out.PrintJSON(out[0])
			}
			return ss.out.PrintJSON(struct {
				SchemaVersion int                    `json:"schemaVersion"`
				Explanations  []*explain.Explanation `json:"explanations"`
			}{plan.SchemaVersion, out})
		}
		texts := make([]string, len(out))
		for i, e := range out {
			texts[i] = e.Text()
		}
		return ss.out.Print(strings.Join(texts, "\n"))
	}
	return cmd
}

// explain explains pods, looking at each namespace once.
func (ss *sessions) explain(cmd *cobra.Command, from string, pods []explain.Pod) ([]*explain.Explanation, error) {
	type look struct {
		snapshot  *world.Snapshot
		namespace string
	}
	looks := map[string]look{}
	var out []*explain.Explanation
	for _, pod := range pods {
		l, seen := looks[pod.Namespace]
		if !seen {
			var err error
			if l.snapshot, l.namespace, err = ss.explainedSnapshot(cmd, from, pod.Namespace); err != nil {
				return nil, err
			}
			looks[pod.Namespace] = l
		}
		pod.Namespace = l.namespace
		e, err := explain.Decide(l.snapshot, pod)
		if err != nil {
			return nil, err
		}
		out = append(out, e)
	}
	return out, nil
}

// explainedSnapshot observes the pod's namespace: the flag's, else the
// manifest's, else the one that there is something to say of.
func (ss *sessions) explainedSnapshot(cmd *cobra.Command, from, namespace string) (*world.Snapshot, string, error) {
	if from != "" {
		b, in, err := openBundle(ss.out, cmd.Flags(), "", from)
		if err != nil {
			return nil, "", err
		}
		namespace = cmp.Or(in.Namespace, namespace, b.Namespace())
		if unread := b.Unread(namespace); unread != "" {
			ss.out.Say("note: %s", unread)
		}
		return b.Snapshot, namespace, nil
	}
	var snapshot *world.Snapshot
	err := ss.run(cmd, func(ctx context.Context, s *session) error {
		s.intent.Namespace = cmp.Or(s.intent.Namespace, namespace)
		o, err := s.observeToDiagnose(ctx)
		if err != nil {
			return err
		}
		snapshot, namespace = o.Snapshot, s.namespace()
		return nil
	})
	return snapshot, namespace, err
}

// checks are all checks that have a page: those of the procedure, and those that
// only a single pod has.
func checks() []check.Check { return append(steps.Registry(), follow.Checks()...) }

// checkIDs are their ids, each once.
func checkIDs() []string {
	var out []string
	for _, c := range checks() {
		if !slices.Contains(out, c.ID) {
			out = append(out, c.ID)
		}
	}
	return out
}

// checkPage is the page of a check, in Markdown.
func checkPage(id string) (string, error) {
	id = strings.ToUpper(id[:min(1, len(id))]) + id[min(1, len(id)):]
	c := check.Find(checks(), id)
	if c.ID == "" {
		hint := "podsg diagnose names the checks by their ids"
		if near := flags.Nearest(id, checkIDs()); near != "" {
			hint = "did you mean " + near + "?"
		}
		return "", world.Usage(hint, "there is no check %q", id)
	}
	return c.Page()
}
