// Package restart is the step of the procedure about the user's own pods that are
// older than their policy: they are made anew by their workload's own strategy,
// where the user says so.
package restart

import (
	"context"
	"fmt"
	"time"

	"podsg/steps/check"
	"podsg/steps/intent"
	"podsg/steps/plan"
	"podsg/steps/shell"
	"podsg/steps/words"
	"podsg/steps/world"
)

// Step is the step of the procedure.
var Step = plan.Step{
	ID: check.StepRestart,
	About: []string{
		"A policy acts on pods when they are made: those that ran before it keep the security groups of their node.",
		"Their workloads make them anew by their own strategy, once everything that the new pods need is there.",
	},
	Plan: planRestarts,
}

// perPod is how long a pod usually takes to be replaced.
const perPod = 15 * time.Second

// planRestarts restarts the workloads whose pods are older than the policy, if
// that was asked for.
func planRestarts(s *world.Snapshot, t *intent.Target, p *plan.Plan) {
	if t.Intent.Restart != intent.RestartRolling {
		return
	}
	for _, w := range intent.ToRestart(s, t) {
		old := len(intent.OldPods(s, w))
		how := "by its own strategy " + w.Strategy
		if w.Strategy == "Recreate" {
			how += ", which ends them all before it starts new ones: it is not reachable meanwhile"
		}
		p.Add(plan.Change{
			ID: fmt.Sprintf("restart-%s-%s-%s", w.Kind, w.Namespace, w.Name), Step: check.StepRestart, Op: plan.Update, Kind: world.KindWorkload,
			Summary: fmt.Sprintf("%s %s/%s, which is yours: replace %s, %s", w.Kind, w.Namespace, w.Name, words.NumberOf(old, "pod"), how),
			Why:     "they are older than the policy, and get their security groups only when they are made anew",
			Undo:    "nothing: the pods stay until they are made anew again",
			Needs: append([]string{
				plan.ChangeNamespace, plan.ChangeSecret, plan.ChangePolicy, plan.ChangeTrunk, plan.ChangeCNI, plan.ChangeSeed, plan.ChangeIAM,
			}, plan.RuleChanges(p)...),
			Expected: time.Duration(max(1, w.Replicas)) * perPod,
			Action:   Restart{Workload: plan.ObjectRef{APIVersion: "apps/v1", Kind: w.Kind, Namespace: w.Namespace, Name: w.Name}},
		})
	}
}

// Restart replaces the pods of a workload as kubectl rollout restart does, and
// waits until the new ones are ready.
type Restart struct{ Workload plan.ObjectRef }

// Apply implements [plan.Action].
func (a Restart) Apply(ctx context.Context, run *plan.Run) error {
	call, cancel := plan.CallContext(ctx)
	defer cancel()
	if err := run.Kube.RestartWorkload(call, a.Workload, run.Clock.Now()); err != nil {
		return err
	}
	return run.Kube.WaitWorkload(ctx, a.Workload, run.Progress)
}

// Shell implements [plan.Action].
func (a Restart) Shell() []string {
	w := world.Workload{ObjectFacts: world.ObjectFacts{Name: a.Workload.Name}, Kind: a.Workload.Kind}
	return []string{
		shell.Command("kubectl -n %s rollout restart %s", a.Workload.Namespace, w.Ref()),
		shell.Command("kubectl -n %s rollout status %s", a.Workload.Namespace, w.Ref()),
	}
}
