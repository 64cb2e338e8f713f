package database

import (
	"strings"

	"podsg/steps/check"
	"podsg/steps/clientlog"
	"podsg/steps/intent"
	"podsg/steps/say"
	"podsg/steps/shell"
	"podsg/steps/world"
)

// statusTrouble is what a status of an RDS instance means that will not become
// available by itself, and what to do.
type statusTrouble struct{ means, fix, command string }

// The commands of statusTroubles; ID stands for the instance.
const (
	seeEvents   = "aws rds describe-events --source-type db-instance --duration 1440 --source-identifier ID"
	startAgain  = "aws rds start-db-instance --db-instance-identifier ID"
	waitDeleted = "aws rds wait db-instance-deleted --db-instance-identifier ID"
)

// statusTroubles are the statuses that only somebody's doing ends.
// https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/accessing-monitoring.html
var statusTroubles = map[string]statusTrouble{
	"deleting":        {"it is being deleted", "use another database, or wait until it is gone and have a new one made", waitDeleted},
	"delete-precheck": {"RDS is about to delete it", "use another database, or wait until it is gone and have a new one made", waitDeleted},
	"stopped":         {"somebody stopped it", "start it, wait until it is available, then run again", startAgain},
	"stopping": {"somebody stops it", "wait until it is stopped, start it, then run again",
		"aws rds describe-db-instances --db-instance-identifier ID --query 'DBInstances[0].DBInstanceStatus' --output text"},
	"storage-full": {"its storage is used up", "give it more storage, wait until it is available, then run again",
		"aws rds describe-db-instances --db-instance-identifier ID --query 'DBInstances[0].AllocatedStorage'\n" +
			`aws rds modify-db-instance --db-instance-identifier ID --allocated-storage "$GIB" --apply-immediately`},
	"failed":                {"RDS cannot recover it", "restore it to a point in time under another name, or use another database, then run again", seeEvents},
	"restore-error":         {"its restore failed", "its events say why; restore it once more, or use another database, then run again", seeEvents},
	"insufficient-capacity": {"AWS has no capacity for its class in its zone", "make it anew with another class or in other zones, or use another database, then run again", seeEvents},
	"incompatible-network": {"RDS cannot recover it in its VPC, often because its subnets have no free address", "free addresses in its subnets; its events say what else is wrong; then run again",
		"aws ec2 describe-subnets --subnet-ids SUBNETS --query 'Subnets[].[SubnetId,AvailableIpAddressCount]'\n" + seeEvents},
	"incompatible-parameters": {"it cannot start with its parameter group", "correct the parameter that its events name, or reset it, then restart the instance and run again",
		seeEvents + "\naws rds reboot-db-instance --db-instance-identifier ID"},
	"inaccessible-encryption-credentials-recoverable": {"its KMS key cannot be used, and after seven days it is lost for good", "enable the key, or cancel its deletion, then start the instance and run again", startAgain},
	"inaccessible-encryption-credentials":             {"its KMS key cannot be used", "make the key usable again and restore the instance from a backup, or use another database, then run again", seeEvents},
}

// unknownTrouble is for statuses of the same kind without a line of their own.
var unknownTrouble = statusTrouble{"RDS cannot run it as it is", "its events say why; mend that, or use another database, then run again", seeEvents}

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
	if own {
		trouble.fix = strings.Replace(trouble.fix, "or use another database", "or remove it with podsg cleanup", 1)
		if trouble.command == waitDeleted {
			trouble.fix = "wait until it is gone, then run again: setup makes a new one"
		}
	}
	var lines []string
	for line := range strings.SplitSeq(trouble.command, "\n") {
		if strings.Contains(line, "SUBNETS") {
			if len(d.SubnetIDs) == 0 {
				continue
			}
			line = strings.Replace(line, "SUBNETS", strings.Join(d.SubnetIDs, " "), 1)
		}
		lines = append(lines, strings.Replace(line, " ID", " "+shell.Quote(d.Identifier), 1))
	}
	trouble.command = strings.Join(lines, "\n")
	return trouble
}

// checkTLS judges whether connections are encrypted: whether the database
// demands it, and whether it had to refuse pods that did not ask for it.
func checkTLS(f *check.Findings) {
	s, t := f.S, f.T
	d := t.DB.Existing
	if seen := clientlog.PodTroubles(s, t, intent.ClientPods(s, t))["D91"]; len(seen) > 0 {
		clientlog.Trouble(f, CheckDBTLS, check.Fail, seen, "asked for no encryption, which the database refuses"+clientlog.NetworkIsOpen).
			Mend(say.T("have the client encrypt: sslmode=require, or verify-full with the RDS authorities (see D95)"),
				"kubectl -n "+t.Namespace+" get secret "+t.SecretName+" -o jsonpath='{.data.sslmode}' | base64 -d")
		return
	}
	switch {
	case d.ForceSSL == nil:
		f.Add(CheckDBTLS, check.Skip, "parameter rds.force_ssl was not read")
	case *d.ForceSSL:
		f.Add(CheckDBTLS, check.Pass, "rds.force_ssl is 1; podsg connects with "+t.TLSMode)
	default:
		f.Add(CheckDBTLS, check.Warn, "rds.force_ssl is 0: it also accepts connections without encryption").On(d.Identifier).
			Mend(say.T("set the parameter in the database's parameter group"), "")
	}
}
