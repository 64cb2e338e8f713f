// Package rows holds the rows of the live views, from the feed that reads them
// in the cluster to the panes that draw them. It knows neither of the two.
package rows

import (
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

// String implements [fmt.Stringer].
func (r Revision) String() string {
	return [...]string{"none", "old", "new"}[r]
}

// Trunk is how far a node's trunk ENI is.
type Trunk int

// The states of a trunk ENI.
const (
	TrunkNone     Trunk = iota // the VPC CNI has not asked for one
	TrunkAsked                 // asked for, not attached yet
	TrunkAttached              // the node can take branch ENIs
)

// String implements [fmt.Stringer].
func (t Trunk) String() string {
	return [...]string{"none", "asked for", "attached"}[t]
}

// Node is a row of the roll-out.
type Node struct {
	Name, InstanceID, Type, Zone, Nodegroup string

	Ready, Cordoned bool
	Agent           Revision
	AgentReady      bool
	AgentHold       string // why its aws-node pod is not ready, in words
	Trunk           Trunk
	Branches        int // pods on it that have or wait for a branch ENI
	Limit           int // branch ENIs that it can take
	CreatedAt       time.Time
}

// Pod is a row of the pods.
type Pod struct {
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
	ENISince        time.Time // when the branch ENI was written into its annotation
	// Policies select the pod now, and Groups are what they would give to a pod
	// that is made now.
	Policies, Groups []string
	CreatedAt        time.Time
}

// Key names the row in an [Update].
func (r *Pod) Key() string { return r.Namespace + "/" + r.Name }

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

// Delta is what has happened to the rows of one kind since the last time. Rows
// are never modified after they were given.
type Delta[R any] struct {
	Set    map[string]*R // the newest state of rows that are new or changed, by key
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
	Events  Delta[Event]  // by NAMESPACE/NAME of the event
}
