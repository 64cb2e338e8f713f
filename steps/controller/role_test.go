package controller

import (
	"errors"
	"testing"

	"podsg/steps/check"
	"podsg/steps/check/checktest"
	"podsg/steps/world"
)

var errDenied = errors.New("access denied")

// deny takes facts away.
func deny(facts ...world.Fact) func(*world.Snapshot) {
	return func(s *world.Snapshot) {
		for _, f := range facts {
			s.AddGap(f, errDenied)
		}
	}
}

func TestTheControllerHasItsPermissions(t *testing.T) {
	refused := wait("BranchENIAnnotationFailed", `pods "green" is forbidden: User "eks:vpc-resource-controller" cannot patch resource "pods" in API group ""`)
	noRole := func(s *world.Snapshot) { s.Kube.Settings.ControllerRole = false }
	noBinding := func(s *world.Snapshot) { s.Kube.Settings.ControllerBinding = false }
	checktest.Table(t, RoleChecks, "D60", map[string]checktest.Case{
		"it has":                       {},
		"its Role is gone":             {Edit: noRole, Want: check.Fail, Says: "Role eks-vpc-resource-controller-role of kube-system is missing"},
		"its RoleBinding is gone":      {Edit: also(noBinding, refused), Want: check.Fail, Says: "RoleBinding eks-vpc-resource-controller-rolebinding of kube-system is missing"},
		"both are gone":                {Edit: also(noRole, noBinding), Want: check.Fail, Says: "eks-vpc-resource-controller-rolebinding of kube-system are missing"},
		"a pod shows it":               {Edit: refused, Want: check.Fail, Says: "1 pod without a branch ENI: the controller may not write into pods"},
		"a pod shows it all the same":  {Edit: also(refused, deny(world.FactSettings)), Want: check.Fail, Says: "cluster settings not observed"},
		"nobody knows":                 {Edit: deny(world.FactSettings), Want: check.Skip, Says: "access denied"},
		"a pod shows another failure":  {Edit: wait("BranchAllocationFailed", "UnauthorizedOperation")},
		"the pod that showed it ended": {Edit: also(refused, onPod(func(p *world.Pod) { p.Phase = "Failed" }))},
	})
}
