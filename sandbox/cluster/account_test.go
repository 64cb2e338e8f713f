package cluster_test

import (
	"context"
	"net/netip"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	corev1 "k8s.io/api/core/v1"

	"podsg/sandbox/clock"
	"podsg/sandbox/cloud"
	"podsg/sandbox/cluster"
	"podsg/sandbox/kubeapi/gvr"
	"podsg/sandbox/kubeapi/storage"
)

// practiceAccount is an account with a cluster "workshop" of one node group.
func practiceAccount(t *testing.T, config cloud.Config, nodes int, withPolicy bool) (account *cloud.Account, podGroup string) {
	t.Helper()
	account = cloud.New(config)
	t.Cleanup(account.Close)
	network, err := account.AddEKSCTLNetwork("workshop", "", false)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := account.AddCluster(cloud.ClusterSpec{Name: "workshop", Subnets: network.PrivateSubnets, NoVPCResourceController: !withPolicy}); err != nil {
		t.Fatal(err)
	}
	if _, err := account.AddNodeGroup("workshop", cloud.NodeGroupSpec{Name: "ng", InstanceType: "m5.large", Count: nodes, Subnets: network.PrivateSubnets}); err != nil {
		t.Fatal(err)
	}
	if podGroup, err = account.AddSecurityGroup(network.VPC, "POD_SG", "pods", nil); err != nil {
		t.Fatal(err)
	}
	return account, podGroup
}

// inAccount is inWorld with the practice account.
func inAccount(t *testing.T, withPolicy bool, test func(w *world, account *cloud.Account, podGroup string)) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		account, podGroup := practiceAccount(t, cloud.Config{}, 2, withPolicy)
		w := &world{T: t, ctx: ctx, store: storage.NewStore(storage.Config{})}
		w.cluster = cluster.New(cluster.Config{Name: "workshop", Region: "us-west-2", Store: w.store, Cloud: account, Network: noNetwork{}})
		var done sync.WaitGroup
		done.Go(func() { w.store.Run(ctx) })
		done.Go(func() {
			if err := w.cluster.Run(ctx); err != nil {
				t.Errorf("run cluster: %v", err)
			}
		})
		defer done.Wait()
		defer cancel()
		<-w.cluster.Settled()
		test(w, account, podGroup)
	})
}

func TestSecurityGroupsOfTheAccountReachThePod(t *testing.T) {
	inAccount(t, true, func(w *world, account *cloud.Account, podGroup string) {
		w.namespace("demo")
		w.policy("demo", "policy", podGroup)
		w.enablePodENI()
		w.run("demo", "green", green)
		w.run("demo", "red", "red-pod")
		w.until("both are ready", func() bool { return ready(w.pod("demo", "green")) && ready(w.pod("demo", "red")) })
		address := func(name string) netip.Addr { return netip.MustParseAddr(w.pod("demo", name).Status.PodIP) }
		// The database's group admits the pods' group only.
		if _, err := account.AddRule(podGroup, cloud.Rule{Protocol: "tcp", FromPort: 5432, Peer: podGroup}); err != nil {
			w.Fatal(err)
		}
		_, database, err := account.AddInterface(cloud.InterfaceSpec{Subnet: account.Nodes("workshop")[0].SubnetID, Groups: []string{podGroup}})
		if err != nil {
			w.Fatal(err)
		}
		if ok, why := account.Reachable(address("green"), database, "tcp", 5432); !ok {
			w.Errorf("green does not reach the database: %s", why)
		}
		if ok, _ := account.Reachable(address("red"), database, "tcp", 5432); ok {
			w.Error("red reaches the database")
		}
	})
}

func TestTheClusterRoleOfTheAccountDecidesOnTheTrunk(t *testing.T) {
	inAccount(t, false, func(w *world, _ *cloud.Account, _ string) {
		w.enablePodENI()
		w.pass(30 * time.Second)
		for _, n := range w.nodes() {
			got := w.events(n.Name)["TrunkENICreationFailed"]
			want := "Failed to create trunk interface: Error Code: UnauthorizedOperation: Please verify the cluster IAM role has AmazonEKSVPCResourceController policy"
			if !slices.Equal(got, []string{want}) {
				w.Errorf("node %s: %q", n.Name, got)
			}
		}
	})
}

func TestTheClusterRunsOnAShortenedClock(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	fast := clock.New(100)
	account, _ := practiceAccount(t, cloud.Config{Clock: fast}, 3, true)
	store := storage.NewStore(storage.Config{Clock: fast})
	c := cluster.New(cluster.Config{Name: "workshop", Region: "us-west-2", Store: store, Cloud: account, Clock: fast})
	nodes, err := storage.NewClient[*corev1.Node](store, gvr.Nodes, "").Watch(ctx, "", storage.Selector{})
	if err != nil {
		t.Fatal(err)
	}
	var done sync.WaitGroup
	done.Go(func() {
		if err := c.Run(ctx); err != nil {
			t.Errorf("run cluster: %v", err)
		}
	})
	defer done.Wait()
	defer cancel()
	<-c.Settled()
	w := &world{T: t, ctx: ctx, store: store, cluster: c}
	w.setEnv(corev1.EnvVar{Name: "ENABLE_POD_ENI", Value: "true"})
	trunks := map[string]bool{}
	for e := range nodes {
		if w.capacity(e.Object) == 9 {
			trunks[e.Object.Name] = true
		}
		if len(trunks) == 3 {
			return
		}
	}
	t.Errorf("%d of 3 nodes have a trunk after 30 s, which the clock makes 50 minutes", len(trunks))
}
