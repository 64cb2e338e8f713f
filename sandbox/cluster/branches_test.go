package cluster_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"podsg/sandbox/cloud"
	"podsg/sandbox/kubeapi/gvr"
	"podsg/sandbox/kubeapi/storage"
)

const green = "green-pod"

func podENILimit(p *corev1.Pod) string {
	q := p.Spec.Containers[0].Resources.Limits["vpc.amazonaws.com/pod-eni"]
	return q.String()
}

func TestGreenPodGetsABranchENIWithThePolicysGroups(t *testing.T) {
	inWorld(t, []string{"m5.large"}, nil, func(w *world) {
		w.namespace("demo")
		w.policy("demo", "one", "sg-pod", "sg-more")
		w.policy("demo", "two", "sg-more", "sg-last")
		created := w.run("demo", "green", green)
		if podENILimit(created) != "1" {
			w.Errorf("limit is %q, want 1 on the first container", podENILimit(created))
		}
		w.pass(time.Minute)
		message := "0/1 nodes are available: 1 Insufficient vpc.amazonaws.com/pod-eni. no new claims to deallocate, " +
			"preemption: 0/1 nodes are available: 1 Preemption is not helpful for scheduling."
		if got := w.events("green")["FailedScheduling"]; !slices.Equal(got, []string{message}) {
			w.Errorf("scheduler says %q, want %q", got, message)
		}

		w.enablePodENI()
		w.until("green is ready", func() bool { return ready(w.pod("demo", "green")) })
		p := w.pod("demo", "green")
		var branches []map[string]any
		if err := json.Unmarshal([]byte(p.Annotations["vpc.amazonaws.com/pod-eni"]), &branches); err != nil || len(branches) != 1 {
			w.Fatalf("annotation %q: %v", p.Annotations["vpc.amazonaws.com/pod-eni"], err)
		}
		if branches[0]["privateIp"] != p.Status.PodIP {
			w.Errorf("pod has address %s, its branch ENI %v", p.Status.PodIP, branches[0]["privateIp"])
		}
		order := []string{"eniId", "ifAddress", "privateIp", "ipv6Addr", "vlanId", "subnetCidr", "subnetV6Cidr", "associationID"}
		at := -1
		for _, key := range order {
			next := strings.Index(p.Annotations["vpc.amazonaws.com/pod-eni"], `"`+key+`"`)
			if next <= at {
				w.Errorf("key %q is missing or out of order in %s", key, p.Annotations["vpc.amazonaws.com/pod-eni"])
			}
			at = next
		}
		for _, b := range w.cloud.allBranches() {
			if !slices.Equal(b.groups, []string{"sg-pod", "sg-more", "sg-last"}) {
				w.Errorf("branch ENI has groups %v", b.groups)
			}
		}
		events := w.events("green")
		if got := events["SecurityGroupRequested"]; !slices.Equal(got, []string{"Pod will get the following Security Groups [sg-pod sg-more sg-last]"}) {
			w.Errorf("SecurityGroupRequested: %q", got)
		}
		if got := events["ResourceAllocated"]; len(got) != 1 || !strings.HasPrefix(got[0], `Allocated [{"eniId":`) {
			w.Errorf("ResourceAllocated: %q", got)
		}
		for _, m := range events["FailedCreatePodSandBox"] {
			if !strings.HasSuffix(m, `plugin type="aws-cni" name="aws-cni" failed (add): add cmd: failed to assign an IP address to container`) {
				w.Errorf("FailedCreatePodSandBox: %q", m)
			}
		}
		node := w.events(w.nodes()[0].Name)
		if got := node["NodeTrunkInitiated"]; !slices.Equal(got, []string{"The node has trunk interface initialized successfully"}) {
			w.Errorf("NodeTrunkInitiated: %q", got)
		}
	})
}

func TestAnUnsuitableTypeGetsNoTrunk(t *testing.T) {
	inWorld(t, []string{"t3.medium"}, nil, func(w *world) {
		w.enablePodENI()
		w.pass(time.Minute)
		n := w.nodes()[0]
		if w.capacity(n) != 0 {
			w.Errorf("t3.medium offers %d branch ENIs", w.capacity(n))
		}
		want := "The instance type t3.medium is not supported for trunk interface (Security Group for Pods)"
		if got := w.events(n.Name)["Unsupported"]; !slices.Equal(got, []string{want}) {
			w.Errorf("Unsupported: %q, want %q once", got, want)
		}
	})
}

