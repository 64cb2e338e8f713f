package aws

import (
	"strings"

	"podsg/steps/plan"
	"podsg/steps/shell"
)

// twoZones is why RDS refuses subnets of one zone.
const twoZones = "RDS needs subnets in two availability zones, even for an instance in one"

// creationHint says what to do when RDS does not make an instance, and by which
// command of the AWS CLI more is to be seen; nothing for refusals that say it
// themselves.
// https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_CreateDBInstance.html
func creationHint(err error, d plan.NewDatabase) (hint, command string) {
	subnets := shell.Command("aws rds describe-db-subnet-groups --db-subnet-group-name %s --query 'DBSubnetGroups[].Subnets[]'", d.SubnetGroup)
	switch {
	case hasCode(err, "InsufficientDBInstanceCapacity"):
		return "AWS has no capacity for this class in these zones now: choose another class, or try later", ""
	case hasCode(err, "InstanceQuotaExceeded", "StorageQuotaExceeded"):
		return "the account's RDS quota is used up: delete an instance, or ask for more in Service Quotas", "aws rds describe-account-attributes"
	case hasCode(err, "DBSubnetGroupDoesNotCoverEnoughAZs"):
		return twoZones, subnets
	case hasCode(err, "InvalidVPCNetworkState") && d.Public:
		return "the VPC cannot take it: for a public address it needs an internet gateway and DNS hostnames; or the subnets of the group have changed or are full", subnets
	case hasCode(err, "InvalidVPCNetworkState"):
		return "the VPC cannot take it: the subnets of its group have changed, or have no free address left", subnets
	case hasCode(err, "InvalidSubnet"):
		return "a subnet of the group is gone, or not all are of one VPC: delete the subnet group if podsg made it, then run podsg again", subnets
	case hasCode(err, "KMSKeyNotAccessible"):
		return "the KMS key for RDS cannot be used: enable it, or allow its use in its key policy", "aws kms describe-key --key-id alias/aws/rds"
	case hasCode(err, "StorageTypeNotSupported"):
		return "this class cannot have that kind of storage: choose another class", orderable(d)
	case hasCode(err, "InvalidParameterCombination"):
		return "the region may not offer this class with this engine version", orderable(d)
	case hasCode(err, "InvalidParameterValue") && strings.Contains(strings.ToLower(plainText(err)), "username"):
		return "RDS keeps that user name for itself, or it is no name for one: choose another with --db-user", ""
	default:
		return "", ""
	}
}

// orderable lists how a class can be ordered.
func orderable(d plan.NewDatabase) string {
	return shell.Command("aws rds describe-orderable-db-instance-options --engine postgres --db-instance-class %s", d.Class)
}

// subnetGroupHint says what to do when RDS does not make a DB subnet group.
// https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_CreateDBSubnetGroup.html
func subnetGroupHint(err error) string {
	switch {
	case hasCode(err, "DBSubnetGroupDoesNotCoverEnoughAZs"):
		return twoZones
	case hasCode(err, "DBSubnetGroupQuotaExceeded", "DBSubnetQuotaExceeded"):
		return "the account's quota of DB subnet groups, or of subnets in one, is used up: delete one that nobody needs, or ask for more in Service Quotas"
	case hasCode(err, "InvalidSubnet"):
		return "a subnet is gone, or not all are of one VPC: run podsg again, which observes them anew"
	default:
		return ""
	}
}
