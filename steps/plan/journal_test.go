package plan

import (
	"maps"
	"testing"

	"podsg/steps/world"
)

func TestTheJournalKeepsTheFirstPriorValueAndTheLastSetOfEachKey(t *testing.T) {
	t.Parallel()
	before := "false"
	j := &world.Journal{}
	put := func(done bool, prior map[string]*string, set map[string]string) {
		j.Put(world.JournalEntry{Change: ChangeCNI, Kind: world.KindAddonConfig, Object: world.AddonVPCCNI, Prior: prior, Set: set, Done: done})
	}
	standard := world.ModeStandard
	put(false, map[string]*string{world.EnvPodENI: &before, world.EnvEnforcingMode: nil}, map[string]string{world.EnvPodENI: "true", world.EnvEnforcingMode: world.ModeStandard})
	put(true, map[string]*string{world.EnvPodENI: &before, world.EnvEnforcingMode: nil}, map[string]string{world.EnvPodENI: "true", world.EnvEnforcingMode: world.ModeStandard})
	put(false, map[string]*string{world.EnvEnforcingMode: &standard, "init/" + world.EnvEarlyDemux: nil}, map[string]string{world.EnvEnforcingMode: world.ModeStrict, "init/" + world.EnvEarlyDemux: "true"})
	if len(j.Entries) != 1 || j.Entries[0].Done {
		t.Fatalf("the entries are %+v", j.Entries)
	}
	e := j.Entries[0]
	if want := map[string]string{world.EnvPodENI: "true", world.EnvEnforcingMode: world.ModeStrict, "init/" + world.EnvEarlyDemux: "true"}; !maps.Equal(e.Set, want) {
		t.Errorf("set %v, want %v", e.Set, want)
	}
	if len(e.Prior) != 3 || e.Prior[world.EnvPodENI] == nil || *e.Prior[world.EnvPodENI] != before || e.Prior[world.EnvEnforcingMode] != nil {
		t.Errorf("prior values %v", e.Prior)
	}
	if _, known := e.Prior["init/"+world.EnvEarlyDemux]; !known {
		t.Error("the key that the second change added is not known")
	}
}
