package aws

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"podsg/sandbox/cloud"
	"podsg/steps/plan"
	"podsg/steps/world"
)

func TestWhetherTLSIsDemandedIsReadOfEveryPostgreSQLDatabaseOfTheVPC(t *testing.T) {
	w := newWorld(t, worldOptions{})
	group := w.addDatabase(t)
	for i := range 3 {
		if _, err := w.account.AddDatabase(cloud.DatabaseSpec{
			Identifier: fmt.Sprintf("more-%d", i), SubnetGroup: "orders", Groups: []string{group}, DBName: "more", Username: "more", Password: "not-a-real-one-27",
		}); err != nil {
			t.Fatal(err)
		}
	}
	w.account.ForgetCalls()
	databases, err := w.client.databases(t.Context(), "rds-workshop", w.network.VPC)
	if err != nil || len(databases) != 4 {
		t.Fatalf("%d databases: %v", len(databases), err)
	}
	for _, d := range databases {
		if d.ForceSSL == nil || !*d.ForceSSL {
			t.Errorf("%s: rds.force_ssl = %v, want 1", d.Identifier, d.ForceSSL)
		}
	}
	reads := 0
	for _, call := range w.account.Calls() {
		if call.Action == "DescribeDBParameters" {
			reads++
		}
	}
	if reads != 1 {
		t.Errorf("one parameter group was read %d times", reads)
	}
}

func TestEachRefusalOfRDSToMakeADatabaseSaysWhatToDo(t *testing.T) {
	t.Parallel()
	private := plan.NewDatabase{Identifier: "rds-workshop", Class: "db.t4g.micro", SubnetGroup: "podsg-workshop"}
	public := private
	public.Public = true
	for name, x := range map[string]struct {
		code, message string
		database      plan.NewDatabase
		hint, command string // parts of them
	}{
		"no capacity":                 {"InsufficientDBInstanceCapacity", "", private, "another class", ""},
		"too many instances":          {"InstanceQuotaExceeded", "", private, "Service Quotas", "describe-account-attributes"},
		"too much storage":            {"StorageQuotaExceeded", "", private, "Service Quotas", ""},
		"subnets of one zone":         {"DBSubnetGroupDoesNotCoverEnoughAZs", "", private, "two availability zones", "describe-db-subnet-groups --db-subnet-group-name podsg-workshop"},
		"a VPC without room":          {"InvalidVPCNetworkStateFault", "", private, "no free address", "describe-db-subnet-groups"},
		"a VPC without a gateway":     {"InvalidVPCNetworkStateFault", "", public, "internet gateway", "describe-db-subnet-groups"},
		"a subnet that is gone":       {"InvalidSubnet", "", private, "is gone", "describe-db-subnet-groups"},
		"a key that is switched off":  {"KMSKeyNotAccessibleFault", "", private, "KMS key", "describe-key"},
		"a kind of storage":           {"StorageTypeNotSupported", "", private, "storage", "--db-instance-class db.t4g.micro"},
		"a class the region has not":  {"InvalidParameterCombination", "", private, "may not offer", "--db-instance-class db.t4g.micro"},
		"a user name that RDS keeps":  {"InvalidParameterValue", "MasterUsername admin cannot be used as it is a reserved word", private, "--db-user", ""},
		"another value that is wrong": {"InvalidParameterValue", "Invalid DB port", private, "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			client := answering(t, 400, "text/xml", queryError(x.code, x.message))
			var p *world.Problem
			if err := client.CreateDatabase(t.Context(), x.database, world.NewPassword("kept-to-itself")); !errors.As(err, &p) {
				t.Fatalf("error = %v, want a problem", err)
			}
			if (x.hint == "") != (p.Hint == "") || !strings.Contains(p.Hint, x.hint) || !strings.Contains(p.Command, x.command) {
				t.Errorf("hint = %q, command = %q", p.Hint, p.Command)
			}
			if p.Command != "" && !strings.Contains(p.Command, "--region us-west-2") {
				t.Errorf("the command is of no region: %q", p.Command)
			}
		})
	}
}

func TestEachRefusalOfRDSToMakeASubnetGroupSaysWhatToDo(t *testing.T) {
	t.Parallel()
	for code, hint := range map[string]string{
		"DBSubnetGroupDoesNotCoverEnoughAZs": "two availability zones", "DBSubnetGroupQuotaExceeded": "Service Quotas",
		"DBSubnetQuotaExceededFault": "Service Quotas", "InvalidSubnet": "run podsg again",
	} {
		client := answering(t, 400, "text/xml", queryError(code, ""))
		err := client.CreateDBSubnetGroup(t.Context(), plan.NewDBSubnetGroup{Name: "g", SubnetIDs: []string{"subnet-a"}})
		if got, _ := world.HintOf(err); !strings.Contains(got, hint) {
			t.Errorf("%s: hint = %q", code, got)
		}
	}
}
