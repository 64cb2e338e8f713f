package policy

import (
	"testing"

	"podsg/steps/check"
	"podsg/steps/check/checktest"
	"podsg/steps/intent"
	"podsg/steps/world"
)

func TestThePolicyIsThereAndAsWanted(t *testing.T) {
	checktest.Table(t, Checks, "P04", map[string]checktest.Case{
		"it is": {Want: check.Pass, Says: "it selects app=green-pod and gives sg-pods"},
		"there is none": {
			Edit: gone, Target: func(t *intent.Target) { t.PolicyName = "allow" }, Want: check.Fail, Says: "there is no policy " + intent.DefaultNamespace + "/allow",
		},
		"another selector was wanted": {
			Target: func(t *intent.Target) { t.Selector = &world.Selector{MatchLabels: labels("app", "other")} }, Want: check.Fail, Says: "wanted: app=other gives",
		},
		"another group was wanted": {
			Target: func(t *intent.Target) { t.PodGroup = intent.IDRef("sg-other", "other") }, Want: check.Fail, Says: "setup changes it",
		},
	})
}

func TestThePolicysGroupsAreOfTheVPC(t *testing.T) {
	checktest.Table(t, Checks, "D82", map[string]checktest.Case{
		"they are": {Want: check.Pass, Says: "sg-pods"},
		"one does not exist": {
			Edit: groups("sg-pods", "sg-gone"), Want: check.Fail, Says: "sg-gone does not exist in vpc-1",
		},
		"an id that is none": {Edit: groups("my_pod_sg"), Want: check.Skip, Says: "see D47"},
		"pods wait for it already": {
			Edit: also(groups("sg-gone"), func(s *world.Snapshot) {
				s.Kube.Events = []world.ClusterEvent{{Kind: "Pod", Namespace: intent.DefaultNamespace, Name: "green", Reason: "BranchAllocationFailed", Message: "InvalidGroup.NotFound"}}
			}),
			Want: check.Fail, Says: "Pod green: InvalidGroup.NotFound",
		},
		"there is no policy": {Edit: gone},
	})
}

func TestThePolicyIsComplete(t *testing.T) {
	checktest.Table(t, Checks, "D47", map[string]checktest.Case{
		"it is":                    {Want: check.Pass},
		"only an accountSelector":  {Edit: also(accountSelector("team", "shop"), onPolicy(func(p *world.PodPolicy) { p.PodSelector = nil })), Want: check.Pass},
		"it has no selector":       {Edit: onPolicy(func(p *world.PodPolicy) { p.PodSelector = nil }), Want: check.Fail, Says: "neither podSelector nor serviceAccountSelector"},
		"it names no group":        {Edit: groups(), Want: check.Fail, Says: "it names no security group"},
		"a group by its name":      {Edit: groups("my_pod_sg"), Want: check.Fail, Says: `"my_pod_sg" is no id of a security group`},
		"the name of one there is": {Edit: groups(intent.DefaultPodGroupName), Want: check.Fail, Says: `"POD_SG" is the name of sg-pods, and no id`},
		"an empty group":           {Edit: groups(""), Want: check.Fail, Says: "an empty id"},
		"a variable":               {Edit: groups("${POD_SG}"), Want: check.Fail, Says: `"${POD_SG}" is no id`},
		"an operator that is none": {
			Edit: onPolicy(func(p *world.PodPolicy) {
				p.PodSelector = &world.Selector{MatchExpressions: []world.SelectorRequirement{{Key: "app", Operator: "Equals", Values: []string{"green"}}}}
			}),
			Want: check.Fail, Says: "operators are In, NotIn, Exists and DoesNotExist",
		},
		"of somebody else": {
			Edit:   also(groups("my_pod_sg"), onPolicy(func(p *world.PodPolicy) { p.Owned = false })),
			Target: func(t *intent.Target) { t.Foreign = true }, Want: check.Fail, Says: "kubectl -n sg-per-pod edit securitygrouppolicy",
		},
		"there is no policy": {Edit: gone},
	})
}

func TestThePolicyDoesNotCatchEveryPod(t *testing.T) {
	checktest.Table(t, Checks, "D51", map[string]checktest.Case{
		"it selects by a label": {Want: check.Pass, Says: "it selects app=green-pod"},
		"its selector is empty": {Edit: onPolicy(func(p *world.PodPolicy) { p.PodSelector = &world.Selector{} }), Want: check.Warn, Says: "every pod of namespace " + intent.DefaultNamespace},
		"there is no policy":    {Edit: gone},
	})
}
