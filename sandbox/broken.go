package sandbox

import (
	"slices"

	"podsg/sandbox/cluster"
)

// A breakage makes a broken world of the ready one: one cause, which one check
// names. Only the functions that it needs are set; they are called in this
// order.
type breakage struct {
	name, check, title, description string

	plan  func(*ready)                         // before anything is made
	spoil func(*ready) error                   // once the account is made, before the cluster runs
	later func(*ready, *cluster.Staging) error // once everything runs and works
	last  func(*ready, Running) error          // as the last thing before the world begins
}

// breakages lists the broken worlds in the order of the procedure.
func breakages() []breakage {
	return slices.Concat(brokenRoles(), brokenNodes(), brokenCNI(), brokenPolicies(), brokenPods(), brokenNetwork(), brokenDatabases())
}

// scenario is the world to choose.
func (b breakage) scenario() Scenario {
	return Scenario{
		Name: b.name, Title: b.title, Description: b.description, Check: b.check, setUp: true,
		build: func(builder *builder) (built, error) { return buildReady(builder, &b) },
	}
}
