package rds

import (
	"cmp"
	"fmt"
	"maps"
	"slices"

	"podsg/sandbox/cloud/internal/tags"
)

// DatabaseSpec describes an RDS instance to make. Its defaults are those of
// CreateDBInstance, but that it is private unless Public is set.
type DatabaseSpec struct {
	Identifier     string
	SubnetGroup    string
	Groups         []string
	Class          string // default db.t4g.micro
	Engine         string // default postgres; of another engine an instance is only described, nothing speaks its protocol
	EngineVersion  string // of another engine: needed, as 8.4.7
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
func (a *Service) AddDatabase(spec DatabaseSpec) (host string, err error) {
	a.state.Lock()
	defer a.state.Unlock()
	storage, port := 20, cmp.Or(spec.Port, 5432)
	version, parameters := spec.EngineVersion, spec.ParameterGroup
	foreign := cmp.Or(spec.Engine, postgresEngine) != postgresEngine
	if foreign {
		version, parameters = "", ""
	}
	in := &createDBInstanceInput{
		Identifier: spec.Identifier, Class: cmp.Or(spec.Class, "db.t4g.micro"), Engine: postgresEngine, EngineVersion: version,
		AllocatedStorage: &storage, DBName: spec.DBName, MasterUsername: spec.Username, MasterUserPassword: &spec.Password, Groups: spec.Groups,
		SubnetGroup: spec.SubnetGroup, Port: &port, Public: &spec.Public, ParameterGroup: parameters,
	}
	for _, k := range slices.Sorted(maps.Keys(spec.Tags)) {
		in.Tags = append(in.Tags, tag{k, spec.Tags[k]})
	}
	d, err := a.state.newDBInstance(in)
	if err != nil {
		return "", fmt.Errorf("add database %q: %w", spec.Identifier, err)
	}
	if foreign {
		d.Engine, d.EngineVersion = spec.Engine, spec.EngineVersion
		d.ParameterGroup = cmp.Or(spec.ParameterGroup, defaultParameterGroup(spec.Engine, spec.EngineVersion))
	}
	d.EndpointKnown = true
	a.state.setDBStatus(d, cmp.Or(spec.Status, "available"))
	return a.state.dbHost(d), nil
}

// AddDBSubnetGroup makes a DB subnet group.
func (a *Service) AddDBSubnetGroup(name string, subnets []string, t map[string]string) error {
	a.state.Lock()
	defer a.state.Unlock()
	g := &dbSubnetGroup{Name: name, Description: name, Tags: tags.Copy(t)}
	if err := a.state.fillSubnetGroup(g, subnets); err != nil {
		return fmt.Errorf("add DB subnet group %q: %w", name, err)
	}
	a.state.subnetGroups[name] = g
	return nil
}

// SetDatabaseStatus stages a status such as rebooting or storage-full.
func (a *Service) SetDatabaseStatus(identifier, status string) error {
	a.state.Lock()
	defer a.state.Unlock()
	d := a.state.instances[identifier]
	if d == nil {
		return noDBInstance(identifier)
	}
	a.state.setDBStatus(d, status)
	return nil
}
