package core

// Quotas are the limits that an account may have raised. Zero fields are EC2's
// defaults.
// https://docs.aws.amazon.com/vpc/latest/userguide/amazon-vpc-limits.html
type Quotas struct {
	RulesPerSecurityGroup      int // in each direction and address family; default 60
	SecurityGroupsPerInterface int // default 5
	DBInstances                int // default 40
}
