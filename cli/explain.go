package cli

import (
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"
	"k8s.io/apimachinery/pkg/labels"
	"sigs.k8s.io/yaml"

	"podsg/steps"
)

// maxGroups is how many security groups a network interface can have without a
// raised quota. https://docs.aws.amazon.com/vpc/latest/userguide/amazon-vpc-limits.html
const maxGroups = 5

func newExplain(a *app, o *options) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "explain",
		Short: "Tell which security groups a pod would get, before it exists",
		Example: `  podsg explain --cluster workshop -n shop --labels app=web
  podsg explain --cluster workshop -f deployment.yaml`,
		Args: noArguments,
	}
	o.addWorld(cmd)
	addAnswerFlags(cmd.Flags(), "cluster", "region", "namespace")
	labelText := cmd.Flags().String("labels", "", "the pod's `labels`: app=web,tier=front")
	account := cmd.Flags().String("service-account", "", "the pod's service account (`NAME`); default: default")
	file := cmd.Flags().StringP("filename", "f", "", "take namespace, labels and service account from this manifest `file`; - is standard input")
	from := cmd.Flags().String("from", "", "look at the snapshot in this `file`, written by podsg bundle, instead of a cluster")
	format := addOutput(cmd, formatText, formatJSON)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		pod, err := a.describedPod(*labelText, *account, *file)
		if err != nil {
			return err
		}
		snapshot, namespace, err := a.explainedSnapshot(cmd, o, *from, pod.namespace)
		if err != nil {
			return err
		}
		pod.namespace = namespace
		e, err := explain(snapshot, pod)
		if err != nil {
			return err
		}
		if *format == formatJSON {
			return a.printJSON(e)
		}
		return a.print(e.text())
	}
	return cmd
}

// podDescription is what decides about a pod's security groups.
type podDescription struct {
	namespace, serviceAccount string
	labels                    map[string]string
	hostNetwork               bool
}

// describedPod reads the description from flags or from a manifest.
func (a *app) describedPod(labelText, account, file string) (podDescription, error) {
	if file == "" {
		if labelText == "" && account == "" {
			return podDescription{}, steps.Usage("--labels app=web, --service-account NAME, or -f FILE", "describe the pod")
		}
		set, err := labels.ConvertSelectorToLabelsMap(labelText)
		if err != nil {
			return podDescription{}, usageOf(fmt.Errorf("--labels: %w", err))
		}
		return podDescription{labels: set, serviceAccount: orDefault(account, "default")}, nil
	}
	var data []byte
	var err error
	if file == "-" {
		data, err = io.ReadAll(a.Stdin)
	} else {
		data, err = os.ReadFile(file)
	}
	if err == nil {
		var pod podDescription
		if pod, err = podOfManifest(data); err == nil {
			pod.serviceAccount = orDefault(account, orDefault(pod.serviceAccount, "default"))
			return pod, nil
		}
	}
	return podDescription{}, &steps.Problem{Kind: steps.ProblemUsage, Doing: "read manifest", Object: file, Err: err}
}

// manifestPod is the part of a Pod, or of a workload with a pod template, that
// matters here.
type manifestPod struct {
	Kind     string `json:"kind"`
	Metadata struct {
		Namespace string            `json:"namespace"`
		Labels    map[string]string `json:"labels"`
	} `json:"metadata"`
	Spec struct {
		ServiceAccountName string       `json:"serviceAccountName"`
		HostNetwork        bool         `json:"hostNetwork"`
		Template           *manifestPod `json:"template"`
		JobTemplate        *manifestPod `json:"jobTemplate"`
	} `json:"spec"`
}

func podOfManifest(data []byte) (podDescription, error) {
	var m manifestPod
	if err := yaml.Unmarshal(data, &m); err != nil {
		return podDescription{}, err
	}
	namespace, pod := m.Metadata.Namespace, &m
	if pod.Spec.JobTemplate != nil {
		pod = pod.Spec.JobTemplate
	}
	if pod.Spec.Template != nil {
		pod = pod.Spec.Template
	}
	if m.Kind != "Pod" && pod == &m {
		return podDescription{}, fmt.Errorf("kind %q has no pod template", m.Kind)
	}
	return podDescription{
		namespace: namespace, labels: pod.Metadata.Labels, serviceAccount: pod.Spec.ServiceAccountName, hostNetwork: pod.Spec.HostNetwork,
	}, nil
}

// explainedSnapshot observes the pod's namespace: the flag's, else the
// manifest's, else the default one.
func (a *app) explainedSnapshot(cmd *cobra.Command, o *options, from, namespace string) (*steps.Snapshot, string, error) {
	if from != "" {
		b, err := readBundle(from)
		if err != nil {
			return nil, "", err
		}
		if given(cmd.Flags(), "namespace") {
			namespace = cmd.Flags().Lookup("namespace").Value.String()
		}
		return b.Snapshot, orDefault(namespace, orDefault(b.Intent.Namespace, steps.DefaultNamespace)), nil
	}
	s, err := a.newSession(cmd, o)
	if err != nil {
		return nil, "", err
	}
	defer s.close()
	if s.intent.Namespace == "" {
		s.intent.Namespace = orDefault(namespace, steps.DefaultNamespace)
	}
	ctx, cancel := s.limited(cmd.Context())
	defer cancel()
	observation, err := s.observe(ctx)
	if err != nil {
		return nil, "", err
	}
	return observation.Snapshot, s.intent.Namespace, nil
}

// explanation is the result of explain.
type explanation struct {
	SchemaVersion int              `json:"schemaVersion"`
	Cluster       string           `json:"cluster"`
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
func explain(s *steps.Snapshot, pod podDescription) (*explanation, error) {
	if reason, missing := s.Missing(steps.FactPolicies); missing {
		return nil, &steps.Problem{Kind: s.Gaps[steps.FactPolicies].Kind, Doing: "explain a pod's security groups", Err: fmt.Errorf("%s", reason)}
	}
	e := &explanation{SchemaVersion: steps.SchemaVersion, Cluster: s.Cloud.Cluster.Name, Namespace: pod.namespace, Groups: []explainedGroup{}, Policies: []string{}}
	var policies []steps.PodPolicy
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
	ids, matched, invalid := steps.MatchPolicies(policies, pod.labels, accountLabels)
	for name, err := range invalid {
		e.Notes = append(e.Notes, fmt.Sprintf("policy %s is ignored: %v", name, err))
	}
	if pod.hostNetwork {
		e.Notes = append(e.Notes, "a pod of the host network has the node's security groups; policies do not apply to it")
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
