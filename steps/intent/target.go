package intent

import "podsg/steps/world"

// Target is an [Intent] with every answer settled: what the plan works on. Each
// settled value has the place it came from in Sources, by its answers key.
type Target struct {
	Intent  Intent
	Region  string
	Cluster world.Cluster
	Sources map[string]Source

	// Workloads are those that were named. Caught are others that an answered
	// selector catches besides, as kind/name.
	Workloads []world.Workload
	Caught    []string
	// WorkloadNotes are what is left to be done about the user's own pods, a
	// sentence each.
	WorkloadNotes []string
	// Foreign says that podsg has set up nothing in the namespace that a diagnosis
	// is of: what only podsg would make is not missed there.
	Foreign bool

	Namespace  string
	PolicyName string
	Selector   *world.Selector // podSelector, may be nil
	SASelector *world.Selector // serviceAccountSelector, may be nil

	// Diagnosing says that this is what a diagnosis takes for wanted: nothing is
	// going to be made.
	Diagnosing bool

	PodGroup Ref // existing or to be made
	// PolicyGroups are what the policy gives the pods: PodGroup first, and beside it
	// the groups of their nodes that they keep.
	PolicyGroups []Ref
	// PodGroups are, in a diagnosis, all security groups that the policies give
	// to the selected pods; PodGroup is one of them.
	PodGroups []string
	RedLabels map[string]string // of the red pod; nil: the usual ones
	PodIP     string            // of the pod that is followed; empty: any selected pod
	DBGroup   Ref
	// NodeGroups are the security groups of the nodes: those of their primary
	// network interfaces, or the one that was chosen.
	NodeGroups []Ref
	// DNSGroups are the security groups of the network interfaces that hold the
	// CoreDNS pods' addresses: where the DNS rules belong.
	DNSGroups []Ref

	// AdoptsPolicy and AdoptsSecret say that the one of the target's name is not
	// podsg's: it is used as it is.
	AdoptsPolicy, AdoptsSecret bool

	DB DatabaseChoice
	// NoDatabase says, in a diagnosis, that the access is somebody else's and none
	// of the databases that were read is what its groups are for.
	NoDatabase  bool
	Port        int
	SecretName  string
	Mode        string // standard or strict
	EarlyDemux  string // value of DISABLE_TCP_EARLY_DEMUX to set; empty: leave it
	Seed        bool
	Verify      bool
	TLSMode     string
	PasswordSrc string // passwordFrom of an existing database
	CA          []byte // PEM bundle of the database's authorities

	// What podsg's own pods are made with: those that try the connection, the
	// relay and the one that makes the table.
	ProbeImage        string
	ProbePullSecret   string // Secret of the namespace by which the image is pulled; may be empty
	ProbeNodeSelector map[string]string
	ProbeTolerations  []world.Toleration
}

// Source says where a settled value came from, in words that a page can show.
type Source struct {
	From   string `json:"from"`             // answer, flag, default, discovered
	Detail string `json:"detail,omitempty"` // "tag Name=eks-cluster-sg-workshop-…"
}

// DatabaseChoice is the database of a target: one to make, or one that exists.
type DatabaseChoice struct {
	Create        bool
	Existing      *world.Database // also set when podsg made it earlier
	Identifier    string
	Name          string
	Username      string
	Class         string
	EngineVersion string
	StorageGiB    int
	SubnetGroup   string
	SubnetIDs     []string
	Public        bool
	PostgreSQL    bool // false: another engine; rules and policy still work, seed and probes do not
}

// Question is an answer that is still open.
type Question struct {
	Key     string   `json:"key"`  // answers key, such as nodeSecurityGroup.id
	Flag    string   `json:"flag"` // command line flag, such as --node-security-group
	Text    string   `json:"text"`
	Choices []Choice `json:"choices,omitempty"`
}

// Choice is one possible answer to a question or one row of a page's table.
type Choice struct {
	Value    string   `json:"value"`
	Label    string   `json:"label"`
	Detail   []string `json:"detail,omitempty"`
	Disabled string   `json:"disabled,omitempty"` // why it cannot be chosen
	Source   string   `json:"source,omitempty"`   // why it is proposed
}
