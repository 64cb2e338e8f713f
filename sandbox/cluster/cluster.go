// Package cluster simulates the controllers of an Amazon EKS cluster over the
// object store of package kubeapi: scheduler, kubelets, DaemonSet, Deployment
// and Job controllers, the VPC CNI, the VPC resource controller with its
// webhooks, and the EKS add-on manager.
//
// Each does to the objects what the real one does, in its order and words and
// at its pace: a rollout takes ten per cent of the nodes at a time, a node of
// an unsuitable type gets no trunk ENI, a deleted pod's branch ENI cools down
// before its place is free.
package cluster

import (
	"context"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"

	admissionregistrationv1 "k8s.io/api/admissionregistration/v1"
	appsv1 "k8s.io/api/apps/v1"
	batchv1 "k8s.io/api/batch/v1"
	coordinationv1 "k8s.io/api/coordination/v1"
	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/utils/clock"

	"podsg/sandbox/containers"
	"podsg/sandbox/kubeapi"
	"podsg/sandbox/kubeapi/access"
	"podsg/sandbox/kubeapi/gvr"
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
	Cloud   Cloud
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
	name, region, vpcID string
	version, cniVersion string
	cniAddon            bool
	cniValues           string
	rootCA              []byte

	store            *storage.Store
	cloud            Cloud
	clock            clock.WithTicker
	containerNetwork containers.Network
	runtime          *containers.Runtime
	log              *slog.Logger
	chance           *chance
	installer        actor // who installed the add-ons' objects

	ctx        context.Context // of Run
	goroutines sync.WaitGroup
	settled    chan struct{} // closed once the first pods are up

	stages       []Stage
	stagingError error // set before settled is closed, as is atRest
	atRest       bool

	eventSerial     atomic.Int64
	events          *storage.Client[*corev1.Event]
	kubeletEvents   *recorder
	nodeEvents      *recorder
	cloudNodeEvents *recorder

	namespaces  *kind[*corev1.Namespace]
	nodes       *kind[*corev1.Node]
	pods        *kind[*corev1.Pod]
	secrets     *kind[*corev1.Secret]
	configMaps  *kind[*corev1.ConfigMap]
	accounts    *kind[*corev1.ServiceAccount]
	services    *kind[*corev1.Service]
	endpoints   *kind[*corev1.Endpoints]
	slices      *kind[*discoveryv1.EndpointSlice]
	daemonSets  *kind[*appsv1.DaemonSet]
	deployments *kind[*appsv1.Deployment]
	replicaSets *kind[*appsv1.ReplicaSet]
	revisions   *kind[*appsv1.ControllerRevision]
	jobs        *kind[*batchv1.Job]
	leases      *kind[*coordinationv1.Lease]
	quotas      *kind[*corev1.ResourceQuota]

	clusterRoles        *kind[*rbacv1.ClusterRole]
	clusterRoleBindings *kind[*rbacv1.ClusterRoleBinding]
	roles               *kind[*rbacv1.Role]
	roleBindings        *kind[*rbacv1.RoleBinding]
	mutatingWebhooks    *kind[*admissionregistrationv1.MutatingWebhookConfiguration]
	validatingWebhooks  *kind[*admissionregistrationv1.ValidatingWebhookConfiguration]
	definitions         *kind[*unstructured.Unstructured]
	policies            *kind[*unstructured.Unstructured]
	cniNodes            *kind[*unstructured.Unstructured]
	followers           []func(context.Context)

	machines       machines
	kubelets       *kubelets
	vpcController  *vpcController
	cniDefaults    map[string]map[string]string // container → variable → value
	controllerDown atomic.Bool
	webhookDown    atomic.Bool
}

// New makes a cluster over a store and registers its admission with it. The
// store gets its first objects when Run is called.
func New(config Config) *Cluster {
	c := &Cluster{
		name: config.Name, region: config.Region, vpcID: config.VPCID,
		version: config.Version, cniVersion: config.CNIVersion,
		cniAddon: config.CNIAddon, cniValues: config.CNIValues, rootCA: config.RootCA,
		store: config.Store, cloud: config.Cloud, clock: config.Clock, containerNetwork: config.Network, runtime: containers.NewRuntime(), log: config.Logger,
		chance:    newChance(config.Seed),
		installer: actor{manager: "kubectl", user: access.User{Name: "cluster-creator", Groups: []string{"system:masters", "system:authenticated"}}},
		ctx:       context.Background(),
		settled:   make(chan struct{}),
		stages:    config.Stages,
	}
	if c.version == "" {
		c.version = kubeapi.DefaultVersion
	}
	if c.cniVersion == "" {
		c.cniVersion = DefaultCNIVersion
		if c.cniAddon {
			c.cniVersion += "-eksbuild.1"
		}
	}
	if c.cniAddon {
		c.installer = eksActor
	}
	if c.clock == nil {
		c.clock = clock.RealClock{}
	}
	if c.log == nil {
		c.log = slog.New(slog.DiscardHandler)
	}
	c.makeKinds()
	c.events = storage.NewClient[*corev1.Event](c.store, gvr.Events, "")
	c.kubeletEvents = c.newRecorder("kubelet")
	c.nodeEvents = c.newRecorder(nodeController)
	c.cloudNodeEvents = c.newRecorder(cloudNodeController)
	c.kubelets = &kubelets{
		Cluster: c,
		workers: map[types.UID]*podWorker{},
		pulled:  map[string]map[string]bool{},
		agents:  map[string]nodeNetwork{},
	}
	c.vpcController = c.newResourceController()
	c.registerAdmission()
	return c
}

