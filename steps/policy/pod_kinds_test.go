package policy

import (
	"testing"

	"podsg/steps/check"
	"podsg/steps/check/checktest"
	"podsg/steps/world"
)

func TestSelectedFargatePodsNeedTheClustersGroupAndAtMostFive(t *testing.T) {
	onFargate := func(ids ...string) func(*world.Snapshot) {
		return also(groups(ids...), onPod(func(p *world.Pod) { p.Fargate, p.ENILimitOn, p.ENIs = true, -1, nil }))
	}
	second := besides(func(p *world.PodPolicy) { p.GroupIDs = []string{"sg-nodes", "sg-6"} })
	checktest.Table(t, Checks, "D08", map[string]checktest.Case{
		"with the cluster's group":     {Edit: onFargate("sg-pods", "sg-nodes"), Want: check.Pass, Says: "all 1"},
		"without":                      {Edit: onFargate("sg-pods"), Want: check.Warn, Says: "green gets sg-pods"},
		"with that of another policy":  {Edit: also(onFargate("sg-pods"), second), Want: check.Pass},
		"with six":                     {Edit: onFargate("sg-nodes", "sg-2", "sg-3", "sg-4", "sg-5", "sg-6"), Want: check.Fail, Says: "1 Fargate pod more than 5"},
		"with six of two policies":     {Edit: also(onFargate("sg-1", "sg-2", "sg-3", "sg-4"), second), Want: check.Fail, Says: "more than 5"},
		"with five of two policies":    {Edit: also(onFargate("sg-1", "sg-2", "sg-3"), second), Want: check.Pass},
		"a pod that no policy selects": {Edit: also(onFargate("sg-pods"), onPod(func(p *world.Pod) { p.Labels = nil }))},
		"a pod that has ended":         {Edit: also(onFargate("sg-pods"), onPod(func(p *world.Pod) { p.Phase = "Failed" }))},
		"a pod that is no Fargate pod": {},
	})
}

func TestASelectedWindowsPodIsNamed(t *testing.T) {
	onWindows := onPod(func(p *world.Pod) { p.Windows, p.ENILimitOn, p.ENIs = true, -1, nil })
	checktest.Table(t, Checks, "D39g", map[string]checktest.Case{
		"selected":     {Edit: onWindows, Want: check.Fail, Says: "1 selected pod runs on Windows, where pods keep their node's security groups\ngreen"},
		"not selected": {Edit: also(onWindows, onPod(func(p *world.Pod) { p.Labels = nil }))},
		"on Linux":     {},
	})
}
