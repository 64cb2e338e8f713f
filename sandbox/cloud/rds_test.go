package cloud_test

import (
	"context"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/rds"
	"github.com/aws/aws-sdk-go-v2/service/rds/types"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"

	"podsg/sandbox/cloud"
)

// order is a request that succeeds, to be changed by a test.
func order() *rds.CreateDBInstanceInput {
	return &rds.CreateDBInstanceInput{
		DBInstanceIdentifier: aws.String("rds-workshop"), DBInstanceClass: aws.String("db.t4g.micro"), Engine: aws.String("postgres"),
		AllocatedStorage: aws.Int32(20), DBName: aws.String("workshop"), MasterUsername: aws.String("workshop"),
		MasterUserPassword: aws.String("long-enough"), DBSubnetGroupName: aws.String("rds-workshop"), PubliclyAccessible: aws.Bool(false),
		BackupRetentionPeriod: aws.Int32(1),
	}
}

func newRDSWorld(t *testing.T) *world {
	w := newWorld(t, cloud.Config{})
	check(t, w.AddDBSubnetGroup("rds-workshop", w.PrivateSubnets, nil))
	return w
}

// status is the status of the instance and its endpoint's name, or two empty texts.
func (w *world) status(t *testing.T) (status, host string) {
	t.Helper()
	out, err := w.rds.DescribeDBInstances(context.Background(), &rds.DescribeDBInstancesInput{DBInstanceIdentifier: aws.String("rds-workshop")})
	if code(err) == "DBInstanceNotFound" || code(err) == "DBInstanceNotFoundFault" {
		return "", ""
	}
	check(t, err)
	if e := out.DBInstances[0].Endpoint; e != nil {
		host = *e.Address
	}
	return *out.DBInstances[0].DBInstanceStatus, host
}

// until lets the world's time pass, step by step, until the database has a status.
func (w *world) until(t *testing.T, want string) {
	t.Helper()
	eventually(t, "the database is "+want, func() bool {
		status, _ := w.status(t)
		if status != want {
			w.clock.Step(15 * time.Second)
		}
		return status == want
	})
}

