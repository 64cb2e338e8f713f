package rds

import (
	"slices"
	"strings"

	"podsg/sandbox/cloud/internal/awserr"
	"podsg/sandbox/cloud/internal/wire"
)

const postgresEngine = "postgres"

// engineVersion is a version of PostgreSQL that RDS offers.
type engineVersion struct {
	Version string
	Family  string
	Default bool // of its major version
}

// engineVersions are what RDS offers here, oldest first.
func engineVersions() []engineVersion {
	return []engineVersion{
		{"14.20", "postgres14", true},
		{"15.13", "postgres15", false}, {"15.15", "postgres15", true},
		{"16.9", "postgres16", false}, {"16.11", "postgres16", true},
		{"17.5", "postgres17", false}, {"17.7", "postgres17", true},
		{"18.2", "postgres18", true},
	}
}

// defaultMajor is the major version that an instance gets if none is asked for.
const defaultMajor = "17"

// engineVersion resolves an exact version, a major one or none.
func (a *State) engineVersion(text string) (engineVersion, error) {
	if text == "" {
		text = defaultMajor
	}
	for _, v := range engineVersions() {
		major, _, _ := strings.Cut(v.Version, ".")
		if v.Version == text || major == text && v.Default {
			return v, nil
		}
	}
	return engineVersion{}, awserr.New("InvalidParameterCombination", "Cannot find version %s for %s", text, postgresEngine)
}

// dbClasses are the instance classes that RDS for PostgreSQL offers here. The
// older burstable ones are not for the newest major version.
func (a *State) dbClasses(version string) []string {
	if a.classes != nil {
		return a.classes
	}
	list := []string{
		"db.m5.large", "db.m6g.large", "db.m6i.large", "db.m7g.large", "db.r6g.large", "db.r7g.large",
		"db.t4g.large", "db.t4g.medium", "db.t4g.micro", "db.t4g.small",
	}
	if !strings.HasPrefix(version, "18.") {
		list = append(list, "db.t3.large", "db.t3.medium", "db.t3.micro", "db.t3.small")
	}
	slices.Sort(list)
	return list
}

// OfferDBClasses makes these the only DB instance classes of the region.
func (a *Service) OfferDBClasses(classes ...string) {
	a.state.Lock()
	defer a.state.Unlock()
	a.state.classes = classes
}

func (a *State) checkOrderable(class, version string) error {
	if !dbClass.MatchString(class) {
		return awserr.New("InvalidParameterValue", "Invalid DB Instance class: %s", class)
	}
	if !slices.Contains(a.dbClasses(version), class) {
		return awserr.New("InvalidParameterCombination", "RDS does not support creating a DB instance with the following combination: DBInstanceClass=%s, "+
			"Engine=%s, EngineVersion=%s, LicenseModel=postgresql-license. For supported combinations of instance class and database engine version, "+
			"see the documentation.", class, postgresEngine, version)
	}
	return nil
}

type engineVersionsInput struct {
	paging
	Engine                     string   `query:"Engine"`
	EngineVersion              string   `query:"EngineVersion"`
	Family                     string   `query:"DBParameterGroupFamily"`
	DefaultOnly                bool     `query:"DefaultOnly"`
	IncludeAll                 *bool    `query:"IncludeAll"`
	ListSupportedCharacterSets *bool    `query:"ListSupportedCharacterSets"`
	ListSupportedTimezones     *bool    `query:"ListSupportedTimezones"`
	Filters                    []filter `query:"Filters.Filter"`
}

type engineVersionsOutput struct {
	Versions listOf[engineVersionXML] `xml:"DBEngineVersions"`
	Marker   string                   `xml:"Marker,omitempty"`
}

type engineVersionXML struct {
	Engine      string `xml:"Engine"`
	Major       string `xml:"MajorEngineVersion"`
	Version     string `xml:"EngineVersion"`
	Family      string `xml:"DBParameterGroupFamily"`
	Description string `xml:"DBEngineDescription"`
	VersionText string `xml:"DBEngineVersionDescription"`
	Status      string `xml:"Status"`
}

func (engineVersionXML) element() string { return "DBEngineVersion" }

