package database

import (
	"slices"
	"strings"
	"testing"

	"podsg/steps/check"
	"podsg/steps/intent"
	"podsg/steps/plan"
	"podsg/steps/world"
)

func TestADatabaseThatWillNotBecomeAvailableStopsSetup(t *testing.T) {
	t.Parallel()
	for status, want := range map[string]struct {
		command string
		cleanup bool // of podsg's own, cleanup is offered as another way
	}{
		"available": {}, "creating": {}, "modifying": {}, "backing-up": {}, "starting": {}, "rebooting": {}, "upgrading": {}, "maintenance": {},
		"deleting": {"db-instance-deleted", false}, "delete-precheck": {"db-instance-deleted", false},
		"stopped": {"start-db-instance", false}, "stopping": {"DBInstanceStatus", false},
		"storage-full": {"--allocated-storage", false}, "failed": {"describe-events", true}, "restore-error": {"describe-events", true},
		"insufficient-capacity": {"describe-events", true}, "incompatible-network": {"describe-subnets --subnet-ids subnet-a subnet-b", false},
		"incompatible-parameters": {"reboot-db-instance", false}, "incompatible-option-group": {"describe-events", true},
		"inaccessible-encryption-credentials":             {"describe-events", true},
		"inaccessible-encryption-credentials-recoverable": {"start-db-instance", false},
	} {
		for _, tags := range []map[string]string{world.OwnershipTags("workshop"), nil} {
			target := &intent.Target{Cluster: world.Cluster{Name: "workshop"}}
			target.DB.Existing = &world.Database{Identifier: "rds-workshop", Status: status, Tags: tags, SubnetIDs: []string{"subnet-a", "subnet-b"}}
			found := check.Run(Checks, &world.Snapshot{}, target)[0]
			if found.Blocking != (want.command != "") || found.Blocking != strings.Contains(found.Reason.String(), " is "+status+": ") {
				t.Errorf("%s: %+v", status, found)
			}
			if want.command != "" && (!strings.Contains(found.Fix.Command, want.command) || strings.Contains(found.Fix.Command, " ID") || found.Fix.Text.String() == "") {
				t.Errorf("%s: the fix is %+v", status, found.Fix)
			}
			if offered := found.Fix != nil && strings.Contains(found.Fix.Text.String(), "podsg cleanup"); offered != (want.cleanup && tags != nil) {
				t.Errorf("%s: the fix is %+v", status, found.Fix)
			}
		}
	}
}

func TestADatabaseWhoseSecretWasLostGetsTheNewPasswordOnceItIsAvailable(t *testing.T) {
	t.Parallel()
	for status, waits := range map[string]bool{"available": false, "creating": true, "modifying": true} {
		d := &world.Database{Identifier: "rds-workshop", Status: status, Tags: world.OwnershipTags("workshop")}
		if status != "creating" {
			d.Address = "rds-workshop.example"
		}
		target := &intent.Target{Cluster: world.Cluster{Name: "workshop"}, Namespace: "shop", SecretName: "rds", DBGroup: intent.IDRef("sg-db", "RDS_SG")}
		target.DB.Identifier, target.DB.Existing = d.Identifier, d
		p := &plan.Plan{}
		planDatabase(&world.Snapshot{}, target, p)
		change, _ := p.Change(plan.ChangeDatabase)
		reset, ok := change.Action.(ResetDatabasePassword)
		if !ok || reset.Wait != waits || !slices.Contains(change.Needs, plan.ChangePassword) {
			t.Errorf("%s: the change is %+v", status, change)
		}
		if shell := reset.Shell(); strings.Contains(shell[0], "wait") != waits {
			t.Errorf("%s: the commands are %q", status, shell)
		}
	}
}

func TestADatabaseIsUsableWhileRDSDoesWhatKeepsNobodyOut(t *testing.T) {
	t.Parallel()
	for status, want := range map[string]bool{
		"available": true, "backing-up": true, "storage-optimization": true, "storage-initialization": true,
		"creating": false, "modifying": false, "storage-config-upgrade": false, "storage-full": false, "stopped": false, "": false,
	} {
		if Usable(status) != want {
			t.Errorf("usable while %q: %t, want %t", status, !want, want)
		}
	}
}
