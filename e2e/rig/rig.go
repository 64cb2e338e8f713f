package rig

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"time"

	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
	"k8s.io/utils/clock"

	sandboxclock "podsg/sandbox/clock"
	"podsg/sandbox/cloud"
)

// Options describe a rig. ControlPlane, Controller, Definitions and NodeGroups
// are required.
type Options struct {
	Dir          string // of data, certificates and logs; default a temporary one, removed on Close
	ControlPlane string // the binary of the command controlplane
	Controller   string // the binary of the VPC resource controller
	Definitions  string // directory of its CustomResourceDefinitions

	NodeGroups     []NodeGroup
	SelfManagedCNI bool    // the VPC CNI is not an EKS add-on
	Speed          float64 // every simulated delay is divided by it; default 1
	LeaseSeconds   int     // of node leases; default 40, longer means less idle load
	Log            io.Writer
}

// Rig is a running cluster with its account and databases.
type Rig struct {
	options   Options
	ownDir    bool
	pki       *pki
	clock     clock.WithTicker
	account   *cloud.Account
	network   cloud.Network
	processes *processes
	databases *databases
	kubelet   *kubelet
	ports     struct{ etcd, etcdPeer, api, kwok, kubelet, aws, authenticator, metrics, introspection int }

	config    *rest.Config
	client    kubernetes.Interface
	dynamic   dynamic.Interface
	informers informers.SharedInformerFactory

	controller *process

	cancel  context.CancelFunc
	running sync.WaitGroup
}

// Start starts a rig and returns when its nodes, the VPC CNI and CoreDNS are
// ready. The program must have called [Isolate].
func Start(ctx context.Context, o Options) (*Rig, error) {
	if o.Speed == 0 {
		o.Speed = 1
	}
	if o.LeaseSeconds == 0 {
		o.LeaseSeconds = 40
	}
	if o.Log == nil {
		o.Log = io.Discard
	}
	ctx, cancel := context.WithCancel(ctx)
	r := &Rig{options: o, cancel: cancel, clock: sandboxclock.New(o.Speed)}
	if err := r.start(ctx); err != nil {
		r.Close()
		return nil, fmt.Errorf("start the rig: %w", err)
	}
	return r, nil
}

func (r *Rig) start(ctx context.Context) error {
	begin := time.Now()
	for _, step := range []struct {
		name string
		run  func(context.Context) error
	}{
		{"directories and certificates", r.prepare},
		{"AWS account", r.startAccount},
		{"control plane", r.startControlPlane},
		{"objects of a new EKS cluster", r.seed},
		{"nodes", r.startNodes},
		{"VPC resource controller", func(context.Context) error { return r.StartController() }},
		{"nodes, VPC CNI and CoreDNS ready", r.settle},
	} {
		if err := step.run(ctx); err != nil {
			return fmt.Errorf("%s: %w", step.name, err)
		}
		fmt.Fprintf(r.options.Log, "%6.1fs  %s\n", time.Since(begin).Seconds(), step.name)
	}
	return nil
}

func (r *Rig) prepare(context.Context) (err error) {
	if r.options.Dir == "" {
		if r.options.Dir, err = os.MkdirTemp("", "podsg-e2e-"); err != nil {
			return err
		}
		r.ownDir = true
	}
	for _, file := range []*string{&r.options.Dir, &r.options.ControlPlane, &r.options.Controller, &r.options.Definitions} {
		if *file, err = filepath.Abs(*file); err != nil {
			return err
		}
	}
	// PostgreSQL runs as its own user and must get at its data.
	if err := errors.Join(os.MkdirAll(r.options.Dir, 0o755), os.Chmod(r.options.Dir, 0o755)); err != nil {
		return err
	}
	for _, d := range []string{"etcd", "pki", "log", "tmp"} {
		if err := os.MkdirAll(r.path(d), 0o755); err != nil {
			return err
		}
	}
	p := &r.ports
	for _, port := range []*int{&p.etcd, &p.etcdPeer, &p.api, &p.kwok, &p.kubelet, &p.aws, &p.authenticator, &p.metrics, &p.introspection} {
		if *port, err = freePort(); err != nil {
			return err
		}
	}
	r.processes = newProcesses(r.path("log"))
	if err := r.makeCertificates(); err != nil {
		return err
	}
	if r.config, err = clientcmd.BuildConfigFromFlags("", r.kubeconfig("admin")); err != nil {
		return err
	}
	r.config.QPS, r.config.Burst = 500, 1000
	if r.client, err = kubernetes.NewForConfig(r.config); err != nil {
		return err
	}
	r.dynamic, err = dynamic.NewForConfig(r.config)
	r.informers = informers.NewSharedInformerFactory(r.client, 0)
	return err
}

func (r *Rig) startAccount(ctx context.Context) error {
	r.account = cloud.New(cloud.Config{
		Clock: r.clock, Seed: 1, AccessKeyID: "AKIAE2EPODSGTESTRIG0", SecretAccessKey: "e2e-secret-of-a-throw-away-account",
	})
	if err := r.buildAccount(); err != nil {
		return err
	}
	if err := r.serveAWS(ctx); err != nil {
		return err
	}
	r.databases = newDatabases(r)
	r.account.OnDatabase(r.databases.handle)
	r.startAddonManager(ctx)
	return r.serveAuthenticator(ctx)
}

// serve serves until ctx ends, with the cluster's serving certificate if
// encrypted.
func (r *Rig) serve(ctx context.Context, s *http.Server, encrypted bool) error {
	l, err := net.Listen("tcp", s.Addr)
	if err != nil {
		return err
	}
	s.ErrorLog = log.New(io.Discard, "", 0)
	s.BaseContext = func(net.Listener) context.Context { return ctx }
	r.running.Go(func() {
		if encrypted {
			_ = s.ServeTLS(l, r.pki.path("server.crt"), r.pki.path("server.key"))
			return
		}
		_ = s.Serve(l)
	})
	context.AfterFunc(ctx, func() { _ = s.Close() })
	return nil
}

// Close stops everything.
func (r *Rig) Close() {
	r.cancel()
	r.running.Wait()
	if r.processes != nil {
		r.processes.stopAll()
	}
	if r.account != nil {
		r.account.Close()
	}
	if r.ownDir {
		_ = os.RemoveAll(r.options.Dir)
	}
}

// Wait waits until ctx ends, or a component does.
func (r *Rig) Wait(ctx context.Context) error {
	select {
	case <-ctx.Done():
		return nil
	case err := <-r.processes.died:
		return err
	}
}

// Account is the AWS account, for staging breakages and looking at objects.
func (r *Rig) Account() *cloud.Account { return r.account }

// Client is a client of the cluster with every permission.
func (r *Rig) Client() kubernetes.Interface { return r.client }

// Dynamic is the same for custom resources.
func (r *Rig) Dynamic() dynamic.Interface { return r.dynamic }

// Kubeconfig is a file for the client of another program.
func (r *Rig) Kubeconfig() string { return r.kubeconfig("admin") }

// Logs is the directory of the components' logs.
func (r *Rig) Logs() string { return r.path("log") }
