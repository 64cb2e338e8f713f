package steps

import (
	"cmp"
	"context"
	"fmt"

	"podsg/steps/check"
	"podsg/steps/cleanup"
	"podsg/steps/intent"
	"podsg/steps/plan"
	"podsg/steps/world"
)

// PlanCleanup lists what removes everything that podsg made for a cluster and
// restores what it changed, or what belongs to the one access that the intent
// names, and says what it leaves and why. Objects are found
// by their tags and labels, so that a lost journal costs only the prior values.
func (e *Engine) PlanCleanup(ctx context.Context, o *Observation) (*plan.Plan, error) {
	if o.KubeErr != nil {
		return nil, o.KubeErr
	}
	if p := plan.Unreadable(o.Snapshot, world.FactsToCleanUp(), func(world.Fact) string { return "plan the cleanup" }, "nothing was removed"); p != nil {
		return nil, p
	}
	c := &cleanup.Cleanup{S: o.Snapshot, Cluster: o.Cloud.Cluster.Name, Plan: &plan.Plan{Cluster: o.Cloud.Cluster.Name}}
	if o.Intent.OnlyAccess {
		c.Scope = cleanup.Scope{Namespace: cmp.Or(o.Intent.Namespace, intent.DefaultNamespace), Policy: o.Intent.Policy.Name}
	}
	c.FindUsers()
	c.FindObjectUsers(ctx, o.Kube)
	c.NamespacesLast(ctx, o.Kube, c.Kubernetes())
	c.GroupsAndDatabase()
	c.CNI()
	c.Role()
	c.Journal()
	if lock := c.S.Kube.Lock; lock != nil && c.Plan.Empty() {
		c.Add(plan.Change{ID: "lock", Step: check.StepIdentity, Kind: world.KindLease, Summary: fmt.Sprintf("lock %s/%s of %s", world.JournalNamespace, world.LockName, lock.Holder),
			Why: "that run died before it removed it", Action: cleanup.RemoveLock{}})
	}
	c.Trunks()
	return c.Plan, c.Plan.Validate()
}
