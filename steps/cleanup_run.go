package steps

import (
	"context"

	"podsg/steps/cleanup"
	"podsg/steps/cni"
	"podsg/steps/database"
	"podsg/steps/iam"
	"podsg/steps/intent"
	"podsg/steps/network"
	"podsg/steps/plan"
	"podsg/steps/world"
)

// Cleanup carries out a plan of [Engine.PlanCleanup]. As with [Engine.Apply],
// nothing is changed without the permissions for all of it, or by an old plan
// that would now be another.
func (e *Engine) Cleanup(ctx context.Context, o *Observation, p *plan.Plan, observer plan.Observer) plan.CleanupResult {
	res := plan.CleanupResult{SchemaVersion: plan.SchemaVersion, Cluster: p.Cluster, Outcome: plan.OutcomeDone, Removed: []plan.Removed{}, Restored: []plan.Restored{}, Kept: p.Kept}
	if res.Kept == nil {
		res.Kept = []plan.Kept{}
	}
	if p.Empty() {
		return res
	}
	fail := func(id string, err error) plan.CleanupResult {
		f := plan.NewFailure(id, err)
		res.Outcome, res.Failed, res.Failures = plan.OutcomeFailed, &f, []plan.Failure{f}
		if world.KindOf(err) == world.ProblemInterrupted {
			res.Outcome = plan.OutcomeInterrupted
		}
		return res
	}
	if err := mayCleanUp(o.Snapshot, p); err != nil {
		return fail("permissions", err)
	}
	o, p, err := e.recheckCleanup(ctx, o, p)
	if err != nil {
		return fail("plan", err)
	}
	run := e.newRun(o, intent.Target{Cluster: o.Cloud.Cluster, Region: o.Cloud.Identity.Region})
	out, err := e.runLocked(ctx, run, p, observer)
	if err != nil {
		return fail("lock", err)
	}
	for _, id := range out.Applied {
		c, _ := p.Change(id)
		switch a := c.Action.(type) {
		case cni.RestoreAddon:
			res.Restored = append(res.Restored, plan.Restored{Kind: c.Kind, ID: world.AddonVPCCNI, Value: cleanup.Restored(a.Prior)})
		case cni.RestoreDaemonSet:
			res.Restored = append(res.Restored, plan.Restored{Kind: c.Kind, ID: "kube-system/" + world.DaemonSetCNI, Value: cleanup.Restored(a.Prior)})
		default:
			if c.Op == plan.Delete {
				res.Removed = append(res.Removed, removedObject(c))
			}
		}
	}
	if len(out.Failures) > 0 {
		res.Outcome, res.Failed, res.Failures = plan.OutcomeFailed, &out.Failures[0], out.Failures
	}
	if out.Interrupted {
		res.Outcome = plan.OutcomeInterrupted
	}
	return res
}

// recheckCleanup plans again when the snapshot is old, and compares.
func (e *Engine) recheckCleanup(ctx context.Context, o *Observation, p *plan.Plan) (*Observation, *plan.Plan, error) {
	if !e.stale(o) {
		return o, p, nil
	}
	again, err := e.Observe(ctx, o.Intent, nil)
	if err != nil {
		return o, p, err
	}
	fresh, err := e.PlanCleanup(ctx, again)
	if err != nil {
		return o, p, err
	}
	if diff := planDifference(p, fresh); diff != "" {
		return o, p, changedProblem(diff, "podsg cleanup --dry-run")
	}
	return again, fresh, nil
}

// resourcesOf are the kinds that podsg makes in Kubernetes, as access reviews
// name them.
var resourcesOf = map[world.Kind]string{
	world.KindDeployment: "deployments.apps", world.KindPod: "pods", world.KindPolicy: "securitygrouppolicies.vpcresources.k8s.aws",
	world.KindSecret: "secrets", world.KindConfigMap: "configmaps", world.KindServiceAccount: "serviceaccounts",
}

// mayCleanUp refuses a plan of cleanup before its first change when the access
// reviews have said that some of it is not allowed.
func mayCleanUp(s *world.Snapshot, p *plan.Plan) error {
	const system = " in " + world.JournalNamespace
	needed := map[string]bool{
		"create leases.coordination.k8s.io" + system: true, "update leases.coordination.k8s.io" + system: true, "delete leases.coordination.k8s.io" + system: true,
	}
	if s.Kube.Journal != nil {
		needed["update configmaps"+system] = true
	}
	for _, c := range p.Changes {
		switch a := c.Action.(type) {
		case cleanup.DeleteJournal:
			needed["delete configmaps"+system] = true
		case cni.RestoreDaemonSet:
			needed["patch daemonsets.apps"+system] = true
		case plan.DeleteObject:
			needed["delete "+resourcesOf[a.Kind]+" in "+a.Ref.Namespace] = true
			needed["delete namespaces"] = needed["delete namespaces"] || a.Kind == world.KindNamespace
		}
	}
	return denial(s, func(what string) bool { return needed[what] })
}

func removedObject(c plan.Change) plan.Removed {
	r := plan.Removed{Kind: c.Kind, ID: c.ID}
	switch a := c.Action.(type) {
	case plan.DeleteObject:
		r.ID = a.Ref.String()
	case network.RevokeRule:
		r.ID, r.Name = a.RuleID, c.Summary
	case network.DeleteSecurityGroup:
		r.ID, r.Name = a.ID, c.Summary
	case database.DeleteDatabaseInstance:
		r.ID = a.Identifier
	case database.DeleteSubnetGroup:
		r.ID = a.Name
	case iam.DetachPolicy:
		r.ID = a.Role + " " + a.PolicyARN
	case cleanup.DeleteJournal:
		r.ID = world.JournalNamespace + "/" + world.JournalName
	case cleanup.RemoveLock:
		r.ID = world.JournalNamespace + "/" + world.LockName
	}
	return r
}
