package intent

import (
	"maps"

	"podsg/steps/world"
)

// GreenAccountLabels are the labels of the test pods' service account.
func GreenAccountLabels(s *world.Selector) map[string]string {
	labels := map[string]string{world.LabelManagedBy: world.ManagedBy}
	maps.Copy(labels, world.SelectedLabels(s))
	return labels
}

// ProofAccount is the service account of the pod by whose dry run the policy is
// proven; empty where it selects by such and none is there or planned.
func (t *Target) ProofAccount(s *world.Snapshot) string {
	if t.Verify || t.Seed {
		return t.GreenServiceAccount()
	}
	name, _ := world.SelectedAccount(s.Kube.ServiceAccounts, t.SASelector)
	return name
}

func HasServiceAccount(s *world.Snapshot, t *Target) bool {
	for _, a := range s.Kube.ServiceAccounts {
		if ok, err := t.SASelector.Matches(a.Labels); a.Name == t.GreenServiceAccount() && err == nil && ok {
			return true
		}
	}
	return false
}

// The names that the test needs.
const (
	CAConfigMap = "podsg-rds-ca"
	ProbeLabel  = "podsg/probe" // green, red or relay
)

// GreenLabels are the labels of a pod that the policy selects.
func (t *Target) GreenLabels() map[string]string {
	labels := map[string]string{"app": GreenLabel}
	maps.Copy(labels, world.SelectedLabels(t.Selector))
	if ok, err := t.Selector.Matches(labels); err == nil && !ok {
		return world.SelectedLabels(t.Selector) // it excludes that label
	}
	return labels
}

// TestLabels are the labels that a test pod carries besides its own.
func TestLabels(role string, labels map[string]string) map[string]string {
	out := map[string]string{world.LabelManagedBy: world.ManagedBy, ProbeLabel: role}
	maps.Copy(out, labels)
	return out
}

func (t *Target) DefaultSelector() bool {
	return t.SASelector == nil && t.Selector != nil && len(t.Selector.MatchExpressions) == 0 &&
		maps.Equal(t.Selector.MatchLabels, map[string]string{"app": GreenLabel})
}

// GreenServiceAccount is the service account of the green pod: podsg's own,
// with the labels that the policy selects, when it selects service accounts.
func (t *Target) GreenServiceAccount() string {
	if t.SASelector == nil {
		return ""
	}
	return GreenLabel
}