func TestADatabaseIsCreatedUsedAndDeletedOverTime(t *testing.T) {
	w := newRDSWorld(t)
	ctx := context.Background()
	var mu sync.Mutex
	var events []cloud.DatabaseEvent
	w.OnDatabase(func(e cloud.DatabaseEvent) {
		mu.Lock()
		defer mu.Unlock()
		events = append(events, e)
		w.LookupHost(e.Host) // a callback may call the account
	})
	group := w.createGroup(t, "RDS_SG")
	in := order()
	in.VpcSecurityGroupIds = []string{group}
	try(w.rds.CreateDBInstance(ctx, in))(t)
	if status, host := w.status(t); status != "creating" || host != "" {
		t.Errorf("a new database is %s with endpoint %q", status, host)
	}
	w.until(t, "backing-up")
	w.until(t, "available")
	_, host := w.status(t)
	ip, ok := w.LookupHost(host)
	if !ok || !ip.Is4() {
		t.Errorf("%q does not resolve", host)
	}

	try(w.rds.ModifyDBInstance(ctx, &rds.ModifyDBInstanceInput{
		DBInstanceIdentifier: in.DBInstanceIdentifier, MasterUserPassword: aws.String("another-one"), ApplyImmediately: aws.Bool(true),
	}))(t)
	_, err := w.rds.ModifyDBInstance(ctx, &rds.ModifyDBInstanceInput{DBInstanceIdentifier: in.DBInstanceIdentifier, MasterUserPassword: aws.String("a-third-one")})
	wantCode(t, err, "InvalidDBInstanceState")
	w.until(t, "available")

	_, err = w.rds.DeleteDBInstance(ctx, &rds.DeleteDBInstanceInput{DBInstanceIdentifier: in.DBInstanceIdentifier})
	wantCode(t, err, "InvalidParameterCombination") // the final snapshot must be decided on
	try(w.rds.DeleteDBInstance(ctx, &rds.DeleteDBInstanceInput{
		DBInstanceIdentifier: in.DBInstanceIdentifier, SkipFinalSnapshot: aws.Bool(true), DeleteAutomatedBackups: aws.Bool(true),
	}))(t)
	_, err = w.ec2.DeleteSecurityGroup(ctx, &ec2.DeleteSecurityGroupInput{GroupId: &group})
	wantCode(t, err, "DependencyViolation")
	_, err = w.rds.DeleteDBSubnetGroup(ctx, &rds.DeleteDBSubnetGroupInput{DBSubnetGroupName: in.DBSubnetGroupName})
	wantCode(t, err, "InvalidDBSubnetGroupStateFault")
	w.until(t, "")
	try(w.ec2.DeleteSecurityGroup(ctx, &ec2.DeleteSecurityGroupInput{GroupId: &group}))(t)
	try(w.rds.DeleteDBSubnetGroup(ctx, &rds.DeleteDBSubnetGroupInput{DBSubnetGroupName: in.DBSubnetGroupName}))(t)

	mu.Lock()
	defer mu.Unlock()
	var got []string
	for _, e := range events {
		got = append(got, e.Status+" "+e.Password)
		if !e.ForceSSL || e.Address != ip || e.Host != host || e.Username != "workshop" || e.DBName != "workshop" {
			t.Errorf("event %+v", e)
		}
	}
	want := "creating long-enough,backing-up long-enough,available long-enough,resetting-master-credentials another-one," +
		"available another-one,deleting another-one,deleted another-one"
	if strings.Join(got, ",") != want {
		t.Errorf("events %s, want %s", strings.Join(got, ","), want)
	}
}

