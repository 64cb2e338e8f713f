package database

import (
	"strings"

	"podsg/steps/say"
	"podsg/steps/shell"
	"podsg/steps/world"
)

// statusTrouble is what a status of an RDS instance means that will not become
// available by itself, and what to do.
type statusTrouble struct {
	means, fix say.Text
	ownFix     say.Text // of a database that podsg made, where that has another way out
	command    string
}

// The commands of statusTroubles; ID stands for the instance.
const (
	seeEvents   = "aws rds describe-events --source-type db-instance --duration 1440 --source-identifier ID"
	startAgain  = "aws rds start-db-instance --db-instance-identifier ID"
	waitDeleted = "aws rds wait db-instance-deleted --db-instance-identifier ID"
)

// statusTroubles are the statuses that only somebody's doing ends.
// https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/accessing-monitoring.html
var statusTroubles = map[string]statusTrouble{
	"deleting":        {means: say.T("it is being deleted"), fix: fixDeleting, ownFix: ownFixDeleting, command: waitDeleted},
	"delete-precheck": {means: say.T("RDS is about to delete it"), fix: fixDeleting, ownFix: ownFixDeleting, command: waitDeleted},
	"stopped":         {means: say.T("somebody stopped it"), fix: say.T("start it, wait until it is available, then run again"), command: startAgain},
	"stopping": {
		means: say.T("somebody stops it"), fix: say.T("wait until it is stopped, start it, then run again"),
		command: "aws rds describe-db-instances --db-instance-identifier ID --query 'DBInstances[0].DBInstanceStatus' --output text",
	},
	"storage-full": {
		means: say.T("its storage is used up"), fix: say.T("give it more storage, wait until it is available, then run again"),
		command: "aws rds describe-db-instances --db-instance-identifier ID --query 'DBInstances[0].AllocatedStorage'\n" +
			`aws rds modify-db-instance --db-instance-identifier ID --allocated-storage "$GIB" --apply-immediately`,
	},
	"failed": {
		means: say.T("RDS cannot recover it"), command: seeEvents,
		fix:    say.T("restore it to a point in time under another name, or use another database, then run again"),
		ownFix: say.T("restore it to a point in time under another name, or remove it with podsg cleanup, then run again"),
	},
	"restore-error": {
		means: say.T("its restore failed"), command: seeEvents,
		fix:    say.T("its events say why; restore it once more, or use another database, then run again"),
		ownFix: say.T("its events say why; restore it once more, or remove it with podsg cleanup, then run again"),
	},
	"insufficient-capacity": {
		means: say.T("AWS has no capacity for its class in its zone"), command: seeEvents,
		fix:    say.T("make it anew with another class or in other zones, or use another database, then run again"),
		ownFix: say.T("make it anew with another class or in other zones, or remove it with podsg cleanup, then run again"),
	},
	"incompatible-network": {
		means:   say.T("RDS cannot recover it in its VPC, often because its subnets have no free address"),
		fix:     say.T("free addresses in its subnets; its events say what else is wrong; then run again"),
		command: "aws ec2 describe-subnets --subnet-ids SUBNETS --query 'Subnets[].[SubnetId,AvailableIpAddressCount]'\n" + seeEvents,
	},
	"incompatible-parameters": {
		means:   say.T("it cannot start with its parameter group"),
		fix:     say.T("correct the parameter that its events name, or reset it, then restart the instance and run again"),
		command: seeEvents + "\naws rds reboot-db-instance --db-instance-identifier ID",
	},
	"inaccessible-encryption-credentials-recoverable": {
		means: say.T("its KMS key cannot be used, and after seven days it is lost for good"),
		fix:   say.T("enable the key, or cancel its deletion, then start the instance and run again"), command: startAgain,
	},
	"inaccessible-encryption-credentials": {
		means: say.T("its KMS key cannot be used"), command: seeEvents,
		fix:    say.T("make the key usable again and restore the instance from a backup, or use another database, then run again"),
		ownFix: say.T("make the key usable again and restore the instance from a backup, or remove it with podsg cleanup, then run again"),
	},
}

// What is done about a database that is going away.
var (
	fixDeleting    = say.T("use another database, or wait until it is gone and have a new one made")
	ownFixDeleting = say.T("wait until it is gone, then run again: setup makes a new one")
)

// unknownTrouble is for statuses of the same kind without a line of their own.
var unknownTrouble = statusTrouble{
	means: say.T("RDS cannot run it as it is"), command: seeEvents,
	fix:    say.T("its events say why; mend that, or use another database, then run again"),
	ownFix: say.T("its events say why; mend that, or remove it with podsg cleanup, then run again"),
}

// databaseTrouble says what to do about an RDS instance that will not become
// available by itself; nothing for any other.
func databaseTrouble(d world.Database, own bool) statusTrouble {
	trouble, known := statusTroubles[d.Status]
	if !known {
		if !strings.HasPrefix(d.Status, "incompatible-") && !strings.HasPrefix(d.Status, "inaccessible-") {
			return statusTrouble{}
		}
		trouble = unknownTrouble
	}
	if own && !trouble.ownFix.IsZero() {
		trouble.fix = trouble.ownFix
	}
	var lines []string
	for line := range strings.SplitSeq(trouble.command, "\n") {
		if strings.Contains(line, "SUBNETS") {
			if len(d.SubnetIDs) == 0 {
				continue
			}
			line = strings.Replace(line, "SUBNETS", shell.Command("%s", d.SubnetIDs), 1)
		}
		lines = append(lines, strings.Replace(line, " ID", " "+shell.Quote(d.Identifier), 1))
	}
	trouble.command = strings.Join(lines, "\n")
	return trouble
}
