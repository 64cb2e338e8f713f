package sandbox

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"os"
	"strings"
	"sync"
	"time"

	"podsg/sandbox/authority"
	sandboxclock "podsg/sandbox/clock"
	"podsg/sandbox/cloud"
	"podsg/sandbox/cluster"
	"podsg/sandbox/kubeapi"
	"podsg/sandbox/kubeapi/access"
	"podsg/sandbox/kubeapi/authorizer"
	"podsg/sandbox/kubeapi/storage"
	"podsg/sandbox/scenario"
)

// DefaultSpeed is how much faster than in life things take their time: a
// database is made in half a minute instead of five.
const DefaultSpeed = 10

// Options say which world to start.
type Options struct {
	Scenario string  // a name that [scenario.All] lists; empty: workshop
	Speed    float64 // every delay is divided by it; 0: [DefaultSpeed]
	Logger   *slog.Logger
}

// World is a practice world that is running.
type World struct {
	scenario  scenario.Scenario
	clock     *sandboxclock.Clock
	authority *authority.Authority
	account   *cloud.Account
	store     *storage.Store
	kube      *kubeapi.Server
	cluster   *cluster.Cluster
	databases *databases
	tally     *tally // of the requests of the applications
	token     string

	aws, kubeListener, socks, bastion, control net.Listener

	dir, caFile, kubeconfig string
	cancel                  context.CancelFunc
	running                 sync.WaitGroup
	closeOnce               sync.Once
}