func TestADatabaseIsRefusedAsRDSRefuses(t *testing.T) {
	w := newRDSWorld(t)
	try(w.AddDatabase(cloud.DatabaseSpec{Identifier: "taken", SubnetGroup: "rds-workshop", Username: "app", Password: "long-enough"}))(t)
	otherVPC := try(w.AddVPC(cloud.VPCSpec{CIDR: "10.9.0.0/16"}))(t)
	stranger := try(w.AddSecurityGroup(otherVPC, "stranger", "x", nil))(t)
	tests := map[string]struct {
		change func(in *rds.CreateDBInstanceInput)
		code   string
		text   string
	}{
		"an identifier in use":       {func(in *rds.CreateDBInstanceInput) { in.DBInstanceIdentifier = aws.String("Taken") }, "DBInstanceAlreadyExists", ""},
		"a malformed identifier":     {func(in *rds.CreateDBInstanceInput) { in.DBInstanceIdentifier = aws.String("a--b") }, "InvalidParameterValue", "not a valid identifier"},
		"a password with a slash":    {func(in *rds.CreateDBInstanceInput) { in.MasterUserPassword = aws.String("long/enough") }, "InvalidParameterValue", "Only printable ASCII"},
		"a password with an at sign": {func(in *rds.CreateDBInstanceInput) { in.MasterUserPassword = aws.String("long@enough") }, "InvalidParameterValue", "Only printable ASCII"},
		"a password with a quote":    {func(in *rds.CreateDBInstanceInput) { in.MasterUserPassword = aws.String(`long"enough`) }, "InvalidParameterValue", "Only printable ASCII"},
		"a password with a space":    {func(in *rds.CreateDBInstanceInput) { in.MasterUserPassword = aws.String("long enough") }, "InvalidParameterValue", "Only printable ASCII"},
		"a short password":           {func(in *rds.CreateDBInstanceInput) { in.MasterUserPassword = aws.String("1234567") }, "InvalidParameterValue", "shorter than 8"},
		"a long password":            {func(in *rds.CreateDBInstanceInput) { in.MasterUserPassword = aws.String(strings.Repeat("a", 129)) }, "InvalidParameterValue", "longer than 128"},
		"a reserved user name":       {func(in *rds.CreateDBInstanceInput) { in.MasterUsername = aws.String("admin") }, "InvalidParameterValue", "reserved word"},
		"an illegal user name":       {func(in *rds.CreateDBInstanceInput) { in.MasterUsername = aws.String("1st") }, "InvalidParameterValue", "begin with a letter"},
		"an unknown engine version":  {func(in *rds.CreateDBInstanceInput) { in.EngineVersion = aws.String("9") }, "InvalidParameterCombination", "Cannot find version 9 for postgres"},
		"a class not for the version": {func(in *rds.CreateDBInstanceInput) {
			in.EngineVersion, in.DBInstanceClass = aws.String("18"), aws.String("db.t3.micro")
		}, "InvalidParameterCombination", "DBInstanceClass=db.t3.micro, Engine=postgres"},
		"an unknown class":                    {func(in *rds.CreateDBInstanceInput) { in.DBInstanceClass = aws.String("t3.micro") }, "InvalidParameterValue", "Invalid DB Instance class"},
		"an unknown subnet group":             {func(in *rds.CreateDBInstanceInput) { in.DBSubnetGroupName = aws.String("none") }, "DBSubnetGroupNotFoundFault", ""},
		"an unknown security group":           {func(in *rds.CreateDBInstanceInput) { in.VpcSecurityGroupIds = []string{"sg-00000000000000000"} }, "InvalidParameterValue", "Invalid security group"},
		"a group of another VPC":              {func(in *rds.CreateDBInstanceInput) { in.VpcSecurityGroupIds = []string{stranger} }, "InvalidParameterCombination", "in different VPCs"},
		"too little storage":                  {func(in *rds.CreateDBInstanceInput) { in.AllocatedStorage = aws.Int32(5) }, "InvalidParameterCombination", "Invalid storage size"},
		"a parameter group of another family": {func(in *rds.CreateDBInstanceInput) { in.DBParameterGroupName = aws.String("default.postgres14") }, "InvalidParameterCombination", "postgres14"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			in := order()
			test.change(in)
			_, err := w.rds.CreateDBInstance(context.Background(), in)
			wantCode(t, err, test.code)
			if err != nil && !strings.Contains(err.Error(), test.text) {
				t.Errorf("error %v does not say %q", err, test.text)
			}
		})
	}
}

func TestASubnetGroupNeedsTwoZonesOfOneVPC(t *testing.T) {
	w := newRDSWorld(t)
	create := func(name string, subnets ...string) error {
		_, err := w.rds.CreateDBSubnetGroup(context.Background(), &rds.CreateDBSubnetGroupInput{
			DBSubnetGroupName: &name, DBSubnetGroupDescription: &name, SubnetIds: subnets,
		})
		return err
	}
	otherVPC := try(w.AddVPC(cloud.VPCSpec{CIDR: "10.9.0.0/16"}))(t)
	other := try(w.AddSubnet(cloud.SubnetSpec{VPC: otherVPC, CIDR: "10.9.0.0/24", Zone: "b"}))(t)
	wantCode(t, create("one-zone", w.PrivateSubnets[0], w.PublicSubnets[0]), "DBSubnetGroupDoesNotCoverEnoughAZs")
	wantCode(t, create("two-vpcs", w.PrivateSubnets[0], other), "InvalidSubnet")
	wantCode(t, create("unknown", w.PrivateSubnets[0], "subnet-0123"), "InvalidSubnet")
	wantCode(t, create("rds-workshop", w.PrivateSubnets...), "DBSubnetGroupAlreadyExists")
	check(t, create("fine", w.PrivateSubnets[:2]...))
	out := try(w.rds.DescribeDBSubnetGroups(context.Background(), &rds.DescribeDBSubnetGroupsInput{DBSubnetGroupName: aws.String("fine")}))(t)
	if g := out.DBSubnetGroups[0]; *g.VpcId != w.VPC || len(g.Subnets) != 2 || *g.Subnets[1].SubnetAvailabilityZone.Name != "us-west-2b" {
		t.Errorf("subnet group %+v", g)
	}
}

