// Package rds is RDS in an account.
package rds

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/xml"
	"errors"
	"maps"
	"net/netip"
	"slices"
	"strings"
	"time"

	"podsg/sandbox/cloud/internal/awserr"
	"podsg/sandbox/cloud/internal/core"
	"podsg/sandbox/cloud/internal/ec2"
	"podsg/sandbox/cloud/internal/secrets"
	"podsg/sandbox/cloud/internal/tags"
	"podsg/sandbox/cloud/internal/wire"
)

// State is everything of RDS in the account. The account's lock is held
// while its methods run.
type State struct {
	*core.Base
	ec2             *ec2.State
	secrets         *secrets.State
	delays          Delays
	instances       map[string]*dbInstance
	subnetGroups    map[string]*dbSubnetGroup
	parameterGroups map[string]*dbParameterGroup // those that customers made
	classes         []string                     // if set, the only classes that the region offers
	endpointHash    string
	onDatabase      []func(DatabaseEvent)
}

// Delays are the times of the clock that slow operations take. Zero fields get
// the middle of what AWS takes.
type Delays struct {
	DatabaseCreate time.Duration // creating; default 5 minutes
	DatabaseBackup time.Duration // backing-up; default 1 minute
	DatabaseModify time.Duration // modifying or resetting-master-credentials; default 30 seconds
	DatabaseDelete time.Duration // deleting; default 5 minutes
}

// Service is RDS as scenarios and servers use it: its methods take the
// account's lock.
type Service struct{ state *State }

// NewService is the service with a state.
func NewService(state *State) *Service { return &Service{state} }

// NewState has no databases.
func NewState(b *core.Base, ec2 *ec2.State, secrets *secrets.State, d Delays) *State {
	d.DatabaseCreate = cmp.Or(d.DatabaseCreate, 5*time.Minute)
	d.DatabaseBackup = cmp.Or(d.DatabaseBackup, time.Minute)
	d.DatabaseModify = cmp.Or(d.DatabaseModify, 30*time.Second)
	d.DatabaseDelete = cmp.Or(d.DatabaseDelete, 5*time.Minute)
	return &State{Base: b, ec2: ec2, secrets: secrets, delays: d, instances: map[string]*dbInstance{}, subnetGroups: map[string]*dbSubnetGroup{}, parameterGroups: map[string]*dbParameterGroup{}}
}

type dbInstance struct {
	Identifier, ResourceID, Class string
	Engine, EngineVersion         string
	Status                        string
	MasterUsername, DBName        string
	PasswordSum                   string // SHA-256 of the password: Snapshot shows a change, not the password
	Port                          int
	EndpointKnown                 bool // the endpoint is told once the instance was available
	StorageGiB                    int
	StorageType                   string
	SubnetGroup, VPC, Zone        string
	Groups                        []string
	Public, MultiAZ, Encrypted    bool
	DeletionProtection            bool
	BackupRetention               int
	ParameterGroup, CA            string
	Interface                     string // its network interface
	SecretARN                     string
	Created                       time.Time
	Tags                          tags.Tags
	password                      string
}

func (d *dbInstance) setPassword(password string) {
	sum := sha256.Sum256([]byte(password))
	d.password, d.PasswordSum = password, hex.EncodeToString(sum[:])
}

type dbSubnetGroup struct {
	Name, Description, VPC string
	Subnets                []string
	Tags                   tags.Tags
}

type dbParameterGroup struct {
	Name, Family, Description string
	Values                    map[string]string // parameters set by the user
	Tags                      tags.Tags
}

// DatabaseEvent tells that a database changed its status or its password.
type DatabaseEvent struct {
	Identifier    string
	Host          string     // the endpoint's name
	Address       netip.Addr // private, inside the VPC
	Port          int
	DBName        string
	Username      string
	Password      string
	Engine        string // postgres, mysql …
	EngineVersion string
	ForceSSL      bool
	Status        string // as DescribeDBInstances tells it, and "deleted" at the end
}

// OnDatabase registers a function to be called with every event of a database,
// those of the databases that are there already first. It may call the account.
func (a *Service) OnDatabase(f func(DatabaseEvent)) {
	a.state.Lock()
	defer a.state.Unlock()
	a.state.onDatabase = append(a.state.onDatabase, f)
	for _, name := range slices.Sorted(maps.Keys(a.state.instances)) {
		event := a.state.databaseEvent(a.state.instances[name])
		a.state.Notify(func() { f(event) })
	}
}

func (a *State) setDBStatus(d *dbInstance, status string) {
	d.Status = status
	d.EndpointKnown = d.EndpointKnown || status == "available"
	event := a.databaseEvent(d)
	for _, f := range a.onDatabase {
		a.Notify(func() { f(event) })
	}
}

// passThrough gives a database a status for a while, and then "available"
// unless something else has happened to it.
func (a *State) passThrough(d *dbInstance, status string, while time.Duration) {
	a.setDBStatus(d, status)
	a.After(while, func() {
		if d.Status == status {
			a.setDBStatus(d, "available")
		}
	})
}

