// Package cloud is one AWS account held in memory behind a strict HTTP
// endpoint. The real clients (aws-sdk-go-v2 and the AWS CLI) talk to it through
// AWS_ENDPOINT_URL: EC2, RDS, IAM and STS in their Query protocols, EKS in
// REST-JSON, Secrets Manager in JSON 1.1, all with Signature Version 4.
//
// What the account answers follows from its objects alone. In particular,
// [Account.Reachable] is computed from the security group rules, network ACLs
// and routes that are really there.
//
// Each service is a package under internal with a State, whose methods run with
// the account's one lock held, so that services can ask each other, and a Service,
// whose methods take the lock. The account is those services together behind HTTP.
package cloud

import (
	"cmp"
	"slices"

	"k8s.io/utils/clock"

	"podsg/sandbox/cloud/internal/core"
	"podsg/sandbox/cloud/internal/ec2"
	"podsg/sandbox/cloud/internal/eks"
	"podsg/sandbox/cloud/internal/faults"
	"podsg/sandbox/cloud/internal/iam"
	"podsg/sandbox/cloud/internal/nodes"
	"podsg/sandbox/cloud/internal/rds"
	"podsg/sandbox/cloud/internal/secrets"
	"podsg/sandbox/cloud/internal/sts"
	"podsg/sandbox/cloud/internal/wire"
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

// The services under names that can stand beside each other in an Account.
type (
	ec2Service     = ec2.Service
	iamService     = iam.Service
	eksService     = eks.Service
	rdsService     = rds.Service
	secretsService = secrets.Service
	stsService     = sts.Service
	nodesService   = nodes.Service
)

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

	base        *core.Base
	credentials iam.Credentials
	operations  map[string]wire.Operation // by "service:Action"
	protocols   map[string]wire.Protocol  // by service
	ec2         *ec2.State
	iam         *iam.State
	eks         *eks.State
	rds         *rds.State
	secrets     *secrets.State
	calls       []Call
	faults      faults.List
}

// New makes an account without any object in it.
func New(cfg Config) *Account {
	if cfg.Clock == nil {
		cfg.Clock = clock.RealClock{}
	}
	b := core.NewBase(core.Identity{
		Partition: cmp.Or(cfg.Partition, "aws"), Region: cmp.Or(cfg.Region, "us-west-2"), AccountID: cmp.Or(cfg.AccountID, "111122223333"),
	}, cfg.Clock, cfg.Seed, cfg.PageSize, cfg.Quotas)
	a := &Account{base: b, credentials: iam.Credentials{
		AccessKeyID:     cmp.Or(cfg.AccessKeyID, "AKIASANDBOX000000000"),
		SecretAccessKey: cmp.Or(cfg.SecretAccessKey, "sandbox"),
		SessionToken:    cfg.SessionToken,
	}}
	a.iam = iam.NewState(b, a.credentials, cfg.CallerARN, cfg.Denied)
	a.ec2 = ec2.NewState(b)
	a.eks = eks.NewState(b, a.ec2, a.iam)
	a.secrets = secrets.NewState(b)
	a.rds = rds.NewState(b, a.ec2, a.secrets, cfg.Delays)
	a.iamService, a.ec2Service, a.eksService = iam.NewService(a.iam), ec2.NewService(a.ec2), eks.NewService(a.eks)
	a.secretsService, a.rdsService = secrets.NewService(a.secrets), rds.NewService(a.rds)
	a.stsService = sts.NewService(b, a.iam)
	a.nodesService = nodes.NewService(b, a.ec2, a.iam, a.eks, &a.faults)

	list := slices.Concat(ec2.Operations(a.ec2), rds.Operations(a.rds), iam.Operations(a.iam), sts.Operations(a.stsService),
		eks.Operations(a.eks), secrets.Operations(a.secrets))
	a.operations, a.protocols = map[string]wire.Operation{}, wire.Protocols(list)
	for _, op := range list {
		a.operations[op.Action()] = op
	}
	return a
}

// Partition is the partition of the account's ARNs: aws, aws-cn or aws-us-gov.
func (a *Account) Partition() string { return a.base.Partition }

// Region is the only region the endpoint serves.
func (a *Account) Region() string { return a.base.Region }

// AccountID is the twelve-digit id of the account.
func (a *Account) AccountID() string { return a.base.AccountID }

// Credentials are those the endpoint accepts for its caller.
func (a *Account) Credentials() (accessKeyID, secretAccessKey, sessionToken string) {
	return a.credentials.AccessKeyID, a.credentials.SecretAccessKey, a.credentials.SessionToken
}

// Close ends the account's timers and hanging requests.
func (a *Account) Close() { a.base.Close() }
