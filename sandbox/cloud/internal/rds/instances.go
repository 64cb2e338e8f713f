package rds

import (
	"maps"
	"slices"
	"strings"
	"time"

	"podsg/sandbox/cloud/internal/awserr"
	"podsg/sandbox/cloud/internal/wire"
)

type dbInstanceXML struct {
	Identifier         string                    `xml:"DBInstanceIdentifier"`
	Class              string                    `xml:"DBInstanceClass"`
	Engine             string                    `xml:"Engine"`
	Status             string                    `xml:"DBInstanceStatus"`
	MasterUsername     string                    `xml:"MasterUsername"`
	DBName             string                    `xml:"DBName,omitempty"`
	Endpoint           *endpointXML              `xml:"Endpoint"`
	AllocatedStorage   int                       `xml:"AllocatedStorage"`
	InstanceCreateTime *time.Time                `xml:"InstanceCreateTime"`
	BackupRetention    int                       `xml:"BackupRetentionPeriod"`
	VpcSecurityGroups  listOf[vpcGroupMember]    `xml:"VpcSecurityGroups"`
	ParameterGroups    listOf[parameterGroupUse] `xml:"DBParameterGroups"`
	AvailabilityZone   string                    `xml:"AvailabilityZone,omitempty"`
	SubnetGroup        subnetGroupXML            `xml:"DBSubnetGroup"`
	Pending            pendingXML                `xml:"PendingModifiedValues"`
	MultiAZ            bool                      `xml:"MultiAZ"`
	EngineVersion      string                    `xml:"EngineVersion"`
	AutoMinorUpgrade   bool                      `xml:"AutoMinorVersionUpgrade"`
	LicenseModel       string                    `xml:"LicenseModel"`
	Public             bool                      `xml:"PubliclyAccessible"`
	StorageType        string                    `xml:"StorageType"`
	DBInstancePort     int                       `xml:"DbInstancePort"`
	StorageEncrypted   bool                      `xml:"StorageEncrypted"`
	ResourceID         string                    `xml:"DbiResourceId"`
	CACertificate      string                    `xml:"CACertificateIdentifier"`
	Arn                string                    `xml:"DBInstanceArn"`
	IAMAuth            bool                      `xml:"IAMDatabaseAuthenticationEnabled"`
	DeletionProtection bool                      `xml:"DeletionProtection"`
	NetworkType        string                    `xml:"NetworkType"`
	Secret             *masterSecretXML          `xml:"MasterUserSecret"`
	TagList            listOf[tag]               `xml:"TagList"`
}

func (dbInstanceXML) element() string { return "DBInstance" }

type endpointXML struct {
	Address      string `xml:"Address"`
	Port         int    `xml:"Port"`
	HostedZoneID string `xml:"HostedZoneId"`
}

type vpcGroupMember struct {
	ID     string `xml:"VpcSecurityGroupId"`
	Status string `xml:"Status"`
}

func (vpcGroupMember) element() string { return "VpcSecurityGroupMembership" }

type parameterGroupUse struct {
	Name   string `xml:"DBParameterGroupName"`
	Status string `xml:"ParameterApplyStatus"`
}

func (parameterGroupUse) element() string { return "DBParameterGroup" }

type pendingXML struct {
	Password string `xml:"MasterUserPassword,omitempty"`
}

type masterSecretXML struct {
	Arn    string `xml:"SecretArn"`
	Status string `xml:"SecretStatus"`
}

func (a *State) dbInstanceXML(d *dbInstance) dbInstanceXML {
	x := dbInstanceXML{
		Identifier: d.Identifier, Class: d.Class, Engine: d.Engine, Status: d.Status, MasterUsername: d.MasterUsername, DBName: d.DBName,
		AllocatedStorage: d.StorageGiB, BackupRetention: d.BackupRetention, MultiAZ: d.MultiAZ, EngineVersion: d.EngineVersion,
		AutoMinorUpgrade: true, LicenseModel: "postgresql-license", Public: d.Public, StorageType: d.StorageType, StorageEncrypted: d.Encrypted,
		ResourceID: d.ResourceID, CACertificate: d.CA, Arn: a.dbARN(d.Identifier), DeletionProtection: d.DeletionProtection,
		NetworkType: "IPV4", TagList: rdsPairs(d.Tags), ParameterGroups: listOf[parameterGroupUse]{{d.ParameterGroup, "in-sync"}},
	}
	if g := a.subnetGroups[d.SubnetGroup]; g != nil {
		x.SubnetGroup = a.subnetGroupXML(g)
	}
	for _, id := range d.Groups {
		x.VpcSecurityGroups = append(x.VpcSecurityGroups, vpcGroupMember{id, "active"})
	}
	if d.EndpointKnown {
		x.Endpoint = &endpointXML{Address: a.dbHost(d), Port: d.Port, HostedZoneID: "Z1PVIF0B656C1W"}
		x.InstanceCreateTime, x.AvailabilityZone = &d.Created, d.Zone
	}
	if d.SecretARN != "" {
		x.Secret = &masterSecretXML{d.SecretARN, "active"}
	}
	return x
}

