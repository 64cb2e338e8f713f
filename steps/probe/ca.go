package probe

import (
	"fmt"
	"strings"

	"podsg/steps/check"
	"podsg/steps/intent"
	"podsg/steps/plan"
	"podsg/steps/world"
)

// PlanCA plans the ConfigMap with the database's authorities, which the test
// pods verify its certificate with.
func PlanCA(s *world.Snapshot, t *intent.Target, p *plan.Plan) {
	if t.TLSMode != intent.TLSVerifyFull || p.Has(plan.ChangeCA) {
		return
	}
	m := plan.Object("v1", "ConfigMap", t.Namespace, intent.CAConfigMap)
	data := map[string]any{caKey: string(t.CA)}
	sum := SumOf(data)
	m["metadata"].(map[string]any)["annotations"] = map[string]any{TemplateSum: sum}
	m["data"] = data
	op := plan.Create
	if have := s.Kube.CAConfigMap; have != nil {
		if have.Sum == sum {
			return
		}
		op = plan.Update
	}
	p.Add(plan.Change{
		ID: plan.ChangeCA, Step: check.StepSeed, Op: op, Kind: world.KindConfigMap,
		Summary: fmt.Sprintf("ConfigMap %s/%s with %d RDS certificate authorities", t.Namespace, intent.CAConfigMap, strings.Count(string(t.CA), "BEGIN CERTIFICATE")),
		Why:     "the test pods verify the database's certificate with it", Needs: []string{plan.ChangeNamespace}, Undo: "deleted",
		Action: plan.ApplyObject{Kind: world.KindConfigMap, Manifest: m},
	})
}
