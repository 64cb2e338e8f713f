package cloud_test

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"testing"

	"podsg/sandbox/cloud"
)

// difference names the objects that two snapshots do not agree on.
func difference(before, after map[string]json.RawMessage) []string {
	var keys []string
	for key := range maps.Keys(before) {
		if string(before[key]) != string(after[key]) {
			keys = append(keys, key)
		}
	}
	for key := range after {
		if _, ok := before[key]; !ok {
			keys = append(keys, key)
		}
	}
	slices.Sort(keys)
	return keys
}

func TestASnapshotShowsEveryChangeAndNoSecret(t *testing.T) {
	w := newWorld(t, cloud.Config{})
	check(t, w.AddDBSubnetGroup("db", w.PrivateSubnets, nil))
	before := try(w.Snapshot())(t)
	if diff := difference(before, try(w.Snapshot())(t)); len(diff) > 0 {
		t.Errorf("two snapshots of the same world differ in %v", diff)
	}
	group := w.createGroup(t, "POD_SG")
	try(w.AddDatabase(cloud.DatabaseSpec{Identifier: "rds", SubnetGroup: "db", Username: "app", Password: "very-secret-word"}))(t)
	w.AddSecret("app", "very-secret-word", nil)
	after := try(w.Snapshot())(t)
	var kinds []string
	for _, key := range difference(before, after) {
		kind, _, _ := strings.Cut(key, "/")
		kinds = append(kinds, kind)
	}
	if got, want := strings.Join(kinds, " "), "db-instance network-interface secret security-group"; got != want {
		t.Errorf("changed are %s, want %s", got, want)
	}
	if _, ok := after["security-group/"+group]; !ok {
		t.Errorf("the snapshot has no security-group/%s", group)
	}
	for key, object := range after {
		if strings.Contains(string(object), "very-secret-word") {
			t.Errorf("%s shows a secret", key)
		}
	}
}

func TestTheSameSeedMakesTheSameWorld(t *testing.T) {
	one, two, other := newWorld(t, cloud.Config{Seed: 7}), newWorld(t, cloud.Config{Seed: 7}), newWorld(t, cloud.Config{Seed: 8})
	if one.VPC != two.VPC || one.nodes[1] != two.nodes[1] {
		t.Errorf("the same seed made %s and %s", one.VPC, two.VPC)
	}
	if one.VPC == other.VPC {
		t.Errorf("another seed made %s too", other.VPC)
	}
}
