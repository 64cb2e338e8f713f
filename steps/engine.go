package steps

import (
	"cmp"
	"context"
	"fmt"
	"sync"

	"podsg/steps/intent"
	"podsg/steps/plan"
	"podsg/steps/world"
)

// Engine observes, plans, applies and verifies. It is built once, with its
// ports, by whoever knows the environment; it keeps no state between calls, and
// its methods may be called from any goroutine.
//
// The way through it is always the same:
//
//	o, err := engine.Observe(ctx, intent, observer)        // what is
//	target, questions, err := Resolve(o.Snapshot, intent)  // what is wanted, settled
//	plan, err := MakePlan(o.Snapshot, &target)             // what will be done
//	result := engine.Apply(ctx, o, target, plan, observer) // do it
type Engine struct {
	Cloud     plan.Cloud
	Connector plan.Connector
	Databases plan.Databases
	// Dial reaches a database from this machine, without a pod.
	Dial  world.DialFunc
	Clock plan.Clock
	// Holder names this run in the lock: user@host and process.
	Holder string
	// CA returns the PEM bundle for the databases of a region: the file's when one
	// is given, else the bundle that podsg carries; nil when it carries none.
	CA func(partition, region, file string) ([]byte, error)
	// Actions are the IAM actions whose permission is simulated while observing;
	// empty: none.
	Actions []string
}

// Observation is a snapshot with the cluster access that it was read through.
type Observation struct {
	*world.Snapshot
	// Intent is what it was made for, for looking again.
	Intent intent.Intent
	// Kube is nil when the cluster's API could not be reached; KubeErr says why.
	Kube    plan.Kube
	KubeErr error
}

// Observe reads the world for an intent: the account first (nothing can be said
// without an identity and the cluster), then AWS and Kubernetes at the same
// time. It fails only when there is nothing to observe: no credentials, no such
// cluster. Whatever else cannot be read is a gap in the snapshot.
func (e *Engine) Observe(ctx context.Context, in intent.Intent, observer plan.Observer) (*Observation, error) {
	observer = e.serialised(observer)
	tell := func(text string) {
		observer(plan.Event{Type: plan.EventObserveProgress, Progress: &plan.Progress{Text: text}})
	}
	read := func(fact world.Fact) { observer(plan.Event{Type: plan.EventFactRead, Fact: fact}) }
	if in.Cluster == "" {
		return nil, world.RefusedAnswer("cluster", "name the cluster: --cluster NAME, or cluster: NAME in the answers file", "no cluster is chosen")
	}
	var (
		identity   world.Identity
		cluster    world.Cluster
		idErr, err error
		wg         sync.WaitGroup
	)
	wg.Go(func() {
		idErr = world.Guard(func() (err error) { identity, err = e.Cloud.Identity(ctx); return err })
	})
	wg.Go(func() {
		err = world.Guard(func() (err error) { cluster, err = e.Cloud.Cluster(ctx, in.Cluster); return err })
	})
	wg.Wait()
	if idErr != nil {
		return nil, fmt.Errorf("tell who is calling: %w", idErr)
	}
	if world.KindOf(err) == world.ProblemNotFound {
		return nil, &world.Problem{Kind: world.ProblemUsage, Err: err} // the name was the user's
	}
	if err != nil {
		return nil, err
	}
	tell(fmt.Sprintf("account %s, cluster %s", identity.Account, cluster.Name))

	o := &Observation{Intent: in, Snapshot: &world.Snapshot{SchemaVersion: plan.SchemaVersion, TakenAt: e.Clock.Now().UTC()}}
	var (
		cloud     world.CloudFacts
		cloudGaps plan.Gaps
		kube      world.ClusterFacts
		kubeGaps  plan.Gaps
	)
	wg.Go(func() {
		scope := cloudScope(cluster, in, e.Actions)
		scope.Read = read
		cloud, cloudGaps = e.Cloud.Observe(ctx, scope)
		tell(fmt.Sprintf("AWS: %d security groups, %d network interfaces, %d databases",
			len(cloud.SecurityGroups), len(cloud.Interfaces), len(cloud.Databases)))
	})
	wg.Go(func() {
		o.Kube, o.KubeErr = e.Connector.Connect(ctx, cluster)
		if o.KubeErr != nil {
			kubeGaps = kubeGap(o.KubeErr)
			return
		}
		scope := kubeScope(in)
		scope.Read = read
		kube, kubeGaps = o.Kube.Observe(ctx, scope)
		kube.Chosen = scope.Namespace
		proveInjections(ctx, o.Kube, &kube, in)
		tell(fmt.Sprintf("Kubernetes: %d nodes, %d policies", len(kube.Nodes), len(kube.Policies)))
	})
	wg.Wait()
	if err := ctx.Err(); err != nil {
		return nil, fmt.Errorf("observe cluster %q: %w", cluster.Name, err)
	}
	cloud.Identity, cloud.Cluster = identity, cluster
	o.Cloud, o.Snapshot.Kube = cloud, kube
	for _, gaps := range []plan.Gaps{cloudGaps, kubeGaps} {
		for fact, err := range gaps {
			o.AddGap(fact, err)
		}
	}
	o.Snapshot.Password = e.comparePassword(ctx, o, in)
	if e.CA != nil {
		if o.CA, err = e.CA(identity.Partition, identity.Region, in.Database.CAFile); err != nil {
			return nil, err
		}
	}
	return o, nil
}

