package steps

import (
	"fmt"
	"strings"
	"time"
)

var stepSeed = Step{
	ID: StepSeed,
	About: []string{
		"A small table for the green pod to read.",
		"A private database is reached through a pod that carries the pods' security group, so it needs no hole.",
	},
	Plan: planSeed,
}

// planSeed plans the table unless the journal says that it was made. The
// database itself cannot be asked without a way in.
func planSeed(s *Snapshot, t *Target, p *Plan) {
	if !t.Seed {
		return
	}
	object := t.DB.Identifier + "/" + t.DB.Name + "/welcome"
	if e, ok := s.Kube.Journal.Entry(KindTable, object); ok && e.Done && !t.DB.Create {
		return
	}
	planCA(s, t, p)
	relay := t.probe("relay")
	action := SeedDatabase{
		Secret: SecretRef{Namespace: t.Namespace, Name: t.SecretName}, Identifier: t.DB.Identifier, Port: t.Port, Database: t.DB.Name,
		Username: t.DB.Username, TLSMode: t.TLSMode, CA: t.CA, Direct: t.DB.Public,
		Relay: relay.pod(), Once: t.probe("seed").pod(), Labels: map[string]string{probeLabel: "relay"},
	}
	if t.DB.Existing != nil {
		action.Host = t.DB.Existing.Address
	}
	way := "through a pod that carries " + t.PodGroup.String()
	if t.DB.Public {
		way = "directly, or " + way
	}
	p.Add(Change{
		ID: changeSeed, Step: StepSeed, Op: Create, Kind: KindTable,
		Summary:  fmt.Sprintf("table welcome in database %s of %s, %s", t.DB.Name, t.DB.Identifier, way),
		Why:      "gives the green pod something to read",
		Needs:    append([]string{changeSecret, changeDatabase, changePolicy, changeTrunk, changeCNI, changeCA, changeAccount}, ruleChanges(p)...),
		Undo:     undoTable(t),
		Expected: 20 * time.Second,
		Action:   action,
	})
}

func undoTable(t *Target) string {
	if t.DB.Create || t.DB.Existing != nil && OwnedBy(t.DB.Existing.Tags, t.Cluster.Name) {
		return "deleted with the database"
	}
	return "stays: podsg deletes no data of a database that it did not make"
}

// ruleChanges are the planned security group rules: a pod of the test needs
// them all before its first try means anything.
func ruleChanges(p *Plan) []string {
	var out []string
	for _, c := range p.Changes {
		if c.Kind == KindRule {
			out = append(out, c.ID)
		}
	}
	return out
}

// planCA plans the ConfigMap with the database's authorities, which the test
// pods verify its certificate with.
func planCA(s *Snapshot, t *Target, p *Plan) {
	if t.TLSMode != TLSVerifyFull || p.has(changeCA) {
		return
	}
	m := object("v1", "ConfigMap", t.Namespace, caConfigMap)
	data := map[string]any{caKey: string(t.CA)}
	sum := sumOf(data)
	m["metadata"].(map[string]any)["annotations"] = map[string]any{templateSum: sum}
	m["data"] = data
	op := Create
	if have := s.Kube.CAConfigMap; have != nil {
		if have.Sum == sum {
			return
		}
		op = Update
	}
	p.Add(Change{
		ID: changeCA, Step: StepSeed, Op: op, Kind: KindConfigMap,
		Summary: fmt.Sprintf("ConfigMap %s/%s with %d RDS certificate authorities", t.Namespace, caConfigMap, strings.Count(string(t.CA), "BEGIN CERTIFICATE")),
		Why:     "the test pods verify the database's certificate with it", Needs: []string{changeNamespace}, Undo: "deleted",
		Action: ApplyObject{Kind: KindConfigMap, Manifest: m},
	})
}
