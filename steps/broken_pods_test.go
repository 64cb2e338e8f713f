package steps

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"podsg/steps/check"
	"podsg/steps/cni"
	"podsg/steps/follow"
	"podsg/steps/intent"
	"podsg/steps/proof"
	"podsg/steps/world"
)

// A brokenPod breaks the world that was set up so that one check says so.
type brokenPod struct {
	check   check.Check
	want    check.Status
	says    string // in the reason, the evidence or the way to mend it
	breakIt func(s *world.Snapshot, green *world.Pod)
}

// brokenPods are the ways in which selected pods get no branch ENI, get
// another than was meant, or cannot be made.
var brokenPods = map[string]brokenPod{
	"the webhook failed open": {check.Check{ID: "D43"}, check.Fail, "the webhook did not answer then", func(s *world.Snapshot, p *world.Pod) {
		p.ENILimitOn, p.ENIs = -1, nil
		p.CreatedAt = s.Kube.Policies[0].CreatedAt.Add(time.Hour)
	}},
	"the policy is in another namespace": {check.Check{ID: "D46"}, check.Fail, "policy allow selects app=green-pod, but is in namespace elsewhere", func(s *world.Snapshot, _ *world.Pod) {
		s.Kube.Policies[0].Namespace, s.Kube.Policies[0].Name = "elsewhere", "allow"
	}},
	"a policy elsewhere would select the pods, and none of its own": {check.Check{ID: "D46"}, check.Warn, "would select green", func(s *world.Snapshot, p *world.Pod) {
		p.Labels = map[string]string{"db": "yes"}
		s.Kube.Policies = append(s.Kube.Policies, world.PodPolicy{
			ObjectFacts: world.ObjectFacts{Namespace: "elsewhere", Name: "db"}, PodSelector: &world.Selector{MatchLabels: p.Labels}, GroupIDs: []string{"sg-pods"},
		})
	}},
	"seventeen groups": {check.Check{ID: "D53"}, check.Fail, "no network interface can have more than 16", func(s *world.Snapshot, _ *world.Pod) { s.Kube.Policies[0].GroupIDs = someGroups(17) }},
	"six groups":       {check.Check{ID: "D53"}, check.Warn, "may have 5 unless the account's quota was raised", func(s *world.Snapshot, _ *world.Pod) { s.Kube.Policies[0].GroupIDs = someGroups(6) }},
	"six groups by two policies": {check.Check{ID: "D53"}, check.Warn, "policies " + intent.DefaultPolicyName + ", more together give 6", func(s *world.Snapshot, _ *world.Pod) {
		more := s.Kube.Policies[0]
		more.Name, more.GroupIDs = "more", someGroups(6)[1:]
		s.Kube.Policies = append(s.Kube.Policies, more)
	}},
	"more groups than the definition allows": {check.Check{ID: "D53"}, check.Warn, "the cluster accepts 3", func(s *world.Snapshot, _ *world.Pod) {
		s.Kube.Policies[0].GroupIDs, s.Kube.Admission.MaxGroups = someGroups(4), 3
	}},
	"pods match one of two selectors each": {check.Check{ID: "D49"}, check.Warn, "only the podSelector selects green (service account default)", func(s *world.Snapshot, _ *world.Pod) {
		s.Kube.Policies[0].ServiceAccountSelector = &world.Selector{MatchLabels: map[string]string{"team": "shop"}}
		s.Kube.ServiceAccounts = []world.ServiceAccount{{Name: "default"}, {Name: "shop", Labels: map[string]string{"team": "shop"}}}
	}},
	"a service account is selected by its name": {check.Check{ID: "D50"}, check.Fail, "label serviceaccount orders app=orders", func(s *world.Snapshot, _ *world.Pod) {
		s.Kube.Policies[0].ServiceAccountSelector = &world.Selector{MatchLabels: map[string]string{"app": "orders"}}
		s.Kube.ServiceAccounts = []world.ServiceAccount{{Name: "default"}, {Name: "orders"}}
	}},
	"no service account has the labels": {check.Check{ID: "D50"}, check.Warn, "service account default: no labels", func(s *world.Snapshot, _ *world.Pod) {
		s.Kube.Policies[0].PodSelector, s.Kube.Policies[0].ServiceAccountSelector = nil, &world.Selector{MatchLabels: map[string]string{"app": "orders"}}
		s.Kube.ServiceAccounts = []world.ServiceAccount{{Name: "default"}}
	}},
	"another policy gives more": {check.Check{ID: "D52"}, check.Warn, "sg-nodes of policy wide as well", func(s *world.Snapshot, _ *world.Pod) {
		s.Kube.Policies = append(s.Kube.Policies, world.PodPolicy{
			ObjectFacts: world.ObjectFacts{Namespace: intent.DefaultNamespace, Name: "wide"}, PodSelector: &world.Selector{}, GroupIDs: []string{"sg-nodes", "sg-pods"},
		})
	}},
	"the service account is not known": {check.Check{ID: "D56"}, check.Fail, "did not know the pod's service account", func(s *world.Snapshot, _ *world.Pod) {
		refuse(s, `Error creating: admission webhook "mpod.vpc.k8s.aws" denied the request: Failed to get Matching SGP for Pods, rejecting event, error ServiceAccount "api" not found`)
	}},
	"the annotation was copied": {check.Check{ID: "D57"}, check.Fail, "edit deployment green", func(s *world.Snapshot, _ *world.Pod) {
		refuse(s, `Error creating: admission webhook "vpod.vpc.k8s.aws" denied the request: pod cannot be created with vpc.amazonaws.com/pod-eni annotation`)
	}},
	"a quota counts branch ENIs": {check.Check{ID: "D58"}, check.Fail, "raise it for requests.vpc.amazonaws.com/pod-eni", func(s *world.Snapshot, _ *world.Pod) {
		refuse(s, `Error creating: pods "green-7c-x" is forbidden: exceeded quota: enis, requested: requests.vpc.amazonaws.com/pod-eni=1, used: requests.vpc.amazonaws.com/pod-eni=1, limited: requests.vpc.amazonaws.com/pod-eni=1`)
	}},
	"another webhook changes the pod": {check.Check{ID: "D59"}, check.Fail, "exclude user eks:vpc-resource-controller", func(s *world.Snapshot, p *world.Pod) {
		wait(s, p, "BranchENIAnnotationFailed", `failed to annotate pod with branch ENI details: Pod "green" is invalid: spec: Forbidden: pod updates may not change fields other than`)
	}},
	"the controller's binding is gone": {check.Check{ID: "D60"}, check.Fail, "RoleBinding eks-vpc-resource-controller-rolebinding of kube-system is missing", func(s *world.Snapshot, p *world.Pod) {
		s.Kube.Settings.ControllerBinding = false
		wait(s, p, "BranchENIAnnotationFailed", `pods "green" is forbidden: User "eks:vpc-resource-controller" cannot patch resource "pods" in API group ""`)
	}},
	"the controller may not write into pods": {check.Check{ID: "D60"}, check.Fail, "1 pod without a branch ENI: the controller may not write into pods", func(s *world.Snapshot, p *world.Pod) {
		wait(s, p, "BranchENIAnnotationFailed", `pods "green" is forbidden: User "eks:vpc-resource-controller" cannot patch resource "pods" in API group ""`)
	}},
	"the subnet is full": {check.Check{ID: "D64"}, check.Fail, "--subnet-ids subnet-a", func(s *world.Snapshot, p *world.Pod) {
		wait(s, p, "BranchAllocationFailed", "failed to allocate branch ENI to pod: creating network interface, InsufficientFreeAddressesInSubnet: no")
	}},
	"the cluster's role may not make branch ENIs": {check.Check{ID: "D64"}, check.Fail, "attach-role-policy --role-name cluster-role", func(s *world.Snapshot, p *world.Pod) {
		wait(s, p, "BranchAllocationFailed", "failed to allocate branch ENI to pod: creating network interface, UnauthorizedOperation: not authorized")
	}},
	"EC2 throttles the controller": {check.Check{ID: "D64"}, check.Warn, "EC2 throttles the controller", func(s *world.Snapshot, p *world.Pod) {
		wait(s, p, "BranchAllocationFailed", "failed to allocate branch ENI to pod: creating network interface, RequestLimitExceeded")
	}},
	"an older entry is in the way": {check.Check{ID: "D65"}, check.Fail, "delete pod green", func(s *world.Snapshot, p *world.Pod) {
		wait(s, p, "BranchAllocationFailed", "failed to allocate branch ENI to pod: cannot create new eni entry already exist, older entry : [0xc000]")
	}},
	"the node's branch ENIs cool down": {check.Check{ID: "D63"}, check.Warn, "0 of 1 branch ENIs in use, 1 cooling down", func(s *world.Snapshot, p *world.Pod) {
		wait(s, p, "SecurityGroupRequested", "Pod will get the following Security Groups [sg-pods]")
		s.Kube.Nodes[0].PodENIs, s.Cloud.Interfaces[2].TrunkID = 1, "eni-trunk"
	}},
	"nobody says why a pod waits": {check.Check{ID: "D63"}, check.Fail, "green on node-1 waits for 10m0s, though the node has room: 0 of 9", func(s *world.Snapshot, p *world.Pod) {
		p.ENIs, p.IP, p.Phase, p.CreatedAt = nil, "", "Pending", s.TakenAt.Add(-10*time.Minute)
	}},
	"many pods start at once": {check.Check{ID: "D73"}, check.Warn, "3 pods waited longer than 30s for theirs, the longest 1m0s", func(s *world.Snapshot, p *world.Pod) {
		for i := range 3 {
			pod := *p
			pod.Name = fmt.Sprintf("green-%d", i)
			s.Kube.Pods = append(s.Kube.Pods, pod)
			happen(s, pod, "SecurityGroupRequested", "Pod will get", s.TakenAt.Add(-5*time.Minute))
			happen(s, pod, "ResourceAllocated", "Allocated", s.TakenAt.Add(-4*time.Minute))
		}
	}},
	"a cool-down without a number":   {check.Find(cni.Checks, "D69"), check.Warn, `"60s", which is no whole number`, func(s *world.Snapshot, _ *world.Pod) { s.Kube.Settings.CoolDown = "60s" }},
	"a cool-down below the least":    {check.Find(cni.Checks, "D69"), check.Warn, "takes no less than 30", func(s *world.Snapshot, _ *world.Pod) { s.Kube.Settings.CoolDown = "10" }},
	"a cool-down shorter than usual": {check.Find(cni.Checks, "D69"), check.Warn, "gc_stale_time=30", func(s *world.Snapshot, _ *world.Pod) { s.Kube.Settings.CoolDown = "30" }},
	"an IPv6 cluster with an IPv4 subnet": {proof.CheckIPv6, check.Fail, "--subnet-id subnet-a --assign-ipv6-address-on-creation", func(s *world.Snapshot, _ *world.Pod) {
		s.Cloud.Cluster.IPFamily, s.Cloud.Interfaces[2].SubnetID = "ipv6", "subnet-a"
	}},
	"an old VPC CNI and pods that end at once": {proof.CheckGrace, check.Warn, "VPC CNI v1.10.2 then leaves rules", func(s *world.Snapshot, _ *world.Pod) { s.Kube.CNI.Version = "v1.10.2" }},
}

