package steps

import (
	"maps"
	"testing"
)

func TestTheJournalKeepsTheFirstPriorValueAndTheLastSetOfEachKey(t *testing.T) {
	t.Parallel()
	before := "false"
	j := &Journal{}
	put := func(done bool, prior map[string]*string, set map[string]string) {
		j.Put(JournalEntry{Change: changeCNI, Kind: KindAddonConfig, Object: AddonVPCCNI, Prior: prior, Set: set, Done: done})
	}
	standard := ModeStandard
	put(false, map[string]*string{envPodENI: &before, envEnforcingMode: nil}, map[string]string{envPodENI: "true", envEnforcingMode: ModeStandard})
	put(true, map[string]*string{envPodENI: &before, envEnforcingMode: nil}, map[string]string{envPodENI: "true", envEnforcingMode: ModeStandard})
	put(false, map[string]*string{envEnforcingMode: &standard, "init/" + envEarlyDemux: nil}, map[string]string{envEnforcingMode: ModeStrict, "init/" + envEarlyDemux: "true"})
	if len(j.Entries) != 1 || j.Entries[0].Done {
		t.Fatalf("the entries are %+v", j.Entries)
	}
	e := j.Entries[0]
	if want := map[string]string{envPodENI: "true", envEnforcingMode: ModeStrict, "init/" + envEarlyDemux: "true"}; !maps.Equal(e.Set, want) {
		t.Errorf("set %v, want %v", e.Set, want)
	}
	if len(e.Prior) != 3 || e.Prior[envPodENI] == nil || *e.Prior[envPodENI] != before || e.Prior[envEnforcingMode] != nil {
		t.Errorf("prior values %v", e.Prior)
	}
	if _, known := e.Prior["init/"+envEarlyDemux]; !known {
		t.Error("the key that the second change added is not known")
	}
}
