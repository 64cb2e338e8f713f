package steps

import (
	"errors"
	"reflect"
	"slices"
	"testing"

	"podsg/steps/check"
	"podsg/steps/intent"
	"podsg/steps/plan"
	"podsg/steps/world"
)

// TestAStepIsCheckedByTheFactsThatItNames leaves one fact after the other out
// of worlds, and looks which steps' checks say something else.
func TestAStepIsCheckedByTheFactsThatItNames(t *testing.T) {
	looked := map[check.StepID]map[world.Fact]bool{}
	for name, s := range checkedWorlds() {
		if len(s.Gaps) > 0 {
			continue // most of it has not been read anyway
		}
		target, err := intent.ResolveForDiagnosis(s, intent.Intent{Cluster: s.Cloud.Cluster.Name})
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		whole := byStep(Check(s, &target))
		for _, f := range world.Facts() {
			fact := f.Fact
			part := *s
			part.AddGap(fact, errors.New("not read yet"))
			now := byStep(Check(&part, &target))
			for _, step := range Procedure() {
				if reflect.DeepEqual(whole[step.ID], now[step.ID]) {
					continue
				}
				if looked[step.ID] == nil {
					looked[step.ID] = map[world.Fact]bool{}
				}
				looked[step.ID][fact] = true
				if !slices.Contains(Reads(step), fact) {
					t.Errorf("%s: step %s looks at the %s, which it does not name", name, step.ID, fact)
				}
			}
		}
	}
	for _, step := range Procedure() {
		for _, fact := range Reads(step) {
			if !looked[step.ID][fact] {
				t.Errorf("step %s names the %s, which it never looks at", step.ID, fact)
			}
		}
	}
}

// byStep are findings by the step that they belong to.
func byStep(all []check.Finding) map[check.StepID][]check.Finding {
	out := map[check.StepID][]check.Finding{}
	for _, f := range all {
		out[f.Step] = append(out[f.Step], f)
	}
	return out
}

func TestEveryFactIsReadForSomething(t *testing.T) {
	for _, f := range world.Facts() {
		checked := slices.ContainsFunc(Procedure(), func(s plan.Step) bool { return slices.Contains(Reads(s), f.Fact) })
		// What RDS offers settles answers that are left out, where it is known.
		settles := f.Fact == world.FactDBOptions
		if !f.Plan && !f.Cleanup && !checked && !settles {
			t.Errorf("the %s are read for nothing", f.Fact)
		}
	}
}