func someGroups(n int) []string {
	out := []string{"sg-pods"}
	for i := 1; i < n; i++ {
		out = append(out, fmt.Sprintf("sg-%d", i))
	}
	return out
}

// refuse lets the newest ReplicaSet of Deployment green fail to make its pods.
func refuse(s *world.Snapshot, message string) {
	w := &s.Kube.Workloads[0]
	w.Replicas, w.Ready, w.Updated = 2, 1, 1
	s.Kube.Events = append(s.Kube.Events, world.ClusterEvent{
		At: s.TakenAt.Add(-20 * time.Minute), Kind: "ReplicaSet", Namespace: intent.DefaultNamespace, Name: "green-7c", Reason: "FailedCreate", Message: message,
	})
}

// wait lets a pod wait for its branch ENI, with an event.
func wait(s *world.Snapshot, p *world.Pod, reason, message string) {
	p.ENIs, p.IP, p.Phase, p.CreatedAt = nil, "", "Pending", s.TakenAt.Add(-time.Minute)
	happen(s, *p, reason, message, s.TakenAt.Add(-30*time.Second))
}

func happen(s *world.Snapshot, p world.Pod, reason, message string, at time.Time) {
	s.Kube.Events = append(s.Kube.Events, world.ClusterEvent{At: at, Kind: "Pod", Namespace: p.Namespace, Name: p.Name, Reason: reason, Message: message, Count: 1})
}