func TestADatabaseIsPublicByDefaultWhereItCanBe(t *testing.T) {
	w := newRDSWorld(t)
	in := order()
	in.PubliclyAccessible = nil
	if out := try(w.rds.CreateDBInstance(context.Background(), in))(t); !*out.DBInstance.PubliclyAccessible {
		t.Error("in a VPC with an internet gateway the default is private")
	}
	check(t, w.SetVPCDNS(w.VPC, true, false))
	in = order()
	in.DBInstanceIdentifier, in.PubliclyAccessible = aws.String("second"), aws.Bool(true)
	_, err := w.rds.CreateDBInstance(context.Background(), in)
	wantCode(t, err, "InvalidVPCNetworkStateFault")
	lonely := try(w.AddVPC(cloud.VPCSpec{CIDR: "10.9.0.0/16"}))(t)
	var subnets []string
	for i, zone := range []string{"a", "b"} {
		subnets = append(subnets, try(w.AddSubnet(cloud.SubnetSpec{VPC: lonely, CIDR: []string{"10.9.0.0/24", "10.9.1.0/24"}[i], Zone: zone}))(t))
	}
	check(t, w.AddDBSubnetGroup("lonely", subnets, nil))
	in = order()
	in.DBInstanceIdentifier, in.PubliclyAccessible, in.DBSubnetGroupName = aws.String("third"), nil, aws.String("lonely")
	if out := try(w.rds.CreateDBInstance(context.Background(), in))(t); *out.DBInstance.PubliclyAccessible {
		t.Error("in a VPC without an internet gateway the default is public")
	}
}

func TestOptionsVersionsAndParametersAreTold(t *testing.T) {
	w := newRDSWorld(t)
	ctx := context.Background()
	w.OfferDBClasses("db.m7g.large")
	options := try(w.rds.DescribeOrderableDBInstanceOptions(ctx, &rds.DescribeOrderableDBInstanceOptionsInput{
		Engine: aws.String("postgres"), EngineVersion: aws.String("17.7"), Vpc: aws.Bool(true),
	}))(t).OrderableDBInstanceOptions
	if len(options) != 2 || *options[0].DBInstanceClass != "db.m7g.large" || len(options[0].AvailabilityZones) != 3 {
		t.Errorf("options %+v", options)
	}
	for version, want := range map[string]string{"14": "0", "15": "1", "17": "1"} {
		group := "default.postgres" + version
		parameters := try(w.rds.DescribeDBParameters(ctx, &rds.DescribeDBParametersInput{DBParameterGroupName: &group}))(t).Parameters
		got := ""
		for _, p := range parameters {
			if *p.ParameterName == "rds.force_ssl" {
				got = *p.ParameterValue
			}
		}
		if got != want {
			t.Errorf("rds.force_ssl of %s is %q, want %q", group, got, want)
		}
	}
	versions := try(w.rds.DescribeDBEngineVersions(ctx, &rds.DescribeDBEngineVersionsInput{Engine: aws.String("postgres"), DefaultOnly: aws.Bool(true)}))(t)
	if len(versions.DBEngineVersions) != 1 || *versions.DBEngineVersions[0].EngineVersion != "17.7" {
		t.Errorf("default version %+v", versions.DBEngineVersions)
	}
	_, err := w.rds.DescribeDBParameters(ctx, &rds.DescribeDBParametersInput{DBParameterGroupName: aws.String("none")})
	wantCode(t, err, "DBParameterGroupNotFound")
}

