// Package explain tells which security groups a pod would get, as the webhook
// would decide it.
package explain

import (
	"fmt"
	"slices"
	"strings"

	"podsg/steps/clean"
	"podsg/steps/plan"
	"podsg/steps/world"
)

// maxGroups is how many security groups a network interface can have without a
// raised quota. https://docs.aws.amazon.com/vpc/latest/userguide/amazon-vpc-limits.html
const maxGroups = 5

// Explanation is the result of explain.
type Explanation struct {
	SchemaVersion int      `json:"schemaVersion"`
	Cluster       string   `json:"cluster"`
	Workload      string   `json:"workload,omitempty"` // of a manifest: Deployment web
	Namespace     string   `json:"namespace"`
	BranchENI     bool     `json:"branchEni"`
	Groups        []Group  `json:"groups"`
	Policies      []string `json:"policies"` // those that match
	Notes         []string `json:"notes,omitempty"`
}

// Group is a security group that a pod gets.
type Group struct {
	ID   string `json:"id"`
	Name string `json:"name,omitempty"`
}

// Decide decides as the webhook would.
func Decide(s *world.Snapshot, pod Pod) (*Explanation, error) {
	if reason, missing := s.Missing(world.FactPolicies); missing {
		return nil, &world.Problem{Kind: s.Gaps[world.FactPolicies].Kind, Doing: "explain a pod's security groups", Err: fmt.Errorf("%s", reason)}
	}
	e := &Explanation{
		SchemaVersion: plan.SchemaVersion, Cluster: s.Cloud.Cluster.Name, Workload: pod.workload, Namespace: pod.Namespace,
		Groups: []Group{}, Policies: []string{},
	}
	if _, missing := s.Missing(world.FactNamespace); !missing && !hasNamespace(s, pod.Namespace) {
		e.Notes = append(e.Notes, fmt.Sprintf("there is no namespace %s yet", pod.Namespace))
	}
	var policies []world.PodPolicy
	for _, p := range s.Kube.Policies {
		if p.Namespace == pod.Namespace {
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
		e.Notes = append(e.Notes, fmt.Sprintf("service account %s was not observed in namespace %s; it counts as one without labels", pod.serviceAccount, pod.Namespace))
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
		e.Groups = append(e.Groups, Group{ID: id, Name: g.Name})
	}
	if len(ids) > maxGroups {
		e.Notes = append(e.Notes, fmt.Sprintf("%d groups are more than the %d that a network interface can have by default", len(ids), maxGroups))
	}
	e.BranchENI, e.Policies = len(ids) > 0, append(e.Policies, matched...)
	return e, nil
}

// Text is the explanation for people.
func (e *Explanation) Text() string {
	e = clean.Copy(e)
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
