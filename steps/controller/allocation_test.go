package controller

import (
	"fmt"
	"testing"
	"time"

	"podsg/steps/check"
	"podsg/steps/check/checktest"
	"podsg/steps/world"
)

const (
	full     = "failed to allocate branch ENI to pod: creating network interface, InsufficientFreeAddressesInSubnet: no"
	slowDown = "failed to allocate branch ENI to pod: creating network interface, RequestLimitExceeded"
	earlier  = "failed to allocate branch ENI to pod: cannot create new eni entry already exist, older entry : [0xc000]"
	changed  = `failed to annotate pod with branch ENI details: Pod "green" is invalid: spec: Forbidden: pod updates may not change fields other than`
)

// another puts a pod beside the green one that waits too, with an event.
func another(message string) func(*world.Snapshot) {
	return func(s *world.Snapshot) {
		p := s.Kube.Pods[0]
		p.Name = "blue"
		s.Kube.Pods = append(s.Kube.Pods, p)
		happen(s, p, "BranchAllocationFailed", message, s.TakenAt.Add(-30*time.Second))
	}
}

func TestTheControllerCanMakeBranchENIs(t *testing.T) {
	noAddress := wait("BranchAllocationFailed", full)
	checktest.Table(t, AllocationChecks, "D64", map[string]checktest.Case{
		"every pod has one": {},
		"the subnet is full": {
			Edit: noAddress, Want: check.Fail, Says: "--subnet-ids subnet-a",
		},
		"the cluster's role has the policy, and may not": {
			Edit: wait("BranchAllocationFailed", "UnauthorizedOperation: not authorized"), Want: check.Fail, Says: "aws iam get-role --role-name cluster-role",
		},
		"the cluster's role has not the policy": {
			Edit: also(wait("BranchAllocationFailed", "UnauthorizedOperation: not authorized"), func(s *world.Snapshot) { s.Cloud.ClusterRole.AttachedPolicies = nil }),
			Want: check.Fail, Says: "attach-role-policy --role-name cluster-role",
		},
		"EC2 throttles":             {Edit: wait("BranchAllocationFailed", slowDown), Want: check.Warn, Says: "1 pod without a branch ENI: EC2 throttles the controller"},
		"two pods, two causes":      {Edit: also(wait("BranchAllocationFailed", slowDown), another(full)), Want: check.Fail, Says: "2 pods without a branch ENI: the node's subnet has no free address for the branch ENI; EC2 throttles the controller"},
		"two pods, one cause":       {Edit: also(noAddress, another(full)), Want: check.Fail, Says: "2 pods without a branch ENI: the node's subnet has no free address for the branch ENI\n"},
		"the pod has it by now":     {Edit: also(noAddress, onPod(func(p *world.Pod) { p.ENIs, p.Phase = []world.PodENI{{ENIID: "eni-branch"}}, "Running" }))},
		"the pod has ended":         {Edit: also(noAddress, onPod(func(p *world.Pod) { p.Phase = "Failed" }))},
		"the pod is going":          {Edit: also(noAddress, onPod(func(p *world.Pod) { p.Terminating = true }))},
		"it is an earlier pod's":    {Edit: also(noAddress, func(s *world.Snapshot) { s.Kube.Pods[0].CreatedAt = s.TakenAt.Add(-time.Second) })},
		"another check's failure":   {Edit: wait("BranchAllocationFailed", earlier)},
		"without events":            {Edit: deny(world.FactEvents)},
		"without events, one waits": {Edit: also(noAddress, deny(world.FactEvents)), Want: check.Skip, Says: "access denied"},
	})
}

func TestNoEarlierBranchENIIsInTheWay(t *testing.T) {
	checktest.Table(t, AllocationChecks, "D65", map[string]checktest.Case{
		"every pod has one":         {},
		"one is":                    {Edit: wait("BranchAllocationFailed", earlier), Want: check.Fail, Says: "delete pod green"},
		"another check's failure":   {Edit: wait("BranchAllocationFailed", full)},
		"without events, one waits": {Edit: also(wait("BranchAllocationFailed", earlier), deny(world.FactEvents)), Want: check.Skip, Says: "access denied"},
	})
}

