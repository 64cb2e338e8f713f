package cloud

import "errors"

// The objects that other services look up. Without the object it is nil.

func (a *Account) vpcByID(id string) *vpc                           { return a.ec2.vpcs.get(id) }
func (a *Account) subnetByID(id string) *subnet                     { return a.ec2.subnets.get(id) }
func (a *Account) securityGroupByID(id string) *securityGroup       { return a.ec2.groups.get(id) }
func (a *Account) networkInterfaceByID(id string) *networkInterface { return a.ec2.interfaces.get(id) }
func (a *Account) instanceByID(id string) *instance                 { return a.ec2.instances.get(id) }

// The objects of a type in the order of their making.

func (a *Account) allInterfaces() []*networkInterface { return a.ec2.interfaces.all() }
func (a *Account) allInstances() []*instance          { return a.ec2.instances.all() }
func (a *Account) associations() []*trunkAssociation  { return a.ec2.associations.all() }

// addInstance puts an instance that was launched into the account.
func (a *Account) addInstance(i *instance) { a.ec2.instances.add(i.ID, i) }

// ec2Snapshot tells every object of the service.
func (a *Account) ec2Snapshot(put snapshotPut) error {
	return errors.Join(
		putAll("vpc", a.ec2.vpcs.byID, put),
		putAll("subnet", a.ec2.subnets.byID, put),
		putAll("route-table", a.ec2.routeTables.byID, put),
		putAll("network-acl", a.ec2.acls.byID, put),
		putAll("security-group", a.ec2.groups.byID, put),
		putAll("network-interface", a.ec2.interfaces.byID, put),
		putAll("instance", a.ec2.instances.byID, put),
		putAll("trunk-association", a.ec2.associations.byID, put),
		putAll("prefix-list", a.ec2.prefixLists.byID, put),
		putAll("vpc-peering-connection", a.ec2.peerings.byID, put),
	)
}
