package database

import (
	"context"
	"errors"
	"fmt"
	"net"
	"time"

	"podsg/steps/intent"
	"podsg/steps/plan"
	"podsg/steps/probe"
	"podsg/steps/shell"
	"podsg/steps/world"
)

// SeedDatabase makes the welcome table: directly when the database answers
// this machine, else through a pod that carries the pod security group, so
// that a private database needs no hole.
type SeedDatabase struct {
	Secret     plan.SecretRef
	Identifier string
	Host       string // empty: of the database that this run makes
	Port       int
	Database   string
	Username   string
	TLSMode    string
	CA         []byte
	Direct     bool // the database has a public address: try it from here first
	Relay      plan.Manifest
	Once       plan.Manifest // a pod that makes the table and ends, for scripts
	Labels     map[string]string
}

// directTime is how long to wait for a database to answer this machine before
// going through a pod: a blocked packet gets no answer at all.
const directTime = 5 * time.Second

// Apply implements [plan.Action].
func (a SeedDatabase) Apply(ctx context.Context, run *plan.Run) error {
	password, err := a.Secret.Password(ctx, run)
	if err != nil {
		return err
	}
	host := a.Host
	if host == "" {
		if host, err = run.Resolve(intent.OutputRef(outputDBHost, "the database's address")); err != nil {
			return err
		}
	}
	target := plan.DatabaseTarget{
		Host: host, Port: a.Port, Database: a.Database, Username: a.Username, Password: password, TLSMode: a.TLSMode, CA: a.CA,
	}
	rows, made, err := a.seed(ctx, run, target)
	if err != nil {
		return err
	}
	run.Progress(plan.Progress{Text: fmt.Sprintf("table welcome has %d rows", rows)})
	return run.Record(ctx, world.JournalEntry{Kind: world.KindTable, Object: a.Identifier + "/" + a.Database + "/welcome", Created: made, Done: true})
}

func (a SeedDatabase) seed(ctx context.Context, run *plan.Run, target plan.DatabaseTarget) (rows int, made bool, err error) {
	if a.Direct && run.Dial != nil {
		run.Progress(plan.Progress{Text: "connecting to " + target.Host + " from this machine"})
		rows, made, err = run.Databases.Seed(ctx, target, dialWithin(run.Dial, directTime))
		if err == nil || !isUnreachable(err) {
			return rows, made, err
		}
		run.Progress(plan.Progress{Text: "the database does not answer this machine: going through a pod"})
	}
	return a.seedThroughPod(ctx, run, target)
}

func isUnreachable(err error) bool {
	var ne net.Error
	kind := world.KindOf(err)
	return kind == world.ProblemUnreachable || kind == world.ProblemTimeout || errors.As(err, &ne)
}

// dialWithin bounds each attempt to connect.
func dialWithin(dial world.DialFunc, d time.Duration) world.DialFunc {
	return func(ctx context.Context, network, address string) (net.Conn, error) {
		ctx, cancel := context.WithTimeout(ctx, d)
		defer cancel()
		return dial(ctx, network, address)
	}
}

// seedThroughPod starts the relay pod, forwards a port to it, and removes it
// again whatever happens.
func (a SeedDatabase) seedThroughPod(ctx context.Context, run *plan.Run, target plan.DatabaseTarget) (rows int, made bool, err error) {
	ref := a.Relay.Ref()
	call, cancel := plan.CallContext(ctx)
	defer cancel()
	if _, err := run.Kube.Apply(call, a.Relay); err != nil {
		return 0, false, err
	}
	defer func() {
		call, cancel := plan.CallContext(ctx)
		defer cancel()
		if delErr := run.Kube.Delete(call, ref); delErr != nil && err == nil {
			err = fmt.Errorf("remove the relay pod: %w", delErr)
		}
	}()
	pods, err := run.Kube.WaitPods(ctx, ref.Namespace, a.Labels, probe.RunningPod(true), run.Progress)
	if err != nil {
		return 0, false, err
	}
	pod := ""
	for _, p := range pods {
		if !p.Terminating && p.Phase == "Running" {
			pod = p.Name
		}
	}
	dial, stop, err := run.Kube.ForwardPod(ctx, ref.Namespace, pod, probe.RelayPort)
	if err != nil {
		return 0, false, err
	}
	defer stop()
	run.Progress(plan.Progress{Text: fmt.Sprintf("writing the table through pod %s", pod)})
	// The relay's nc starts a moment after its container does.
	for try := 0; ; try++ {
		rows, made, err = run.Databases.Seed(ctx, target, dial)
		if err == nil || !isUnreachable(err) || try == seedTries {
			return rows, made, err
		}
		select {
		case <-ctx.Done():
			return 0, false, ctx.Err()
		case <-run.Clock.After(probe.ProofRetry):
		}
	}
}

// seedTries is how often a connection through the relay is tried again.
const seedTries = 5

// Shell implements [plan.Action]. Where podsg itself goes through the relay, a script
// has a pod do it: the password then comes from the Secret, and is neither on a
// command line nor in the environment of the shell's children.
func (a SeedDatabase) Shell() []string {
	ref := a.Once.Ref()
	return []string{
		plan.ApplyCommand(a.Once),
		shell.Command("kubectl -n %s wait pod/%s --for=jsonpath='{.status.phase}'=Succeeded --timeout=5m", ref.Namespace, ref.Name),
		shell.Command("kubectl -n %s delete pod %s", ref.Namespace, ref.Name),
	}
}
