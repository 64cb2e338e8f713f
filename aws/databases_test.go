package aws

import (
	"fmt"
	"testing"

	"podsg/sandbox/cloud"
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
