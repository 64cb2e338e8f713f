package ec2

import (
	"errors"

	"podsg/sandbox/cloud/internal/core"
)

// VPC finds a VPC; without it, as without the others below, it is nil.
func (a *State) VPC(id string) *VPC { return a.vpcs.get(id) }

// Subnet finds a subnet.
func (a *State) Subnet(id string) *Subnet { return a.subnets.get(id) }

// SecurityGroup finds a security group.
func (a *State) SecurityGroup(id string) *SecurityGroup { return a.groups.get(id) }

// Interface finds a network interface.
func (a *State) Interface(id string) *Interface { return a.interfaces.get(id) }

// Instance finds an instance.
func (a *State) Instance(id string) *Instance { return a.instances.get(id) }

// Interfaces are all network interfaces in the order of their making.
func (a *State) Interfaces() []*Interface { return a.interfaces.all() }

// Instances are all instances in the order of their launch.
func (a *State) Instances() []*Instance { return a.instances.all() }

// TrunkAssociations are all branch interfaces on trunks.
func (a *State) TrunkAssociations() []*TrunkAssociation { return a.associations.all() }

// AddInstance puts an instance that was launched into the account.
func (a *State) AddInstance(i *Instance) { a.instances.add(i.ID, i) }

// Snapshot tells every object of the service.
func (a *State) Snapshot(put core.Put) error {
	return errors.Join(
		core.PutAll("vpc", a.vpcs.byID, put),
		core.PutAll("subnet", a.subnets.byID, put),
		core.PutAll("route-table", a.routeTables.byID, put),
		core.PutAll("network-acl", a.acls.byID, put),
		core.PutAll("security-group", a.groups.byID, put),
		core.PutAll("network-interface", a.interfaces.byID, put),
		core.PutAll("instance", a.instances.byID, put),
		core.PutAll("trunk-association", a.associations.byID, put),
		core.PutAll("prefix-list", a.prefixLists.byID, put),
		core.PutAll("vpc-peering-connection", a.peerings.byID, put),
	)
}
