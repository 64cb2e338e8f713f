package steps

import (
	"testing"

	"podsg/steps/check"
	"podsg/steps/intent"
	"podsg/steps/world"
)

func TestSelectedFargatePodsNeedTheClustersGroupAndAtMostFive(t *testing.T) {
	t.Parallel()
	fargate := func(groups ...string) func(*world.Snapshot) {
		return func(s *world.Snapshot) {
			s.Kube.Pods[0].Fargate, s.Kube.Pods[0].ENILimitOn, s.Kube.Pods[0].ENIs = true, -1, nil
			s.Kube.Policies[0].GroupIDs = groups
		}
	}
	second := func(s *world.Snapshot) {
		more := s.Kube.Policies[0]
		more.Name, more.GroupIDs = "more", []string{"sg-nodes", "sg-6"}
		s.Kube.Policies = append(s.Kube.Policies, more)
	}
	testBroken(t, "D08", map[string]broken{
		"with the cluster's group":     {fargate("sg-pods", "sg-nodes"), check.Pass, "all 1"},
		"without":                      {fargate("sg-pods"), check.Warn, "api-1 gets sg-pods"},
		"with that of another policy":  {also(fargate("sg-pods"), second), check.Pass, ""},
		"with six":                     {fargate("sg-nodes", "sg-2", "sg-3", "sg-4", "sg-5", "sg-6"), check.Fail, "more than 5"},
		"with six of two policies":     {also(fargate("sg-1", "sg-2", "sg-3", "sg-4"), second), check.Fail, "more than 5"},
		"with five of two policies":    {also(fargate("sg-1", "sg-2", "sg-3"), second), check.Pass, ""},
		"a pod that no policy selects": {also(fargate("sg-pods"), func(s *world.Snapshot) { s.Kube.Pods[0].Labels = nil }), "", ""},
		"a pod that has ended":         {also(fargate("sg-pods"), func(s *world.Snapshot) { s.Kube.Pods[0].Phase = "Failed" }), "", ""},
		"a pod that is no Fargate pod": {func(*world.Snapshot) {}, "", ""},
	})
}

func TestASelectedWindowsPodIsNamedAndNotToBeRestarted(t *testing.T) {
	t.Parallel()
	windows := func(s *world.Snapshot) {
		s.Kube.Pods[0].Windows, s.Kube.Pods[0].ENILimitOn, s.Kube.Pods[0].ENIs = true, -1, nil
	}
	testBroken(t, "D39g", map[string]broken{
		"selected":     {windows, check.Fail, "api-1"},
		"not selected": {also(windows, func(s *world.Snapshot) { s.Kube.Pods[0].Labels = nil }), "", ""},
		"on Linux":     {func(*world.Snapshot) {}, "", ""},
	})
	s := nodeSnapshot()
	windows(s)
	if f := diagnosed(t, s, intent.Intent{})["D44"]; f.Status != check.Pass {
		t.Errorf("D44 %s: %s %v", f.Status, f.Reason.String(), f.Evidence)
	}
}
