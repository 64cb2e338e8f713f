package intent

import (
	"crypto/sha256"
	"encoding/hex"
	"maps"

	"podsg/steps/world"
)

// The names that the test needs.
const (
	CAConfigMap = "podsg-rds-ca"
	ProbeLabel  = "podsg/probe" // green, red, relay or seed
	AccessLabel = world.LabelAccess
)

// The pods of podsg's, by what they are for.
const (
	RoleGreen = "green" // has the security groups: it must reach the database
	RoleRed   = "red"   // has not: it must time out
	RoleRelay = "relay" // lets podsg seed a private database
	RoleSeed  = "seed"  // does it for a script
)

// Demo reports whether podsg's own two pods are what is given access: there are
// no pods of the user's, and they stay. For any other access podsg's pods only
// try it. They then match no selector of the user's, and go after the proof.
func (t *Target) Demo() bool { return t.DefaultSelector() }

// DefaultSelector reports whether the policy selects the demo's green pod.
func (t *Target) DefaultSelector() bool { return t.SASelector == nil && isDemo(t.Selector) }

func isDemo(s *world.Selector) bool {
	return s != nil && len(s.MatchExpressions) == 0 && maps.Equal(s.MatchLabels, map[string]string{"app": GreenLabel})
}

// ProbeName is the name of the Deployment of the green or the red pod.
func (t *Target) ProbeName(role string) string {
	switch {
	case !t.Demo():
		return "podsg-" + role + "-" + t.access()
	case role == RoleRed:
		return RedLabel
	default:
		return GreenLabel
	}
}

// ProbeLabels are the labels of a pod of podsg's.
func (t *Target) ProbeLabels(role string) map[string]string {
	labels := map[string]string{world.LabelManagedBy: world.ManagedBy, ProbeLabel: role}
	switch {
	case !t.Demo():
		labels[AccessLabel] = t.access()
	case role != RoleRed:
		labels["app"] = GreenLabel
	case t.RedLabels == nil:
		labels["app"] = RedLabel
	}
	if role == RoleRed {
		maps.Copy(labels, t.RedLabels)
	}
	return labels
}

// ProbePolicy is the name of podsg's own policy, which gives the pods that try an
// access the groups that the access' own policy gives to the user's pods.
func (t *Target) ProbePolicy() string { return world.ProbePolicyName(clipped(t.PolicyName, 240)) }

// ProbeSelector selects the pods of podsg's that must have the groups.
func (t *Target) ProbeSelector() *world.Selector {
	return &world.Selector{
		MatchLabels:      map[string]string{AccessLabel: t.access()},
		MatchExpressions: []world.SelectorRequirement{{Key: ProbeLabel, Operator: "In", Values: []string{RoleGreen, RoleRelay, RoleSeed}}},
	}
}

// access names the access in labels, which take fewer characters than the name of
// a policy may have.
func (t *Target) access() string { return clipped(t.PolicyName, 63) }

// clipped is a text that is not longer than that; one that was cut ends with its
// sum, so that two stay two.
func clipped(text string, most int) string {
	if len(text) <= most {
		return text
	}
	sum := sha256.Sum256([]byte(text))
	return text[:most-9] + "-" + hex.EncodeToString(sum[:4])
}

// ProofAccount is a service account that the policy selects, with which a dry run
// proves it; empty where it selects by such and none is there.
func (t *Target) ProofAccount(s *world.Snapshot) string {
	name, _ := world.SelectedAccount(s.Kube.ServiceAccounts, t.SASelector)
	return name
}
