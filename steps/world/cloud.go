package world

import (
	"net/netip"
	"slices"
	"time"
)

// CloudFacts is what was observed in the AWS account.
type CloudFacts struct {
	Identity       Identity        `json:"identity"`
	Cluster        Cluster         `json:"cluster"`
	Nodegroups     []Nodegroup     `json:"nodegroups,omitempty"`
	VPC            VPC             `json:"vpc"`
	Subnets        []Subnet        `json:"subnets,omitempty"`
	SecurityGroups []SecurityGroup `json:"securityGroups,omitempty"`
	// Interfaces are all network interfaces of the cluster's VPC.
	Interfaces    []Interface             `json:"interfaces,omitempty"`
	ACLs          []ACL                   `json:"networkAcls,omitempty"` // of the cluster's VPC
	Instances     []Instance              `json:"instances,omitempty"`
	InstanceTypes map[string]InstanceType `json:"instanceTypes,omitempty"`
	ClusterRole   Role                    `json:"clusterRole"`
	NodeRoles     []Role                  `json:"nodeRoles,omitempty"`
	Addon         *Addon                  `json:"addon,omitempty"` // nil: vpc-cni is not an EKS add-on
	Databases     []Database              `json:"databases,omitempty"`
	SubnetGroups  []DBSubnetGroup         `json:"dbSubnetGroups,omitempty"`
	DBOptions     DBOptions               `json:"dbOptions"`
	// DeniedActions are the IAM actions, of those that podsg needs, that a
	// policy simulation says the caller may not do.
	DeniedActions []string `json:"deniedActions,omitempty"`
}

// Identity is the caller: sts:GetCallerIdentity.
type Identity struct {
	Account   string `json:"account"`
	ARN       string `json:"arn"`
	Region    string `json:"region"`
	Partition string `json:"partition"` // aws, aws-cn, aws-us-gov
}

// Cluster is an EKS cluster: eks:DescribeCluster.
type Cluster struct {
	Name            string `json:"name"`
	ARN             string `json:"arn"`
	Status          string `json:"status"` // ACTIVE, CREATING, UPDATING, FAILED, …
	Endpoint        string `json:"endpoint"`
	CAData          string `json:"caData,omitempty"` // base64 PEM
	Version         string `json:"version"`          // Kubernetes minor, such as 1.34
	PlatformVersion string `json:"platformVersion"`
	RoleARN         string `json:"roleArn"`
	VPCID           string `json:"vpcId"`
	// SecurityGroupID is the cluster security group that EKS made.
	SecurityGroupID       string   `json:"clusterSecurityGroupId"`
	ExtraSecurityGroupIDs []string `json:"securityGroupIds,omitempty"`
	SubnetIDs             []string `json:"subnetIds,omitempty"`
	PublicEndpoint        bool     `json:"publicEndpoint"`
	AutoMode              bool     `json:"autoMode"` // computeConfig.enabled
	IPFamily              string   `json:"ipFamily"` // ipv4, ipv6
	AuthMode              string   `json:"authenticationMode"`
	HealthIssues          []string `json:"healthIssues,omitempty"`
}

// AutoModeTakesPolicies reports whether EKS Auto Mode of this cluster gives pods
// the groups of a SecurityGroupPolicy by itself, as it does from Kubernetes 1.36
// on, without the VPC resource controller.
func (c Cluster) AutoModeTakesPolicies() bool {
	v, ok := ParseVersion(c.Version)
	return ok && !v.Before(Version{1, 36})
}

// Nodegroup is an EKS managed node group.
type Nodegroup struct {
	Name          string   `json:"name"`
	Status        string   `json:"status"`
	NodeRoleARN   string   `json:"nodeRoleArn"`
	InstanceTypes []string `json:"instanceTypes"`
	SubnetIDs     []string `json:"subnetIds"`
	DesiredSize   int      `json:"desiredSize"`
	AMIType       string   `json:"amiType"`
}

// VPC is the cluster's VPC.
type VPC struct {
	ID           string   `json:"id"`
	Name         string   `json:"name,omitempty"`
	CIDRs        []string `json:"cidrs"`
	DNSSupport   bool     `json:"dnsSupport"`
	DNSHostnames bool     `json:"dnsHostnames"`
	HasIGW       bool     `json:"hasInternetGateway"`
}

