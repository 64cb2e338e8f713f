// Package intent is what the user wants, and what becomes of it: answers, what there is
// to choose from, and the target in which every answer is settled.
package intent

import "podsg/steps/world"

// Intent is what the user wants. The wizard's pages fill it in, an answers file
// spells it out, and every key may stay empty where a default can be
// discovered. It holds no secret: a password is named by where it is kept.
type Intent struct {
	Cluster   string `yaml:"cluster,omitempty" json:"cluster,omitempty"`
	Region    string `yaml:"region,omitempty" json:"region,omitempty"`
	Namespace string `yaml:"namespace,omitempty" json:"namespace,omitempty"`
	// Workloads are whose pods are meant; none: demo pods, or what the policy
	// selects.
	Workloads         WorkloadNames   `yaml:"workload,omitempty" json:"workload,omitempty"`
	Restart           string          `yaml:"restart,omitempty" json:"restart,omitempty"`
	LostFlows         string          `yaml:"lostFlows,omitempty" json:"lostFlows,omitempty"`
	Policy            PolicyIntent    `yaml:"policy,omitempty" json:"policy"`
	PodSecurityGroup  GroupIntent     `yaml:"podSecurityGroup,omitempty" json:"podSecurityGroup"`
	NodeSecurityGroup NodeGroupIntent `yaml:"nodeSecurityGroup,omitempty" json:"nodeSecurityGroup"`
	Database          DatabaseIntent  `yaml:"database,omitempty" json:"database"`
	CNI               CNIIntent       `yaml:"cni,omitempty" json:"cni"`
	Secret            SecretIntent    `yaml:"secret,omitempty" json:"secret"`
	Verify            *bool           `yaml:"verify,omitempty" json:"verify,omitempty"`
	KeepNodeGroups    *bool           `yaml:"keepNodeGroups,omitempty" json:"keepNodeGroups,omitempty"`
	Probe             ProbeIntent     `yaml:"probe,omitempty" json:"probe"`
	// Pod is the pod of the namespace that a diagnosis follows. It is no answer:
	// no file has it.
	Pod string `yaml:"-" json:"-"`
	// AllNamespaces asks to look at the accesses of every namespace, where none is
	// named. It is no answer either.
	AllNamespaces bool `yaml:"-" json:"allNamespaces,omitempty"`
	// OnlyAccess asks a cleanup for the access of the namespace, and of the policy
	// where one is named, instead of everything.
	OnlyAccess bool `yaml:"-" json:"-"`
}

// LooksEverywhere reports whether every namespace is looked at.
func (in Intent) LooksEverywhere() bool { return in.AllNamespaces && in.Namespace == "" }

// PolicyIntent says which pods are meant.
type PolicyIntent struct {
	Name                   string          `yaml:"name,omitempty" json:"name,omitempty"`
	PodSelector            *world.Selector `yaml:"podSelector,omitempty" json:"podSelector,omitempty"`
	ServiceAccountSelector *world.Selector `yaml:"serviceAccountSelector,omitempty" json:"serviceAccountSelector,omitempty"`
	// AllowEmptySelector is the explicit yes to a selector that catches every
	// pod of the namespace.
	AllowEmptySelector bool `yaml:"allowEmptySelector,omitempty" json:"allowEmptySelector,omitempty"`
}

// GroupIntent names a security group to make, or one that exists.
type GroupIntent struct {
	Name string `yaml:"name,omitempty" json:"name,omitempty"`
	ID   string `yaml:"id,omitempty" json:"id,omitempty"`
}

// NodeGroupIntent finds the nodes' security group: by its Name tag, which may
// hold the wildcards * and ?, or by id. Empty means discover it.
type NodeGroupIntent struct {
	Tag string `yaml:"tag,omitempty" json:"tag,omitempty"`
	ID  string `yaml:"id,omitempty" json:"id,omitempty"`
}

