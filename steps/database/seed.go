package database

import (
	"fmt"
	"time"

	"podsg/steps/check"
	"podsg/steps/intent"
	"podsg/steps/plan"
	"podsg/steps/probe"
	"podsg/steps/world"
)

// StepSeed is the step about the table that the green pod reads.
var StepSeed = plan.Step{
	ID: check.StepSeed,
	About: []string{
		"A small table for the green pod to read.",
		"A private database is reached through a pod that carries the pods' security group, so it needs no hole.",
	},
	Plan: planSeed,
}

// planSeed plans the table unless the journal says that it was made. The
// database itself cannot be asked without a way in.
func planSeed(s *world.Snapshot, t *intent.Target, p *plan.Plan) {
	if !t.Seed {
		return
	}
	object := t.DB.Identifier + "/" + t.DB.Name + "/welcome"
	if e, ok := s.Kube.Journal.Entry(world.KindTable, object); ok && e.Done && !t.DB.Create {
		return
	}
	probe.PlanCA(s, t, p)
	probe.PlanPolicy(s, t, p)
	relay := probe.Probe(t, "relay")
	action := SeedDatabase{
		Secret: plan.SecretRef{Namespace: t.Namespace, Name: t.SecretName}, Identifier: t.DB.Identifier, Port: t.Port, Database: t.DB.Name,
		Username: t.DB.Username, TLSMode: t.TLSMode, CA: t.CA, Direct: t.DB.Public,
		Relay: relay.Pod(), Once: probe.Probe(t, "seed").Pod(), Labels: map[string]string{intent.ProbeLabel: "relay"},
	}
	if t.DB.Existing != nil {
		action.Host = t.DB.Existing.Address
	}
	way := "through a pod that carries " + t.PodGroup.String()
	if t.DB.Public {
		way = "directly, or " + way
	}
	p.Add(plan.Change{
		ID: plan.ChangeSeed, Step: check.StepSeed, Op: plan.Create, Kind: world.KindTable,
		Summary:  fmt.Sprintf("table welcome in database %s of %s, %s", t.DB.Name, t.DB.Identifier, way),
		Why:      "gives the green pod something to read",
		Needs:    append([]string{plan.ChangeSecret, plan.ChangeDatabase, plan.ChangePolicy, plan.ChangeTrunk, plan.ChangeCNI, plan.ChangeCA, plan.ChangeProbePolicy}, plan.RuleChanges(p)...),
		Undo:     undoTable(t),
		Expected: 20 * time.Second,
		Action:   action,
	})
}

func undoTable(t *intent.Target) string {
	if t.DB.Create || t.DB.Existing != nil && world.OwnedBy(t.DB.Existing.Tags, t.Cluster.Name) {
		return "deleted with the database"
	}
	return "stays: podsg deletes no data of a database that it did not make"
}
