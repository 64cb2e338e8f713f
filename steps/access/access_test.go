package access_test

import (
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"podsg/steps/access"
	"podsg/steps/check/checktest"
	"podsg/steps/world"
)

var errUnread = errors.New("not read")

// byPolicy are the accesses of a snapshot by namespace/policy.
func byPolicy(s *world.Snapshot) map[string]access.Access {
	out := map[string]access.Access{}
	for _, a := range access.All(s) {
		out[a.Namespace+"/"+a.Policy] = a
	}
	return out
}

// shop is a world with a namespace of somebody else's beside that of podsg.
func shop() *world.Snapshot {
	s := checktest.World()
	s.Kube.Chosen = "sg-per-pod"
	at := s.TakenAt.Add(-time.Hour)
	labels := map[string]string{"app": "api"}
	s.Kube.Policies = append(s.Kube.Policies, world.PodPolicy{
		ObjectFacts: world.ObjectFacts{Namespace: "shop", Name: "api", CreatedAt: at}, PodSelector: &world.Selector{MatchLabels: labels}, GroupIDs: []string{"sg-cache-client"},
	})
	s.Kube.Others = []world.NamespaceFacts{{Name: "shop"}}
	s.Kube.Workloads = append(s.Kube.Workloads, world.Workload{ObjectFacts: world.ObjectFacts{Namespace: "shop", Name: "api"}, Kind: "Deployment", PodLabels: labels})
	s.Kube.Pods = append(s.Kube.Pods,
		world.Pod{
			ObjectFacts: world.ObjectFacts{Namespace: "shop", Name: "api-5d9f-1", Labels: map[string]string{"app": "api", "pod-template-hash": "5d9f"}},
			Owner:       "ReplicaSet/api-5d9f", Phase: "Running", Ready: true, ENIs: []world.PodENI{{ENIID: "eni-api"}},
		},
		world.Pod{
			ObjectFacts: world.ObjectFacts{Namespace: "shop", Name: "api-5d9f-2", Labels: map[string]string{"app": "api", "pod-template-hash": "5d9f"}},
			Owner:       "ReplicaSet/api-5d9f", Phase: "Running", Ready: true, ENILimitOn: -1,
		},
		world.Pod{ObjectFacts: world.ObjectFacts{Namespace: "shop", Name: "agent", Labels: labels}, Phase: "Running", HostNetwork: true, ENILimitOn: -1},
	)
	s.Cloud.SecurityGroups = append(s.Cloud.SecurityGroups,
		world.SecurityGroup{ID: "sg-cache-client", Name: "cache-client"},
		world.SecurityGroup{ID: "sg-cache", Name: "cache", Rules: []world.Rule{checktest.From("sgr-cache", "tcp", 6379, "sg-cache-client")}},
	)
	s.Cloud.Interfaces = append(s.Cloud.Interfaces,
		world.Interface{ID: "eni-api", Type: world.InterfaceBranch, Groups: []string{"sg-cache-client"}},
		world.Interface{ID: "eni-cache", Description: "ElastiCache cache-001", Groups: []string{"sg-cache"}},
		world.Interface{ID: "eni-rds", Description: "RDSNetworkInterface", Groups: []string{"sg-db"}},
	)
	return s
}

func TestEveryPolicyOfEveryNamespaceIsAnAccess(t *testing.T) {
	t.Parallel()
	all := byPolicy(shop())
	if len(all) != 2 {
		t.Fatalf("the accesses are %v", all)
	}
	own := all["sg-per-pod/allow-rds-access"]
	if own.OwnedBy != access.Podsg || own.State != access.Healthy || !slices.Equal(own.Targets, []access.Target{{Kind: world.KindDBInstance, ID: "rds-workshop", Port: 5432}}) {
		t.Errorf("podsg's own is %+v", own)
	}
	other := all["shop/api"]
	if other.OwnedBy != access.Other || !slices.Equal(other.Workloads, []string{"deployment/api"}) || !slices.Equal(other.Groups, []string{"sg-cache-client"}) {
		t.Errorf("the other is %+v", other)
	}
	if want := (access.Pods{Selected: 2, WithBranchENI: 1, Old: 1}); other.Pods != want || other.State != access.Degraded {
		t.Errorf("its pods are %+v, state %s %v", other.Pods, other.State, other.Why)
	}
	if want := (access.Target{Kind: world.KindInterface, ID: "eni-cache", Port: 6379, Name: "ElastiCache cache-001"}); !slices.Equal(other.Targets, []access.Target{want}) {
		t.Errorf("its targets are %+v", other.Targets)
	}
}

