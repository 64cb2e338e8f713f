package world

import (
	"fmt"
	"slices"
	"strconv"
)

// Taint keeps pods that do not tolerate it off a node.
// https://kubernetes.io/docs/concepts/scheduling-eviction/taint-and-toleration/
type Taint struct {
	Key    string `json:"key"`
	Value  string `json:"value,omitempty"`
	Effect string `json:"effect"` // NoSchedule, PreferNoSchedule, NoExecute
}

// String is the taint as kubectl writes it.
func (t Taint) String() string {
	if t.Value == "" {
		return t.Key + ":" + t.Effect
	}
	return t.Key + "=" + t.Value + ":" + t.Effect
}

// Tolerates reports whether a toleration lets its pod onto nodes with a taint.
func (t Toleration) Tolerates(taint Taint) bool {
	if t.Effect != "" && t.Effect != taint.Effect || t.Key != "" && t.Key != taint.Key {
		return false
	}
	if t.Operator == "Exists" {
		return true
	}
	return t.Key != "" && t.Value == taint.Value
}

// Scheduling is what a pod template asks of the nodes that its pods run on.
type Scheduling struct {
	NodeSelector map[string]string `json:"nodeSelector,omitempty"`
	// Terms are its required node affinity: a node must meet one of them.
	Terms       []NodeTerm   `json:"nodeTerms,omitempty"`
	Tolerations []Toleration `json:"tolerations,omitempty"`
}

// NodeTerm is a term of a required node affinity: all of its expressions must
// hold.
type NodeTerm struct {
	Labels []SelectorRequirement `json:"labels,omitempty"`
	Names  []SelectorRequirement `json:"names,omitempty"` // of metadata.name
}

// Refuses says why a node does not take pods with such a template; empty: it
// takes them, as far as taints, labels and cordons decide.
func (x Scheduling) Refuses(n Node) string {
	if n.Cordoned {
		return "it is cordoned"
	}
	for _, taint := range n.Taints {
		if taint.Effect == "PreferNoSchedule" {
			continue
		}
		if !slices.ContainsFunc(x.Tolerations, func(t Toleration) bool { return t.Tolerates(taint) }) {
			return fmt.Sprintf("the pods do not tolerate its taint %s", taint)
		}
	}
	for key, value := range x.NodeSelector {
		if n.Labels[key] != value {
			return fmt.Sprintf("the pods want nodes with %s=%s", key, value)
		}
	}
	if len(x.Terms) > 0 && !slices.ContainsFunc(x.Terms, func(t NodeTerm) bool { return t.holds(n) }) {
		return "the node affinity of the pods does not name it"
	}
	return ""
}

func (t NodeTerm) holds(n Node) bool {
	if len(t.Labels)+len(t.Names) == 0 {
		return false // an empty term names no node
	}
	name := map[string]string{"metadata.name": n.Name}
	return !slices.ContainsFunc(t.Labels, func(r SelectorRequirement) bool { return !meets(r, n.Labels) }) &&
		!slices.ContainsFunc(t.Names, func(r SelectorRequirement) bool { return !meets(r, name) })
}

// meets judges a requirement of a node affinity, which compares numbers too.
func meets(r SelectorRequirement, labels map[string]string) bool {
	value, set := labels[r.Key]
	switch r.Operator {
	case "In":
		return set && slices.Contains(r.Values, value)
	case "NotIn":
		return !slices.Contains(r.Values, value)
	case "Exists":
		return set
	case "DoesNotExist":
		return !set
	case "Gt", "Lt":
		if !set || len(r.Values) != 1 {
			return false
		}
		have, err := strconv.Atoi(value)
		limit, wrong := strconv.Atoi(r.Values[0])
		return err == nil && wrong == nil && (r.Operator == "Gt" && have > limit || r.Operator == "Lt" && have < limit)
	default:
		return false
	}
}