// checked are the findings about a snapshot, by id.
func checked(t *testing.T, s *world.Snapshot) map[string]check.Finding {
	t.Helper()
	target, _, err := intent.Resolve(s, intent.Intent{Cluster: s.Cloud.Cluster.Name, CNI: intent.CNIIntent{EnforcingMode: world.ModeStrict}})
	if err != nil {
		t.Fatal(err)
	}
	return byID(Check(s, &target))
}

func TestEveryTroubleOfPodsIsToldByItsCheck(t *testing.T) {
	t.Parallel()
	for name, x := range brokenPods {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			healthy := checked(t, setUpWorld())
			if f, told := healthy[x.check.ID]; told && f.Status != check.Pass {
				t.Fatalf("in a healthy world: %+v", f)
			}
			s := setUpWorld()
			x.breakIt(s, &s.Kube.Pods[0])
			f := checked(t, s)[x.check.ID]
			text := f.Reason.String() + "\n" + strings.Join(f.Evidence, "\n")
			if f.Fix != nil {
				text += "\n" + f.Fix.Text.String() + "\n" + f.Fix.Command
			}
			if f.Status != x.want || f.Fix == nil || !strings.Contains(text, x.says) {
				t.Errorf("%s %s:\n%s\nwant %s with %q", x.check.ID, f.Status, text, x.want, x.says)
			}
		})
	}
}

