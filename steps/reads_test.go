package steps

import (
	"errors"
	"reflect"
	"slices"
	"testing"
)

// TestAStepIsCheckedByTheFactsThatItNames leaves one fact after the other out
// of worlds, and looks which steps' checks say something else.
func TestAStepIsCheckedByTheFactsThatItNames(t *testing.T) {
	facts := []Fact{
		FactNetwork, FactSecurityGroups, FactInterfaces, FactInstances, FactInstanceTypes, FactClusterRole, FactNodeRoles, FactAddon,
		FactDatabases, FactDBOptions, FactPermissions, FactAccess, FactNodes, FactCNI, FactDNS, FactAdmission, FactNamespace,
		FactPolicies, FactPods, FactEvents, FactSettings, FactSecret, FactJournal,
	}
	looked := map[StepID]map[Fact]bool{}
	for name, s := range checkedWorlds() {
		if len(s.Gaps) > 0 {
			continue // most of it has not been read anyway
		}
		target, err := ResolveForDiagnosis(s, Intent{Cluster: s.Cloud.Cluster.Name})
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		for _, step := range Procedure() {
			if step.Check == nil {
				continue
			}
			whole := step.Check(s, &target)
			for _, fact := range facts {
				part := *s
				part.AddGap(fact, errors.New("not read yet"))
				if reflect.DeepEqual(whole, step.Check(&part, &target)) {
					continue
				}
				if looked[step.ID] == nil {
					looked[step.ID] = map[Fact]bool{}
				}
				looked[step.ID][fact] = true
				if !slices.Contains(step.Reads(), fact) {
					t.Errorf("%s: step %s looks at the %s, which it does not name", name, step.ID, fact)
				}
			}
		}
	}
	for _, step := range Procedure() {
		for _, fact := range step.Reads() {
			if !looked[step.ID][fact] {
				t.Errorf("step %s names the %s, which it never looks at", step.ID, fact)
			}
		}
	}
}
