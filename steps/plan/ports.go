package plan

import (
	"context"
	"time"

	"podsg/steps/world"
)

// Gaps maps each fact that could not be observed to the reason.
type Gaps map[world.Fact]error

// CloudScope says what to observe in an account.
type CloudScope struct {
	Cluster  world.Cluster
	Database string // identifier of the RDS instance that is wanted; may not exist
	DBClass  string // class and engine version wanted for a new one
	DBEngine string // engine version wanted; empty: the default
	Actions  []string
	// Read is told each fact as soon as it was read or could not be, from any
	// goroutine, also more than once; nil: nobody wants to know.
	Read func(world.Fact)
}

// Cloud observes and changes an AWS account. Package aws implements it.
//
// Errors are of type [*Problem]: credentials, permission (with the IAM action),
// time-out, in use, and [world.ProblemChanged] where a call finds the world no longer
// as the plan saw it (a duplicate, a missing object).
type Cloud interface {
	Identity(ctx context.Context) (world.Identity, error)
	// Clusters lists the names of the region's EKS clusters.
	Clusters(ctx context.Context) ([]string, error)
	// Cluster describes one; a missing one is a ProblemNotFound that names the
	// clusters there are.
	Cluster(ctx context.Context, name string) (world.Cluster, error)
	// Observe reads everything else, as much as possible at the same time, with
	// no call per node, pod, rule or security group.
	Observe(ctx context.Context, scope CloudScope) (world.CloudFacts, Gaps)

	// CreateSecurityGroup returns the id of the group that it made, even with the
	// error that the group does not show in time.
	CreateSecurityGroup(ctx context.Context, g NewSecurityGroup) (id string, err error)
	DeleteSecurityGroup(ctx context.Context, id string) error
	// AuthorizeRule adds one rule and returns its id.
	AuthorizeRule(ctx context.Context, r NewRule) (ruleID string, err error)
	RevokeRule(ctx context.Context, groupID string, dir world.Direction, ruleID string) error
	// GroupInterfaces lists the network interfaces that carry a security group.
	GroupInterfaces(ctx context.Context, groupID string) ([]world.Interface, error)

	CreateDBSubnetGroup(ctx context.Context, g NewDBSubnetGroup) error
	DeleteDBSubnetGroup(ctx context.Context, name string) error
	CreateDatabase(ctx context.Context, d NewDatabase, password world.Password) error
	SetDatabasePassword(ctx context.Context, identifier string, password world.Password) error
	// WaitDatabase waits until the instance is available and has an endpoint.
	WaitDatabase(ctx context.Context, identifier string, progress ProgressFunc) (world.Database, error)
	// DeleteDatabase deletes without a final snapshot and with the automated
	// backups, and WaitDatabaseDeleted waits until it is gone.
	DeleteDatabase(ctx context.Context, identifier string) error
	WaitDatabaseDeleted(ctx context.Context, identifier string, progress ProgressFunc) error

	AttachRolePolicy(ctx context.Context, role, policyARN string) error
	DetachRolePolicy(ctx context.Context, role, policyARN string) error

	// Addon reads an add-on; nil: the cluster does not have it.
	Addon(ctx context.Context, cluster, addon string) (*world.Addon, error)
	// UpdateAddon sets an add-on's configurationValues and returns the id of the
	// update. WaitAddon waits until that update has ended and the add-on is ACTIVE
	// again; without an id, of an update that another run began, until it is ACTIVE.
	UpdateAddon(ctx context.Context, u AddonUpdate) (update string, err error)
	WaitAddon(ctx context.Context, cluster, addon, update string, progress ProgressFunc) error

	// SecretString reads a secret of AWS Secrets Manager; JSON with a
	// "password" key, as RDS writes it, yields that key.
	SecretString(ctx context.Context, arn string) (world.Password, error)
}

// NewSecurityGroup describes a security group to make.
type NewSecurityGroup struct {
	Name, Description, VPCID string
	Tags                     map[string]string
}

// NewRule describes a security group rule to add. Exactly one of PeerGroup and
// CIDR is set.
type NewRule struct {
	GroupID     string
	Direction   world.Direction
	Protocol    string // tcp, udp or -1
	FromPort    int    // -1 with protocol -1
	ToPort      int
	PeerGroup   string
	CIDR        string
	Description string
	Tags        map[string]string
}

// NewDBSubnetGroup describes an RDS subnet group to make.
type NewDBSubnetGroup struct {
	Name, Description string
	SubnetIDs         []string
	Tags              map[string]string
}

// NewDatabase describes an RDS for PostgreSQL instance to make.
type NewDatabase struct {
	Identifier, Name, Username, Class, EngineVersion string
	StorageGiB, Port                                 int
	SubnetGroup                                      string
	GroupIDs                                         []string
	Public                                           bool
	Tags                                             map[string]string
}

// AddonUpdate describes a new configuration of an EKS add-on.
type AddonUpdate struct {
	Cluster, Addon      string
	ConfigurationValues string // the whole JSON text
	// Overwrite is resolveConflicts OVERWRITE: fields that others changed by hand
	// are taken back. Otherwise PRESERVE.
	Overwrite bool
}

// Connector opens the Kubernetes API of a cluster.
type Connector interface {
	Connect(ctx context.Context, c world.Cluster) (Kube, error)
}

// KubeScope says what to observe in a cluster.
type KubeScope struct {
	Namespace string
	// All asks for the facts of every namespace that has policies, or pods that
	// ask for a branch ENI, besides those of the chosen one.
	All    bool
	Secret string
	// Pod is the pod of the namespace whose log is read; empty: those of the pods
	// that ask for a branch ENI.
	Pod string
	// DryRunLabels and DryRunServiceAccount describe a pod whose creation is
	// tried with dryRun=All, to prove that the webhook injects the branch ENI
	// limit; no labels: not tried.
	DryRunLabels         map[string]string
	DryRunServiceAccount string
	// Read is told each fact as [CloudScope].Read is.
	Read func(world.Fact)
}

