package cli

import (
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"podsg/steps/plan"
	"podsg/steps/world"
)

// maxGroups is how many security groups a network interface can have without a
// raised quota. https://docs.aws.amazon.com/vpc/latest/userguide/amazon-vpc-limits.html
const maxGroups = 5

func newExplain(a *app, o *options) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "explain",
		Short: "Tell which security groups a pod would get, before it exists",
		Long: `Tell which security groups a pod would get, before it exists: of a pod that flags
describe, or of every workload in a manifest. Without a namespace the default one
is looked at, or if that has no policy the one that has the most.`,
		Example: `  podsg explain --cluster workshop -n shop --labels app=web
  podsg explain --cluster workshop -f deployment.yaml
  kubectl get deployments -n shop -o yaml | podsg explain --cluster workshop -f -`,
		Args: noArguments,
	}
	o.addWorld(cmd)
	addAnswerFlags(cmd.Flags(), "cluster", "region", "namespace")
	labelText := cmd.Flags().String("labels", "", "the pod's `labels`: app=web,tier=front")
	account := cmd.Flags().String("service-account", "", "`name` of the pod's service account; default: default")
	file := cmd.Flags().StringP("filename", "f", "", "take namespace, labels and service account from the workloads in this manifest `file`; - is standard input")
	from := cmd.Flags().String("from", "", "look at the snapshot in this `file`, written by podsg bundle, instead of a cluster; - is standard input")
	format := addOutput(cmd, formatText, formatJSON)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		if *file != "" && *labelText != "" {
			return world.Usage("leave one of them out", "-f and --labels exclude each other: the manifest has the labels")
		}
		pods, err := a.describedPods(*labelText, *account, *file)
		if err != nil {
			return err
		}
		out, err := a.explainAll(cmd, o, *from, pods)
		if err != nil {
			return err
		}
		if *format == formatJSON {
			if len(out) == 1 {
				return a.printJSON(out[0])
			}
			return a.printJSON(struct {
				SchemaVersion int            `json:"schemaVersion"`
				Explanations  []*explanation `json:"explanations"`
			}{plan.SchemaVersion, out})
		}
		texts := make([]string, len(out))
		for i, e := range out {
			texts[i] = e.text()
		}
		return a.print(strings.Join(texts, "\n"))
	}
	return cmd
}

// explainAll explains pods, looking at each namespace once.
func (a *app) explainAll(cmd *cobra.Command, o *options, from string, pods []podDescription) ([]*explanation, error) {
	type look struct {
		snapshot  *world.Snapshot
		namespace string
	}
	looks := map[string]look{}
	var out []*explanation
	for _, pod := range pods {
		l, seen := looks[pod.namespace]
		if !seen {
			var err error
			if l.snapshot, l.namespace, err = a.explainedSnapshot(cmd, o, from, pod.namespace); err != nil {
				return nil, err
			}
			looks[pod.namespace] = l
		}
		pod.namespace = l.namespace
		e, err := explain(l.snapshot, pod)
		if err != nil {
			return nil, err
		}
		out = append(out, e)
	}
	return out, nil
}

// explainedSnapshot observes the pod's namespace: the flag's, else the
// manifest's, else the one that there is something to say of.
func (a *app) explainedSnapshot(cmd *cobra.Command, o *options, from, namespace string) (*world.Snapshot, string, error) {
	if from != "" {
		in, sources, err := a.readIntent(cmd.Flags(), a.fromEnvironment, "")
		if err != nil {
			return nil, "", err
		}
		b, err := a.readBundle(from)
		if err != nil {
			return nil, "", err
		}
		if err := b.sameCluster(in.Cluster, sources); err != nil {
			return nil, "", err
		}
		namespace = orDefault(in.Namespace, orDefault(namespace, b.namespace()))
		a.sayUnread(b, namespace)
		return b.Snapshot, namespace, nil
	}
	s, err := a.newSession(cmd, o)
	if err != nil {
		return nil, "", err
	}
	defer s.close()
	s.intent.Namespace = orDefault(s.intent.Namespace, namespace)
	ctx, cancel := s.limited(cmd.Context())
	defer cancel()
	observation, err := s.observeToDiagnose(ctx)
	if err != nil {
		return nil, "", err
	}
	return observation.Snapshot, s.namespace(), nil
}

