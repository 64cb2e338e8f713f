// Package cloud is one AWS account held in memory behind a strict HTTP
// endpoint. The real clients (aws-sdk-go-v2 and the AWS CLI) talk to it through
// AWS_ENDPOINT_URL: EC2, RDS, IAM and STS in their Query protocols, EKS in
// REST-JSON, Secrets Manager in JSON 1.1, all with Signature Version 4.
//
// What the account answers follows from its objects alone. In particular,
// [Account.Reachable] is computed from the security group rules, network ACLs
// and routes that are really there.
package cloud

import (
	"cmp"
	"slices"

	"k8s.io/utils/clock"
)

// Config describes the account. The zero value is a usable account in us-west-2.
type Config struct {
	Partition string // aws (default), aws-cn or aws-us-gov
	Region    string // default us-west-2
	AccountID string // twelve digits; default 111122223333

	Clock clock.WithTicker // default the real clock
	Seed  uint64           // the same seed and the same calls give the same ids

	// The credentials that the endpoint accepts. SessionToken may be empty.
	AccessKeyID, SecretAccessKey, SessionToken string
	// CallerARN is whom these credentials belong to; default the IAM user "workshop".
	CallerARN string
	// Denied are the actions that the caller may not use: patterns such as
	// "rds:CreateDBInstance" or "iam:*". Everything else is allowed to it.
	Denied []string

	// PageSize, if positive, makes every listing that a client pages through
	// end after so many objects, even if the client asked for more.
	PageSize int

	Delays Delays
	Quotas Quotas
}

// Credentials are what requests are signed with. SessionToken may be empty.
type Credentials struct{ AccessKeyID, SecretAccessKey, SessionToken string }

// Account is the account. Its methods, which are those of its services too, may
// be called at the same time.
type Account struct {
	*ec2Service
	*iamService
	*eksService
	*rdsService
	*secretsService
	*stsService
	*nodesService

	base        *base
	credentials Credentials
	operations  map[string]operation // by "service:Action"
	protocols   map[string]protocol  // by service
	ec2         *ec2State
	iam         *iamState
	eks         *eksState
	rds         *rdsState
	secrets     *secretsState
	calls       []Call
	faults      faultList
}

// New makes an account without any object in it.
func New(cfg Config) *Account {
	if cfg.Clock == nil {
		cfg.Clock = clock.RealClock{}
	}
	b := newBase(identity{
		partition: cmp.Or(cfg.Partition, "aws"), region: cmp.Or(cfg.Region, "us-west-2"), accountID: cmp.Or(cfg.AccountID, "111122223333"),
	}, cfg.Clock, cfg.Seed, cfg.PageSize, cfg.Quotas)
	a := &Account{base: b, credentials: Credentials{
		cmp.Or(cfg.AccessKeyID, "AKIASANDBOX000000000"), cmp.Or(cfg.SecretAccessKey, "sandbox"), cfg.SessionToken,
	}}
	a.iam = newIAMState(b, a.credentials, cfg.CallerARN, cfg.Denied)
	a.ec2 = newEC2State(b)
	a.eks = newEKSState(b, a.ec2, a.iam)
	a.secrets = newSecretsState(b)
	a.rds = newRDSState(b, a.ec2, a.secrets, cfg.Delays)
	a.iamService, a.ec2Service, a.eksService = newIAMService(a.iam), newEC2Service(a.ec2), newEKSService(a.eks)
	a.secretsService, a.rdsService = newSecretsService(a.secrets), newRDSService(a.rds)
	a.stsService = newSTSService(b, a.iam)
	a.nodesService = newNodesService(b, a.ec2, a.iam, a.eks, &a.faults)

	list := slices.Concat(ec2Operations(a.ec2), rdsOperations(a.rds), iamOperations(a.iam), stsOperations(a.stsService),
		eksOperations(a.eks), secretsOperations(a.secrets))
	a.operations, a.protocols = map[string]operation{}, protocolsOf(list)
	for _, op := range list {
		a.operations[op.action()] = op
	}
	return a
}

// Partition is the partition of the account's ARNs: aws, aws-cn or aws-us-gov.
func (a *Account) Partition() string { return a.base.partition }

// Region is the only region the endpoint serves.
func (a *Account) Region() string { return a.base.region }

// AccountID is the twelve-digit id of the account.
func (a *Account) AccountID() string { return a.base.accountID }

// Credentials are those the endpoint accepts for its caller.
func (a *Account) Credentials() (accessKeyID, secretAccessKey, sessionToken string) {
	return a.credentials.AccessKeyID, a.credentials.SecretAccessKey, a.credentials.SessionToken
}

// Close ends the account's timers and hanging requests.
func (a *Account) Close() { a.base.close() }
