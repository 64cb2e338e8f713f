package panes

import (
	"context"
	"time"

	"podsg/steps/world"
)

// Revision is how a node's aws-node pod stands to the newest revision of its
// DaemonSet.
type Revision int

// The revisions.
const (
	RevisionNone Revision = iota // no aws-node pod
	RevisionOld
	RevisionNew
)

// Trunk is how far a node's trunk ENI is.
type Trunk int

// The states of a trunk ENI.
const (
	TrunkNone     Trunk = iota // the VPC CNI has not asked for one
	TrunkAsked                 // asked for, not attached yet
	TrunkAttached              // the node can take branch ENIs
)

// Node is a row of the roll-out.
type Node struct {
	Name, InstanceID, Type, Zone, Nodegroup string

	Ready, Cordoned bool
	Agent           Revision
	AgentReady      bool
	AgentHold       string // why its aws-node pod is not ready
	Trunk           Trunk
	NoTrunk         bool // its instance type cannot have one
	Branches        int  // pods on it that have or wait for a branch ENI
	Limit           int  // branch ENIs that it can take
	CreatedAt       time.Time
}

// Pod is a row of the pods.
type Pod struct {
	Namespace, Name string
	Node            string
	Status          string // as kubectl shows it
	Message         string // why it does not run
	Ready           bool
	Restarts        int
	IP              string
	WantsENI        bool // it has the branch ENI limit
	ENIID           string
	PrivateIP       string
	VLAN            int
	ENISince        time.Time // when the branch ENI was written into its annotation
	// Policies select the pod now, and Groups are what they would give to a pod
	// that is made now.
	Policies, Groups []string
	CreatedAt        time.Time
}

// Event is a row of the events.
type Event struct {
	world.ClusterEvent
	Explanation string // in plain language
}

// LogLine is a line that a container has written.
type LogLine struct {
	At   time.Time // zero when it is not known
	Text string
}

// Delta is what has happened to the rows of one kind.
type Delta[R any] struct {
	Set    map[string]*R // rows that are new or have changed, by key
	Gone   []string      // keys of rows that are gone
	Synced bool          // every row there is has been given
	// Trouble says why the rows may be out of date; empty: they are not.
	Trouble string
}

// Update is what has happened in a cluster since the last one.
type Update struct {
	Rollout world.Rollout // of aws-node
	Nodes   Delta[Node]   // by name
	Pods    Delta[Pod]    // by NAMESPACE/NAME
	Events  Delta[Event]
}

// Source is where the rows come from.
type Source interface {
	// Changed receives a value when there is something new to take. It may do so
	// at any rate.
	Changed() <-chan struct{}
	// Take returns what has happened since it was last called. Rows are never
	// modified after they were given.
	Take() Update
	// Annotation returns a pod's annotation vpc.amazonaws.com/pod-eni as it
	// stands.
	Annotation(ctx context.Context, namespace, pod string) (string, error)
	// Follow passes the lines of a pod's log to emit, until ctx ends or the pod
	// is gone.
	Follow(ctx context.Context, namespace, pod string, emit func(LogLine)) error
}

// Interfaces asks EC2 what Kubernetes does not know.
type Interfaces interface {
	// PodInterfaces passes the trunk and branch ENIs of a VPC to each as they
	// arrive: there may be tens of thousands.
	PodInterfaces(ctx context.Context, vpcID string, each func(world.Interface)) error
	// SecurityGroups lists the security groups of a VPC with their rules.
	SecurityGroups(ctx context.Context, vpcID string) ([]world.SecurityGroup, error)
}
