package steps

import (
	"strings"
	"testing"

	"podsg/steps/check"
	"podsg/steps/follow"
	"podsg/steps/intent"
	"podsg/steps/world"
)

func TestPodsBehindALoadBalancerNeedOneTaggedGroup(t *testing.T) {
	t.Parallel()
	const tag = "kubernetes.io/cluster/shop"
	groups := func(tagged ...string) func(*world.Snapshot) {
		return func(s *world.Snapshot) {
			s.Kube.Policies[0].GroupIDs = []string{"sg-nodes", "sg-pods"}
			for i := range s.Cloud.SecurityGroups {
				g := &s.Cloud.SecurityGroups[i]
				g.Tags = map[string]string{"Name": g.Name}
				for _, id := range tagged {
					if g.ID == id {
						g.Tags[tag] = "owned"
					}
				}
			}
		}
	}
	for name, x := range map[string]struct {
		edit func(*world.Snapshot)
		want check.Status // empty: not reported
		says string
	}{
		"one group needs no tag":  {func(*world.Snapshot) {}, check.Pass, ""},
		"one of two has the tag":  {groups("sg-nodes"), check.Pass, ""},
		"both have the tag":       {groups("sg-nodes", "sg-pods"), check.Warn, "sg-nodes and sg-pods have the tag"},
		"none of two has the tag": {groups(), check.Warn, "none has the tag"},
		"another cluster's tag": {func(s *world.Snapshot) {
			groups("sg-nodes")(s)
			s.Cloud.SecurityGroups[1].Tags["kubernetes.io/cluster/other"] = "owned"
		}, check.Pass, ""},
		"the service is not balanced": {func(s *world.Snapshot) { groups("sg-nodes", "sg-pods")(s); s.Kube.Services[0].Type = "ClusterIP" }, "", ""},
		"the service is for other pods": {func(s *world.Snapshot) {
			groups("sg-nodes", "sg-pods")(s)
			s.Kube.Services[0].PodLabels = map[string]string{"app": "web"}
		}, "", ""},
		"the service has no selector": {func(s *world.Snapshot) { groups("sg-nodes", "sg-pods")(s); s.Kube.Services[0].PodLabels = nil }, "", ""},
		"no policy selects its pods": {func(s *world.Snapshot) {
			groups("sg-nodes", "sg-pods")(s)
			s.Kube.Policies[0].PodSelector.MatchLabels = map[string]string{"db": "no"}
		}, "", ""},
		"its pod has ended":               {func(s *world.Snapshot) { groups("sg-nodes", "sg-pods")(s); s.Kube.Pods[0].Phase = "Succeeded" }, "", ""},
		"services that may not be read":   {func(s *world.Snapshot) { s.AddGap(world.FactTraffic, follow.ErrNoSuchPod) }, check.Skip, "services"},
		"pods of services cannot be read": {func(s *world.Snapshot) { s.AddGap(world.FactPods, follow.ErrNoSuchPod) }, check.Skip, "pods not observed"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := shopSnapshot()
			s.Kube.Services = []world.Service{{ObjectFacts: world.ObjectFacts{Namespace: "shop", Name: "api"}, Type: "LoadBalancer", PodLabels: map[string]string{"db": "yes"}}}
			x.edit(s)
			f := diagnosed(t, s, intent.Intent{})["D88"]
			if all := f.Reason.String() + strings.Join(f.Evidence, "\n"); f.Status != x.want || !strings.Contains(all, x.says) || (f.Status == check.Warn) != (f.Fix != nil) {
				t.Errorf("%q, want %q … %s: %s %v %+v", f.Status, x.want, x.says, f.Reason.String(), f.Evidence, f.Fix)
			}
		})
	}
}