// Subnet is one subnet of the VPC.
type Subnet struct {
	ID      string `json:"id"`
	Name    string `json:"name,omitempty"`
	Zone    string `json:"zone"`
	CIDR    string `json:"cidr"`
	FreeIPs int    `json:"freeIps"`
	Public  bool   `json:"public"` // its route table sends 0.0.0.0/0 to an internet gateway
	// Edge is a subnet outside the region's own zones: in a Local Zone or a
	// Wavelength Zone, or on an Outpost.
	Edge bool              `json:"edge,omitempty"`
	Tags map[string]string `json:"tags,omitempty"`
}

// SecurityGroup is a security group with its rules.
type SecurityGroup struct {
	ID          string            `json:"id"`
	Name        string            `json:"name"`
	Description string            `json:"description,omitempty"`
	VPCID       string            `json:"vpcId"`
	Tags        map[string]string `json:"tags,omitempty"`
	Rules       []Rule            `json:"rules,omitempty"`
}

// Direction is the direction of a security group rule.
type Direction string

// The directions of a rule.
const (
	Ingress Direction = "ingress"
	Egress  Direction = "egress"
)

// Rule is one security group rule as ec2:DescribeSecurityGroupRules shows it.
// Exactly one of PeerGroup, CIDR and PrefixList is set.
type Rule struct {
	ID          string            `json:"id"`
	Direction   Direction         `json:"direction"`
	Protocol    string            `json:"protocol"` // tcp, udp, icmp, or -1 for all
	FromPort    int               `json:"fromPort"` // -1 when all
	ToPort      int               `json:"toPort"`
	PeerGroup   string            `json:"peerGroup,omitempty"`
	CIDR        string            `json:"cidr,omitempty"` // IPv4 or IPv6
	PrefixList  string            `json:"prefixList,omitempty"`
	PrefixCIDRs []string          `json:"prefixCidrs,omitempty"` // the list's entries
	Description string            `json:"description,omitempty"`
	Tags        map[string]string `json:"tags,omitempty"`
}

// ACL is a network ACL: the stateless filter of its subnets.
type ACL struct {
	ID        string     `json:"id"`
	SubnetIDs []string   `json:"subnetIds,omitempty"`
	Entries   []ACLEntry `json:"entries,omitempty"` // by number, the first that matches decides
}

// ACLEntry is one entry of a network ACL.
type ACLEntry struct {
	Number    int       `json:"number"` // 32767: the last, which denies the rest
	Direction Direction `json:"direction"`
	Allow     bool      `json:"allow"`
	Protocol  string    `json:"protocol"` // tcp, udp, icmp, another's number, or -1 for all
	FromPort  int       `json:"fromPort"` // -1 when all
	ToPort    int       `json:"toPort"`
	CIDR      string    `json:"cidr"` // IPv4 or IPv6
}

// InterfaceType of the network interfaces that matter here.
const (
	InterfaceTrunk  = "trunk"
	InterfaceBranch = "branch"
)

// Interface is an elastic network interface.
type Interface struct {
	ID          string            `json:"id"`
	Type        string            `json:"type"`
	Status      string            `json:"status"` // available, in-use, …
	Description string            `json:"description,omitempty"`
	SubnetID    string            `json:"subnetId"`
	PrivateIP   string            `json:"privateIp"`
	IPs         []string          `json:"ips,omitempty"`      // all private addresses, IPv6 included
	Prefixes    []string          `json:"prefixes,omitempty"` // delegated prefixes
	Groups      []string          `json:"groups,omitempty"`
	InstanceID  string            `json:"instanceId,omitempty"` // empty for branches: they have no attachment
	DeviceIndex int               `json:"deviceIndex"`
	TrunkID     string            `json:"trunkId,omitempty"` // branches: tag vpcresources.k8s.aws/trunk-eni-id
	VLAN        int               `json:"vlan,omitempty"`    // branches: tag vpcresources.k8s.aws/vlan-id
	Tags        map[string]string `json:"tags,omitempty"`
}

// Holds reports whether an address belongs to the interface.
func (e Interface) Holds(ip string) bool {
	if e.PrivateIP == ip || slices.Contains(e.IPs, ip) {
		return true
	}
	addr, err := netip.ParseAddr(ip)
	if err != nil {
		return false
	}
	return slices.ContainsFunc(e.Prefixes, func(p string) bool {
		prefix, err := netip.ParsePrefix(p)
		return err == nil && prefix.Contains(addr)
	})
}

// Instance is an EC2 instance that is a node of the cluster.
type Instance struct {
	ID              string   `json:"id"`
	Type            string   `json:"type"`
	State           string   `json:"state"`
	PrivateIP       string   `json:"privateIp"`
	PrivateDNS      string   `json:"privateDns"`
	SubnetID        string   `json:"subnetId"`
	Zone            string   `json:"zone"`
	PrimaryGroups   []string `json:"primaryGroups"` // of the primary network interface
	InstanceProfile string   `json:"instanceProfile,omitempty"`
}

