package rds

import (
	"cmp"
	"encoding/json"
	"net/netip"
	"regexp"
	"slices"
	"strings"

	"podsg/sandbox/cloud/internal/awserr"
	"podsg/sandbox/cloud/internal/ec2"
	"podsg/sandbox/cloud/internal/wire"
)

type createDBInstanceInput struct {
	Identifier         string   `query:"DBInstanceIdentifier,required"`
	Class              string   `query:"DBInstanceClass,required"`
	Engine             string   `query:"Engine,required"`
	EngineVersion      string   `query:"EngineVersion"`
	AllocatedStorage   *int     `query:"AllocatedStorage"`
	StorageType        string   `query:"StorageType"`
	Encrypted          bool     `query:"StorageEncrypted"`
	DBName             string   `query:"DBName"`
	MasterUsername     string   `query:"MasterUsername"`
	MasterUserPassword *string  `query:"MasterUserPassword"`
	ManagePassword     bool     `query:"ManageMasterUserPassword"`
	Groups             []string `query:"VpcSecurityGroupIds.VpcSecurityGroupId"`
	SubnetGroup        string   `query:"DBSubnetGroupName"`
	Zone               string   `query:"AvailabilityZone"`
	Port               *int     `query:"Port"`
	Public             *bool    `query:"PubliclyAccessible"`
	BackupRetention    *int     `query:"BackupRetentionPeriod"`
	MultiAZ            bool     `query:"MultiAZ"`
	DeletionProtection bool     `query:"DeletionProtection"`
	ParameterGroup     string   `query:"DBParameterGroupName"`
	CA                 string   `query:"CACertificateIdentifier"`
	LicenseModel       string   `query:"LicenseModel"`
	Tags               []tag    `query:"Tags.Tag"`

	// Accepted; nothing in this account depends on them.
	AutoMinorVersionUpgrade   *bool  `query:"AutoMinorVersionUpgrade"`
	CopyTagsToSnapshot        *bool  `query:"CopyTagsToSnapshot"`
	EnablePerformanceInsights *bool  `query:"EnablePerformanceInsights"`
	EngineLifecycleSupport    string `query:"EngineLifecycleSupport"`
	MonitoringInterval        *int   `query:"MonitoringInterval"`
	NetworkType               string `query:"NetworkType"`
}

func (in *createDBInstanceInput) Resource(a *State) string {
	return a.dbARN(strings.ToLower(in.Identifier))
}

func createDBInstance(a *State, _ wire.Caller, in *createDBInstanceInput) (*dbInstanceOutput, error) {
	d, err := a.newDBInstance(in)
	if err != nil {
		return nil, err
	}
	a.setDBStatus(d, "creating")
	a.After(a.delays.DatabaseCreate, func() {
		if d.Status != "creating" {
			return
		}
		if d.BackupRetention == 0 {
			a.setDBStatus(d, "available")
			return
		}
		a.passThrough(d, "backing-up", a.delays.DatabaseBackup)
	})
	return &dbInstanceOutput{a.dbInstanceXML(d)}, nil
}

var (
	dbIdentifier = regexp.MustCompile(`^[a-zA-Z](-?[a-zA-Z0-9]){0,62}$`)
	dbUsername   = regexp.MustCompile(`^[a-zA-Z][a-zA-Z0-9_]{0,62}$`)
	dbClass      = regexp.MustCompile(`^db\.[a-z0-9-]+\.[a-z0-9]+$`)
)

// reservedUsernames are those that RDS for PostgreSQL keeps for itself, and
// words that PostgreSQL's grammar reserves.
var reservedUsernames = []string{
	"admin", "all", "analyse", "analyze", "authorization", "current_user", "default", "public", "rdsadmin", "rds_superuser",
	"rdsrepladmin", "rds_replication", "rdstopmgr", "select", "session_user", "table", "user",
}

