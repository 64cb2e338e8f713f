package ec2

import (
	"errors"

	"podsg/sandbox/cloud/internal/core"
)

// The objects that other services look up. Without the object it is nil.

func (a *State) VPC(id string) *VPC                     { return a.vpcs.get(id) }
func (a *State) Subnet(id string) *Subnet               { return a.subnets.get(id) }
func (a *State) SecurityGroup(id string) *SecurityGroup { return a.groups.get(id) }
func (a *State) Interface(id string) *Interface         { return a.interfaces.get(id) }
func (a *State) Instance(id string) *Instance           { return a.instances.get(id) }

// The objects of a type in the order of their making.

func (a *State) Interfaces() []*Interface               { return a.interfaces.all() }
func (a *State) Instances() []*Instance                 { return a.instances.all() }
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
