package steps

import "context"

// Cleanup carries out a plan of [Engine.PlanCleanup]. As with [Engine.Apply],
// nothing is changed without the permissions for all of it, or by an old plan
// that would now be another.
func (e *Engine) Cleanup(ctx context.Context, o *Observation, p *Plan, observer Observer) CleanupResult {
	res := CleanupResult{SchemaVersion: SchemaVersion, Cluster: p.Cluster, Outcome: OutcomeDone, Removed: []Removed{}, Restored: []Restored{}, Kept: p.Kept}
	if res.Kept == nil {
		res.Kept = []Kept{}
	}
	if p.Empty() {
		return res
	}
	fail := func(id string, err error) CleanupResult {
		f := newFailure(id, err)
		res.Outcome, res.Failed, res.Failures = OutcomeFailed, &f, []Failure{f}
		if KindOf(err) == ProblemInterrupted {
			res.Outcome = OutcomeInterrupted
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
	run := e.newRun(o, Target{Cluster: o.Cloud.Cluster, Region: o.Cloud.Identity.Region})
	out, err := e.runLocked(ctx, run, p, observer)
	if err != nil {
		return fail("lock", err)
	}
	for _, id := range out.applied {
		c, _ := p.Change(id)
		switch a := c.Action.(type) {
		case RestoreAddon:
			res.Restored = append(res.Restored, Restored{Kind: c.Kind, ID: AddonVPCCNI, Value: restored(a.Prior)})
		case RestoreDaemonSet:
			res.Restored = append(res.Restored, Restored{Kind: c.Kind, ID: "kube-system/" + daemonSetCNI, Value: restored(a.Prior)})
		default:
			if c.Op == Delete {
				res.Removed = append(res.Removed, removedObject(c))
			}
		}
	}
	if len(out.failures) > 0 {
		res.Outcome, res.Failed, res.Failures = OutcomeFailed, &out.failures[0], out.failures
	}
	if out.interrupted {
		res.Outcome = OutcomeInterrupted
	}
	return res
}

// recheckCleanup plans again when the snapshot is old, and compares.
func (e *Engine) recheckCleanup(ctx context.Context, o *Observation, p *Plan) (*Observation, *Plan, error) {
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
var resourcesOf = map[Kind]string{
	KindDeployment: "deployments.apps", KindPod: "pods", KindPolicy: "securitygrouppolicies.vpcresources.k8s.aws",
	KindSecret: "secrets", KindConfigMap: "configmaps", KindServiceAccount: "serviceaccounts",
}

// mayCleanUp refuses a plan of cleanup before its first change when the access
// reviews have said that some of it is not allowed.
func mayCleanUp(s *Snapshot, p *Plan) error {
	const system = " in " + JournalNamespace
	needed := map[string]bool{
		"create leases.coordination.k8s.io" + system: true, "update leases.coordination.k8s.io" + system: true, "delete leases.coordination.k8s.io" + system: true,
	}
	if s.Kube.Journal != nil {
		needed["update configmaps"+system] = true
	}
	for _, c := range p.Changes {
		switch a := c.Action.(type) {
		case DeleteJournal:
			needed["delete configmaps"+system] = true
		case RestoreDaemonSet:
			needed["patch daemonsets.apps"+system] = true
		case DeleteObject:
			needed["delete "+resourcesOf[a.Kind]+" in "+a.Ref.Namespace] = true
			needed["delete namespaces"] = needed["delete namespaces"] || a.Kind == KindNamespace
		}
	}
	return denial(s, func(what string) bool { return needed[what] })
}

func removedObject(c Change) Removed {
	r := Removed{Kind: c.Kind, ID: c.ID}
	switch a := c.Action.(type) {
	case DeleteObject:
		r.ID = a.Ref.String()
	case RevokeRule:
		r.ID, r.Name = a.RuleID, c.Summary
	case DeleteSecurityGroup:
		r.ID, r.Name = a.ID, c.Summary
	case DeleteDatabaseInstance:
		r.ID = a.Identifier
	case DeleteSubnetGroup:
		r.ID = a.Name
	case DetachPolicy:
		r.ID = a.Role + " " + a.PolicyARN
	case DeleteJournal:
		r.ID = JournalNamespace + "/" + JournalName
	case RemoveLock:
		r.ID = JournalNamespace + "/" + LockName
	}
	return r
}