// newDBInstance makes an instance and its network interface, with RDS's checks.
func (a *State) newDBInstance(in *createDBInstanceInput) (*dbInstance, error) {
	identifier := strings.ToLower(in.Identifier)
	if !dbIdentifier.MatchString(identifier) {
		return nil, awserr.New("InvalidParameterValue", "The parameter DBInstanceIdentifier is not a valid identifier. Identifiers must begin with "+
			"a letter; must contain only ASCII letters, digits, and hyphens; and must not end with a hyphen or contain two consecutive hyphens.")
	}
	if a.instances[identifier] != nil {
		return nil, awserr.New("DBInstanceAlreadyExists", "DB instance already exists")
	}
	if len(a.instances) >= cmp.Or(a.Quotas.DBInstances, 40) {
		return nil, awserr.New("InstanceQuotaExceeded", "You have reached the maximum number of DB instances. Request a quota increase to create more.")
	}
	if in.Engine != postgresEngine {
		return nil, awserr.New("InvalidParameterValue", "Invalid DB engine: %s", in.Engine)
	}
	version, err := a.engineVersion(in.EngineVersion)
	if err != nil {
		return nil, err
	}
	if err := a.checkOrderable(in.Class, version.Version); err != nil {
		return nil, err
	}
	if err := checkDBCredentials(in); err != nil {
		return nil, err
	}
	storage := cmp.Or(in.StorageType, "gp2")
	if in.AllocatedStorage == nil {
		return nil, awserr.MissingParameter("rds", "AllocatedStorage")
	}
	if *in.AllocatedStorage < 20 || *in.AllocatedStorage > 65536 {
		return nil, awserr.New("InvalidParameterCombination", "Invalid storage size for engine name postgres and storage type %s: %d", storage, *in.AllocatedStorage)
	}
	port := 5432
	if in.Port != nil {
		port = *in.Port
	}
	if port < 1150 || port > 65535 {
		return nil, awserr.New("InvalidParameterValue", "Invalid port number %d. It must be between 1150 and 65535.", port)
	}
	parameters := cmp.Or(in.ParameterGroup, "default."+version.Family)
	if g := a.parameterGroup(parameters); g == nil {
		return nil, noParameterGroup(parameters)
	} else if g.Family != version.Family {
		return nil, awserr.New("InvalidParameterCombination", "The parameter group %s with DBParameterGroupFamily %s can't be used for this instance. "+
			"Use a parameter group with DBParameterGroupFamily %s.", g.Name, g.Family, version.Family)
	}
	t, err := rdsTags(in.Tags)
	if err != nil {
		return nil, err
	}
	d := &dbInstance{
		Identifier: identifier, ResourceID: "db-" + strings.ToUpper(a.IDs.Hex(26)), Class: in.Class, Engine: in.Engine, EngineVersion: version.Version,
		MasterUsername: in.MasterUsername, DBName: in.DBName, Port: port, StorageGiB: *in.AllocatedStorage, StorageType: storage,
		Encrypted: in.Encrypted, MultiAZ: in.MultiAZ, DeletionProtection: in.DeletionProtection, BackupRetention: 1, ParameterGroup: parameters,
		CA: cmp.Or(in.CA, "rds-ca-rsa2048-g1"), Created: a.Now(), Tags: t,
	}
	if in.BackupRetention != nil {
		d.BackupRetention = *in.BackupRetention
	}
	if err := a.placeDBInstance(d, in); err != nil {
		return nil, err
	}
	if in.ManagePassword {
		d.setPassword(a.IDs.Hex(28))
		value, err := json.Marshal(map[string]string{"username": d.MasterUsername, "password": d.password})
		if err != nil {
			return nil, err
		}
		s := a.secrets.PutSecret("rds!db-"+a.IDs.UUID(), string(value), map[string]string{"aws:rds:primaryDBInstanceArn": a.dbARN(identifier)})
		s.OwningService, d.SecretARN = "rds", s.ARN
	} else {
		d.setPassword(*in.MasterUserPassword)
	}
	a.instances[identifier] = d
	return d, nil
}

func checkDBCredentials(in *createDBInstanceInput) error {
	switch {
	case in.MasterUsername == "":
		return awserr.MissingParameter("rds", "MasterUsername")
	case !dbUsername.MatchString(in.MasterUsername):
		return awserr.New("InvalidParameterValue", "The parameter MasterUsername must begin with a letter and contain only alphanumeric characters or underscores, "+
			"up to 63 of them.")
	case slices.Contains(reservedUsernames, strings.ToLower(in.MasterUsername)), strings.HasPrefix(strings.ToLower(in.MasterUsername), "pg_"):
		return awserr.New("InvalidParameterValue", "MasterUsername %s cannot be used as it is a reserved word used by the engine", in.MasterUsername)
	case in.DBName != "" && !dbUsername.MatchString(in.DBName):
		return awserr.New("InvalidParameterValue", "DBName must begin with a letter and contain only alphanumeric characters.")
	case in.ManagePassword && in.MasterUserPassword != nil:
		return awserr.New("InvalidParameterCombination", "You can't specify MasterUserPassword for an instance with ManageMasterUserPassword enabled.")
	case in.ManagePassword:
		return nil
	case in.MasterUserPassword == nil:
		return awserr.MissingParameter("rds", "MasterUserPassword")
	}
	return checkDBPassword(*in.MasterUserPassword)
}

