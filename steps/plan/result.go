package plan

import (
	"time"

	"podsg/steps/check"
	"podsg/steps/world"
)

// SchemaVersion is the version of the JSON documents that podsg prints.
const SchemaVersion = 1

// Outcome is how a run ended.
type Outcome string

// The outcomes.
const (
	OutcomeDone        Outcome = "done"
	OutcomeFailed      Outcome = "failed"
	OutcomeInterrupted Outcome = "interrupted"
)

// Result is what setup reports.
type Result struct {
	SchemaVersion int           `json:"schemaVersion"`
	Cluster       string        `json:"cluster"`
	Outcome       Outcome       `json:"outcome"`
	Applied       []string      `json:"applied"`
	Skipped       []string      `json:"skipped"`
	Failed        *Failure      `json:"failed"`
	Failures      []Failure     `json:"failures,omitempty"` // all, when several changes failed at the same time
	Verification  *Verification `json:"verification"`
	Resources     []Resource    `json:"resources"`
}

// Failure is a change that failed.
type Failure struct {
	ID         string `json:"id"`
	Error      string `json:"error"`
	Hint       string `json:"hint"`
	Command    string `json:"command,omitempty"`
	Permission string `json:"permission,omitempty"`
	Err        error  `json:"-"`
}

// Resource is an object of the procedure: made by podsg, or used as it was.
type Resource struct {
	Kind    world.Kind `json:"kind"`
	ID      string     `json:"id"`
	Name    string     `json:"name,omitempty"`
	Created bool       `json:"created"`
}

// Verdict is what became of a connection attempt.
type Verdict string

// The verdicts.
const (
	VerdictConnected   Verdict = "connected"
	VerdictTimedOut    Verdict = "timed-out"
	VerdictRefused     Verdict = "refused"
	VerdictAuthFailed  Verdict = "auth-failed"
	VerdictTLSRequired Verdict = "tls-required"
	VerdictDNSFailed   Verdict = "dns-failed"
	VerdictNotRunning  Verdict = "not-running"
)

// Verification is the proof: green reaches the database from its own branch
// ENI, red times out.
type Verification struct {
	Green GreenResult `json:"green"`
	Red   RedResult   `json:"red"`
	// Workloads are the user's own pods, as they were seen afterwards.
	Workloads []WorkloadSeen `json:"workloads,omitempty"`
	// Proven is true when both are as they must be.
	Proven bool `json:"proven"`
	// Reasons say what is missing from the proof, a sentence each.
	Reasons []string `json:"reasons,omitempty"`
	// ProvenAt is when it was proven.
	ProvenAt time.Time `json:"provenAt,omitzero"`
	// Earlier says that an earlier run proved it: the pods that did are gone.
	Earlier bool `json:"earlier,omitempty"`
}

// WorkloadSeen is how the pods of a workload of the user's were seen.
type WorkloadSeen struct {
	Kind      string   `json:"kind"`
	Name      string   `json:"name"`
	Namespace string   `json:"namespace"`
	Pods      PodsSeen `json:"pods"`
}

// PodsSeen counts pods: all that live, those on a branch ENI that carries the
// groups of the policy, and those that are older than the policy.
type PodsSeen struct {
	Total    int `json:"total"`
	OnBranch int `json:"onBranch"`
	Old      int `json:"old"`
}

// GreenResult is what the green pod saw.
type GreenResult struct {
	Pod           string   `json:"pod"`
	Verdict       Verdict  `json:"verdict"`
	ClientAddress string   `json:"clientAddress"`
	ENI           ProbeENI `json:"eni"`
	Error         string   `json:"error,omitempty"`
	Rows          []string `json:"rows,omitempty"`
}

// ProbeENI is the branch ENI of the green pod: the annotation, and the
// security groups that EC2 shows on it.
type ProbeENI struct {
	ID        string   `json:"id"`
	PrivateIP string   `json:"privateIp"`
	VLAN      int      `json:"vlanId"`
	Groups    []string `json:"groups"`
}

// RedResult is what the red pod saw.
type RedResult struct {
	Pod     string  `json:"pod"`
	Verdict Verdict `json:"verdict"`
	Error   string  `json:"error"`
}

// CleanupResult is what cleanup reports.
type CleanupResult struct {
	SchemaVersion int        `json:"schemaVersion"`
	Cluster       string     `json:"cluster"`
	Outcome       Outcome    `json:"outcome"`
	Removed       []Removed  `json:"removed"`
	Restored      []Restored `json:"restored"`
	Kept          []Kept     `json:"kept"`
	Failed        *Failure   `json:"failed,omitempty"`
	Failures      []Failure  `json:"failures,omitempty"`
}

// Removed is an object that cleanup deleted.
type Removed struct {
	Kind world.Kind `json:"kind"`
	ID   string     `json:"id"`
	Name string     `json:"name,omitempty"`
}

// Restored is an object that cleanup gave back its prior values.
type Restored struct {
	Kind  world.Kind `json:"kind"`
	ID    string     `json:"id"`
	Value string     `json:"value"` // what was restored, in words
}

// Diagnosis is what diagnose reports.
type Diagnosis struct {
	SchemaVersion int             `json:"schemaVersion"`
	Cluster       string          `json:"cluster"`
	Region        string          `json:"region,omitempty"`
	Account       string          `json:"account,omitempty"`
	Namespace     string          `json:"namespace,omitempty"` // that was looked at
	TakenAt       time.Time       `json:"takenAt"`             // when it was looked at
	Versions      Versions        `json:"versions"`
	Verdict       check.Verdict   `json:"verdict"`
	Summary       check.Summary   `json:"summary"`
	Checks        []check.Finding `json:"checks"` // in the order of the verdict: causes first
	Baseline      *Since          `json:"baseline,omitempty"`
}

// Versions are those of what a diagnosis was about.
type Versions struct {
	Kubernetes string `json:"kubernetes,omitempty"` // minor, such as 1.34
	VPCCNI     string `json:"vpcCni,omitempty"`
	Podsg      string `json:"podsg,omitempty"`
}