func (a *State) databaseEvent(d *dbInstance) DatabaseEvent {
	event := DatabaseEvent{
		Identifier: d.Identifier, Host: a.dbHost(d), Port: d.Port, DBName: d.DBName, Username: d.MasterUsername, Password: d.password,
		Engine: d.Engine, EngineVersion: d.EngineVersion, ForceSSL: a.parameter(d.ParameterGroup, "rds.force_ssl") == "1", Status: d.Status,
	}
	if e := a.ec2.Interface(d.Interface); e != nil {
		event.Address = e.PrivateIP
	}
	return event
}

// dbHost is the name of an instance's endpoint. In China the region comes
// after the service.
func (a *State) dbHost(d *dbInstance) string {
	if a.endpointHash == "" {
		a.endpointHash = "c" + a.IDs.Hex(11)
	}
	host := d.Identifier + "." + a.endpointHash + "."
	if a.Partition == "aws-cn" {
		return host + "rds." + a.Region + "." + a.DNSSuffix()
	}
	return host + a.Region + ".rds." + a.DNSSuffix()
}

// LookupHost resolves the name of a database's endpoint as the VPC's resolver
// does: to the private address.
func (a *Service) LookupHost(name string) (netip.Addr, bool) {
	return a.lookup(name, func(e *ec2.Interface) netip.Addr { return e.PrivateIP })
}

// LookupPublicHost resolves it as the internet does: to the public address, if
// the database has one, else to the private one.
func (a *Service) LookupPublicHost(name string) (netip.Addr, bool) {
	return a.lookup(name, func(e *ec2.Interface) netip.Addr {
		if e.PublicIP.IsValid() {
			return e.PublicIP
		}
		return e.PrivateIP
	})
}

func (a *Service) lookup(name string, address func(*ec2.Interface) netip.Addr) (netip.Addr, bool) {
	a.state.Lock()
	defer a.state.Unlock()
	name = strings.ToLower(strings.TrimSuffix(name, "."))
	for _, d := range a.state.instances {
		if e := a.state.ec2.Interface(d.Interface); e != nil && a.state.dbHost(d) == name {
			return address(e), true
		}
	}
	return netip.Addr{}, false
}

// listOf is a list in RDS's XML, whose members have a name of their own.
type listOf[T interface{ element() string }] []T

// MarshalXML writes the list and its members.
func (l listOf[T]) MarshalXML(e *xml.Encoder, start xml.StartElement) error {
	var zero T
	return wire.MarshalList(e, start, zero.element(), l)
}

// filter is a filter of RDS's describe actions.
type filter struct {
	Name   string   `query:"Name"`
	Values []string `query:"Values.Value"`
}

// filtered checks the filters' names and reports whether an object passes.
func filtered[T any](filters []filter, known map[string]func(T) string, object T) (bool, error) {
	for _, f := range filters {
		get := known[f.Name]
		if get == nil {
			return false, awserr.New("InvalidParameterValue", "Unrecognized filter name: %s", f.Name)
		}
		hit := false
		for _, v := range f.Values {
			hit = hit || v == get(object)
		}
		if !hit {
			return false, nil
		}
	}
	return true, nil
}

// paging is embedded in the inputs of RDS's listings.
type paging struct {
	Marker     string
	MaxRecords *int
}

func page[T any](a *State, all []T, p paging) ([]T, string, error) {
	return pageUpTo(a, 100, all, p)
}

// pageUpTo is rdsPage of a listing with larger pages.
func pageUpTo[T any](a *State, largest int, all []T, p paging) ([]T, string, error) {
	size := 100
	if p.MaxRecords != nil {
		size = *p.MaxRecords
		if size < 20 || size > largest {
			return nil, "", awserr.New("InvalidParameterValue", "Invalid value %d for MaxRecords. Must be between 20 and %d", size, largest)
		}
	}
	part, next, ok := wire.Page(all, size, a.PageSize, p.Marker)
	if !ok {
		return nil, "", awserr.New("InvalidParameterValue", "Invalid marker: %s", p.Marker)
	}
	return part, next, nil
}

// tag is a tag in RDS's requests and answers.
type tag struct {
	Key   string `xml:"Key"`
	Value string `xml:"Value"`
}

func (tag) element() string { return "Tag" }

func rdsPairs(t tags.Tags) listOf[tag] {
	list := listOf[tag]{}
	for _, k := range slices.Sorted(maps.Keys(t)) {
		list = append(list, tag{k, t[k]})
	}
	return list
}

func rdsTags(list []tag) (tags.Tags, error) {
	t := tags.Tags{}
	for _, pair := range list {
		if pair.Key == "" || strings.HasPrefix(strings.ToLower(pair.Key), "aws:") || strings.HasPrefix(strings.ToLower(pair.Key), "rds:") {
			return nil, awserr.New("InvalidParameterValue", "Tag keys must not be empty or start with 'aws:' or 'rds:': %s", pair.Key)
		}
		t[pair.Key] = pair.Value
	}
	return t, nil
}

// Snapshot tells every object of the service.
func (a *State) Snapshot(put core.Put) error {
	return errors.Join(
		core.PutAll("db-instance", a.instances, put),
		core.PutAll("db-subnet-group", a.subnetGroups, put),
		core.PutAll("db-parameter-group", a.parameterGroups, put),
	)
}
