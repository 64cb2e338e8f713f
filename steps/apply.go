package steps

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

// staleAfter is the age from which a snapshot is taken anew before anything is
// changed by it.
const staleAfter = time.Minute

// Apply carries out a plan under the lock of the cluster. An empty plan makes
// not one call. If the plan is old, the world is looked at again first, and
// when it would now be planned differently nothing is changed: that is a
// failure of kind [ProblemChanged].
func (e *Engine) Apply(ctx context.Context, o *Observation, t Target, p *Plan, observer Observer) Result {
	res := Result{SchemaVersion: SchemaVersion, Cluster: t.Cluster.Name, Outcome: OutcomeDone, Applied: []string{}, Skipped: []string{}, Resources: []Resource{}}
	if p.Empty() {
		res.Resources = resources(o.Snapshot, t, e.newRun(o, t))
		return res
	}
	if err := mayChange(o.Snapshot, p); err != nil {
		res.fail(newFailure("permissions", err), p)
		return res
	}
	o, t, p, err := e.recheck(ctx, o, t, p)
	if err != nil {
		res.fail(newFailure("plan", err), p)
		return res
	}
	run := e.newRun(o, t)
	out, err := e.runLocked(ctx, run, p, observer)
	if err != nil {
		res.fail(newFailure("lock", err), p)
		return res
	}
	res.Applied, res.Skipped = orEmpty(out.applied), orEmpty(out.skipped)
	res.Resources = resources(o.Snapshot, t, run)
	if len(out.failures) > 0 {
		res.Outcome, res.Failed, res.Failures = OutcomeFailed, &out.failures[0], out.failures
	}
	if out.interrupted {
		res.Outcome = OutcomeInterrupted
	}
	return res
}

func (r *Result) fail(f Failure, p *Plan) {
	r.Outcome, r.Failed, r.Failures = OutcomeFailed, &f, []Failure{f}
	if KindOf(f.Err) == ProblemInterrupted {
		r.Outcome = OutcomeInterrupted
	}
	for _, c := range p.Changes {
		r.Skipped = append(r.Skipped, c.ID)
	}
}

// Err is the error of the first failure, or nil.
func (r *Result) Err() error {
	switch {
	case r.Failed != nil:
		return r.Failed.Err
	case r.Outcome == OutcomeInterrupted:
		return &Problem{Kind: ProblemInterrupted, Err: errors.New("interrupted")}
	default:
		return nil
	}
}

func orEmpty(s []string) []string {
	if s == nil {
		return []string{}
	}
	return s
}

func (e *Engine) newRun(o *Observation, t Target) *Run {
	run := &Run{Cloud: e.Cloud, Kube: o.Kube, Databases: e.Databases, Dial: e.Dial, Clock: e.Clock, Target: t}
	if j := o.Snapshot.Kube.Journal; j != nil {
		copied := *j
		copied.Entries = slices.Clone(j.Entries)
		run.journal = &copied
	}
	return run
}

