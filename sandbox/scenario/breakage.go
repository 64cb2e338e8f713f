package scenario

import (
	"podsg/sandbox/cloud"
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

// scenario is the world to choose.
func (b breakage) scenario() Scenario {
	return Scenario{
		Name: b.name, Title: b.title, Description: b.description, Check: b.check, SetUp: true,
		Build: func(builder *Builder) (Built, error) { return buildReady(builder, &b) },
	}
}

// buildReady makes the account, and says what is done in the cluster. A nil
// breakage breaks nothing.
func buildReady(b *Builder, broken *breakage) (Built, error) {
	r := &ready{
		Builder:  b,
		nodes:    cloud.NodeGroupSpec{Name: "ng-m5", InstanceType: "m5.large", Count: 2},
		addon:    cloud.AddonSpec{Name: "vpc-cni", ConfigurationValues: readyCNI},
		database: cloud.DatabaseSpec{Identifier: databaseName, SubnetGroup: databaseName, DBName: "workshop", Username: "workshop", Password: readyPassword},
	}
	r.authorities = b.CAPEM
	if broken == nil {
		broken = &breakage{}
	}
	if broken.plan != nil {
		broken.plan(r)
	}
	if err := r.makeAccount(); err != nil {
		return Built{}, err
	}
	r.application()
	if broken.spoil != nil {
		if err := broken.spoil(r); err != nil {
			return Built{}, err
		}
	}
	made := Built{VPCID: r.network.VPC, CNIValues: r.addon.ConfigurationValues, Stages: []cluster.Stage{r.prepare, r.install}, Await: r.hearGreen}
	if r.cni != "" {
		made.CNIValues = r.cni
	}
	if broken.later != nil {
		made.Stages = append(made.Stages, func(s *cluster.Staging) error { return broken.later(r, s) })
	}
	if broken.last != nil {
		made.Last = func(w Running) error { return broken.last(r, w) }
	}
	return made, nil
}