func TestTheControllerCanWriteBranchENIsIntoPods(t *testing.T) {
	checktest.Table(t, AllocationChecks, "D59", map[string]checktest.Case{
		"every pod has one":           {},
		"another webhook changes it":  {Edit: wait("BranchENIAnnotationFailed", changed), Want: check.Fail, Says: "exclude user eks:vpc-resource-controller"},
		"an admission policy forbids": {Edit: wait("BranchENIAnnotationFailed", "ValidatingAdmissionPolicy 'x' denied request"), Want: check.Fail, Says: "get validatingadmissionpolicies"},
		"its own permissions":         {Edit: wait("BranchENIAnnotationFailed", `cannot patch resource "pods"`)},
		"without events, one waits":   {Edit: also(wait("BranchENIAnnotationFailed", changed), deny(world.FactEvents)), Want: check.Skip, Says: "access denied"},
	})
}

func TestNoPodWaitsWithoutAWord(t *testing.T) {
	asked := wait("SecurityGroupRequested", "Pod will get the following Security Groups [sg-pods]")
	coolsDown := func(s *world.Snapshot) { s.Kube.Nodes[0].PodENIs = 1 }
	since := func(ago time.Duration) func(*world.Snapshot) {
		return func(s *world.Snapshot) {
			p := &s.Kube.Pods[0]
			p.ENIs, p.IP, p.Phase, p.CreatedAt = nil, "", "Pending", s.TakenAt.Add(-ago)
		}
	}
	checktest.Table(t, AllocationChecks, "D63", map[string]checktest.Case{
		"every pod has one":                {},
		"it was placed a moment ago":       {Edit: since(5 * time.Second)},
		"the controller is at work":        {Edit: asked},
		"its node's branch ENIs cool down": {Edit: also(asked, coolsDown), Want: check.Warn, Says: "the nodes of 1 pod have as many branch ENIs as they can"},
		"they do so for long":              {Edit: also(since(10*time.Minute), coolsDown), Want: check.Fail, Says: "0 of 1 branch ENIs in use, 1 cooling down"},
		"nobody says why": {
			Edit: since(10 * time.Minute), Want: check.Fail, Says: "green on node-1 waits for 10m0s, though the node has room: 0 of 9",
		},
		"the node is not known": {
			Edit: also(since(10*time.Minute), deny(world.FactInterfaces)), Want: check.Fail, Says: "how many branch ENIs the node has is not known",
		},
		"an event says why":         {Edit: also(since(10*time.Minute), func(s *world.Snapshot) { happen(s, s.Kube.Pods[0], "BranchAllocationFailed", full, s.TakenAt) })},
		"without events, one waits": {Edit: also(since(10*time.Minute), deny(world.FactEvents)), Want: check.Skip, Says: "access denied"},
	})
}

func TestBranchENIsAreGivenSoon(t *testing.T) {
	start := func(pods int, after time.Duration) func(*world.Snapshot) {
		return func(s *world.Snapshot) {
			for i := range pods {
				p := s.Kube.Pods[0]
				p.Name = fmt.Sprintf("green-%d", i)
				s.Kube.Pods = append(s.Kube.Pods, p)
				happen(s, p, "SecurityGroupRequested", "Pod will get", s.TakenAt.Add(-5*time.Minute))
				happen(s, p, "ResourceAllocated", "Allocated", s.TakenAt.Add(after-5*time.Minute))
			}
		}
	}
	checktest.Table(t, AllocationChecks, "D73", map[string]checktest.Case{
		"nothing was asked for":          {},
		"three pods had to wait":         {Edit: start(3, time.Minute), Want: check.Warn, Says: "3 pods waited longer than 30s for theirs, the longest 1m0s"},
		"two had to":                     {Edit: start(2, time.Minute)},
		"three pods, soon":               {Edit: start(3, 10*time.Second)},
		"an error was in the way of one": {Edit: also(start(3, time.Minute), func(s *world.Snapshot) { happen(s, s.Kube.Pods[1], "BranchAllocationFailed", full, s.TakenAt) })},
	})
}
