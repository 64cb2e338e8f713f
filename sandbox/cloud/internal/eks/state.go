// Package eks is EKS in an account: clusters, node groups and add-ons.
package eks

import (
	"time"

	"podsg/sandbox/cloud/internal/core"
	"podsg/sandbox/cloud/internal/ec2"
	"podsg/sandbox/cloud/internal/iam"
	"podsg/sandbox/cloud/internal/tags"
)

// State is everything of EKS in the account. The account's lock is held
// while its methods run.
type State struct {
	*core.Base
	ec2      *ec2.State
	iam      *iam.State
	clusters map[string]*Cluster
	versions []AddonVersion
	onAddon  []func(cluster, addon, version, configurationValues string)
}

// NewState has no clusters.
func NewState(b *core.Base, ec2 *ec2.State, iam *iam.State) *State {
	return &State{Base: b, ec2: ec2, iam: iam, clusters: map[string]*Cluster{}, versions: defaultAddonVersions()}
}

// Service is EKS as scenarios and clusters use it: its methods take the
// account's lock.
type Service struct{ state *State }

// NewService is the service with a state.
func NewService(state *State) *Service { return &Service{state} }

// NodeGroupOf is a node group of a cluster that exists, or nil.
func (a *State) NodeGroupOf(cluster, name string) *NodeGroup {
	return a.clusters[cluster].NodeGroups[name]
}

// Cluster is an EKS cluster.
type Cluster struct {
	Name, Version, PlatformVersion string
	Endpoint, CertificateAuthority string // the authority is base64 of PEM
	RoleARN, Status                string
	VPC                            string
	Subnets, ExtraGroups           []string
	ClusterGroup                   string
	PublicAccess, PrivateAccess    bool
	IPFamily, ServiceCIDR          string
	AuthenticationMode             string
	AutoMode                       bool
	Health                         []ClusterIssue
	Tags                           tags.Tags
	Created                        time.Time
	NodeGroups                     map[string]*NodeGroup
	Addons                         map[string]*addon
	Updates                        map[string]*update
	AccessEntries                  []string
	PodIdentities                  []podIdentity
}

// ClusterIssue is one entry of the health of a cluster or an add-on.
type ClusterIssue struct {
	Code        string   `json:"code"`
	Message     string   `json:"message"`
	ResourceIDs []string `json:"resourceIds"`
}

// NodeGroup is a node group of a cluster.
type NodeGroup struct {
	Name, ARN, Status             string
	InstanceTypes                 []string
	AMIType, CapacityType         string
	Role                          string // ARN
	Subnets                       []string
	ASG                           string
	LaunchTemplate                string
	DesiredSize, MinSize, MaxSize int
	DiskSize                      int
	Labels                        map[string]string
	Taints                        []Taint
	Tags                          tags.Tags
	Created                       time.Time
	Version, ReleaseVersion       string

	// What its instances are launched with.
	profile        string
	profileID      string
	groups         []string
	autoscalerTags bool
}

// Taint is a taint of the nodes of a node group, with EKS's effects
// (NO_SCHEDULE, NO_EXECUTE, PREFER_NO_SCHEDULE).
type Taint struct {
	Key    string `json:"key"`
	Value  string `json:"value"`
	Effect string `json:"effect"`
}

type addon struct {
	Name, Version, Status string
	ARN                   string
	ConfigurationValues   string
	RoleARN               string
	Health                []ClusterIssue
	Created, Modified     time.Time
	Tags                  tags.Tags
	update                string // the update in progress
}

type update struct {
	ID, Status, Type, Addon string
	Params                  []updateParam
	Errors                  []updateError
	Created                 time.Time
}

type updateParam struct {
	Type  string `json:"type"`
	Value string `json:"value"`
}

type updateError struct {
	ErrorCode    string   `json:"errorCode"`
	ErrorMessage string   `json:"errorMessage"`
	ResourceIDs  []string `json:"resourceIds,omitempty"`
}

type podIdentity struct {
	Namespace      string `json:"namespace"`
	ServiceAccount string `json:"serviceAccount"`
	ID             string `json:"associationId"`
	ARN            string `json:"associationArn"`
}

// Snapshot tells every object of the service.
func (a *State) Snapshot(put core.Put) error { return core.PutAll("cluster", a.clusters, put) }
