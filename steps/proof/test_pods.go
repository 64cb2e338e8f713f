// Package proof has the last steps of the procedure: the green and the red pod,
// what is wrong with the pods that use the database, and the verdict.
package proof

import (
	"fmt"
	"time"

	"podsg/steps/check"
	"podsg/steps/intent"
	"podsg/steps/plan"
	"podsg/steps/probe"
	"podsg/steps/world"
)

// StepTestPods is the step about the two test pods, and about all selected pods.
var StepTestPods = plan.Step{
	ID: check.StepTestPods,
	About: []string{
		"Two pods that differ in one label: the policy selects green and not red.",
		"Both try the database every few seconds and print what came of it.",
	},
	Checks: Checks,
	Plan:   planTestPods,
}

// planTestPods plans the Deployments of green and red.
func planTestPods(s *world.Snapshot, t *intent.Target, p *plan.Plan) {
	probe.PlanOld(s, t, p)
	if !t.Verify {
		return
	}
	if _, proven := Recorded(s, t); proven && !t.Demo() && p.Empty() {
		probe.Leftovers(s, t, p)
		return
	}
	probe.PlanCA(s, t, p)
	probe.PlanPolicy(s, t, p)
	undo := "deleted"
	if !t.Demo() {
		undo = "deleted after the proof"
	}
	for _, x := range []struct{ id, role, why string }{
		{plan.ChangeGreen, intent.RoleGreen, "it has the groups of the policy: it must reach the database, from its own branch ENI"},
		{plan.ChangeRed, intent.RoleRed, "it has not: it must time out"},
	} {
		pod := probe.Probe(t, x.role)
		m, sum := pod.Deployment(), probe.SumOf(pod.Template())
		action := probe.StartProbe{Manifest: m, Labels: pod.PodLabels(), BranchENI: x.role == intent.RoleGreen}
		change := plan.Change{
			ID: x.id, Step: check.StepTestPods, Op: plan.Create, Kind: world.KindDeployment,
			Summary: fmt.Sprintf("Deployment %s/%s: one pod of %s", t.Namespace, pod.Name, pod.Image),
			Why:     x.why, Undo: undo, Expected: 15 * time.Second, Action: action,
		}
		if w, ok := s.Workload("Deployment", t.Namespace, pod.Name); ok {
			change.Op = plan.Update
			if w.Sum == sum {
				if !p.Has(plan.ChangeSecret) && !p.Has(plan.ChangeProbePolicy) {
					continue
				}
				change.Summary = fmt.Sprintf("Deployment %s/%s: its pod is replaced", t.Namespace, pod.Name)
				change.Why, change.Action = "a pod reads the Secret and gets its groups when it starts", probe.RestartProbe{StartProbe: action}
			}
		}
		needs := []string{plan.ChangeNamespace, plan.ChangeSecret, plan.ChangeCA, plan.ChangePolicy, plan.ChangeProbePolicy}
		if x.role == intent.RoleGreen {
			needs = append(append(needs, plan.ChangeTrunk, plan.ChangeCNI, plan.ChangeSeed), plan.RuleChanges(p)...)
		}
		change.Needs = needs
		p.Add(change)
	}
}