// checkDBPassword applies the rules for a PostgreSQL master password.
func checkDBPassword(password string) error {
	const subject = "The parameter MasterUserPassword is not a valid password"
	switch {
	case len(password) < 8:
		return awserr.New("InvalidParameterValue", subject+" because it is shorter than 8 characters.")
	case len(password) > 128:
		return awserr.New("InvalidParameterValue", subject+" because it is longer than 128 characters.")
	case strings.ContainsFunc(password, func(r rune) bool { return r <= ' ' || r > '~' || strings.ContainsRune(`/@"`, r) }):
		return awserr.New("InvalidParameterValue", subject+`. Only printable ASCII characters besides '/', '@', '"', ' ' may be used.`)
	}
	return nil
}

// placeDBInstance puts an instance into a subnet of its group.
func (a *State) placeDBInstance(d *dbInstance, in *createDBInstanceInput) error {
	name := strings.ToLower(cmp.Or(in.SubnetGroup, "default"))
	g := a.subnetGroups[name]
	if g == nil {
		return noSubnetGroup(name)
	}
	d.SubnetGroup, d.VPC = name, g.VPC
	var err error
	if d.Groups, err = a.dbGroups(g.VPC, in.Groups); err != nil {
		return err
	}
	// Without a word from the caller an instance is public if its VPC can be.
	d.Public = a.ec2.VPC(g.VPC).InternetGateway != ""
	if in.Public != nil {
		d.Public = *in.Public
	}
	if d.Public {
		if err := a.checkPublic(g.VPC); err != nil {
			return err
		}
	}
	var choice []*ec2.Subnet
	for _, id := range g.Subnets {
		if s := a.ec2.Subnet(id); in.Zone == "" || s.Zone == in.Zone {
			choice = append(choice, s)
		}
	}
	if len(choice) == 0 {
		return awserr.New("InvalidVPCNetworkStateFault", "DB subnet group %s has no subnet in the Availability Zone %s.", name, in.Zone)
	}
	s := choice[a.IDs.Random.IntN(len(choice))]
	e, err := a.ec2.NewInterface(ec2.InterfaceInput{Subnet: s.ID, Groups: d.Groups, Description: "RDSNetworkInterface"})
	if err != nil {
		return awserr.New("InvalidVPCNetworkStateFault", "DB subnet group %s does not have enough free addresses in the Availability Zone %s.", name, s.Zone)
	}
	e.RequesterID, e.RequesterManaged = "amazon-rds", true
	a.ec2.AttachManaged(e, "eni-attach", "amazon-rds")
	d.Interface, d.Zone = e.ID, s.Zone
	a.setPublic(d, d.Public)
	return nil
}

// setPublic gives an instance's interface a public address or takes it.
func (a *State) setPublic(d *dbInstance, public bool) {
	e := a.ec2.Interface(d.Interface)
	d.Public, e.PublicIP = public, netip.Addr{}
	if public {
		e.PublicIP = a.ec2.PublicAddress()
	}
}

func (a *State) checkPublic(vpcID string) error {
	v := a.ec2.VPC(vpcID)
	switch {
	case v.InternetGateway == "":
		return awserr.New("InvalidVPCNetworkStateFault", "Cannot create a publicly accessible DBInstance. The specified VPC has no internet gateway attached."+
			"Update the VPC and then try again")
	case !v.DNSSupport || !v.DNSHostnames:
		return awserr.New("InvalidVPCNetworkStateFault", "Cannot create a publicly accessible DBInstance. The specified VPC does not support DNS resolution, "+
			"DNS hostnames, or both. Update the VPC and then try again")
	}
	return nil
}

// dbGroups checks the security groups for an instance in a VPC; none means the
// VPC's default group.
func (a *State) dbGroups(vpcID string, ids []string) ([]string, error) {
	for _, id := range ids {
		g := a.ec2.SecurityGroup(id)
		if g == nil {
			return nil, awserr.New("InvalidParameterValue", "Invalid security group , groupId= %s, groupName=.", id)
		}
		if !a.ec2.GroupServes(g, vpcID) {
			return nil, awserr.New("InvalidParameterCombination", "The DB instance and EC2 security group are in different VPCs. The DB instance is in %s "+
				"and the EC2 security group is in %s", vpcID, g.VPC)
		}
	}
	return a.ec2.InterfaceGroups(vpcID, ids)
}