// Kube observes and changes a Kubernetes cluster. Package kube implements it.
// Errors are of type [*Problem], as with [Cloud].
type Kube interface {
	Observe(ctx context.Context, scope KubeScope) (world.ClusterFacts, Gaps)

	// Apply makes or updates an object by server-side apply as [world.FieldManager],
	// without taking over fields that others own: that is a ProblemChanged.
	Apply(ctx context.Context, m Manifest) (created bool, err error)
	// Delete deletes an object and its dependents; a missing one is no error.
	Delete(ctx context.Context, ref ObjectRef) error
	// WaitGone waits until an object is gone.
	WaitGone(ctx context.Context, ref ObjectRef, progress ProgressFunc) error

	// SetCNIEnv sets (or with a nil value removes) environment variables of the
	// containers of DaemonSet kube-system/aws-node, by a strategic merge patch
	// that touches nothing else.
	SetCNIEnv(ctx context.Context, env CNIEnv) error
	// WaitCNIRollout waits until every node runs a ready aws-node pod of the
	// newest revision.
	WaitCNIRollout(ctx context.Context, progress ProgressFunc) error
	// RestartWorkload has a Deployment, StatefulSet or DaemonSet replace its pods by
	// its own strategy; WaitWorkload waits until the new ones are ready.
	RestartWorkload(ctx context.Context, w ObjectRef, at time.Time) error
	WaitWorkload(ctx context.Context, w ObjectRef, progress ProgressFunc) error
	// WaitTrunk waits until a node that matches has allocatable branch ENIs.
	WaitTrunk(ctx context.Context, want TrunkWait, progress ProgressFunc) error

	// ForeignObjects names what a namespace holds that neither podsg nor a
	// controller made.
	ForeignObjects(ctx context.Context, namespace string) ([]string, error)
	// Uses lists which Secrets, ConfigMaps and service accounts of a namespace are
	// used by pods and workloads that podsg did not make.
	Uses(ctx context.Context, namespace string) ([]world.Use, error)

	// ProveInjection creates a pod with dryRun=All and reports whether the
	// webhook injected the branch ENI limit.
	ProveInjection(ctx context.Context, namespace string, labels map[string]string, serviceAccount string) (bool, error)
	// SecretPassword reads one key of a Secret.
	SecretPassword(ctx context.Context, namespace, name, key string) (world.Password, error)

	// Pods lists the pods of a namespace that carry labels, oldest first.
	Pods(ctx context.Context, namespace string, labels map[string]string) ([]world.Pod, error)
	// WaitPods waits until want is true of the pods that carry labels; want
	// returns what it is still waiting for, in words.
	WaitPods(ctx context.Context, namespace string, labels map[string]string, want func([]world.Pod) (waitingFor string), progress ProgressFunc) ([]world.Pod, error)
	// Logs returns the last lines of a pod's first container.
	Logs(ctx context.Context, namespace, pod string, tail int) (string, error)
	// PodEvents lists the events of one pod, oldest first.
	PodEvents(ctx context.Context, namespace, pod string) ([]world.ClusterEvent, error)
	// ForwardPod forwards connections to a port of a pod. The caller calls stop.
	ForwardPod(ctx context.Context, namespace, pod string, port int) (dial world.DialFunc, stop func(), err error)

	LoadJournal(ctx context.Context) (*world.Journal, error) // nil: there is none
	SaveJournal(ctx context.Context, j *world.Journal) error
	DeleteJournal(ctx context.Context) error
	// Lock takes the lease or says who holds it and since when (ProblemLocked).
	// It is renewed until release; lost is closed when renewing failed for good.
	// progress hears of the wait for a lease that a run which died has left.
	Lock(ctx context.Context, holder string, progress ProgressFunc) (release func(context.Context) error, lost <-chan struct{}, err error)
}

// CNIEnv is a set of environment variables of aws-node: container aws-node
// (Env) and init container aws-vpc-cni-init (InitEnv). A nil value removes.
type CNIEnv struct {
	Env     map[string]*string
	InitEnv map[string]*string
}

// TrunkWait says which nodes to wait for.
type TrunkWait struct {
	Nodes []string // names of nodes that can have a trunk ENI
	All   bool     // every one of them, not just the first
}

// DatabaseTarget is a database to connect to.
type DatabaseTarget struct {
	Host     string
	Port     int
	Database string
	Username string
	Password world.Password
	TLSMode  string // verify-full or require
	CA       []byte // PEM bundle; empty: the one podsg carries
}

// Databases talks to PostgreSQL. Package postgres implements it.
type Databases interface {
	// Seed makes the welcome table if it is not there, and its rows if it is
	// empty, in one transaction; it returns how many rows the table has.
	Seed(ctx context.Context, t DatabaseTarget, dial world.DialFunc) (rows int, made bool, err error)
	// Unseed drops the welcome table.
	Unseed(ctx context.Context, t DatabaseTarget, dial world.DialFunc) error
}

// Progress says how far a change has come and what it is waiting for.
type Progress struct {
	Text  string // "3 of 5 nodes ready; ip-10-0-3-7 pulls its image"
	Done  int
	Total int // 0: not countable
}

// ProgressFunc receives progress; it is quick and may be called often.
type ProgressFunc func(Progress)

// Clock tells the time and waits; tests inject their own.
type Clock interface {
	Now() time.Time
	// After is time.After of this clock.
	After(d time.Duration) <-chan time.Time
}