func describeDBEngineVersions(a *State, _ wire.Caller, in *engineVersionsInput) (*engineVersionsOutput, error) {
	known := map[string]func(engineVersionXML) string{
		"engine":                    func(v engineVersionXML) string { return v.Engine },
		"engine-version":            func(v engineVersionXML) string { return v.Version },
		"db-parameter-group-family": func(v engineVersionXML) string { return v.Family },
		"status":                    func(v engineVersionXML) string { return v.Status },
	}
	var all []engineVersionXML
	for _, v := range engineVersions() {
		major, _, _ := strings.Cut(v.Version, ".")
		x := engineVersionXML{
			Engine: postgresEngine, Major: major, Version: v.Version, Family: v.Family, Description: "PostgreSQL",
			VersionText: "PostgreSQL " + v.Version + "-R1", Status: "available",
		}
		wanted := in.EngineVersion == "" || in.EngineVersion == v.Version || in.EngineVersion == major
		if in.DefaultOnly {
			wanted = wanted && v.Default && (in.EngineVersion != "" || major == defaultMajor)
		}
		if !wanted || in.Engine != "" && in.Engine != postgresEngine || in.Family != "" && in.Family != v.Family {
			continue
		}
		ok, err := filtered(in.Filters, known, x)
		if err != nil {
			return nil, err
		}
		if ok {
			all = append(all, x)
		}
	}
	list, next, err := page(a, all, in.paging)
	return &engineVersionsOutput{list, next}, err
}

type orderableInput struct {
	paging
	Engine        string   `query:"Engine,required"`
	EngineVersion string   `query:"EngineVersion"`
	Class         string   `query:"DBInstanceClass"`
	LicenseModel  string   `query:"LicenseModel"`
	Vpc           *bool    `query:"Vpc"`
	ZoneGroup     string   `query:"AvailabilityZoneGroup"`
	Filters       []filter `query:"Filters.Filter"`
}

type orderableOutput struct {
	Options listOf[orderableXML] `xml:"OrderableDBInstanceOptions"`
	Marker  string               `xml:"Marker,omitempty"`
}

type orderableXML struct {
	Engine             string         `xml:"Engine"`
	EngineVersion      string         `xml:"EngineVersion"`
	Class              string         `xml:"DBInstanceClass"`
	LicenseModel       string         `xml:"LicenseModel"`
	Zones              listOf[dbZone] `xml:"AvailabilityZones"`
	MultiAZCapable     bool           `xml:"MultiAZCapable"`
	Vpc                bool           `xml:"Vpc"`
	SupportsEncryption bool           `xml:"SupportsStorageEncryption"`
	StorageType        string         `xml:"StorageType"`
	MinStorageSize     int            `xml:"MinStorageSize"`
	MaxStorageSize     int            `xml:"MaxStorageSize"`
	SupportsIAM        bool           `xml:"SupportsIAMDatabaseAuthentication"`
}

func (orderableXML) element() string { return "OrderableDBInstanceOption" }

type dbZone struct {
	Name string `xml:"Name"`
}

func (dbZone) element() string { return "AvailabilityZone" }

func describeOrderableDBInstanceOptions(a *State, _ wire.Caller, in *orderableInput) (*orderableOutput, error) {
	if len(in.Filters) > 0 {
		return nil, awserr.New("InvalidParameterValue", "Unrecognized filter name: %s", in.Filters[0].Name)
	}
	var zones listOf[dbZone]
	for _, letter := range []string{"a", "b", "c"} {
		zones = append(zones, dbZone{a.Region + letter})
	}
	var all []orderableXML
	for _, v := range engineVersions() {
		for _, class := range a.dbClasses(v.Version) {
			if in.Engine != postgresEngine || in.EngineVersion != "" && in.EngineVersion != v.Version || in.Class != "" && in.Class != class ||
				in.LicenseModel != "" && in.LicenseModel != "postgresql-license" || in.Vpc != nil && !*in.Vpc {
				continue
			}
			for _, storage := range []string{"gp2", "gp3"} {
				all = append(all, orderableXML{
					Engine: postgresEngine, EngineVersion: v.Version, Class: class, LicenseModel: "postgresql-license", Zones: zones,
					MultiAZCapable: true, Vpc: true, SupportsEncryption: true, StorageType: storage, MinStorageSize: 20, MaxStorageSize: 65536, SupportsIAM: true,
				})
			}
		}
	}
	list, next, err := pageUpTo(a, 1000, all, in.paging)
	return &orderableOutput{list, next}, err
}
