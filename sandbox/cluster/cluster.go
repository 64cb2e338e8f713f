// Package cluster simulates the controllers of an Amazon EKS cluster over the
// object store of package kubeapi: scheduler, kubelets, DaemonSet, Deployment
// and Job controllers, the VPC CNI, the VPC resource controller with its
// webhooks, and the EKS add-on manager.
//
// The components are packages of their own, over one that has what they share:
//
//   - scheduler, controllers: kube-scheduler and kube-controller-manager
//   - nodes, kubelet, containerd, cni: what runs on a node
//   - vpcrc, addon, admission: what Amazon EKS adds, and the API server's plug-ins
//   - component: clock and delays, queues, events, and a view of the objects
//   - podstate, nodestate, placement, podeni, rbac, names: what several need to know
//
// They do not call each other but downwards in this list of layers: names; then
// podstate, nodestate, placement and podeni; component; rbac; cni; containerd;
// kubelet, nodes, scheduler, controllers, vpcrc, admission and addon; this one.
// This package starts them, lets people work in the cluster before the world
// begins (staging.go) and waits until it has come to rest (settle.go).
//
// Each does to the objects what the real one does, in its order and words and
// at its pace: a rollout takes ten per cent of the nodes at a time, a node of
// an unsuitable type gets no trunk ENI, a deleted pod's branch ENI cools down
// before its place is free.
package cluster

import (
	"context"
	"io"
	"log/slog"
	"net"
	"net/netip"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/utils/clock"

	"podsg/sandbox/cluster/addon"
	"podsg/sandbox/cluster/admission"
	"podsg/sandbox/cluster/cni"
	"podsg/sandbox/cluster/component"
	"podsg/sandbox/cluster/containerd"
	"podsg/sandbox/cluster/controllers"
	"podsg/sandbox/cluster/kubelet"
	"podsg/sandbox/cluster/manifests"
	"podsg/sandbox/cluster/nodes"
	"podsg/sandbox/cluster/scheduler"
	"podsg/sandbox/cluster/vpcrc"
	"podsg/sandbox/containers"
	"podsg/sandbox/kubeapi"
	"podsg/sandbox/kubeapi/access"
	"podsg/sandbox/kubeapi/storage"
)

// DefaultCNIVersion is the version of the VPC CNI when a Config does not say.
const DefaultCNIVersion = "v1.23.2"

// Config describes a cluster. Name, Region, Store and Cloud are required.
type Config struct {
	Name    string
	Region  string
	VPCID   string // told to the VPC CNI
	Version string // of the kubelets; that of the API server if empty

	Store   *storage.Store
	Cloud   component.Cloud
	Clock   clock.WithTicker   // the real clock if nil
	Network containers.Network // of ordinary containers; nil: none can start
	RootCA  []byte             // PEM of the API server's authority, for kube-root-ca.crt

	// CNIVersion is the image tag of the VPC CNI; if empty, DefaultCNIVersion,
	// in EKS' build where it is an add-on.
	CNIVersion string
	// CNIAddon says that the VPC CNI is an EKS add-on, so that its objects are
	// managed by "eks"; otherwise it was installed by kubectl.
	CNIAddon bool
	// CNIValues are configuration values, as the vpc-cni add-on takes them,
	// with which the VPC CNI is installed.
	CNIValues string

	// Stages are what people did before the world begins: the first before
	// anything runs, each further one once the cluster has come to rest again. It
	// has settled after the last. Unlike those of other clusters, the events of
	// this time are kept.
	Stages []Stage

	Seed   uint64       // the same seed gives the same delays
	Logger *slog.Logger // for what a real component would log; discarded if nil
}

// A Cluster simulates one EKS cluster.
type Cluster struct {
	base      *component.Base
	manifests manifests.Values
	cniValues string
	installer component.Actor // who installed the add-ons' objects

	stages       []Stage
	stagingError error // set before the cluster has settled, as is cameToRest
	cameToRest   bool

	instances     *nodes.Controller
	kubelets      *kubelet.Kubelets
	agents        *cni.Agents
	vpcController *vpcrc.Controller
	addons        *addon.Manager
}

