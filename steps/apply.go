package steps

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"podsg/steps/cni"
	"podsg/steps/database"
	"podsg/steps/intent"
	"podsg/steps/network"
	"podsg/steps/plan"
	"podsg/steps/shell"
	"podsg/steps/world"
)

// staleAfter is the age from which a snapshot is taken anew before anything is
// changed by it.
const staleAfter = time.Minute

// Apply carries out a plan under the lock of the cluster. An empty plan makes
// not one call. If the plan is old, the world is looked at again first, and
// when it would now be planned differently nothing is changed: that is a
// failure of kind [world.ProblemChanged].
func (e *Engine) Apply(ctx context.Context, o *Observation, t intent.Target, p *plan.Plan, observer plan.Observer) plan.Result {
	res := plan.Result{SchemaVersion: plan.SchemaVersion, Cluster: t.Cluster.Name, Outcome: plan.OutcomeDone, Applied: []string{}, Skipped: []string{}, Resources: []plan.Resource{}}
	if p.Empty() {
		res.Resources = resources(o.Snapshot, t, e.newRun(o, t))
		return res
	}
	if err := mayChange(o.Snapshot, p); err != nil {
		fail(&res, plan.NewFailure("permissions", err), p)
		return res
	}
	o, t, p, err := e.recheck(ctx, o, t, p)
	if err != nil {
		fail(&res, plan.NewFailure("plan", err), p)
		return res
	}
	run := e.newRun(o, t)
	out, err := e.runLocked(ctx, run, p, observer)
	if err != nil {
		fail(&res, plan.NewFailure("lock", err), p)
		return res
	}
	res.Applied, res.Skipped = orEmpty(out.Applied), orEmpty(out.Skipped)
	res.Resources = resources(o.Snapshot, t, run)
	if len(out.Failures) > 0 {
		res.Outcome, res.Failed, res.Failures = plan.OutcomeFailed, &out.Failures[0], out.Failures
	}
	if out.Interrupted {
		res.Outcome = plan.OutcomeInterrupted
	}
	return res
}

func fail(r *plan.Result, f plan.Failure, p *plan.Plan) {
	r.Outcome, r.Failed, r.Failures = plan.OutcomeFailed, &f, []plan.Failure{f}
	if world.KindOf(f.Err) == world.ProblemInterrupted {
		r.Outcome = plan.OutcomeInterrupted
	}
	for _, c := range p.Changes {
		r.Skipped = append(r.Skipped, c.ID)
	}
}