func TestRDSTagsAreKeptByARN(t *testing.T) {
	w := newRDSWorld(t)
	ctx := context.Background()
	arn := "arn:aws:rds:us-west-2:111122223333:subgrp:rds-workshop"
	try(w.rds.AddTagsToResource(ctx, &rds.AddTagsToResourceInput{
		ResourceName: &arn, Tags: []types.Tag{{Key: aws.String("a"), Value: aws.String("1")}, {Key: aws.String("b"), Value: aws.String("2")}},
	}))(t)
	try(w.rds.RemoveTagsFromResource(ctx, &rds.RemoveTagsFromResourceInput{ResourceName: &arn, TagKeys: []string{"a"}}))(t)
	left := try(w.rds.ListTagsForResource(ctx, &rds.ListTagsForResourceInput{ResourceName: &arn}))(t).TagList
	if len(left) != 1 || *left[0].Key != "b" {
		t.Errorf("tags %+v", left)
	}
}

func TestAManagedPasswordIsASecret(t *testing.T) {
	w := newRDSWorld(t)
	in := order()
	in.MasterUserPassword, in.ManageMasterUserPassword = nil, aws.Bool(true)
	out := try(w.rds.CreateDBInstance(context.Background(), in))(t)
	value := try(w.secrets.GetSecretValue(context.Background(), &secretsmanager.GetSecretValueInput{SecretId: out.DBInstance.MasterUserSecret.SecretArn}))(t)
	if !strings.Contains(*value.SecretString, `"username":"workshop"`) {
		t.Errorf("secret %s", *value.SecretString)
	}
	_, err := w.secrets.GetSecretValue(context.Background(), &secretsmanager.GetSecretValueInput{SecretId: aws.String("none")})
	wantCode(t, err, "ResourceNotFoundException")
}

func TestAStoppedDatabaseIsStartedOverTime(t *testing.T) {
	w := newRDSWorld(t)
	ctx := context.Background()
	_, err := w.AddDatabase(cloud.DatabaseSpec{Identifier: "rds-workshop", SubnetGroup: "rds-workshop", Username: "workshop", Password: "long-enough"})
	check(t, err)
	start := &rds.StartDBInstanceInput{DBInstanceIdentifier: aws.String("rds-workshop")}
	_, err = w.rds.StartDBInstance(ctx, start)
	wantCode(t, err, "InvalidDBInstanceState")
	check(t, w.SetDatabaseStatus("rds-workshop", "stopped"))
	out, err := w.rds.StartDBInstance(ctx, start)
	check(t, err)
	if got := *out.DBInstance.DBInstanceStatus; got != "starting" {
		t.Errorf("at first it is %s", got)
	}
	w.until(t, "available")
}

func TestAParameterOfAGroupOfOnesOwnIsSet(t *testing.T) {
	w := newRDSWorld(t)
	ctx := context.Background()
	w.AddDBParameterGroup("mine", "postgres17", map[string]string{"rds.force_ssl": "0"})
	change := func(group, parameter string) error {
		_, err := w.rds.ModifyDBParameterGroup(ctx, &rds.ModifyDBParameterGroupInput{DBParameterGroupName: &group, Parameters: []types.Parameter{
			{ParameterName: &parameter, ParameterValue: aws.String("1"), ApplyMethod: types.ApplyMethodImmediate},
		}})
		return err
	}
	wantCode(t, change("default.postgres17", "rds.force_ssl"), "InvalidParameterValue")
	wantCode(t, change("mine", "no_such_parameter"), "InvalidParameterValue")
	check(t, change("mine", "rds.force_ssl"))
	out, err := w.rds.DescribeDBParameters(ctx, &rds.DescribeDBParametersInput{DBParameterGroupName: aws.String("mine"), Source: aws.String("user")})
	check(t, err)
	if len(out.Parameters) != 1 || *out.Parameters[0].ParameterValue != "1" {
		t.Errorf("the parameters: %+v", out.Parameters)
	}
}