// DatabaseIntent chooses a database that exists, or describes one to make.
type DatabaseIntent struct {
	Create        *CreateDatabase   `yaml:"create,omitempty" json:"create,omitempty"`
	Existing      *ExistingDatabase `yaml:"existing,omitempty" json:"existing,omitempty"`
	Port          int               `yaml:"port,omitempty" json:"port,omitempty"`
	SecurityGroup GroupIntent       `yaml:"securityGroup,omitempty" json:"securityGroup"`
	// Seed makes the welcome table. Default: true for a new database, false for
	// one that exists.
	Seed *bool `yaml:"seed,omitempty" json:"seed,omitempty"`
	// CAFile is a PEM bundle for databases whose authority is not in the one
	// that podsg carries (China, GovCloud, RDS Proxy).
	CAFile string `yaml:"caFile,omitempty" json:"caFile,omitempty"`
	// TLSMode is verify-full unless the user explicitly chooses require.
	TLSMode string `yaml:"tlsMode,omitempty" json:"tlsMode,omitempty"`
}

// CreateDatabase describes an RDS for PostgreSQL instance to make.
type CreateDatabase struct {
	Identifier    string `yaml:"identifier,omitempty" json:"identifier,omitempty"`
	Name          string `yaml:"name,omitempty" json:"name,omitempty"`         // database name
	Username      string `yaml:"username,omitempty" json:"username,omitempty"` // master user
	Class         string `yaml:"class,omitempty" json:"class,omitempty"`
	EngineVersion string `yaml:"engineVersion,omitempty" json:"engineVersion,omitempty"` // empty: the region's default
	StorageGiB    int    `yaml:"storageGiB,omitempty" json:"storageGiB,omitempty"`
	Subnets       string `yaml:"subnets,omitempty" json:"subnets,omitempty"` // private or public
}

// ExistingDatabase chooses an RDS instance that exists.
type ExistingDatabase struct {
	Identifier string `yaml:"identifier" json:"identifier"`
	Username   string `yaml:"username,omitempty" json:"username,omitempty"`
	Database   string `yaml:"database,omitempty" json:"database,omitempty"`
	// PasswordFrom says where the password is kept: env:NAME, file:PATH,
	// secretsmanager:NAME-OR-ARN or secret:NAMESPACE/NAME[#KEY].
	PasswordFrom string `yaml:"passwordFrom,omitempty" json:"passwordFrom,omitempty"`
}

// CNIIntent configures the VPC CNI.
type CNIIntent struct {
	// EnforcingMode is standard or strict (POD_SECURITY_GROUP_ENFORCING_MODE).
	EnforcingMode string `yaml:"enforcingMode,omitempty" json:"enforcingMode,omitempty"`
	// DisableTCPEarlyDemux is auto, true or false; auto sets it in strict mode
	// only, where kubelet's TCP and HTTP probes fail without it.
	DisableTCPEarlyDemux string `yaml:"disableTCPEarlyDemux,omitempty" json:"disableTCPEarlyDemux,omitempty"`
}

// SecretIntent names the Kubernetes Secret that holds the connection.
type SecretIntent struct {
	Name string `yaml:"name,omitempty" json:"name,omitempty"`
}

// The defaults of the procedure.
const (
	DefaultNamespace     = "sg-per-pod"
	DefaultPolicyName    = "allow-rds-access"
	DefaultPodGroupName  = "POD_SG"
	DefaultDBGroupName   = "RDS_SG"
	DefaultSecretName    = "rds"
	DefaultDBIdentifier  = "rds-workshop"
	DefaultDBName        = "workshop"
	DefaultDBUser        = "workshop"
	DefaultDBClass       = "db.t4g.micro"
	DefaultDBPort        = 5432
	DefaultDBStorageGiB  = 20 // the smallest gp2/gp3 volume of RDS for PostgreSQL
	TLSVerifyFull        = "verify-full"
	TLSRequire           = "require"
	GreenLabel, RedLabel = "green-pod", "red-pod"
)