// Err is the error of the first failure, or nil.
func Err(r *plan.Result) error {
	switch {
	case r.Failed != nil:
		return r.Failed.Err
	case r.Outcome == plan.OutcomeInterrupted:
		return &world.Problem{Kind: world.ProblemInterrupted, Err: errors.New("interrupted")}
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

func (e *Engine) newRun(o *Observation, t intent.Target) *plan.Run {
	run := &plan.Run{Cloud: e.Cloud, Kube: o.Kube, Databases: e.Databases, Dial: e.Dial, Clock: e.Clock, Target: t}
	if j := o.Snapshot.Kube.Journal; j != nil {
		copied := *j
		copied.Entries = slices.Clone(j.Entries)
		run.Journal = &copied
	}
	return run
}

// runLocked runs a plan while holding the cluster's lock; losing the lock stops
// it.
func (e *Engine) runLocked(ctx context.Context, run *plan.Run, p *plan.Plan, observer plan.Observer) (plan.Ending, error) {
	release, lost, err := run.Kube.Lock(ctx, e.Holder, func(p plan.Progress) {
		if observer != nil {
			observer(plan.Event{Type: plan.EventLockProgress, At: e.Clock.Now(), Progress: &p})
		}
	})
	if err != nil {
		return plan.Ending{}, err
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
	out := plan.Execute(ctx, p, run, observer)
	close(stopped)
	call, cancelCall := plan.CallContext(ctx)
	defer cancelCall()
	if err := release(call); err != nil {
		out.Failures = append(out.Failures, plan.NewFailure("lock", fmt.Errorf("release the lock: %w", err)))
	}
	select {
	case <-lost:
		out.Failures = append(out.Failures, plan.NewFailure("lock", &world.Problem{
			Kind: world.ProblemChanged, Doing: "keep the lock", Object: world.JournalNamespace + "/" + world.LockName, Err: errors.New("it was lost while running"),
			Hint: "see who holds it now, and run again when that run is over", Command: shell.Command("kubectl -n %s get lease %s -o yaml", world.JournalNamespace, world.LockName),
		}))
	default:
	}
	return out, nil
}

// mayChange refuses a plan before its first change when the access reviews have
// said that some of it is not allowed.
func mayChange(s *world.Snapshot, p *plan.Plan) error {
	patchesCNI := slices.ContainsFunc(p.Changes, func(c plan.Change) bool { return c.Kind == world.KindCNIEnv })
	return denial(s, func(what string) bool { return patchesCNI || !strings.Contains(what, "daemonsets") })
}

// denial is the error for those changes that the user may not make and that are
// needed; nil without any.
func denial(s *world.Snapshot, needed func(what string) bool) error {
	var denied []string
	for _, what := range s.Kube.DeniedChanges {
		if needed(what) {
			denied = append(denied, what)
		}
	}
	if len(denied) == 0 {
		return nil
	}
	return &world.Problem{
		Kind: world.ProblemPermission, Doing: "change the cluster", Err: fmt.Errorf("not allowed: %s", strings.Join(denied, ", ")), Permission: denied[0],
		Hint: "nothing was changed; ask for the role that this prints", Command: "podsg permissions -o rbac --mode write",
	}
}

// recheck plans again when the snapshot is old, and compares. What it returns is
// to be applied: where the fresh plan does the same, it may know more.
func (e *Engine) recheck(ctx context.Context, o *Observation, t intent.Target, p *plan.Plan) (*Observation, intent.Target, *plan.Plan, error) {
	if !e.stale(o) {
		return o, t, p, nil
	}
	changed := func(what string) (*Observation, intent.Target, *plan.Plan, error) {
		return o, t, p, changedProblem(what, "podsg plan")
	}
	again, err := e.Observe(ctx, t.Intent, nil)
	if err != nil {
		return o, t, p, err
	}
	target, questions, err := intent.Resolve(again.Snapshot, t.Intent)
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
	return &world.Problem{
		Kind: world.ProblemChanged, Doing: "apply the plan as it was shown", Err: fmt.Errorf("the world has changed since: %s", what),
		Hint: "nothing was changed; look at the new plan", Command: command,
	}
}

// planDifference says how two plans differ, or nothing when they do the same.
func planDifference(old, fresh *plan.Plan) string {
	lines := func(p *plan.Plan) (out []string) {
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
func isWait(a plan.Action) bool {
	switch a.(type) {
	case database.AwaitDatabase, cni.AwaitRollout, cni.AwaitTrunk, plan.AwaitPodsGone, network.AwaitInterfacesGone:
		return true
	default:
		return false
	}
}

// resources lists the objects of the procedure with their ids, as far as they
// are known, and whether podsg made them.
func resources(taken *world.Snapshot, t intent.Target, run *plan.Run) []plan.Resource {
	out := []plan.Resource{}
	add := func(kind world.Kind, ref intent.Ref) {
		id, err := run.Resolve(ref)
		if err != nil || id == "" {
			return
		}
		e, made := run.Journal.Entry(kind, id)
		out = append(out, plan.Resource{Kind: kind, ID: id, Name: ref.Name, Created: made && e.Created})
	}
	named := func(kind world.Kind, id string) {
		if e, ok := run.Journal.Entry(kind, id); ok && e.Done {
			out = append(out, plan.Resource{Kind: kind, ID: id, Name: e.Name, Created: e.Created})
		}
	}
	add(world.KindSecurityGroup, t.PodGroup)
	add(world.KindSecurityGroup, t.DBGroup)
	for _, e := range run.Journal.Find(world.KindRule) {
		if e.At.After(taken.TakenAt) || taken.HasRule(e.Object) { // others were revoked meanwhile
			named(world.KindRule, e.Object)
		}
	}
	if t.DB.Identifier != "" {
		e, made := run.Journal.Entry(world.KindDBInstance, t.DB.Identifier)
		if made || t.DB.Existing != nil {
			out = append(out, plan.Resource{Kind: world.KindDBInstance, ID: t.DB.Identifier, Created: made && e.Created})
		}
		named(world.KindDBSubnetGroup, t.DB.SubnetGroup)
	}
	for _, kind := range []world.Kind{
		world.KindRolePolicy, world.KindAddonConfig, world.KindCNIEnv, world.KindNamespace, world.KindServiceAccount, world.KindPolicy, world.KindSecret, world.KindConfigMap, world.KindDeployment, world.KindTable,
	} {
		for _, e := range run.Journal.Find(kind) {
			named(kind, e.Object)
		}
	}
	return out
}
