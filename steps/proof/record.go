package proof

import (
	"context"
	"encoding/json"
	"slices"
	"strings"

	"podsg/steps/intent"
	"podsg/steps/plan"
	"podsg/steps/shell"
	"podsg/steps/world"
)

// The keys of what the journal keeps of a proof.
const (
	recordTarget = "target" // what was proven, so that another target is proven anew
	recordResult = "verification"
)

// recordObject names the access that was proven.
func recordObject(t *intent.Target) string { return t.Namespace + "/" + t.PolicyName }

// targetOf is what a proof is about. It is proven anew when any of it changes.
func targetOf(t *intent.Target) string {
	groups := intent.RefIDs(t.PolicyGroups)
	slices.Sort(groups)
	address := ""
	if t.DB.Existing != nil {
		address = t.DB.Existing.Address
	}
	return strings.Join([]string{
		t.Selector.String(), t.SASelector.String(), strings.Join(groups, ","), t.DB.Identifier, address, shell.PortText(t.Port), t.DBGroup.ID, t.Mode, t.TLSMode,
	}, " ")
}

// Record is what the journal keeps of a proof: what was proven, and when. The
// rows that the green pod read are not kept.
type Record struct {
	Target       intent.Target
	Verification plan.Verification
}

// Apply implements [plan.Action].
func (a Record) Apply(ctx context.Context, run *plan.Run) error {
	v := a.Verification
	v.Green.Rows = nil
	result, err := json.Marshal(v)
	if err != nil {
		return err
	}
	return run.Record(ctx, world.JournalEntry{
		Change: string(world.KindProof), Kind: world.KindProof, Object: recordObject(&a.Target), Name: a.Target.DB.Identifier, Done: true,
		Set: map[string]string{recordTarget: targetOf(&a.Target), recordResult: string(result)},
	})
}

// Shell implements [plan.Action].
func (Record) Shell() []string { return nil }

// Recorded is what an earlier run has proven of a target, if it has. A journal
// that an older podsg wrote has no such entry: the target is proven anew.
func Recorded(s *world.Snapshot, t *intent.Target) (plan.Verification, bool) {
	e, ok := s.Kube.Journal.Entry(world.KindProof, recordObject(t))
	if !ok || !e.Done || t.PodGroup.ID == "" || e.Set[recordTarget] != targetOf(t) {
		return plan.Verification{}, false
	}
	var v plan.Verification
	if err := json.Unmarshal([]byte(e.Set[recordResult]), &v); err != nil || !v.Proven {
		return plan.Verification{}, false
	}
	v.ProvenAt, v.Earlier = e.At, true
	return v, true
}
