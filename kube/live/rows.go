package live

import (
	"time"

	"podsg/steps/world"
)

// Revision is how a node's aws-node pod stands to the DaemonSet's newest
// revision.
type Revision int

// The revisions.
const (
	RevisionNone Revision = iota // no aws-node pod
	RevisionOld
	RevisionNew
)

// String implements [fmt.Stringer].
func (r Revision) String() string {
	return [...]string{"none", "old", "new"}[r]
}

// Trunk is how far a node's trunk ENI is.
type Trunk int

// The states of a trunk ENI.
const (
	TrunkNone     Trunk = iota // the VPC CNI has not asked for one
	TrunkAsked                 // it has, and the VPC resource controller has not attached it
	TrunkAttached              // the node can take branch ENIs
)

// String implements [fmt.Stringer].
func (t Trunk) String() string {
	return [...]string{"none", "asked for", "attached"}[t]
}

// NodeRow is a row of the roll-out and of the nodes.
type NodeRow struct {
	Name       string
	InstanceID string
	Type       string // instance type
	Zone       string
	Nodegroup  string
	Ready      bool
	Cordoned   bool
	Agent      Revision
	AgentReady bool
	AgentHold  string // why the aws-node pod is not ready, in words
	Trunk      Trunk
	Branches   int // pods on it that have or wait for a branch ENI
	Limit      int // branch ENIs that it can take
	CreatedAt  time.Time
}

// PodRow is a row of the pods.
type PodRow struct {
	Namespace, Name string
	Node            string
	Status          string // as kubectl shows it: Running, ContainerCreating, …
	Message         string // why it does not run
	Ready           bool
	Restarts        int
	IP              string
	WantsENI        bool // it has the branch ENI limit
	ENIID           string
	PrivateIP       string
	VLAN            int
	// ENISince is when the branch ENI was written into the pod's annotation.
	ENISince time.Time
	// Policies select the pod now, and Groups are what they would give to a
	// pod that is made now.
	Policies, Groups []string
	CreatedAt        time.Time
}

// Key names the row in an [Update].
func (r *PodRow) Key() string { return r.Namespace + "/" + r.Name }

// EventRow is a row of the events.
type EventRow struct {
	world.ClusterEvent
	Explanation string // in plain language
}

// Delta is what happened to the rows of one kind since the last time. Rows are
// never modified after they were given.
type Delta[R any] struct {
	Set    map[string]*R // the newest state of rows that are new or changed, by key
	Gone   []string      // keys of rows that are gone
	Synced bool          // every row there is has been given
	// Trouble says why the rows may be out of date; empty: they are not.
	Trouble string
}

// Update is what happened since the last one.
type Update struct {
	Rollout world.Rollout   // of aws-node
	Nodes   Delta[NodeRow]  // by name
	Pods    Delta[PodRow]   // by NAMESPACE/NAME
	Events  Delta[EventRow] // by NAMESPACE/NAME of the event
}
