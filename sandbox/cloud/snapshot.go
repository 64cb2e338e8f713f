package cloud

import (
	"encoding/json"
	"fmt"
)

// Snapshot returns every object of the account as canonical JSON under a key
// of the form type/id, so that two snapshots can be compared object by object.
// Passwords and secret values are not in it; a password's hash is.
func (a *Account) Snapshot() (map[string]json.RawMessage, error) {
	a.lock()
	defer a.unlock()
	all := map[string]json.RawMessage{}
	put := func(kind, id string, object any) error {
		text, err := json.Marshal(object)
		if err != nil {
			return fmt.Errorf("write snapshot of %s %q: %w", kind, id, err)
		}
		all[kind+"/"+id] = text
		return nil
	}
	for _, err := range []error{
		putAll("vpc", a.ec2.vpcs.byID, put), putAll("subnet", a.ec2.subnets.byID, put), putAll("route-table", a.ec2.routeTables.byID, put),
		putAll("network-acl", a.ec2.acls.byID, put), putAll("security-group", a.ec2.groups.byID, put),
		putAll("network-interface", a.ec2.interfaces.byID, put), putAll("instance", a.ec2.instances.byID, put),
		putAll("trunk-association", a.ec2.associations.byID, put), putAll("prefix-list", a.ec2.prefixLists.byID, put),
		putAll("vpc-peering-connection", a.ec2.peerings.byID, put), putAll("role", a.iam.roles, put),
		putAll("policy", a.iam.policies, put), putAll("instance-profile", a.iam.profiles, put),
		putAll("cluster", a.eks.clusters, put), putAll("db-instance", a.rds.instances, put),
		putAll("db-subnet-group", a.rds.subnetGroups, put), putAll("db-parameter-group", a.rds.parameterGroups, put),
		putAll("secret", a.secrets, put),
	} {
		if err != nil {
			return nil, err
		}
	}
	return all, nil
}

func putAll[T any](kind string, objects map[string]T, put func(kind, id string, object any) error) error {
	for id, object := range objects {
		if err := put(kind, id, object); err != nil {
			return err
		}
	}
	return nil
}
