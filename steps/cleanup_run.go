package steps

import "context"

// Cleanup carries out a plan of [Engine.PlanCleanup].
func (e *Engine) Cleanup(ctx context.Context, o *Observation, p *Plan, observer Observer) CleanupResult {
	res := CleanupResult{SchemaVersion: SchemaVersion, Cluster: p.Cluster, Outcome: OutcomeDone, Removed: []Removed{}, Restored: []Restored{}, Kept: p.Kept}
	if res.Kept == nil {
		res.Kept = []Kept{}
	}
	if p.Empty() {
		return res
	}
	run := e.newRun(o, Target{Cluster: o.Cloud.Cluster, Region: o.Cloud.Identity.Region})
	out, err := e.runLocked(ctx, run, p, observer)
	if err != nil {
		f := newFailure("lock", err)
		res.Outcome, res.Failed, res.Failures = OutcomeFailed, &f, []Failure{f}
		return res
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