func TestTheTenthBranchOfAnM5LargeIsNotScheduled(t *testing.T) {
	inWorld(t, []string{"m5.large"}, nil, func(w *world) {
		w.namespace("demo")
		w.policy("demo", "policy", "sg-pod")
		w.enablePodENI()
		w.until("the node offers branch ENIs", func() bool { return w.capacity(w.nodes()[0]) == 9 })
		for i := range 10 {
			w.run("demo", fmt.Sprintf("green-%d", i), green)
		}
		running := func() (n int, pending []*corev1.Pod) {
			for i := range 10 {
				if p := w.pod("demo", fmt.Sprintf("green-%d", i)); ready(p) {
					n++
				} else {
					pending = append(pending, p)
				}
			}
			return n, pending
		}
		w.until("nine run", func() bool { n, _ := running(); return n == 9 })
		w.pass(10 * time.Minute)
		n, pending := running()
		if n != 9 || len(w.cloud.allBranches()) != 9 {
			w.Fatalf("%d pods run with %d branch ENIs, want 9", n, len(w.cloud.allBranches()))
		}
		if got := w.events(pending[0].Name)["FailedScheduling"]; len(got) != 1 || !strings.HasSuffix(got[0], "1 No preemption victims found for incoming pod.") {
			w.Errorf("FailedScheduling: %q", got)
		}

		// A place is free for the scheduler at once, for EC2 only after the
		// cool-down, of which nobody tells.
		freed := ""
		for i := range 10 {
			if name := fmt.Sprintf("green-%d", i); name != pending[0].Name {
				freed = name
				break
			}
		}
		before := time.Now()
		w.delete("demo", freed)
		w.until("the tenth runs", func() bool { return ready(w.pod("demo", pending[0].Name)) })
		for _, at := range w.cloud.deleted {
			if d := at.Sub(before); d < 60*time.Second || d > 95*time.Second {
				w.Errorf("the branch ENI was deleted after %v, want 60 s to 95 s", d)
			}
		}
		if got := w.events(pending[0].Name)["BranchAllocationFailed"]; len(got) > 0 {
			w.Errorf("a full node is reported: %q", got)
		}
	})
}

func TestTheCoolDownPeriodComesFromTheConfigMap(t *testing.T) {
	inWorld(t, []string{"m5.large"}, nil, func(w *world) {
		w.namespace("demo")
		w.policy("demo", "policy", "sg-pod")
		w.enablePodENI()
		w.run("demo", "green", green)
		w.until("green is ready", func() bool { return ready(w.pod("demo", "green")) })
		_, err := storage.NewClient[*corev1.ConfigMap](w.store, gvr.ConfigMaps, "kubectl").Mutate("kube-system", "amazon-vpc-cni",
			func(m *corev1.ConfigMap) error { m.Data["branch-eni-cooldown"] = "30"; return nil })
		if err != nil {
			w.Fatal(err)
		}
		w.pass(0)
		want := []string{"Branch ENI cool down period has been updated to 30s"}
		if got := w.events(w.nodes()[0].Name)["BranchENICoolDownPeriodUpdated"]; !slices.Equal(got, want) {
			w.Errorf("event %q, want %q", got, want)
		}
		before := time.Now()
		w.delete("demo", "green")
		w.until("its branch ENI is gone", func() bool { return len(w.cloud.allBranches()) == 0 })
		if d := time.Since(before); d < 30*time.Second || d > 65*time.Second {
			w.Errorf("gone after %v, want 30 s to 65 s", d)
		}
	})
}

func TestAMissingPermissionStopsTheTrunkUntilTheNodesNextEvent(t *testing.T) {
	inWorld(t, []string{"m5.large"}, nil, func(w *world) {
		w.cloud.set(func() { w.cloud.denied = true })
		w.enablePodENI()
		w.pass(30 * time.Second)
		name := w.nodes()[0].Name
		want := "Failed to create trunk interface: Error Code: UnauthorizedOperation: Please verify the cluster IAM role has AmazonEKSVPCResourceController policy"
		if got := w.events(name)["TrunkENICreationFailed"]; !slices.Equal(got, []string{want}) {
			w.Errorf("TrunkENICreationFailed: %q", got)
		}
		if got := w.events(name)["NodeTrunkFailedInit"]; !slices.Equal(got, []string{"The node failed initializing trunk interface"}) {
			w.Errorf("NodeTrunkFailedInit: %q", got)
		}
		w.cloud.set(func() { w.cloud.denied = false })
		w.pass(30 * time.Second)
		if w.capacity(w.nodes()[0]) != 0 {
			w.Error("the trunk was made without a node event")
		}
		start := time.Now()
		w.until("a heartbeat makes it try again", func() bool { return w.capacity(w.nodes()[0]) == 9 })
		if d := time.Since(start); d > 6*time.Minute {
			w.Errorf("the trunk came after %v, later than the next heartbeat", d)
		}
	})
}

