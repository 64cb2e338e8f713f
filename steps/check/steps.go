package check

import "cmp"

// StepID names a step of the procedure.
type StepID string

// The steps, in the order of the procedure.
const (
	StepIdentity  StepID = "identity"
	StepCluster   StepID = "cluster"
	StepNodeGroup StepID = "node-security-group"
	StepInstances StepID = "instance-types"
	StepPodGroup  StepID = "pod-security-group"
	StepDatabase  StepID = "database"
	StepPort      StepID = "database-port"
	StepDNS       StepID = "dns-rules"
	StepProbes    StepID = "probe-rules"
	StepKept      StepID = "kept-connections"
	StepIAM       StepID = "cluster-role"
	StepCNI       StepID = "vpc-cni"
	StepPolicy    StepID = "policy"
	StepSecret    StepID = "secret"
	StepSeed      StepID = "seed"
	StepTestPods  StepID = "test-pods"
	StepRestart   StepID = "restart"
	StepVerdict   StepID = "verdict"
)

var stepTitles = map[StepID]string{
	StepIdentity:  "Identity and permissions",
	StepCluster:   "Cluster, VPC and subnets",
	StepNodeGroup: "Security group of the nodes",
	StepInstances: "Instance types",
	StepPodGroup:  "Security group of the pods",
	StepDatabase:  "Database",
	StepPort:      "Port and database rule",
	StepDNS:       "DNS rules",
	StepProbes:    "Probe rules",
	StepKept:      "Connections that are kept",
	StepIAM:       "IAM policy on the cluster role",
	StepCNI:       "VPC CNI",
	StepPolicy:    "Security group policy",
	StepSecret:    "Connection Secret",
	StepSeed:      "Welcome table",
	StepTestPods:  "Green and red pods",
	StepRestart:   "Restart of your pods",
	StepVerdict:   "Verdict",
}

// Title is the title of a step, as pages and plans show it.
func (id StepID) Title() string { return cmp.Or(stepTitles[id], string(id)) }
