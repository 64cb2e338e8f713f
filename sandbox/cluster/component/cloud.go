package component

import (
	"net/netip"

	"podsg/sandbox/cloud"
)

// Cloud is what the cluster needs of the AWS account it runs in.
type Cloud interface {
	// Nodes are the running instances of a cluster's node groups.
	Nodes(cluster string) []cloud.Node
	// AssignPodIP takes a secondary private address on one of an instance's
	// ENIs for an ordinary pod; ReleasePodIP gives it back.
	AssignPodIP(instanceID string) (netip.Addr, error)
	ReleasePodIP(ip netip.Addr)
	// FreeENISlot reports whether another ENI can be attached to an instance.
	FreeENISlot(instanceID string) bool
	// CreateTrunk makes and attaches an instance's trunk ENI with the cluster
	// role's permissions. A refusal is a *cloud.APIError.
	CreateTrunk(cluster, instanceID string) (cloud.ENI, error)
	// CreateBranch makes a branch ENI with these security groups and associates
	// it to a trunk. An error says which of the two steps failed.
	CreateBranch(cluster, trunkID string, groups []string) (cloud.Branch, error)
	DeleteBranch(cluster, eniID string) error
	// Reachable reports whether security groups and network ACLs let a packet
	// through, and if not why.
	Reachable(from, to netip.Addr, proto string, port int) (ok bool, why string)
	// OnAddonUpdate registers a function that is called when an update of an
	// EKS add-on begins; SetAddonHealth reports how it ended.
	OnAddonUpdate(func(cluster, addon, version, configurationValues string))
	SetAddonHealth(cluster, addon, status string, issues ...string)
}
