package cloud

import (
	"cmp"
	"fmt"
)

// DatabaseSpec describes an RDS instance to make. Its defaults are those of
// CreateDBInstance, but that it is private unless Public is set.
type DatabaseSpec struct {
	Identifier     string
	SubnetGroup    string
	Groups         []string
	Class          string // default db.t4g.micro
	EngineVersion  string
	DBName         string
	Username       string
	Password       string
	Port           int // default 5432
	Public         bool
	ParameterGroup string // parameter group; default that of the version
	Status         string // default available
	Tags           map[string]string
}

// AddDatabase makes an RDS instance that is available at once and returns the
// name of its endpoint.
func (a *Account) AddDatabase(spec DatabaseSpec) (host string, err error) {
	a.lock()
	defer a.unlock()
	storage, port := 20, cmp.Or(spec.Port, 5432)
	in := &createDBInstanceInput{
		Identifier: spec.Identifier, Class: cmp.Or(spec.Class, "db.t4g.micro"), Engine: postgresEngine, EngineVersion: spec.EngineVersion,
		AllocatedStorage: &storage, DBName: spec.DBName, MasterUsername: spec.Username, MasterUserPassword: &spec.Password, Groups: spec.Groups,
		SubnetGroup: spec.SubnetGroup, Port: &port, Public: &spec.Public, ParameterGroup: spec.ParameterGroup,
	}
	for _, k := range sortedKeys(spec.Tags) {
		in.Tags = append(in.Tags, rdsTag{k, spec.Tags[k]})
	}
	d, err := a.newDBInstance(in)
	if err != nil {
		return "", fmt.Errorf("add database %q: %w", spec.Identifier, err)
	}
	d.EndpointKnown = true
	a.setDBStatus(d, cmp.Or(spec.Status, "available"))
	return a.dbHost(d), nil
}

// AddDBSubnetGroup makes a DB subnet group.
func (a *Account) AddDBSubnetGroup(name string, subnets []string, t map[string]string) error {
	a.lock()
	defer a.unlock()
	g := &dbSubnetGroup{Name: name, Description: name, Tags: copyTags(t)}
	if err := a.fillSubnetGroup(g, subnets); err != nil {
		return fmt.Errorf("add DB subnet group %q: %w", name, err)
	}
	a.rds.subnetGroups[name] = g
	return nil
}

// SetDatabaseStatus stages a status such as rebooting or storage-full.
func (a *Account) SetDatabaseStatus(identifier, status string) error {
	a.lock()
	defer a.unlock()
	d := a.rds.instances[identifier]
	if d == nil {
		return noDBInstance(identifier)
	}
	a.setDBStatus(d, status)
	return nil
}