// Start starts a world and returns when its cluster has settled: nodes are
// ready and CoreDNS answers. It runs until Close, or until ctx ends.
func Start(ctx context.Context, o Options) (*World, error) {
	scenario, err := scenario.Find(o.Scenario)
	if err != nil {
		return nil, err
	}
	if o.Speed == 0 {
		o.Speed = DefaultSpeed
	}
	if o.Speed < 0 {
		return nil, fmt.Errorf("start the practice world: speed %v is not positive", o.Speed)
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	ctx, cancel := context.WithCancel(ctx)
	w := &World{scenario: scenario, clock: sandboxclock.New(o.Speed), tally: newTally(), cancel: cancel}
	if err := w.start(ctx, o); err != nil {
		w.Close()
		return nil, fmt.Errorf("start the practice world %q: %w", scenario.Name, err)
	}
	return w, nil
}

func (w *World) start(ctx context.Context, o Options) error {
	var err error
	if w.authority, err = authority.NewAuthority("podsg practice world"); err != nil {
		return err
	}
	for _, l := range []*net.Listener{&w.aws, &w.kubeListener, &w.socks, &w.bastion, &w.control} {
		if *l, err = net.Listen("tcp", "127.0.0.1:0"); err != nil {
			return fmt.Errorf("listen on loopback: %w", err)
		}
	}
	if w.token, err = randomToken(); err != nil {
		return err
	}
	host := "https://" + w.kubeListener.Addr().String()
	w.account = cloud.New(cloud.Config{
		Partition: w.scenario.Partition, Region: w.scenario.Region, Clock: w.clock, Seed: 1,
		AccessKeyID: "AKIASANDBOXPRACTICE0", SecretAccessKey: w.token,
	})
	if w.scenario.SetUp {
		w.clock.SetBack(earlier)
	}
	built, err := w.scenario.Build(&scenario.Builder{Account: w.account, Endpoint: host, CAPEM: w.authority.PEM(), Cluster: w.scenario.Cluster, Clock: w.clock})
	if err != nil {
		return err
	}
	w.databases = newDatabases(w.authority, w.clock)
	w.account.OnDatabase(w.databases.handle)

	w.store = storage.NewStore(storage.Config{Clock: w.clock})
	pods := &network{
		tally: w.tally, account: w.account, databases: w.databases, services: services{w.store}, servers: built.Servers, dns: w.dnsAddresses,
	}
	w.cluster = cluster.New(cluster.Config{
		Name: w.scenario.Cluster, Region: w.account.Region(), VPCID: built.VPCID, Store: w.store, Cloud: w.account, Clock: w.clock,
		Network: pods, RootCA: w.authority.PEM(), CNIAddon: !built.SelfManagedCNI, CNIValues: built.CNIValues, Stages: built.Stages,
		Seed: 1, Logger: o.Logger,
	})
	pods.noCache, pods.listener = w.cluster.LosesLocalDNS, w.cluster.DialPod
	admin := access.User{Name: w.account.CallerARN(), Groups: []string{"system:masters", "system:authenticated"}}
	key, secret, _ := w.account.Credentials()
	w.kube = kubeapi.NewServer(kubeapi.Config{
		Store: w.store, Tokens: map[string]access.User{w.token: admin}, AccessKeys: map[string]access.User{key: admin},
		SecretKeys:  map[string]string{key: secret},
		ClusterName: w.scenario.Cluster, Authorize: authorizer.RBAC(w.store), Logs: w.cluster.Logs, PortForward: w.cluster.PortForward,
	})
	if err := w.writeFiles(host); err != nil {
		return err
	}
	if err := w.serve(ctx, pods); err != nil {
		return err
	}
	for _, b := range built.Balancers {
		w.running.Go(func() { w.visit(ctx, pods, b) })
	}
	return w.begin(ctx, built)
}

// earlier is when everything in a world that is set up was made.
const earlier = 15 * time.Minute

// begin ends the time before the world begins.
func (w *World) begin(ctx context.Context, b scenario.Built) error {
	if err := w.cluster.StagingError(); err != nil {
		return err
	}
	running := scenario.Running{Store: w.store, Cluster: w.cluster, Good: w.goodRequests}
	if b.Await != nil {
		if err := b.Await(ctx, running); err != nil {
			return err
		}
	}
	if len(b.Stages) > 0 {
		w.clock.SetBack(0)
		w.cluster.Beat()
	}
	w.tally.restart()
	if b.Last != nil {
		return b.Last(running)
	}
	return nil
}

// serve starts everything that runs, and waits for the cluster to settle.
func (w *World) serve(ctx context.Context, n *network) error {
	cert, err := w.authority.Issue("127.0.0.1", "localhost")
	if err != nil {
		return err
	}
	station := &workstation{network: n}
	failed := make(chan error, 2)
	w.running.Go(func() { w.store.Run(ctx) })
	w.running.Go(func() {
		if err := w.kube.Serve(ctx, w.kubeListener, cert); err != nil {
			failed <- err
		}
	})
	w.running.Go(func() {
		if err := w.cluster.Run(ctx); err != nil && ctx.Err() == nil {
			failed <- err
		}
	})
	w.serveHTTP(ctx, w.aws, w.account.Handler())
	w.serveHTTP(ctx, w.control, w.controlHandler())
	w.running.Go(func() { station.serveSOCKS(ctx, w.socks) })
	w.running.Go(func() { station.serveBastion(w.bastion) })
	select {
	case <-w.cluster.Settled():
		return nil
	case err := <-failed:
		return err
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (w *World) serveHTTP(ctx context.Context, l net.Listener, h http.Handler) {
	server := &http.Server{
		Handler: h, ErrorLog: slog.NewLogLogger(slog.DiscardHandler, slog.LevelError), ReadHeaderTimeout: 30 * time.Second,
		BaseContext: func(net.Listener) context.Context { return ctx },
	}
	w.running.Go(func() { _ = server.Serve(l) })
	context.AfterFunc(ctx, func() { _ = server.Close() })
}

// Close ends the world. Nothing of it is left on the machine.
func (w *World) Close() {
	w.closeOnce.Do(func() {
		w.cancel()
		for _, l := range []net.Listener{w.aws, w.kubeListener, w.socks, w.bastion, w.control} {
			if l != nil {
				l.Close()
			}
		}
		if w.databases != nil {
			w.databases.close()
		}
		if w.account != nil {
			w.account.Close()
		}
		w.running.Wait()
		if w.dir != "" {
			_ = os.RemoveAll(w.dir)
		}
	})
}

// Scenario is the scenario that the world was started with.
func (w *World) Scenario() scenario.Scenario { return w.scenario }

// Account is the world's AWS account, for tests that stage a breakage.
func (w *World) Account() *cloud.Account { return w.account }

// Kube is the world's API server, for tests that stage a breakage.
func (w *World) Kube() *kubeapi.Server { return w.kube }

// Cluster is the world's simulated cluster, for tests that stage a breakage.
func (w *World) Cluster() *cluster.Cluster { return w.cluster }

// Objects is every object of the account ("aws type/id") and of the cluster
// ("k8s resource namespace/name"), for comparing two states of the world.
func (w *World) Objects() (map[string]json.RawMessage, error) {
	out := map[string]json.RawMessage{}
	aws, err := w.account.Snapshot()
	if err != nil {
		return nil, err
	}
	for k, v := range aws {
		out["aws "+k] = v
	}
	dump, err := w.store.Dump()
	if err != nil {
		return nil, err
	}
	var objects map[string]json.RawMessage
	if err := json.Unmarshal(dump, &objects); err != nil {
		return nil, err
	}
	for k, v := range objects {
		out["k8s "+k] = v
	}
	return out, nil
}

// dnsAddresses are the addresses of the ready CoreDNS pods, as the cluster's
// own EndpointSlices tell them.
func (w *World) dnsAddresses() []netip.Addr {
	var out []netip.Addr
	for _, s := range w.endpointSlices() {
		if s.Namespace != "kube-system" || !strings.HasPrefix(s.Name, "kube-dns") {
			continue
		}
		for _, e := range s.Endpoints {
			if e.Conditions.Ready == nil || *e.Conditions.Ready {
				for _, a := range e.Addresses {
					if addr, err := netip.ParseAddr(a); err == nil {
						out = append(out, addr)
					}
				}
			}
		}
	}
	return out
}

func randomToken() (string, error) {
	var b [20]byte
	if _, err := rand.Read(b[:]); err != nil {
		return "", fmt.Errorf("read random bytes: %w", err)
	}
	return hex.EncodeToString(b[:]), nil
}
