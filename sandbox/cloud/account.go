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
	"sync"
	"time"

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

// Delays are the times of the clock that slow operations take. Zero fields get
// the middle of what AWS takes.
type Delays struct {
	DatabaseCreate time.Duration // creating; default 5 minutes
	DatabaseBackup time.Duration // backing-up; default 1 minute
	DatabaseModify time.Duration // modifying or resetting-master-credentials; default 30 seconds
	DatabaseDelete time.Duration // deleting; default 5 minutes
}

// Account is the account. Its methods may be called at the same time.
type Account struct {
	cfg        Config
	clock      clock.WithTicker
	operations map[string]operation // by "service:Action"
	protocols  map[string]protocol
	closed     chan struct{}
	closeOnce  sync.Once

	mu          sync.Mutex // guards everything below
	ids         *idSource
	queue       []func() // callbacks to run once mu is free, in order
	dispatching bool

	callers map[string]*principal // by access key id
	expired bool
	calls   []Call
	faults  faultList

	onAddon    []func(cluster, addon, version, configurationValues string)
	onDatabase []func(DatabaseEvent)

	ec2     ec2State
	iam     iamState
	eks     eksState
	rds     rdsState
	secrets map[string]*secret
}

// New makes an account without any object in it.
func New(cfg Config) *Account {
	cfg.Partition = cmp.Or(cfg.Partition, "aws")
	cfg.Region = cmp.Or(cfg.Region, "us-west-2")
	cfg.AccountID = cmp.Or(cfg.AccountID, "111122223333")
	cfg.AccessKeyID = cmp.Or(cfg.AccessKeyID, "AKIASANDBOX000000000")
	cfg.SecretAccessKey = cmp.Or(cfg.SecretAccessKey, "sandbox")
	cfg.Delays.DatabaseCreate = cmp.Or(cfg.Delays.DatabaseCreate, 5*time.Minute)
	cfg.Delays.DatabaseBackup = cmp.Or(cfg.Delays.DatabaseBackup, time.Minute)
	cfg.Delays.DatabaseModify = cmp.Or(cfg.Delays.DatabaseModify, 30*time.Second)
	cfg.Delays.DatabaseDelete = cmp.Or(cfg.Delays.DatabaseDelete, 5*time.Minute)
	if cfg.Clock == nil {
		cfg.Clock = clock.RealClock{}
	}
	a := &Account{
		cfg: cfg, clock: cfg.Clock, ids: newIDSource(cfg.Seed), closed: make(chan struct{}),
		callers: map[string]*principal{},
		ec2:     newEC2State(), iam: newIAMState(), eks: newEKSState(), rds: newRDSState(),
		secrets: map[string]*secret{},
	}
	caller := cmp.Or(cfg.CallerARN, a.globalARN("iam", "user/workshop"))
	a.callers[cfg.AccessKeyID] = &principal{
		arn: caller, userID: a.ids.iam("AIDA"), secretKey: cfg.SecretAccessKey, sessionToken: cfg.SessionToken,
	}
	a.addManagedPolicies()
	a.addManagedPrefixLists()
	list := slices.Concat(ec2Operations(a), rdsOperations(a), iamOperations(a), stsOperations(a), eksOperations(a), secretsOperations(a))
	a.operations, a.protocols = map[string]operation{}, protocolsOf(list)
	for _, op := range list {
		a.operations[op.action()] = op
	}
	return a
}

// Partition is the partition of the account's ARNs: aws, aws-cn or aws-us-gov.
func (a *Account) Partition() string { return a.cfg.Partition }

// Region is the only region the endpoint serves.
func (a *Account) Region() string { return a.cfg.Region }

// AccountID is the twelve-digit id of the account.
func (a *Account) AccountID() string { return a.cfg.AccountID }

// Credentials are those the endpoint accepts for its caller.
func (a *Account) Credentials() (accessKeyID, secretAccessKey, sessionToken string) {
	return a.cfg.AccessKeyID, a.cfg.SecretAccessKey, a.cfg.SessionToken
}

// Close ends the account's timers and hanging requests.
func (a *Account) Close() { a.closeOnce.Do(func() { close(a.closed) }) }

func (a *Account) lock() { a.mu.Lock() }

// unlock frees the lock and runs the callbacks that were queued under it, in
// the order of the changes and never two at a time, so that a callback may
// call the account again.
func (a *Account) unlock() {
	defer a.mu.Unlock()
	if a.dispatching {
		return
	}
	a.dispatching = true
	for len(a.queue) > 0 {
		next := a.queue[0]
		a.queue = a.queue[1:]
		a.mu.Unlock()
		next()
		a.mu.Lock()
	}
	a.dispatching = false
}

// notify queues a callback. The lock is held.
func (a *Account) notify(f func()) { a.queue = append(a.queue, f) }

// after runs f under the lock once d has passed, unless the account is closed.
func (a *Account) after(d time.Duration, f func()) {
	timer := a.clock.NewTimer(d)
	go func() {
		defer timer.Stop()
		select {
		case <-timer.C():
			a.lock()
			defer a.unlock()
			f()
		case <-a.closed:
		}
	}()
}

// now is the time as AWS prints it, without the parts below a millisecond.
func (a *Account) now() time.Time { return a.clock.Now().UTC().Truncate(time.Millisecond) }
