package intent

import (
	"strings"

	"go.yaml.in/yaml/v3"
)

// WorkloadNames names workloads of the namespace, as kind/name. The answers file
// has one as a text, and several as a list.
type WorkloadNames []string

// UnmarshalYAML implements [yaml.Unmarshaler].
func (w *WorkloadNames) UnmarshalYAML(n *yaml.Node) error {
	if n.Kind == yaml.ScalarNode {
		*w = WorkloadNames{n.Value}
		return nil
	}
	var names []string
	err := n.Decode(&names)
	*w = names
	return err
}

// MarshalYAML implements [yaml.Marshaler].
func (w WorkloadNames) MarshalYAML() (any, error) {
	if len(w) == 1 {
		return w[0], nil
	}
	return []string(w), nil
}

// What is done with pods that are older than their policy.
const (
	RestartAsk     = "ask"
	RestartNever   = "never"
	RestartRolling = "rolling"
)

// What is done with connections that the pods would lose.
const (
	LostAsk      = "ask"
	LostAddRules = "add-rules"
	LostAccept   = "accept"
)

// longestPolicyName keeps a name that follows from several workloads readable.
const longestPolicyName = 63

// WantedPolicy is the name of the policy that was answered, or that follows from
// the workloads; empty: neither.
func (in Intent) WantedPolicy() string {
	if in.Policy.Name != "" {
		return in.Policy.Name
	}
	var names []string
	for _, named := range in.Workloads {
		_, name, _ := strings.Cut(named, "/")
		names = append(names, name)
	}
	name := strings.Join(names, "-")
	return strings.TrimRight(name[:min(len(name), longestPolicyName)], "-.")
}