// eventChecks are the checks that events tell.
var eventChecks = []string{"D56", "D57", "D58", "D59", "D64", "D65", "D63"}

func TestWhatEventsTellOfIsReportedOnlyWhileItIsSo(t *testing.T) {
	t.Parallel()
	for name, mend := range map[string]func(s *world.Snapshot, p *world.Pod){
		"the pod has its branch ENI by now": func(_ *world.Snapshot, p *world.Pod) {
			p.ENIs, p.Phase = []world.PodENI{{ENIID: "eni-branch"}}, "Running"
		},
		"the pod is gone":                     func(s *world.Snapshot, _ *world.Pod) { s.Kube.Pods = nil },
		"the pod has ended":                   func(_ *world.Snapshot, p *world.Pod) { p.Phase = "Failed" },
		"a pod of the same name came after":   func(s *world.Snapshot, p *world.Pod) { p.CreatedAt = s.TakenAt.Add(-time.Second) },
		"the pod is about to be deleted":      func(_ *world.Snapshot, p *world.Pod) { p.Terminating = true },
		"the pod is of another namespace now": func(_ *world.Snapshot, p *world.Pod) { p.Namespace = "elsewhere" },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, trouble := range []string{"another webhook changes the pod", "the subnet is full", "an older entry is in the way", "the node's branch ENIs cool down"} {
				s := setUpWorld()
				brokenPods[trouble].breakIt(s, &s.Kube.Pods[0])
				mend(s, &s.Kube.Pods[0])
				nothingOf(t, trouble, s)
			}
		})
	}
	for name, mend := range map[string]func(s *world.Snapshot){
		"all pods are there": func(s *world.Snapshot) { s.Kube.Workloads[0].Ready = 2 },
		"its ReplicaSet made pods since": func(s *world.Snapshot) {
			s.Kube.Pods[0].Owner, s.Kube.Pods[0].CreatedAt = "ReplicaSet/green-7c", s.TakenAt.Add(-time.Minute)
		},
		"the Deployment is gone": func(s *world.Snapshot) { s.Kube.Workloads = nil },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, trouble := range []string{"the service account is not known", "the annotation was copied", "a quota counts branch ENIs"} {
				s := setUpWorld()
				brokenPods[trouble].breakIt(s, &s.Kube.Pods[0])
				mend(s)
				nothingOf(t, trouble, s)
			}
		})
	}
}

// nothingOf fails the test when a check of events reports anything.
func nothingOf(t *testing.T, trouble string, s *world.Snapshot) {
	t.Helper()
	found := checked(t, s)
	for _, id := range eventChecks {
		if f, told := found[id]; told {
			t.Errorf("%s: %s %s: %s %v", trouble, f.ID, f.Status, f.Reason.String(), f.Evidence)
		}
	}
}