func TestPoliciesThatSelectTheSamePodsAreOneAccess(t *testing.T) {
	t.Parallel()
	s := shop()
	s.Kube.Policies = append(s.Kube.Policies, world.PodPolicy{
		ObjectFacts: world.ObjectFacts{Namespace: "shop", Name: "everything"}, PodSelector: &world.Selector{}, GroupIDs: []string{"sg-pods"},
	})
	a, ok := byPolicy(s)["shop/api"]
	if !ok || !slices.Equal(a.Policies, []string{"api", "everything"}) || !slices.Equal(a.Groups, []string{"sg-cache-client", "sg-pods"}) {
		t.Errorf("got %+v", a)
	}
	if len(a.Targets) != 2 {
		t.Errorf("the targets are %+v", a.Targets)
	}
}

func TestTheStateOfAnAccessIsWhatIsSeen(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		edit func(*world.Snapshot)
		want access.State
	}{
		"no group":              {func(s *world.Snapshot) { s.Kube.Policies[1].GroupIDs = nil }, access.Broken},
		"a group that is gone":  {func(s *world.Snapshot) { s.Kube.Policies[1].GroupIDs = []string{"sg-gone"} }, access.Broken},
		"no pod":                {func(s *world.Snapshot) { s.Kube.Pods = s.Kube.Pods[:1] }, access.Unknown},
		"pods were not read":    {func(s *world.Snapshot) { s.AddGap(world.FactPods, errUnread) }, access.Unknown},
		"only old pods":         {func(s *world.Snapshot) { s.Kube.Pods[1].ENIs, s.Kube.Pods[1].ENILimitOn = nil, -1 }, access.Broken},
		"a branch ENI is gone":  {func(s *world.Snapshot) { s.Kube.Pods = s.Kube.Pods[:2]; s.Kube.Pods[1].ENIs[0].ENIID = "eni-gone" }, access.Degraded},
		"all with a branch ENI": {func(s *world.Snapshot) { s.Kube.Pods = s.Kube.Pods[:2] }, access.Healthy},
	} {
		s := shop()
		c.edit(s)
		if got := byPolicy(s)["shop/api"]; got.State != c.want || (got.State != access.Healthy && len(got.Why) == 0) {
			t.Errorf("%s: %s %v, want %s", name, got.State, got.Why, c.want)
		}
	}
}

func TestAnAdoptedPolicyIsNotPodsgs(t *testing.T) {
	t.Parallel()
	s := shop()
	s.Kube.Journal = &world.Journal{Entries: []world.JournalEntry{{Kind: world.KindPolicy, Object: "shop/api", Done: true}}}
	if got := byPolicy(s)["shop/api"].OwnedBy; got != access.Adopted {
		t.Errorf("it is %s", got)
	}
}

// An access is printed as JSON: no list of it is null.
func TestAnAccessWithoutAnythingHasEmptyLists(t *testing.T) {
	t.Parallel()
	s := &world.Snapshot{}
	s.Kube.Policies = []world.PodPolicy{{ObjectFacts: world.ObjectFacts{Namespace: "shop", Name: "api"}}}
	text, err := json.Marshal(access.All(s)[0])
	if err != nil {
		t.Fatal(err)
	}
	for _, list := range []string{`"workloads":[]`, `"groups":[]`, `"targets":[]`} {
		if !strings.Contains(string(text), list) {
			t.Errorf("no %s in %s", list, text)
		}
	}
}

func TestThePolicyOfProbePodsIsNoAccess(t *testing.T) {
	t.Parallel()
	s := shop()
	before := len(access.All(s))
	s.Kube.Policies = append(s.Kube.Policies, world.PodPolicy{
		ObjectFacts: world.ObjectFacts{Namespace: "shop", Name: "api-probe", Owned: true}, GroupIDs: []string{"sg-pods"},
		PodSelector: &world.Selector{MatchLabels: map[string]string{world.LabelAccess: "api"}},
	})
	if got := len(access.All(s)); got != before {
		t.Errorf("%d accesses, want %d", got, before)
	}
}
