package cloud_test

import (
	"context"
	"errors"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/eks"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/rds"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/smithy-go"
	clocktesting "k8s.io/utils/clock/testing"

	"podsg/sandbox/cloud"
)

// world is an account with an eksctl-shaped cluster "workshop" of two m5.large
// and the real clients that speak to it.
type world struct {
	*cloud.Account
	cloud.Network
	clock        *clocktesting.FakeClock
	url          string
	config       aws.Config
	clusterGroup string
	nodes        []string

	ec2     *ec2.Client
	eks     *eks.Client
	iam     *iam.Client
	rds     *rds.Client
	sts     *sts.Client
	secrets *secretsmanager.Client
}

const clusterName = "workshop"

func newWorld(t *testing.T, cfg cloud.Config) *world {
	t.Helper()
	w := &world{clock: clocktesting.NewFakeClock(time.Now())}
	cfg.Clock = w.clock
	w.Account = cloud.New(cfg)
	t.Cleanup(w.Close)
	server := httptest.NewServer(w.Handler())
	t.Cleanup(server.Close)
	w.url = server.URL
	key, secret, token := w.Credentials()
	w.config = aws.Config{
		Region: w.Region(), BaseEndpoint: &server.URL, Credentials: credentials.NewStaticCredentialsProvider(key, secret, token),
		RetryMaxAttempts: 1,
	}
	w.dial()

	w.Network = try(w.AddEKSCTLNetwork(clusterName, "", false))(t)
	w.clusterGroup = try(w.AddCluster(cloud.ClusterSpec{
		Name: clusterName, Subnets: append(append([]string{}, w.PublicSubnets...), w.PrivateSubnets...), ExtraGroups: []string{w.ControlPlaneGroup},
		Endpoint: "https://127.0.0.1:6443", CertificateAuthority: []byte("PEM"),
	}))(t)
	w.nodes = try(w.AddNodeGroup(clusterName, cloud.NodeGroupSpec{Name: "ng", Count: 2, Subnets: w.PrivateSubnets}))(t)
	check(t, w.AddAddon(clusterName, cloud.AddonSpec{Name: "vpc-cni", ConfigurationValues: `{"env":{"ENABLE_PREFIX_DELEGATION":"false"}}`}))
	return w
}

func (w *world) dial() {
	w.ec2, w.eks, w.iam = ec2.NewFromConfig(w.config), eks.NewFromConfig(w.config), iam.NewFromConfig(w.config)
	w.rds, w.sts, w.secrets = rds.NewFromConfig(w.config), sts.NewFromConfig(w.config), secretsmanager.NewFromConfig(w.config)
}

// try turns a result and an error into the result, failing the test on an error.
func try[T any](v T, err error) func(*testing.T) T {
	return func(t *testing.T) T {
		t.Helper()
		check(t, err)
		return v
	}
}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// code is the AWS error code of an error, or empty.
func code(err error) string {
	var e smithy.APIError
	if errors.As(err, &e) {
		return e.ErrorCode()
	}
	if err != nil {
		return "not an API error: " + err.Error()
	}
	return ""
}

func wantCode(t *testing.T, err error, want string) {
	t.Helper()
	if got := code(err); got != want {
		t.Errorf("error code %q, want %q (%v)", got, want, err)
	}
}

// createGroup makes a security group by the API.
func (w *world) createGroup(t *testing.T, name string) string {
	t.Helper()
	out := try(w.ec2.CreateSecurityGroup(context.Background(), &ec2.CreateSecurityGroupInput{
		GroupName: &name, Description: aws.String(name), VpcId: &w.VPC,
	}))(t)
	return *out.GroupId
}

// eventually waits for what a goroutine of the account does once its timer fired.
func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	deadline := time.Now().Add(5 * time.Second)
	for !ok() {
		if time.Now().After(deadline) {
			t.Fatalf("%s: not so after 5 s", what)
		}
		time.Sleep(time.Millisecond)
	}
}
