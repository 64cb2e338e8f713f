package steps

import (
	"strings"
	"testing"
)

func TestPodsBehindALoadBalancerNeedOneTaggedGroup(t *testing.T) {
	t.Parallel()
	const tag = "kubernetes.io/cluster/shop"
	groups := func(tagged ...string) func(*Snapshot) {
		return func(s *Snapshot) {
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
		edit func(*Snapshot)
		want Status // empty: not reported
		says string
	}{
		"one group needs no tag":  {func(*Snapshot) {}, Pass, ""},
		"one of two has the tag":  {groups("sg-nodes"), Pass, ""},
		"both have the tag":       {groups("sg-nodes", "sg-pods"), Warn, "sg-nodes and sg-pods have the tag"},
		"none of two has the tag": {groups(), Warn, "none has the tag"},
		"another cluster's tag": {func(s *Snapshot) {
			groups("sg-nodes")(s)
			s.Cloud.SecurityGroups[1].Tags["kubernetes.io/cluster/other"] = "owned"
		}, Pass, ""},
		"the service is not balanced": {func(s *Snapshot) { groups("sg-nodes", "sg-pods")(s); s.Kube.Services[0].Type = "ClusterIP" }, "", ""},
		"the service is for other pods": {func(s *Snapshot) {
			groups("sg-nodes", "sg-pods")(s)
			s.Kube.Services[0].PodLabels = map[string]string{"app": "web"}
		}, "", ""},
		"the service has no selector": {func(s *Snapshot) { groups("sg-nodes", "sg-pods")(s); s.Kube.Services[0].PodLabels = nil }, "", ""},
		"no policy selects its pods": {func(s *Snapshot) {
			groups("sg-nodes", "sg-pods")(s)
			s.Kube.Policies[0].PodSelector.MatchLabels = map[string]string{"db": "no"}
		}, "", ""},
		"its pod has ended":               {func(s *Snapshot) { groups("sg-nodes", "sg-pods")(s); s.Kube.Pods[0].Phase = "Succeeded" }, "", ""},
		"services that may not be read":   {func(s *Snapshot) { s.AddGap(FactTraffic, errNoSuchPod) }, Skip, "services"},
		"pods of services cannot be read": {func(s *Snapshot) { s.AddGap(FactPods, errNoSuchPod) }, Skip, "pods not observed"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := shopSnapshot()
			s.Kube.Services = []Service{{ObjectFacts: ObjectFacts{Namespace: "shop", Name: "api"}, Type: "LoadBalancer", PodLabels: map[string]string{"db": "yes"}}}
			x.edit(s)
			f := diagnosed(t, s, Intent{})["D88"]
			if all := f.Reason + strings.Join(f.Evidence, "\n"); f.Status != x.want || !strings.Contains(all, x.says) || (f.Status == Warn) != (f.Fix != nil) {
				t.Errorf("%q, want %q … %s: %s %v %+v", f.Status, x.want, x.says, f.Reason, f.Evidence, f.Fix)
			}
		})
	}
}
