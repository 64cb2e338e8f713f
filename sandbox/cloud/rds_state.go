package cloud

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/xml"
	"errors"
	"maps"
	"net/netip"
	"slices"
	"strings"
	"time"
)

type rdsState struct {
	instances       map[string]*dbInstance
	subnetGroups    map[string]*dbSubnetGroup
	parameterGroups map[string]*dbParameterGroup // those that customers made
	classes         []string                     // if set, the only classes that the region offers
	endpointHash    string
}

func newRDSState() rdsState {
	return rdsState{instances: map[string]*dbInstance{}, subnetGroups: map[string]*dbSubnetGroup{}, parameterGroups: map[string]*dbParameterGroup{}}
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
	Tags                          tags
	password                      string
}

func (d *dbInstance) setPassword(password string) {
	sum := sha256.Sum256([]byte(password))
	d.password, d.PasswordSum = password, hex.EncodeToString(sum[:])
}

type dbSubnetGroup struct {
	Name, Description, VPC string
	Subnets                []string
	Tags                   tags
}

type dbParameterGroup struct {
	Name, Family, Description string
	Values                    map[string]string // parameters set by the user
	Tags                      tags
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
func (a *Account) OnDatabase(f func(DatabaseEvent)) {
	a.lock()
	defer a.unlock()
	a.onDatabase = append(a.onDatabase, f)
	for _, name := range slices.Sorted(maps.Keys(a.rds.instances)) {
		event := a.databaseEvent(a.rds.instances[name])
		a.notify(func() { f(event) })
	}
}

func (a *Account) setDBStatus(d *dbInstance, status string) {
	d.Status = status
	d.EndpointKnown = d.EndpointKnown || status == "available"
	event := a.databaseEvent(d)
	for _, f := range a.onDatabase {
		a.notify(func() { f(event) })
	}
}

func (a *Account) databaseEvent(d *dbInstance) DatabaseEvent {
	event := DatabaseEvent{
		Identifier: d.Identifier, Host: a.dbHost(d), Port: d.Port, DBName: d.DBName, Username: d.MasterUsername, Password: d.password,
		Engine: d.Engine, EngineVersion: d.EngineVersion, ForceSSL: a.parameter(d.ParameterGroup, "rds.force_ssl") == "1", Status: d.Status,
	}
	if e := a.networkInterfaceByID(d.Interface); e != nil {
		event.Address = e.PrivateIP
	}
	return event
}

// dbHost is the name of an instance's endpoint. In China the region comes
// after the service.
func (a *Account) dbHost(d *dbInstance) string {
	if a.rds.endpointHash == "" {
		a.rds.endpointHash = "c" + a.ids.hex(11)
	}
	host := d.Identifier + "." + a.rds.endpointHash + "."
	if a.cfg.Partition == "aws-cn" {
		return host + "rds." + a.cfg.Region + "." + a.dnsSuffix()
	}
	return host + a.cfg.Region + ".rds." + a.dnsSuffix()
}

// LookupHost resolves the name of a database's endpoint as the VPC's resolver
// does: to the private address.
func (a *Account) LookupHost(name string) (netip.Addr, bool) {
	return a.lookup(name, func(e *networkInterface) netip.Addr { return e.PrivateIP })
}

// LookupPublicHost resolves it as the internet does: to the public address, if
// the database has one, else to the private one.
func (a *Account) LookupPublicHost(name string) (netip.Addr, bool) {
	return a.lookup(name, func(e *networkInterface) netip.Addr {
		if e.PublicIP.IsValid() {
			return e.PublicIP
		}
		return e.PrivateIP
	})
}

func (a *Account) lookup(name string, address func(*networkInterface) netip.Addr) (netip.Addr, bool) {
	a.lock()
	defer a.unlock()
	name = strings.ToLower(strings.TrimSuffix(name, "."))
	for _, d := range a.rds.instances {
		if e := a.networkInterfaceByID(d.Interface); e != nil && a.dbHost(d) == name {
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
	return marshalList(e, start, zero.element(), l)
}

// rdsFilter is a filter of RDS's describe actions.
type rdsFilter struct {
	Name   string   `query:"Name"`
	Values []string `query:"Values.Value"`
}

// rdsFiltered checks the filters' names and reports whether an object passes.
func rdsFiltered[T any](filters []rdsFilter, known map[string]func(T) string, object T) (bool, error) {
	for _, f := range filters {
		get := known[f.Name]
		if get == nil {
			return false, fail("InvalidParameterValue", "Unrecognized filter name: %s", f.Name)
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

// rdsPaging is embedded in the inputs of RDS's listings.
type rdsPaging struct {
	Marker     string
	MaxRecords *int
}

func rdsPage[T any](a *Account, all []T, p rdsPaging) ([]T, string, error) {
	return rdsPageUpTo(a, 100, all, p)
}

// rdsPageUpTo is rdsPage of a listing with larger pages.
func rdsPageUpTo[T any](a *Account, largest int, all []T, p rdsPaging) ([]T, string, error) {
	size := 100
	if p.MaxRecords != nil {
		size = *p.MaxRecords
		if size < 20 || size > largest {
			return nil, "", fail("InvalidParameterValue", "Invalid value %d for MaxRecords. Must be between 20 and %d", size, largest)
		}
	}
	part, next, ok := page(all, size, a.cfg.PageSize, p.Marker)
	if !ok {
		return nil, "", fail("InvalidParameterValue", "Invalid marker: %s", p.Marker)
	}
	return part, next, nil
}

// rdsTag is a tag in RDS's requests and answers.
type rdsTag struct {
	Key   string `xml:"Key"`
	Value string `xml:"Value"`
}

func (rdsTag) element() string { return "Tag" }

func (t tags) rdsPairs() listOf[rdsTag] {
	list := listOf[rdsTag]{}
	for _, k := range slices.Sorted(maps.Keys(t)) {
		list = append(list, rdsTag{k, t[k]})
	}
	return list
}

func rdsTags(list []rdsTag) (tags, error) {
	t := tags{}
	for _, pair := range list {
		if pair.Key == "" || strings.HasPrefix(strings.ToLower(pair.Key), "aws:") || strings.HasPrefix(strings.ToLower(pair.Key), "rds:") {
			return nil, fail("InvalidParameterValue", "Tag keys must not be empty or start with 'aws:' or 'rds:': %s", pair.Key)
		}
		t[pair.Key] = pair.Value
	}
	return t, nil
}

// rdsSnapshot tells every object of the service.
func (a *Account) rdsSnapshot(put snapshotPut) error {
	return errors.Join(
		putAll("db-instance", a.rds.instances, put),
		putAll("db-subnet-group", a.rds.subnetGroups, put),
		putAll("db-parameter-group", a.rds.parameterGroups, put),
	)
}