func TestARollOutThatHangsIsToldThoughTheOldPodsAreThere(t *testing.T) {
	t.Parallel()
	for age, want := range map[time.Duration]bool{time.Minute: true, 20 * time.Minute: false} {
		s := setUpWorld()
		brokenPods["the annotation was copied"].breakIt(s, nil)
		s.Kube.Workloads[0].Ready = 2
		s.Kube.Events[0].At = s.TakenAt.Add(-age)
		if _, told := checked(t, s)["D57"]; told != want {
			t.Errorf("an event of %s ago is told: %t", age, told)
		}
	}
}

func TestWithoutEventsOnlyPodsInTroubleAreSkipped(t *testing.T) {
	t.Parallel()
	healthy, broken := setUpWorld(), setUpWorld()
	brokenPods["the subnet is full"].breakIt(broken, &broken.Kube.Pods[0])
	for _, s := range []*world.Snapshot{healthy, broken} {
		s.AddGap(world.FactEvents, fmt.Errorf("not allowed"))
	}
	nothingOf(t, "none", healthy)
	if f := checked(t, broken)["D64"]; f.Status != check.Skip || !strings.Contains(f.Reason.String(), "not allowed") {
		t.Errorf("%+v", f)
	}
}

func TestOrdinaryClustersAreNotWarnedOf(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(s *world.Snapshot){
		"the usual cool-down, written down": func(s *world.Snapshot) { s.Kube.Settings.CoolDown = "60" },
		"a quota for groups that was raised, as an interface shows": func(s *world.Snapshot) {
			s.Kube.Policies[0].GroupIDs, s.Cloud.Interfaces[0].Groups = someGroups(8), someGroups(8)
		},
		"the same labels and a policy in another namespace": func(s *world.Snapshot) {
			other := s.Kube.Policies[0]
			other.Namespace = "elsewhere"
			s.Kube.Policies = append(s.Kube.Policies, other)
		},
		"a policy of the same group": func(s *world.Snapshot) {
			other := s.Kube.Policies[0]
			other.Name = "other"
			s.Kube.Policies = append(s.Kube.Policies, other)
		},
		"both selectors and a pod that matches both": func(s *world.Snapshot) {
			s.Kube.Policies[0].ServiceAccountSelector = &world.Selector{MatchLabels: map[string]string{"team": "shop"}}
			s.Kube.ServiceAccounts = []world.ServiceAccount{{Name: "shop", Labels: map[string]string{"team": "shop"}}}
			s.Kube.Pods[0].ServiceAccount = "shop"
		},
		"an IPv6 cluster whose subnets assign addresses": func(s *world.Snapshot) {
			s.Cloud.Cluster.IPFamily, s.Kube.Pods[0].ENIs[0].IPv6 = "ipv6", "2001:db8::3"
		},
		"a job that has ended": func(s *world.Snapshot) { s.Kube.Pods[0].Phase, s.Kube.Pods[0].ENIs = "Succeeded", nil },
		"a pod that was placed a moment ago": func(s *world.Snapshot) {
			p := &s.Kube.Pods[0]
			p.ENIs, p.Phase, p.CreatedAt = nil, "Pending", s.TakenAt.Add(-5*time.Second)
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := setUpWorld()
			change(s)
			var ids []string
			for _, x := range brokenPods {
				ids = append(ids, x.check.ID)
			}
			for id, f := range checked(t, s) {
				if slices.Contains(ids, id) && f.Status != check.Pass {
					t.Errorf("%s %s: %s %v", id, f.Status, f.Reason.String(), f.Evidence)
				}
			}
		})
	}
}

func TestAPodThatHasEndedIsFollowedToItsEndOnly(t *testing.T) {
	t.Parallel()
	s := shopSnapshot()
	s.Kube.Pods[0].Phase = "Succeeded"
	target, err := intent.ResolveForDiagnosis(s, intent.Intent{Cluster: "shop", Namespace: "shop"})
	if err != nil {
		t.Fatal(err)
	}
	for _, state := range []string{"its branch ENI cools down", "its branch ENI is gone", "it never got one"} {
		switch state {
		case "its branch ENI is gone":
			s.Cloud.Interfaces = nil
		case "it never got one":
			s.Kube.Pods[0].ENIs = nil
		}
		found, err := follow.CheckPod(s, &target, "api-1")
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range found {
			if f.Status == check.Fail || f.Status == check.Warn {
				t.Errorf("%s: %s %s", state, f.ID, f.Reason.String())
			}
		}
	}
}