// explanation is the result of explain.
type explanation struct {
	SchemaVersion int              `json:"schemaVersion"`
	Cluster       string           `json:"cluster"`
	Workload      string           `json:"workload,omitempty"` // of a manifest: Deployment web
	Namespace     string           `json:"namespace"`
	BranchENI     bool             `json:"branchEni"`
	Groups        []explainedGroup `json:"groups"`
	Policies      []string         `json:"policies"` // those that match
	Notes         []string         `json:"notes,omitempty"`
}

type explainedGroup struct {
	ID   string `json:"id"`
	Name string `json:"name,omitempty"`
}

// explain decides as the webhook would.
func explain(s *world.Snapshot, pod podDescription) (*explanation, error) {
	if reason, missing := s.Missing(world.FactPolicies); missing {
		return nil, &world.Problem{Kind: s.Gaps[world.FactPolicies].Kind, Doing: "explain a pod's security groups", Err: fmt.Errorf("%s", reason)}
	}
	e := &explanation{
		SchemaVersion: plan.SchemaVersion, Cluster: s.Cloud.Cluster.Name, Workload: pod.workload, Namespace: pod.namespace,
		Groups: []explainedGroup{}, Policies: []string{},
	}
	if _, missing := s.Missing(world.FactNamespace); !missing && !hasNamespace(s, pod.namespace) {
		e.Notes = append(e.Notes, fmt.Sprintf("there is no namespace %s yet", pod.namespace))
	}
	var policies []world.PodPolicy
	for _, p := range s.Kube.Policies {
		if p.Namespace == pod.namespace {
			policies = append(policies, p)
		}
	}
	var accountLabels map[string]string
	known := false
	for _, sa := range s.Kube.ServiceAccounts {
		if sa.Name == pod.serviceAccount {
			accountLabels, known = sa.Labels, true
		}
	}
	if !known {
		e.Notes = append(e.Notes, fmt.Sprintf("service account %s was not observed in namespace %s; it counts as one without labels", pod.serviceAccount, pod.namespace))
	}
	ids, matched, invalid := world.MatchPolicies(policies, pod.labels, accountLabels)
	for name, err := range invalid {
		e.Notes = append(e.Notes, fmt.Sprintf("policy %s is ignored: %v", name, err))
	}
	if reason := pod.exempt(); reason != "" {
		e.Notes = append(e.Notes, reason)
		ids, matched = nil, nil
	}
	for _, id := range ids {
		g, found := s.Group(id)
		if !found {
			e.Notes = append(e.Notes, fmt.Sprintf("security group %s does not exist or could not be observed", id))
		}
		e.Groups = append(e.Groups, explainedGroup{ID: id, Name: g.Name})
	}
	if len(ids) > maxGroups {
		e.Notes = append(e.Notes, fmt.Sprintf("%d groups are more than the %d that a network interface can have by default", len(ids), maxGroups))
	}
	e.BranchENI, e.Policies = len(ids) > 0, append(e.Policies, matched...)
	return e, nil
}

func (e *explanation) text() string {
	var b strings.Builder
	if e.Workload != "" {
		fmt.Fprintf(&b, "%s: ", e.Workload)
	}
	if e.BranchENI {
		fmt.Fprintf(&b, "In namespace %s the pod gets a branch ENI with these security groups:\n", e.Namespace)
		for _, g := range e.Groups {
			fmt.Fprintf(&b, "  %s %s\n", g.ID, g.Name)
		}
		fmt.Fprintf(&b, "by policy %s\n", strings.Join(e.Policies, ", "))
	} else {
		fmt.Fprintf(&b, "In namespace %s no policy selects the pod: it has the security groups of its node.\n", e.Namespace)
	}
	for _, n := range e.Notes {
		fmt.Fprintf(&b, "note: %s\n", n)
	}
	return b.String()
}

// hasNamespace reports whether a namespace was observed, itself or by what is in
// it: a snapshot holds one namespace whole, and the policies and some pods of all.
func hasNamespace(s *world.Snapshot, name string) bool {
	if ns := s.Kube.Namespace; ns != nil && ns.Name == name {
		return true
	}
	return slices.ContainsFunc(s.Kube.Policies, func(p world.PodPolicy) bool { return p.Namespace == name }) ||
		slices.ContainsFunc(s.Kube.Pods, func(p world.Pod) bool { return p.Namespace == name })
}