func TestAnUnknownGroupIsToldInAnEvent(t *testing.T) {
	inWorld(t, []string{"m5.large"}, nil, func(w *world) {
		w.namespace("demo")
		w.policy("demo", "policy", "sg-gone")
		w.enablePodENI()
		w.run("demo", "green", green)
		w.until("the failure is told", func() bool { return len(w.events("green")["BranchAllocationFailed"]) > 0 })
		got := w.events("green")["BranchAllocationFailed"][0]
		if !strings.HasPrefix(got, "failed to allocate branch ENI to pod: creating network interface, operation error EC2: CreateNetworkInterface, ") ||
			!strings.HasSuffix(got, "api error InvalidSecurityGroupID.NotFound: The security group 'sg-gone' does not exist") {
			w.Errorf("BranchAllocationFailed: %q", got)
		}
	})
}

func TestAPodOlderThanItsPolicyKeepsTheNodesNetwork(t *testing.T) {
	inWorld(t, []string{"m5.large"}, nil, func(w *world) {
		w.namespace("demo")
		w.enablePodENI()
		w.run("demo", "old", green)
		w.policy("demo", "policy", "sg-pod")
		w.until("it is ready", func() bool { return ready(w.pod("demo", "old")) })
		if p := w.pod("demo", "old"); podENILimit(p) != "0" || p.Annotations["vpc.amazonaws.com/pod-eni"] != "" {
			w.Errorf("pod has limit %s and annotation %q", podENILimit(p), p.Annotations["vpc.amazonaws.com/pod-eni"])
		}
	})
}

func TestAPodWhosePolicyIsGoneGetsTheInstancesGroups(t *testing.T) {
	inWorld(t, []string{"m5.large"}, nil, func(w *world) {
		w.namespace("demo")
		w.policy("demo", "policy", "sg-pod")
		w.run("demo", "green", green)
		if err := w.policies().Delete("demo", "policy", metav1.DeleteOptions{}); err != nil {
			w.Fatal(err)
		}
		w.enablePodENI()
		w.until("green is ready", func() bool { return ready(w.pod("demo", "green")) })
		want := "Pod will get the instance security group as the pod didn't match any Security Group from SecurityGroupPolicy"
		if got := w.events("green")["SecurityGroupRequested"]; !slices.Equal(got, []string{want}) {
			w.Errorf("SecurityGroupRequested: %q", got)
		}
		for _, b := range w.cloud.allBranches() {
			if !slices.Equal(b.groups, []string{"sg-0000000000000node"}) {
				w.Errorf("branch ENI has groups %v", b.groups)
			}
		}
	})
}

func TestANodeWithoutAFreeENISlotNeverAsks(t *testing.T) {
	inWorld(t, []string{"m5.large"}, nil, func(w *world) {
		id := w.cloud.Nodes("")[0].InstanceID
		w.cloud.set(func() { w.cloud.full[id] = true })
		w.enablePodENI()
		w.pass(10 * time.Minute)
		if w.hasFeature(w.nodes()[0].Name) {
			w.Error("the CNINode has the feature")
		}
		w.cloud.set(func() { w.cloud.full[id] = false })
		w.until("the node has its trunk", func() bool { return w.capacity(w.nodes()[0]) == 9 })
	})
}

func TestWithoutItsClusterRoleTheCNICannotAsk(t *testing.T) {
	inWorld(t, []string{"m5.large"}, nil, func(w *world) {
		w.withoutCNINodeRule()
		w.enablePodENI()
		w.pass(5 * time.Minute)
		if w.hasFeature(w.nodes()[0].Name) {
			w.Error("the CNINode has the feature")
		}
	})
}

func TestANewNodeJoinsAndAGoneOneLeaves(t *testing.T) {
	inWorld(t, []string{"m5.large"}, nil, func(w *world) {
		w.enablePodENI()
		w.cloud.launch("m5.xlarge")
		w.until("the new node has a trunk", func() bool { return len(w.nodes()) == 2 && w.capacity(w.nodes()[1]) == 18 })
		w.cloud.set(func() {
			w.cloud.machines = slices.DeleteFunc(w.cloud.machines, func(m cloud.Node) bool { return m.InstanceType == "m5.xlarge" })
		})
		w.until("it is gone again", func() bool { return len(w.nodes()) == 1 })
		w.until("its pods are gone", func() bool {
			pods, err := w.pods().List("", storage.Selector{})
			return err == nil && !slices.ContainsFunc(pods, func(p *corev1.Pod) bool { return strings.HasSuffix(p.Spec.NodeName, "0-2.us-west-2.compute.internal") })
		})
		w.until("its CNINode is gone", func() bool { return len(w.cniNodes()) == 1 })
	})
}
