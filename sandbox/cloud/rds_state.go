package cloud

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
)

// rdsState is everything of RDS in the account. The account's lock is held
// while its methods run.
type rdsState struct {
	*base
	ec2             *ec2State
	secrets         *secretsState
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

// rdsService is RDS as scenarios and servers use it: its methods take the
// account's lock.
type rdsService struct{ state *rdsState }

func newRDSService(state *rdsState) *rdsService { return &rdsService{state} }

// newRDSState has no databases.
func newRDSState(b *base, ec2 *ec2State, secrets *secretsState, d Delays) *rdsState {
	d.DatabaseCreate = cmp.Or(d.DatabaseCreate, 5*time.Minute)
	d.DatabaseBackup = cmp.Or(d.DatabaseBackup, time.Minute)
	d.DatabaseModify = cmp.Or(d.DatabaseModify, 30*time.Second)
	d.DatabaseDelete = cmp.Or(d.DatabaseDelete, 5*time.Minute)
	return &rdsState{base: b, ec2: ec2, secrets: secrets, delays: d, instances: map[string]*dbInstance{}, subnetGroups: map[string]*dbSubnetGroup{}, parameterGroups: map[string]*dbParameterGroup{}}
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
func (a *rdsService) OnDatabase(f func(DatabaseEvent)) {
	a.state.lock()
	defer a.state.unlock()
	a.state.onDatabase = append(a.state.onDatabase, f)
	for _, name := range slices.Sorted(maps.Keys(a.state.instances)) {
		event := a.state.databaseEvent(a.state.instances[name])
		a.state.notify(func() { f(event) })
	}
}

func (a *rdsState) setDBStatus(d *dbInstance, status string) {
	d.Status = status
	d.EndpointKnown = d.EndpointKnown || status == "available"
	event := a.databaseEvent(d)
	for _, f := range a.onDatabase {
		a.notify(func() { f(event) })
	}
}

func (a *rdsState) databaseEvent(d *dbInstance) DatabaseEvent {
	event := DatabaseEvent{
		Identifier: d.Identifier, Host: a.dbHost(d), Port: d.Port, DBName: d.DBName, Username: d.MasterUsername, Password: d.password,
		Engine: d.Engine, EngineVersion: d.EngineVersion, ForceSSL: a.parameter(d.ParameterGroup, "rds.force_ssl") == "1", Status: d.Status,
	}
	if e := a.ec2.networkInterfaceByID(d.Interface); e != nil {
		event.Address = e.PrivateIP
	}
	return event
}

// dbHost is the name of an instance's endpoint. In China the region comes
// after the service.
func (a *rdsState) dbHost(d *dbInstance) string {
	if a.endpointHash == "" {
		a.endpointHash = "c" + a.IDs.hex(11)
	}
	host := d.Identifier + "." + a.endpointHash + "."
	if a.partition == "aws-cn" {
		return host + "rds." + a.region + "." + a.dnsSuffix()
	}
	return host + a.region + ".rds." + a.dnsSuffix()
}

// LookupHost resolves the name of a database's endpoint as the VPC's resolver
// does: to the private address.
func (a *rdsService) LookupHost(name string) (netip.Addr, bool) {
	return a.lookup(name, func(e *networkInterface) netip.Addr { return e.PrivateIP })
}

// LookupPublicHost resolves it as the internet does: to the public address, if
// the database has one, else to the private one.
func (a *rdsService) LookupPublicHost(name string) (netip.Addr, bool) {
	return a.lookup(name, func(e *networkInterface) netip.Addr {
		if e.PublicIP.IsValid() {
			return e.PublicIP
		}
		return e.PrivateIP
	})
}

func (a *rdsService) lookup(name string, address func(*networkInterface) netip.Addr) (netip.Addr, bool) {
	a.state.lock()
	defer a.state.unlock()
	name = strings.ToLower(strings.TrimSuffix(name, "."))
	for _, d := range a.state.instances {
		if e := a.state.ec2.networkInterfaceByID(d.Interface); e != nil && a.state.dbHost(d) == name {
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

func rdsPage[T any](a *rdsState, all []T, p rdsPaging) ([]T, string, error) {
	return rdsPageUpTo(a, 100, all, p)
}

// rdsPageUpTo is rdsPage of a listing with larger pages.
func rdsPageUpTo[T any](a *rdsState, largest int, all []T, p rdsPaging) ([]T, string, error) {
	size := 100
	if p.MaxRecords != nil {
		size = *p.MaxRecords
		if size < 20 || size > largest {
			return nil, "", fail("InvalidParameterValue", "Invalid value %d for MaxRecords. Must be between 20 and %d", size, largest)
		}
	}
	part, next, ok := page(all, size, a.pageSize, p.Marker)
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
func (a *rdsState) rdsSnapshot(put snapshotPut) error {
	return errors.Join(
		putAll("db-instance", a.instances, put),
		putAll("db-subnet-group", a.subnetGroups, put),
		putAll("db-parameter-group", a.parameterGroups, put),
	)
}