// New makes a cluster over a store and registers its admission with it. The
// store gets its first objects when Run is called.
func New(config Config) *Cluster {
	config.complete()
	c := &Cluster{
		base: component.NewBase(component.BaseConfig{
			Name: config.Name, Region: config.Region, Cloud: config.Cloud, Store: config.Store, Clock: config.Clock, Log: config.Logger,
			RootCA: config.RootCA, Seed: config.Seed, Staged: len(config.Stages) > 0,
		}),
		manifests: manifests.Values{Cluster: config.Name, Region: config.Region, VPCID: config.VPCID, Version: config.Version, CNIVersion: config.CNIVersion},
		cniValues: config.CNIValues,
		installer: component.Actor{Manager: "kubectl", User: access.User{Name: "cluster-creator", Groups: []string{"system:masters", "system:authenticated"}}},
		stages:    config.Stages,
	}
	if config.CNIAddon {
		c.installer = component.EKS
	}
	c.instances = nodes.New(c.base, config.Version)
	c.agents = cni.NewAgents(c.base)
	c.kubelets = kubelet.New(c.base, c.agents, containerd.New(c.base, c.agents, config.Network))
	c.vpcController = vpcrc.New(c.base, c.instances.Machine)
	c.addons = &addon.Manager{Base: c.base}
	admission.Register(c.base, c.vpcController)
	return c
}

// complete fills in what a Config need not say.
func (c *Config) complete() {
	if c.Version == "" {
		c.Version = kubeapi.DefaultVersion
	}
	if c.CNIVersion == "" {
		c.CNIVersion = DefaultCNIVersion
		if c.CNIAddon {
			c.CNIVersion += "-eksbuild.1"
		}
	}
	if c.Clock == nil {
		c.Clock = clock.RealClock{}
	}
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
}

// Run gives the store its first objects and runs the controllers until ctx
// ends. It returns when all of them have stopped. Call it once.
func (c *Cluster) Run(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	defer c.base.Wait()
	defer cancel()
	c.base.Begin(ctx)
	if err := c.bootstrap(); err != nil {
		return err
	}
	if err := c.addons.ConfigureCNI(c.installer, c.cniValues); err != nil {
		return err
	}
	if c.base.Staged {
		if err := c.stage(0); err != nil {
			return err
		}
		c.base.DaemonSets.Refresh() // before a controller acts on what was
	}
	controllers.Start(ctx, c.base)
	scheduler.Start(ctx, c.base)
	c.kubelets.Start(ctx)
	c.agents.Start()
	c.vpcController.Start(ctx)
	c.instances.Start(ctx)
	c.addons.Start(ctx)
	c.startSettling(ctx)
	c.base.FollowAll(ctx)
	c.instances.SyncMachines(ctx)
	<-ctx.Done()
	return nil
}

// Logs writes a container's log to w, for the API server's pods/log.
func (c *Cluster) Logs(ctx context.Context, pod *corev1.Pod, opts *corev1.PodLogOptions, w io.Writer) error {
	return c.kubelets.Logs(ctx, pod, opts, w)
}

// PortForward connects stream to a port of a running pod, for the API server's
// pods/portforward, and returns when the connection ends.
func (c *Cluster) PortForward(ctx context.Context, pod *corev1.Pod, port int32, stream io.ReadWriteCloser) error {
	return c.kubelets.PortForward(ctx, pod, port, stream)
}

// DialPod connects to a port of a running pod, for what reaches it through the
// network. The error is syscall.ECONNREFUSED if nothing listens there.
func (c *Cluster) DialPod(ctx context.Context, to netip.AddrPort) (net.Conn, error) {
	return c.kubelets.DialPod(ctx, to)
}

// LosesLocalDNS says that the pod with an address asks NodeLocal DNSCache and is
// not answered.
func (c *Cluster) LosesLocalDNS(address netip.Addr) bool { return c.kubelets.LosesLocalDNS(address) }

// SetResourceController stops or starts the VPC resource controller, webhooks
// included, as an outage of the control plane would.
func (c *Cluster) SetResourceController(running bool) { c.vpcController.SetRunning(running) }

// SetWebhook makes calls to the controller's webhooks time out, or work again.
// While they do, pods pass unchanged, as the webhooks' failure policy says.
func (c *Cluster) SetWebhook(working bool) { c.vpcController.SetWebhook(working) }
