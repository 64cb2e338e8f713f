package scripted

import (
	"context"
	"fmt"

	"podsg/steps"
	"podsg/steps/intent"
	"podsg/steps/plan"
	"podsg/steps/world"
)

// Engine plays a scene. Its fields say what its calls answer; a call that
// should hang waits until its context ends.
type Engine struct {
	Snapshot *world.Snapshot
	Names    []string

	IdentityErr, ClustersErr, ObserveErr error
	Hang                                 bool
	// Observed is told each intent that was observed.
	Observed []intent.Intent
	// FailChange is the id of a change that fails, with FailErr.
	FailChange string
	FailErr    error
	Proof      plan.Verification
	ProofErr   error
	// Applied counts the runs.
	Applied int
}

// New makes the engine of the workshop's scene.
func New() *Engine {
	return &Engine{Snapshot: Workshop(), Names: []string{Cluster, Cluster + "-2"}, Proof: Proven()}
}

// Proven is the proof of the scene.
func Proven() plan.Verification {
	return plan.Verification{
		Green: plan.GreenResult{
			Pod: "green-pod-5c786d8dff-4kmvc", Verdict: plan.VerdictConnected, ClientAddress: "192.168.97.64",
			ENI:  plan.ProbeENI{ID: "eni-0d8a3a3a7f2eb57ab", PrivateIP: "192.168.97.64", VLAN: 1, Groups: []string{"sg-0ff967bc903e9639e"}},
			Rows: []string{"--------------------------", "Welcome to podsg", "--------------------------"},
		},
		Red:    plan.RedResult{Pod: "red-pod-7f68d642ff-x2v9q", Verdict: plan.VerdictTimedOut, Error: "connection to server at \"rds-workshop.cabc.us-west-2.rds.amazonaws.com\", port 5432 failed: timeout expired"},
		Proven: true,
	}
}

func (e *Engine) hang(ctx context.Context) error {
	if !e.Hang {
		return nil
	}
	<-ctx.Done()
	return ctx.Err()
}

// Identity answers who the caller is.
func (e *Engine) Identity(ctx context.Context) (world.Identity, error) {
	if err := e.hang(ctx); err != nil {
		return world.Identity{}, err
	}
	if e.IdentityErr != nil {
		return world.Identity{}, e.IdentityErr
	}
	return e.Snapshot.Cloud.Identity, nil
}

// Clusters answers which clusters there are.
func (e *Engine) Clusters(ctx context.Context) ([]string, error) {
	if err := e.hang(ctx); err != nil {
		return nil, err
	}
	return e.Names, e.ClustersErr
}

// Observe answers what there is.
func (e *Engine) Observe(ctx context.Context, in intent.Intent, obs plan.Observer) (*steps.Observation, error) {
	e.Observed = append(e.Observed, in)
	if err := e.hang(ctx); err != nil {
		return nil, err
	}
	if e.ObserveErr != nil {
		return nil, e.ObserveErr
	}
	for _, text := range []string{
		fmt.Sprintf("account %s, cluster %s", Account, in.Cluster),
		fmt.Sprintf("AWS: %d security groups, %d network interfaces, %d databases", len(e.Snapshot.Cloud.SecurityGroups), len(e.Snapshot.Cloud.Interfaces), len(e.Snapshot.Cloud.Databases)),
		fmt.Sprintf("Kubernetes: %d nodes, %d policies", len(e.Snapshot.Kube.Nodes), len(e.Snapshot.Kube.Policies)),
	} {
		obs(plan.Event{Type: plan.EventObserveProgress, Progress: &plan.Progress{Text: text}})
	}
	s := *e.Snapshot
	return &steps.Observation{Snapshot: &s}, nil
}

// Apply plays the run of a plan: every change starts and is done, up to the one
// that fails.
func (e *Engine) Apply(ctx context.Context, _ *steps.Observation, t intent.Target, p *plan.Plan, obs plan.Observer) plan.Result {
	e.Applied++
	res := plan.Result{SchemaVersion: plan.SchemaVersion, Cluster: t.Cluster.Name, Outcome: plan.OutcomeDone, Resources: Resources()}
	ended := map[string]bool{}
	for _, c := range p.Changes {
		blocked := ""
		for _, need := range c.Needs {
			if ended[need] {
				blocked = need
			}
		}
		switch {
		case ctx.Err() != nil:
			res.Outcome = plan.OutcomeInterrupted
			res.Skipped = append(res.Skipped, c.ID)
			obs(plan.Event{Type: plan.EventChangeSkipped, Change: c.ID, Error: "the run was stopped"})
		case blocked != "":
			ended[c.ID] = true
			res.Skipped = append(res.Skipped, c.ID)
			obs(plan.Event{Type: plan.EventChangeSkipped, Change: c.ID, Error: blocked + " failed"})
		case c.ID == e.FailChange:
			ended[c.ID] = true
			f := plan.Failure{ID: c.ID, Error: e.FailErr.Error(), Err: e.FailErr}
			res.Outcome, res.Failed, res.Failures = plan.OutcomeFailed, &f, []plan.Failure{f}
			obs(plan.Event{Type: plan.EventChangeStarted, Change: c.ID})
			obs(plan.Event{Type: plan.EventChangeFailed, Change: c.ID, Error: f.Error, Err: f.Err})
		default:
			res.Applied = append(res.Applied, c.ID)
			obs(plan.Event{Type: plan.EventChangeStarted, Change: c.ID})
			obs(plan.Event{Type: plan.EventChangeDone, Change: c.ID, Elapsed: c.Expected / 2})
		}
	}
	return res
}

// Resources are the objects of the scene after a run.
func Resources() []plan.Resource {
	return []plan.Resource{
		{Kind: world.KindSecurityGroup, ID: "sg-0ff967bc903e9639e", Name: "POD_SG", Created: true},
		{Kind: world.KindSecurityGroup, ID: "sg-0aa967bc903e9639f", Name: "RDS_SG", Created: true},
		{Kind: world.KindSecurityGroup, ID: nodesSG, Name: "eks-cluster-sg-workshop-1234567890"},
		{Kind: world.KindDBInstance, ID: "rds-workshop", Created: true},
		{Kind: world.KindPolicy, ID: "sg-per-pod/allow-rds-access", Created: true},
		{Kind: world.KindSecret, ID: "sg-per-pod/rds", Created: true},
	}
}

// Verify answers the proof.
func (e *Engine) Verify(_ context.Context, _ *steps.Observation, _ intent.Target, obs plan.Observer) (plan.Verification, error) {
	obs(plan.Event{Type: plan.EventVerifyProgress, Progress: &plan.Progress{Text: "the green pod has not tried the database yet"}})
	return e.Proof, e.ProofErr
}