// InstanceType is what a type can do for security groups for pods.
type InstanceType struct {
	Name string `json:"name"`
	// Known is false when the capacity table has no entry: the type may be
	// newer than the table, which says nothing about trunk support.
	Known      bool   `json:"known"`
	Trunking   bool   `json:"trunking"`
	BranchENIs int    `json:"branchEnis"` // how many branch ENIs a node of this type can have
	ENIs       int    `json:"enis"`       // network interfaces on the default network card
	Hypervisor string `json:"hypervisor,omitempty"`
	// Source says where the numbers come from.
	Source string `json:"source"`
}

// Role is an IAM role.
type Role struct {
	Name             string   `json:"name"` // last segment of the ARN
	ARN              string   `json:"arn"`
	AttachedPolicies []string `json:"attachedPolicies"` // policy ARNs
	Boundary         string   `json:"permissionsBoundary,omitempty"`
	// Tags are read for the cluster's role only.
	Tags map[string]string `json:"tags,omitempty"`
	// Denied are the actions of the VPC resource controller that a policy
	// simulation says the role may not do, each with what denies it: "a permissions
	// boundary". Read for the cluster's role only.
	Denied map[string]string `json:"denied,omitempty"`
	// Allowed are those that the simulation says it may do. An action that hangs on
	// a condition which a simulation cannot know is neither.
	Allowed []string `json:"allowed,omitempty"`
}

// What denies an action of a role. An explicit deny is followed by the policy
// that has it, where it is known.
const (
	DeniedByNoAllow      = "no policy allows it"
	DeniedByBoundary     = "a permissions boundary"
	DeniedByOrganization = "a policy of the organisation"
	DeniedExplicitly     = "an explicit deny"
)

// Addon is an EKS add-on.
type Addon struct {
	Name    string `json:"name"`
	Version string `json:"version"`
	Status  string `json:"status"` // ACTIVE, UPDATING, DEGRADED, UPDATE_FAILED, …
	// ConfigurationValues is the text that the add-on was given, JSON or YAML.
	ConfigurationValues string `json:"configurationValues,omitempty"`
	// ServiceAccountRole is the ARN of the IAM role of the add-on's service
	// account; empty: it has the permissions of the nodes' role.
	ServiceAccountRole string            `json:"serviceAccountRoleArn,omitempty"`
	Issues             []string          `json:"issues,omitempty"`
	Tags               map[string]string `json:"tags,omitempty"`
}

// Database is an RDS instance.
type Database struct {
	Identifier    string            `json:"identifier"`
	ARN           string            `json:"arn"`
	Engine        string            `json:"engine"`
	EngineVersion string            `json:"engineVersion"`
	Class         string            `json:"class"`
	StorageGiB    int               `json:"storageGiB,omitempty"`
	Status        string            `json:"status"`
	Address       string            `json:"address,omitempty"` // empty until available
	Port          int               `json:"port,omitempty"`
	Name          string            `json:"dbName,omitempty"`
	Username      string            `json:"username,omitempty"`
	VPCID         string            `json:"vpcId"`
	SubnetGroup   string            `json:"subnetGroup"`
	SubnetIDs     []string          `json:"subnetIds,omitempty"`
	Groups        []string          `json:"groups,omitempty"`
	Public        bool              `json:"public"`
	CA            string            `json:"caCertificateIdentifier,omitempty"`
	ForceSSL      *bool             `json:"forceSsl,omitempty"` // parameter rds.force_ssl; nil: not read
	MasterSecret  string            `json:"masterUserSecretArn,omitempty"`
	CreatedAt     time.Time         `json:"createdAt,omitzero"`
	Tags          map[string]string `json:"tags,omitempty"`
}

// DBSubnetGroup is an RDS subnet group.
type DBSubnetGroup struct {
	Name      string            `json:"name"`
	ARN       string            `json:"arn"`
	VPCID     string            `json:"vpcId"`
	SubnetIDs []string          `json:"subnetIds"`
	Tags      map[string]string `json:"tags,omitempty"`
}

// DBOptions is what the region offers for a new RDS for PostgreSQL instance.
type DBOptions struct {
	DefaultVersion string   `json:"defaultVersion,omitempty"` // the engine version RDS takes when none is given
	Versions       []string `json:"versions,omitempty"`
	Classes        []string `json:"classes,omitempty"` // orderable with the default or wanted version, smallest first
	CheckedVersion string   `json:"checkedVersion,omitempty"`
}