// serialised gives events their time and hands them to an observer, if there is
// one, one after the other.
func (e *Engine) serialised(observer plan.Observer) plan.Observer {
	var mu sync.Mutex
	return func(event plan.Event) {
		if observer == nil {
			return
		}
		event.At = e.Clock.Now()
		mu.Lock()
		defer mu.Unlock()
		observer(event)
	}
}

func cloudScope(c world.Cluster, in intent.Intent, actions []string) plan.CloudScope {
	scope := plan.CloudScope{Cluster: c, Actions: actions, Database: intent.DefaultDBIdentifier}
	if d := in.Database.Existing; d != nil {
		scope.Database = d.Identifier
	} else {
		want := in.Database.NewDatabase()
		scope.Database, scope.DBClass, scope.DBEngine = want.Identifier, want.Class, want.EngineVersion
	}
	return scope
}

func kubeScope(in intent.Intent) plan.KubeScope {
	// The dry run waits for what the policy and the service accounts are.
	return plan.KubeScope{All: in.LooksEverywhere(), Namespace: cmp.Or(in.Namespace, intent.DefaultNamespace), Secret: cmp.Or(in.Secret.Name, intent.DefaultSecretName), Pod: in.Pod}
}

// provenBeside is in how many namespaces beside the chosen one a dry run is made.
const provenBeside = 12

// proveInjections tries a pod that a policy selects, in each observed namespace
// that has one.
func proveInjections(ctx context.Context, kube plan.Kube, facts *world.ClusterFacts, in intent.Intent) {
	chosen, others := world.DryRun{}, make([]world.DryRun, min(len(facts.Others), provenBeside))
	var all sync.WaitGroup
	all.Go(func() {
		namespace := cmp.Or(in.Namespace, intent.DefaultNamespace)
		if p, ok := intent.PolicyToDiagnose(facts.Policies, namespace, in.WantedPolicy()); ok {
			chosen = proveInjection(ctx, kube, p, facts.ServiceAccounts)
		}
	})
	for i := range others {
		o := facts.Others[i]
		all.Go(func() {
			if p, ok := intent.PolicyToDiagnose(facts.Policies, o.Name, ""); ok {
				others[i] = proveInjection(ctx, kube, p, o.ServiceAccounts)
			}
		})
	}
	all.Wait()
	facts.Admission.DryRunPolicy, facts.Admission.DryRunInjected, facts.Admission.DryRunError = chosen.Policy, chosen.Injected, chosen.Error
	for i, tried := range others {
		facts.Others[i].DryRun = tried
	}
}

// proveInjection tries a pod that a policy selects, with a service account that
// it selects.
func proveInjection(ctx context.Context, kube plan.Kube, p world.PodPolicy, accounts []world.ServiceAccount) world.DryRun {
	account, ok := world.SelectedAccount(accounts, p.ServiceAccountSelector)
	labels := world.SelectedLabels(p.PodSelector)
	if selected, err := p.PodSelector.Matches(labels); err != nil || !selected || !ok || len(p.GroupIDs) == 0 || p.PodSelector == nil && p.ServiceAccountSelector == nil {
		return world.DryRun{} // other checks say why it selects nothing
	}
	injected, err := kube.ProveInjection(ctx, p.Namespace, labels, account)
	if err != nil {
		return world.DryRun{Policy: p.Name, Error: err.Error()}
	}
	return world.DryRun{Policy: p.Name, Injected: &injected}
}

// kubeGap is the gap of every Kubernetes fact when the API cannot be reached.
func kubeGap(err error) plan.Gaps {
	gaps := plan.Gaps{}
	for _, f := range world.FactsFrom(world.SourceKubernetes) {
		gaps[f] = err
	}
	return gaps
}