func (c *Cluster) makeKinds() {
	c.namespaces = followed[*corev1.Namespace](c, gvr.Namespaces, nil)
	c.nodes = followed[*corev1.Node](c, gvr.Nodes, nil)
	c.pods = followed(c, gvr.Pods, map[string]func(*corev1.Pod) []string{
		byNode:  func(p *corev1.Pod) []string { return []string{p.Spec.NodeName} },
		byOwner: ownerIndex[*corev1.Pod],
	})
	c.secrets = followed[*corev1.Secret](c, gvr.Secrets, nil)
	c.configMaps = followed[*corev1.ConfigMap](c, gvr.ConfigMaps, nil)
	c.accounts = followed[*corev1.ServiceAccount](c, gvr.ServiceAccounts, nil)
	c.services = followed[*corev1.Service](c, gvr.Services, nil)
	c.endpoints = followed[*corev1.Endpoints](c, gvr.Endpoints, nil)
	c.slices = followed(c, gvr.EndpointSlices, owned[*discoveryv1.EndpointSlice]())
	c.daemonSets = followed[*appsv1.DaemonSet](c, gvr.DaemonSets, nil)
	c.deployments = followed[*appsv1.Deployment](c, gvr.Deployments, nil)
	c.replicaSets = followed(c, gvr.ReplicaSets, owned[*appsv1.ReplicaSet]())
	c.revisions = followed(c, gvr.ControllerRevisions, owned[*appsv1.ControllerRevision]())
	c.jobs = followed[*batchv1.Job](c, gvr.Jobs, nil)
	c.leases = followed[*coordinationv1.Lease](c, gvr.Leases, nil)
	c.quotas = followed[*corev1.ResourceQuota](c, gvr.ResourceQuotas, nil)
	c.clusterRoles = followed[*rbacv1.ClusterRole](c, gvr.ClusterRoles, nil)
	c.clusterRoleBindings = followed[*rbacv1.ClusterRoleBinding](c, gvr.ClusterRoleBindings, nil)
	c.roles = followed[*rbacv1.Role](c, gvr.Roles, nil)
	c.roleBindings = followed[*rbacv1.RoleBinding](c, gvr.RoleBindings, nil)
	c.mutatingWebhooks = followed[*admissionregistrationv1.MutatingWebhookConfiguration](c, gvr.MutatingWebhookConfigurations, nil)
	c.validatingWebhooks = followed[*admissionregistrationv1.ValidatingWebhookConfiguration](c, gvr.ValidatingWebhookConfigurations, nil)
	c.definitions = followed[*unstructured.Unstructured](c, gvr.CustomResourceDefinitions, nil)
	c.policies = followed[*unstructured.Unstructured](c, gvr.SecurityGroupPolicies, nil)
	c.cniNodes = followed[*unstructured.Unstructured](c, gvr.CNINodes, nil)
}

func owned[T storage.Object]() map[string]func(T) []string {
	return map[string]func(T) []string{byOwner: ownerIndex[T]}
}

// followed makes a kind that Run keeps up to date.
func followed[T storage.Object](c *Cluster, gvr groupVersionResource, indexes map[string]func(T) []string) *kind[T] {
	k := newKind(c, gvr, indexes)
	c.followers = append(c.followers, k.follow)
	return k
}

// Run gives the store its first objects and runs the controllers until ctx
// ends. It returns when all of them have stopped. Call it once.
func (c *Cluster) Run(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	defer c.goroutines.Wait()
	defer cancel()
	c.ctx = ctx
	if err := c.bootstrap(); err != nil {
		return err
	}
	if err := c.configureCNI(); err != nil {
		return err
	}
	if c.staged() {
		if err := c.stage(0); err != nil {
			return err
		}
		c.daemonSets.refresh() // before a controller acts on what was
	}
	c.startNamespaces(ctx)
	c.startEndpoints(ctx)
	c.startScheduler(ctx)
	c.startKubelets(ctx)
	c.vpcController.start(ctx)
	c.startNodes(ctx)
	c.startWorkloads(ctx)
	c.startAddons(ctx)
	c.startLease(ctx)
	c.startSettling(ctx)
	for _, follow := range c.followers {
		follow(ctx)
	}
	c.syncMachines(ctx)
	<-ctx.Done()
	return nil
}

// configureCNI remembers what the VPC CNI's containers have by default, and
// installs it with the configuration values it is to start with.
func (c *Cluster) configureCNI() error {
	ds, ok := c.daemonSets.get(systemNamespace, cniDaemonSet)
	if !ok {
		return nil
	}
	c.cniDefaults = literalVariables(ds)
	if strings.TrimSpace(c.cniValues) == "" {
		return nil
	}
	config, err := parseConfiguration(c.cniValues)
	if err != nil {
		return err
	}
	_, err = c.daemonSets.mutate(c.installer, systemNamespace, cniDaemonSet, func(ds *appsv1.DaemonSet) error {
		spec := &ds.Spec.Template.Spec
		c.configure(&spec.InitContainers[0], "", config.Init.Env, nil)
		c.configure(&spec.Containers[0], "", config.Env, nil)
		return nil
	})
	return err
}

// spawn runs f in a goroutine that Run waits for.
func (c *Cluster) spawn(f func()) { c.goroutines.Go(f) }

// SetResourceController stops or starts the VPC resource controller, webhooks
// included, as an outage of the control plane would.
func (c *Cluster) SetResourceController(running bool) {
	if c.controllerDown.Swap(!running) == !running || !running {
		return
	}
	c.renewLease()
	c.vpcController.resync()
}

// SetWebhook makes calls to the controller's webhooks time out, or work again.
// While they do, pods pass unchanged, as the webhooks' failure policy says.
func (c *Cluster) SetWebhook(working bool) { c.webhookDown.Store(!working) }
