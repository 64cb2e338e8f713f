package steps

import (
	"slices"
	"strings"
	"testing"
)

func TestADatabaseThatWillNotBecomeAvailableStopsSetup(t *testing.T) {
	t.Parallel()
	for status, command := range map[string]string{
		"available": "", "creating": "", "modifying": "", "backing-up": "", "starting": "", "rebooting": "", "upgrading": "", "maintenance": "",
		"deleting": "db-instance-deleted", "stopped": "start-db-instance", "stopping": "DBInstanceStatus",
		"failed": "describe-events", "storage-full": "describe-events", "incompatible-network": "describe-events",
		"inaccessible-encryption-credentials": "describe-events", "insufficient-capacity": "describe-events",
	} {
		for _, tags := range []map[string]string{OwnershipTags("workshop"), nil} {
			target := &Target{Cluster: Cluster{Name: "workshop"}}
			target.DB.Existing = &Database{Identifier: "rds-workshop", Status: status, Tags: tags}
			found := checkDatabase(&Snapshot{}, target)[0]
			if found.Blocking != (command != "") {
				t.Errorf("%s: %+v", status, found)
			}
			if command != "" && !strings.Contains(found.Fix.Command, command) {
				t.Errorf("%s: the command is %q", status, found.Fix.Command)
			}
			if removes := command == "describe-events" && tags != nil; found.Fix != nil && strings.Contains(found.Fix.Text, "podsg cleanup") != removes {
				t.Errorf("%s: the fix is %q", status, found.Fix.Text)
			}
		}
	}
}

func TestADatabaseWhoseSecretWasLostGetsTheNewPasswordOnceItIsAvailable(t *testing.T) {
	t.Parallel()
	for status, waits := range map[string]bool{"available": false, "creating": true, "modifying": true} {
		d := &Database{Identifier: "rds-workshop", Status: status, Tags: OwnershipTags("workshop")}
		if status != "creating" {
			d.Address = "rds-workshop.example"
		}
		target := &Target{Cluster: Cluster{Name: "workshop"}, Namespace: "shop", SecretName: "rds", DBGroup: IDRef("sg-db", "RDS_SG")}
		target.DB.Identifier, target.DB.Existing = d.Identifier, d
		p := &Plan{}
		planDatabase(&Snapshot{}, target, p)
		change, _ := p.Change(changeDatabase)
		reset, ok := change.Action.(ResetDatabasePassword)
		if !ok || reset.Wait != waits || !slices.Contains(change.Needs, changePassword) {
			t.Errorf("%s: the change is %+v", status, change)
		}
		if shell := reset.Shell(); strings.Contains(shell[0], "wait") != waits {
			t.Errorf("%s: the commands are %q", status, shell)
		}
	}
}