// runLocked runs a plan while holding the cluster's lock; losing the lock stops
// it.
func (e *Engine) runLocked(ctx context.Context, run *Run, p *Plan, observer Observer) (outcome, error) {
	release, lost, err := run.Kube.Lock(ctx, e.Holder, func(p Progress) {
		if observer != nil {
			observer(Event{Type: EventLockProgress, At: e.Clock.Now(), Progress: &p})
		}
	})
	if err != nil {
		return outcome{}, err
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	stopped := make(chan struct{})
	go func() {
		select {
		case <-lost:
			cancel()
		case <-stopped:
		}
	}()
	out := runPlan(ctx, p, run, observer)
	close(stopped)
	call, cancelCall := callContext(ctx)
	defer cancelCall()
	if err := release(call); err != nil {
		out.failures = append(out.failures, newFailure("lock", fmt.Errorf("release the lock: %w", err)))
	}
	select {
	case <-lost:
		out.failures = append(out.failures, newFailure("lock", &Problem{
			Kind: ProblemChanged, Doing: "keep the lock", Object: JournalNamespace + "/" + LockName, Err: errors.New("it was lost while running"),
			Hint: "see who holds it now, and run again when that run is over", Command: "kubectl -n " + JournalNamespace + " get lease " + LockName + " -o yaml",
		}))
	default:
	}
	return out, nil
}

// mayChange refuses a plan before its first change when the access reviews have
// said that some of it is not allowed.
func mayChange(s *Snapshot, p *Plan) error {
	patchesCNI := slices.ContainsFunc(p.Changes, func(c Change) bool { return c.Kind == KindCNIEnv })
	return denial(s, func(what string) bool { return patchesCNI || !strings.Contains(what, "daemonsets") })
}

// denial is the error for those changes that the user may not make and that are
// needed; nil without any.
func denial(s *Snapshot, needed func(what string) bool) error {
	var denied []string
	for _, what := range s.Kube.DeniedChanges {
		if needed(what) {
			denied = append(denied, what)
		}
	}
	if len(denied) == 0 {
		return nil
	}
	return &Problem{
		Kind: ProblemPermission, Doing: "change the cluster", Err: fmt.Errorf("not allowed: %s", strings.Join(denied, ", ")), Permission: denied[0],
		Hint: "nothing was changed; ask for the role that this prints", Command: "podsg permissions -o rbac --mode write",
	}
}

// recheck plans again when the snapshot is old, and compares. What it returns is
// to be applied: where the fresh plan does the same, it may know more.
func (e *Engine) recheck(ctx context.Context, o *Observation, t Target, p *Plan) (*Observation, Target, *Plan, error) {
	if !e.stale(o) {
		return o, t, p, nil
	}
	changed := func(what string) (*Observation, Target, *Plan, error) {
		return o, t, p, changedProblem(what, "podsg plan")
	}
	again, err := e.Observe(ctx, t.Intent, nil)
	if err != nil {
		return o, t, p, err
	}
	target, questions, err := Resolve(again.Snapshot, t.Intent)
	if err != nil {
		return changed(err.Error())
	}
	if len(questions) > 0 {
		return changed(questions[0].Text)
	}
	fresh, err := MakePlan(again.Snapshot, &target)
	if err != nil {
		return changed(err.Error())
	}
	if diff := planDifference(p, fresh); diff != "" {
		return changed(diff)
	}
	return again, target, fresh, nil
}

// stale reports whether the world must be looked at again before it is changed.
func (e *Engine) stale(o *Observation) bool { return e.Clock.Now().Sub(o.TakenAt) >= staleAfter }

func changedProblem(what, command string) error {
	return &Problem{
		Kind: ProblemChanged, Doing: "apply the plan as it was shown", Err: fmt.Errorf("the world has changed since: %s", what),
		Hint: "nothing was changed; look at the new plan", Command: command,
	}
}

// planDifference says how two plans differ, or nothing when they do the same.
func planDifference(old, fresh *Plan) string {
	lines := func(p *Plan) (out []string) {
		for _, c := range p.Changes {
			if !isWait(c.Action) { // what is waited for moves on by itself
				out = append(out, string(c.Op)+" "+c.Summary)
			}
		}
		return out
	}
	a, b := lines(old), lines(fresh)
	var diff []string
	for _, l := range b {
		if !slices.Contains(a, l) {
			diff = append(diff, "now also: "+l)
		}
	}
	for _, l := range a {
		if !slices.Contains(b, l) {
			diff = append(diff, "no longer: "+l)
		}
	}
	return strings.Join(diff, "; ")
}

// isWait reports whether an action changes nothing and only waits.
func isWait(a Action) bool {
	switch a.(type) {
	case AwaitDatabase, AwaitRollout, AwaitTrunk, AwaitPodsGone, AwaitInterfacesGone:
		return true
	default:
		return false
	}
}

// resources lists the objects of the procedure with their ids, as far as they
// are known, and whether podsg made them.
func resources(taken *Snapshot, t Target, run *Run) []Resource {
	out := []Resource{}
	add := func(kind Kind, ref Ref) {
		id, err := run.Resolve(ref)
		if err != nil || id == "" {
			return
		}
		e, made := run.journal.Entry(kind, id)
		out = append(out, Resource{Kind: kind, ID: id, Name: ref.Name, Created: made && e.Created})
	}
	named := func(kind Kind, id string) {
		if e, ok := run.journal.Entry(kind, id); ok && e.Done {
			out = append(out, Resource{Kind: kind, ID: id, Name: e.Name, Created: e.Created})
		}
	}
	add(KindSecurityGroup, t.PodGroup)
	add(KindSecurityGroup, t.DBGroup)
	for _, e := range run.journal.Find(KindRule) {
		if e.At.After(taken.TakenAt) || taken.hasRule(e.Object) { // others were revoked meanwhile
			named(KindRule, e.Object)
		}
	}
	if t.DB.Identifier != "" {
		e, made := run.journal.Entry(KindDBInstance, t.DB.Identifier)
		if made || t.DB.Existing != nil {
			out = append(out, Resource{Kind: KindDBInstance, ID: t.DB.Identifier, Created: made && e.Created})
		}
		named(KindDBSubnetGroup, t.DB.SubnetGroup)
	}
	for _, kind := range []Kind{
		KindRolePolicy, KindAddonConfig, KindCNIEnv, KindNamespace, KindServiceAccount, KindPolicy, KindSecret, KindConfigMap, KindDeployment, KindTable,
	} {
		for _, e := range run.journal.Find(kind) {
			named(kind, e.Object)
		}
	}
	return out
}
