// Package ec2 is EC2 in an account: its objects, its actions, and which packets
// its security groups, network ACLs and routes let through.
package ec2

import (
	"iter"
	"net/netip"
	"time"

	"podsg/sandbox/cloud/internal/core"
	"podsg/sandbox/cloud/internal/tags"
)

// State is everything of EC2 in the account. The account's lock is held
// while its methods run. Objects are kept in the order of their making, which
// is the order the describe actions answer in.
type State struct {
	*core.Base
	vpcs         table[*VPC]
	subnets      table[*Subnet]
	routeTables  table[*routeTable]
	acls         table[*networkACL]
	groups       table[*SecurityGroup]
	interfaces   table[*Interface]
	instances    table[*Instance]
	associations table[*TrunkAssociation]
	prefixLists  table[*prefixList]
	peerings     table[*peering]
	groupVPCs    []groupVPCAssociation
	tokens       map[string]string // what a client token of CreateNetworkInterface made
}

// NewState has no objects but the prefix lists of AWS.
func NewState(b *core.Base) *State {
	a := &State{Base: b, tokens: map[string]string{}}
	a.addManagedPrefixLists()
	return a
}

// Service is EC2 as scenarios and servers use it, without a request: its
// methods take the account's lock.
type Service struct{ state *State }

// NewService is the service with a state.
func NewService(state *State) *Service { return &Service{state} }

// table keeps objects by id and in order.
type table[T any] struct {
	byID  map[string]T
	order []string
}

func (t *table[T]) get(id string) T { return t.byID[id] }

func (t *table[T]) has(id string) bool { _, ok := t.byID[id]; return ok }

func (t *table[T]) add(id string, object T) {
	if t.byID == nil {
		t.byID = map[string]T{}
	}
	if !t.has(id) {
		t.order = append(t.order, id)
	}
	t.byID[id] = object
}

func (t *table[T]) remove(id string) {
	delete(t.byID, id)
	for i, other := range t.order {
		if other == id {
			t.order = append(t.order[:i:i], t.order[i+1:]...)
			return
		}
	}
}

// all returns the objects in the order of their making.
func (t *table[T]) all() []T {
	list := make([]T, 0, len(t.order))
	for _, id := range t.order {
		list = append(list, t.byID[id])
	}
	return list
}

// each is all without making a list, for what is asked often. The table must
// not be changed meanwhile.
func (t *table[T]) each() iter.Seq[T] {
	return func(yield func(T) bool) {
		for _, id := range t.order {
			if !yield(t.byID[id]) {
				return
			}
		}
	}
}

// The exported fields of the following are what Snapshot shows.

// VPC is a virtual network.
type VPC struct {
	ID              string
	CIDR            netip.Prefix
	IPv6CIDR        netip.Prefix // zero if the VPC has none
	DNSSupport      bool
	DNSHostnames    bool
	InternetGateway string // its id, or empty
	Tags            tags.Tags
}

// Subnet is a subnet of a VPC.
type Subnet struct {
	ID, VPC      string
	Zone, ZoneID string
	CIDR         netip.Prefix
	IPv6CIDR     netip.Prefix
	OutpostARN   string
	MapPublicIP  bool
	AssignIPv6   bool
	Tags         tags.Tags
	used         map[netip.Addr]bool // private addresses taken
	full         bool                // a scenario has used up its addresses
}

type routeTable struct {
	ID, VPC string
	Main    bool
	Subnets map[string]string // subnet id to association id
	Routes  []route
	Tags    tags.Tags
}

type route struct {
	Destination netip.Prefix
	Target      string // local, igw-…, nat-… or pcx-…
}

type networkACL struct {
	ID, VPC string
	Default bool
	Subnets map[string]string // subnet id to association id
	Entries []aclEntry
	Tags    tags.Tags
}

type aclEntry struct {
	Number   int
	Egress   bool
	Protocol string // number, or -1
	Allow    bool
	CIDR     netip.Prefix
	FromPort int // for protocols 6 and 17
	ToPort   int
}

// SecurityGroup is a security group with its rules.
type SecurityGroup struct {
	ID, Name, Description, VPC string
	Tags                       tags.Tags
	Rules                      []*rule
}

// rule is one security group rule with exactly one peer.
type rule struct {
	ID               string
	Egress           bool
	Protocol         string // tcp, udp, icmp, icmpv6, a number, or -1
	FromPort, ToPort int    // -1 if the protocol has none
	CIDR4            string `json:",omitempty"`
	CIDR6            string `json:",omitempty"`
	PrefixList       string `json:",omitempty"`
	Group            string `json:",omitempty"`
	GroupOwner       string `json:",omitempty"`
	GroupVPC         string `json:",omitempty"` // set if the group is in a peered VPC
	Peering          string `json:",omitempty"`
	Description      string
	Tags             tags.Tags
}

// Interface is a network interface.
type Interface struct {
	ID, Subnet, VPC  string
	Type             string // interface, trunk or branch
	Description      string
	Status           string // available or in-use
	MAC              string
	PrivateIP        netip.Addr
	Secondary        []netip.Addr
	Prefixes         []netip.Prefix
	IPv6             []netip.Addr
	PublicIP         netip.Addr // zero if it has none
	PrivateDNS       string
	Groups           []string
	Tags             tags.Tags
	SourceDestCheck  bool
	RequesterID      string
	RequesterManaged bool
	Attachment       *attachment
}

type attachment struct {
	ID                  string
	Instance            string // empty for what AWS attaches itself
	Owner               string
	DeviceIndex         int
	Status              string
	Time                time.Time
	DeleteOnTermination bool
}

// Instance is an EC2 instance.
type Instance struct {
	ID, Type    string
	Subnet, VPC string
	State       string // running or terminated
	LaunchTime  time.Time
	Image       string
	Profile     string // name of the instance profile
	ProfileID   string `json:"-"`
	Tags        tags.Tags
	PrivateDNS  string

	// What a kubelet and an inventory need to know of a node.
	Cluster   string
	NodeGroup string
	Labels    map[string]string `json:",omitempty"`
}

// TrunkAssociation is a branch interface on a trunk.
type TrunkAssociation struct {
	ID, Trunk, Branch string
	VLAN              int
}

type prefixList struct {
	ID, Name, Owner, Family string
	Entries                 []netip.Prefix
	MaxEntries              int
	Tags                    tags.Tags
}

type peering struct {
	ID, Requester, Accepter string // VPC ids
	Status                  string // active, pending-acceptance, …
	RemoteDNS               bool   // DNS resolution from the remote VPC
	Tags                    tags.Tags
}

type groupVPCAssociation struct{ Group, VPC, State string }
