package aws

import (
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"time"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/aws-sdk-go-v2/credentials"

	"podsg/sandbox/clock"
	"podsg/sandbox/cloud"
	"podsg/steps/intent"
	"podsg/steps/plan"
)

const workshop = "workshop"

// testWorld is a practice account with an EKS cluster, reached over HTTP by the
// real clients.
type testWorld struct {
	account *cloud.Account
	client  *Client
	network cloud.Network
	group   string // the cluster security group
	nodes   []string
	// loseAnswer makes the next call be carried out and its connection be closed
	// before the answer.
	loseAnswer atomic.Bool
}

// worldOptions are what the worlds of the tests differ in.
type worldOptions struct {
	pageSize int
	nodes    int // default 3
	noAddon  bool
	// addonRole is the ARN of the IAM role of the add-on's service account.
	addonRole string
	caller    string
}

// speed divides the practice world's waits: an RDS instance is made in a tenth
// of a second.
const speed = 3000

func newWorld(t *testing.T, o worldOptions) *testWorld {
	t.Helper()
	w := &testWorld{account: cloud.New(cloud.Config{Clock: clock.New(speed), Seed: 7, PageSize: o.pageSize, CallerARN: o.caller})}
	t.Cleanup(w.account.Close)
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	var err error
	w.network, err = w.account.AddEKSCTLNetwork(workshop, "", false)
	must(err)
	w.group, err = w.account.AddCluster(cloud.ClusterSpec{
		Name: workshop, Subnets: append(w.network.PublicSubnets, w.network.PrivateSubnets...),
		ExtraGroups: []string{w.network.ControlPlaneGroup}, Endpoint: "https://127.0.0.1:1", NoVPCResourceController: true,
	})
	must(err)
	count := o.nodes
	if count == 0 {
		count = 3
	}
	w.nodes, err = w.account.AddNodeGroup(workshop, cloud.NodeGroupSpec{Name: "large", Count: count, Subnets: w.network.PrivateSubnets})
	must(err)
	_, err = w.account.AddNodeGroup(workshop, cloud.NodeGroupSpec{
		Name: "own", InstanceType: "t3.medium", Count: 1, Subnets: w.network.PrivateSubnets, SelfManaged: true, Groups: []string{w.network.SharedGroup},
	})
	must(err)
	if !o.noAddon {
		must(w.account.AddAddon(workshop, cloud.AddonSpec{Name: addonVPCCNI, RoleARN: o.addonRole}))
	}
	handler := w.account.Handler()
	server := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		if w.loseAnswer.CompareAndSwap(true, false) {
			handler.ServeHTTP(httptest.NewRecorder(), r)
			panic(http.ErrAbortHandler) // net/http closes the connection
		}
		handler.ServeHTTP(rw, r)
	}))
	t.Cleanup(server.Close)
	id, secret, session := w.account.Credentials()
	w.client = New(awssdk.Config{
		Region: w.account.Region(), BaseEndpoint: awssdk.String(server.URL), HTTPClient: newHTTPClient(),
		Credentials: credentials.NewStaticCredentialsProvider(id, secret, session),
		Retryer: func() awssdk.Retryer {
			return retry.NewStandard(func(o *retry.StandardOptions) { o.MaxBackoff = 10 * time.Millisecond })
		},
	}, WithPolling(time.Millisecond, 20*time.Millisecond))
	w.account.ForgetCalls()
	return w
}

// scope is what podsg would observe of the world.
func (w *testWorld) scope(t *testing.T) plan.CloudScope {
	t.Helper()
	cluster, err := w.client.Cluster(t.Context(), workshop)
	if err != nil {
		t.Fatal(err)
	}
	return plan.CloudScope{
		Cluster: cluster, Database: "orders", DBClass: intent.DefaultDBClass, Actions: Actions(ModeWrite),
	}
}

// actions are the distinct actions that were called since the last ForgetCalls.
func (w *testWorld) actions() map[string]bool {
	called := map[string]bool{}
	for _, call := range w.account.Calls() {
		called[call.Service+":"+call.Action] = true
	}
	return called
}

// addDatabase puts an existing database with a security group of its own into
// the world, as a team might have one.
func (w *testWorld) addDatabase(t *testing.T) (groupID string) {
	t.Helper()
	groupID, err := w.account.AddSecurityGroup(w.network.VPC, "orders-db", "database of orders", nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := w.account.AddDBSubnetGroup("orders", w.network.PrivateSubnets, map[string]string{"team": "orders"}); err != nil {
		t.Fatal(err)
	}
	_, err = w.account.AddDatabase(cloud.DatabaseSpec{
		Identifier: "orders", SubnetGroup: "orders", Groups: []string{groupID}, DBName: "orders", Username: "orders", Password: "correct-horse", Tags: map[string]string{"team": "orders"},
	})
	if err != nil {
		t.Fatal(err)
	}
	return groupID
}
