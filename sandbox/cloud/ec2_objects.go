package cloud

import "errors"

// The objects that other services look up. Without the object it is nil.

func (a *ec2State) vpcByID(id string) *vpc                           { return a.vpcs.get(id) }
func (a *ec2State) subnetByID(id string) *subnet                     { return a.subnets.get(id) }
func (a *ec2State) securityGroupByID(id string) *securityGroup       { return a.groups.get(id) }
func (a *ec2State) networkInterfaceByID(id string) *networkInterface { return a.interfaces.get(id) }
func (a *ec2State) instanceByID(id string) *instance                 { return a.instances.get(id) }

// The objects of a type in the order of their making.

func (a *ec2State) allInterfaces() []*networkInterface     { return a.interfaces.all() }
func (a *ec2State) allInstances() []*instance              { return a.instances.all() }
func (a *ec2State) trunkAssociations() []*trunkAssociation { return a.associations.all() }

// addInstance puts an instance that was launched into the account.
func (a *ec2State) addInstance(i *instance) { a.instances.add(i.ID, i) }

// ec2Snapshot tells every object of the service.
func (a *ec2State) ec2Snapshot(put snapshotPut) error {
	return errors.Join(
		putAll("vpc", a.vpcs.byID, put),
		putAll("subnet", a.subnets.byID, put),
		putAll("route-table", a.routeTables.byID, put),
		putAll("network-acl", a.acls.byID, put),
		putAll("security-group", a.groups.byID, put),
		putAll("network-interface", a.interfaces.byID, put),
		putAll("instance", a.instances.byID, put),
		putAll("trunk-association", a.associations.byID, put),
		putAll("prefix-list", a.prefixLists.byID, put),
		putAll("vpc-peering-connection", a.peerings.byID, put),
	)
}
