package view_test

import (
	"slices"
	"testing"

	"podsg/cli/view"
	"podsg/steps/check/checktest"
	"podsg/steps/world"
)

// All namespaces are looked at unless one is given.
func TestAViewIsOfAllNamespacesOrOfOne(t *testing.T) {
	t.Parallel()
	s := checktest.World()
	s.Kube.Chosen = "sg-per-pod"
	s.Kube.Others = []world.NamespaceFacts{{Name: "shop", Events: []world.ClusterEvent{
		{Reason: "BranchAllocationFailed", Type: "Warning", Kind: "Pod", Namespace: "shop", Name: "api", Component: "vpc-resource-controller"},
	}}}
	s.Kube.Pods = append(s.Kube.Pods,
		world.Pod{ObjectFacts: world.ObjectFacts{Namespace: "shop", Name: "api"}, Phase: "Pending"},
		world.Pod{ObjectFacts: world.ObjectFacts{Namespace: "kube-system", Name: "coredns"}, Phase: "Running"},
	)
	for namespace, want := range map[string][]string{"": {"sg-per-pod/green", "shop/api"}, "shop": {"shop/api"}, "sg-per-pod": {"sg-per-pod/green"}} {
		v := view.Of(s, namespace)
		var pods []string
		for _, p := range v.Pods {
			pods = append(pods, p.Namespace+"/"+p.Name)
		}
		if slices.Sort(pods); !slices.Equal(pods, want) || v.Namespace != namespace {
			t.Errorf("namespace %q: %v, want %v", namespace, pods, want)
		}
		if namespace == "" && len(v.Events) != 1 {
			t.Errorf("the events are %+v", v.Events)
		}
	}
}
