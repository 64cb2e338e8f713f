// Package aws observes and changes an AWS account for podsg: EKS, EC2, RDS,
// IAM, STS and Secrets Manager, through the AWS SDK for Go v2. [Client] is the
// procedure's [steps.Cloud]; each file is about one service or one question.
//
// Listings go through the SDK's paginators, and no call is made per node, pod,
// security group or rule. Errors are [*steps.Problem] values in the service's
// own words. Everything that podsg creates is tagged in the creating call.
package aws

import (
	"sync/atomic"
	"time"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/eks"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/rds"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/aws/aws-sdk-go-v2/service/sts"

	"podsg/aws/answer"
	"podsg/steps/plan"
	"podsg/steps/world"
)

// Client speaks to one region of one account. It is safe for concurrent use.
type Client struct {
	region string
	login  login
	polls  pollSchedule
	clock  plan.Clock

	ec2     *ec2.Client
	eks     *eks.Client
	iam     *iam.Client
	rds     *rds.Client
	sts     *sts.Client
	secrets *secretsmanager.Client

	caller atomic.Pointer[world.Identity] // the last answer of Identity
}

var _ plan.Cloud = (*Client)(nil)

// Option changes how a [Client] works.
type Option func(*Client)

// WithPolling sets how often waits look at what they wait for: first after
// first, then less and less often, at most every longest. The default is one
// second and 15 seconds.
func WithPolling(first, longest time.Duration) Option {
	return func(c *Client) { c.polls = pollSchedule{first: first, longest: longest} }
}

// WithClock replaces the clock that waits go by.
func WithClock(clock plan.Clock) Option {
	return func(c *Client) { c.clock = clock }
}

// New makes a client from a configuration, normally that of [LoadConfig].
// Nothing is called yet.
func New(cfg awssdk.Config, opts ...Option) *Client {
	// Requests carry the database password: their bodies are never logged,
	// whatever mode the configuration came with.
	cfg.ClientLogMode = 0
	cfg = answer.Sound(withPatience(cfg))
	c := &Client{
		region: cfg.Region,
		login:  loginOf(cfg),
		polls:  pollSchedule{first: time.Second, longest: 15 * time.Second},
		clock:  systemClock{},

		ec2:     ec2.NewFromConfig(cfg),
		eks:     eks.NewFromConfig(cfg),
		iam:     iam.NewFromConfig(cfg),
		rds:     rds.NewFromConfig(cfg),
		sts:     sts.NewFromConfig(cfg),
		secrets: secretsmanager.NewFromConfig(cfg),
	}
	for _, o := range opts {
		o(c)
	}
	return c
}

// systemClock is the real clock.
type systemClock struct{}

func (systemClock) Now() time.Time                         { return time.Now() }
func (systemClock) After(d time.Duration) <-chan time.Time { return time.After(d) }