func (a *State) dbARN(identifier string) string { return a.ARN("rds", "db:"+identifier) }

type describeDBInstancesInput struct {
	paging
	Identifier string   `query:"DBInstanceIdentifier"`
	Filters    []filter `query:"Filters.Filter"`
}

func (in *describeDBInstancesInput) Resource(a *State) string {
	if in.Identifier == "" {
		return a.dbARN("*")
	}
	return a.dbARN(strings.ToLower(in.Identifier))
}

type describeDBInstancesOutput struct {
	Instances listOf[dbInstanceXML] `xml:"DBInstances"`
	Marker    string                `xml:"Marker,omitempty"`
}

func describeDBInstances(a *State, _ wire.Caller, in *describeDBInstancesInput) (*describeDBInstancesOutput, error) {
	known := map[string]func(*dbInstance) string{
		"db-instance-id":  func(d *dbInstance) string { return d.Identifier },
		"dbi-resource-id": func(d *dbInstance) string { return d.ResourceID },
		"engine":          func(d *dbInstance) string { return d.Engine },
		"db-cluster-id":   func(*dbInstance) string { return "" },
		"domain":          func(*dbInstance) string { return "" },
	}
	if in.Identifier != "" && a.instances[strings.ToLower(in.Identifier)] == nil {
		return nil, noDBInstance(in.Identifier)
	}
	var all []dbInstanceXML
	for _, f := range in.Filters {
		if known[f.Name] == nil {
			return nil, awserr.New("InvalidParameterValue", "Unrecognized filter name: %s", f.Name)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(a.instances)) {
		d := a.instances[name]
		ok, err := filtered(in.Filters, known, d)
		if err != nil {
			return nil, err
		}
		if ok && (in.Identifier == "" || name == strings.ToLower(in.Identifier)) {
			all = append(all, a.dbInstanceXML(d))
		}
	}
	list, next, err := page(a, all, in.paging)
	return &describeDBInstancesOutput{list, next}, err
}

func noDBInstance(identifier string) error {
	return awserr.WithStatus(404, "DBInstanceNotFound", "DBInstance %s not found.", strings.ToLower(identifier))
}

type dbInstanceOutput struct {
	Instance dbInstanceXML `xml:"DBInstance"`
}

// instanceInput is embedded in the inputs about one instance.
type instanceInput struct {
	Identifier string `query:"DBInstanceIdentifier,required"`
}

func (in *instanceInput) Resource(a *State) string { return a.dbARN(strings.ToLower(in.Identifier)) }

func (in *instanceInput) find(a *State) (*dbInstance, error) {
	if d := a.instances[strings.ToLower(in.Identifier)]; d != nil {
		return d, nil
	}
	return nil, noDBInstance(in.Identifier)
}

type modifyDBInstanceInput struct {
	instanceInput
	ApplyImmediately         bool     `query:"ApplyImmediately"`
	MasterUserPassword       *string  `query:"MasterUserPassword"`
	Groups                   []string `query:"VpcSecurityGroupIds.VpcSecurityGroupId"`
	Public                   *bool    `query:"PubliclyAccessible"`
	BackupRetention          *int     `query:"BackupRetentionPeriod"`
	DeletionProtection       *bool    `query:"DeletionProtection"`
	ParameterGroup           string   `query:"DBParameterGroupName"`
	ManageMasterUserPassword *bool    `query:"ManageMasterUserPassword"`
	RotateMasterUserPassword *bool    `query:"RotateMasterUserPassword"`
}

func modifyDBInstance(a *State, _ wire.Caller, in *modifyDBInstanceInput) (*dbInstanceOutput, error) {
	d, err := in.find(a)
	if err != nil {
		return nil, err
	}
	if d.Status != "available" {
		return nil, awserr.New("InvalidDBInstanceState", "Database instance is not in available state.")
	}
	if in.MasterUserPassword != nil {
		if d.SecretARN != "" {
			return nil, awserr.New("InvalidParameterCombination", "You can't specify MasterUserPassword for an instance with ManageMasterUserPassword enabled.")
		}
		if err := checkDBPassword(*in.MasterUserPassword); err != nil {
			return nil, err
		}
	}
	groups := d.Groups
	if len(in.Groups) > 0 {
		if groups, err = a.dbGroups(d.VPC, in.Groups); err != nil {
			return nil, err
		}
	}
	if in.Public != nil && *in.Public && !d.Public {
		if err := a.checkPublic(d.VPC); err != nil {
			return nil, err
		}
	}
	if in.ParameterGroup != "" && a.parameterGroup(in.ParameterGroup) == nil {
		return nil, noParameterGroup(in.ParameterGroup)
	}
	e := a.ec2.Interface(d.Interface)
	d.Groups, e.Groups = groups, append([]string{}, groups...)
	if in.Public != nil {
		a.setPublic(d, *in.Public)
	}
	if in.BackupRetention != nil {
		d.BackupRetention = *in.BackupRetention
	}
	if in.DeletionProtection != nil {
		d.DeletionProtection = *in.DeletionProtection
	}
	if in.ParameterGroup != "" {
		d.ParameterGroup = in.ParameterGroup
	}
	out := &dbInstanceOutput{a.dbInstanceXML(d)}
	status := "modifying"
	if in.MasterUserPassword != nil {
		// A password is changed at once, whatever ApplyImmediately says.
		status = "resetting-master-credentials"
		out.Instance.Pending.Password = "****"
		d.setPassword(*in.MasterUserPassword)
	}
	if in.MasterUserPassword != nil || len(in.Groups) > 0 || in.Public != nil || in.ParameterGroup != "" {
		a.passThrough(d, status, a.delays.DatabaseModify)
	}
	return out, nil
}

type deleteDBInstanceInput struct {
	instanceInput
	SkipFinalSnapshot      bool   `query:"SkipFinalSnapshot"`
	FinalSnapshot          string `query:"FinalDBSnapshotIdentifier"`
	DeleteAutomatedBackups *bool  `query:"DeleteAutomatedBackups"`
}

func deleteDBInstance(a *State, _ wire.Caller, in *deleteDBInstanceInput) (*dbInstanceOutput, error) {
	d, err := in.find(a)
	if err != nil {
		return nil, err
	}
	switch {
	case d.Status == "deleting":
		return nil, awserr.New("InvalidDBInstanceState", "Instance %s is already being deleted.", d.Identifier)
	case d.DeletionProtection:
		return nil, awserr.New("InvalidParameterCombination", "Cannot delete protected DB Instance, please disable deletion protection and try again.")
	case !in.SkipFinalSnapshot && in.FinalSnapshot == "":
		return nil, awserr.New("InvalidParameterCombination", "FinalDBSnapshotIdentifier is required unless SkipFinalSnapshot is specified.")
	case in.SkipFinalSnapshot && in.FinalSnapshot != "":
		return nil, awserr.New("InvalidParameterCombination", "FinalDBSnapshotIdentifier can not be specified when deleting with SkipFinalSnapshot.")
	case !in.SkipFinalSnapshot && d.Status == "creating":
		return nil, awserr.New("InvalidDBInstanceState", "Cannot create a snapshot because the database instance %s is not currently in the available state.", d.Identifier)
	}
	a.setDBStatus(d, "deleting")
	out := &dbInstanceOutput{a.dbInstanceXML(d)}
	a.After(a.delays.DatabaseDelete, func() {
		a.setDBStatus(d, "deleted")
		if e := a.ec2.Interface(d.Interface); e != nil {
			a.ec2.DropInterface(e)
		}
		a.secrets.DropSecret(d.SecretARN)
		delete(a.instances, d.Identifier)
	})
	return out, nil
}
