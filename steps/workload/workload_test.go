package workload

import (
	"slices"
	"strings"
	"testing"

	"podsg/steps/world"
)

func deployment(name string, labels ...string) world.Workload {
	w := world.Workload{ObjectFacts: world.ObjectFacts{Name: name, Namespace: "shop"}, Kind: world.WorkloadDeployment, PodLabels: map[string]string{}}
	for _, l := range labels {
		k, v, _ := strings.Cut(l, "=")
		w.PodLabels[k] = v
	}
	w.Selector = &world.Selector{MatchLabels: map[string]string{"app": w.PodLabels["app"]}}
	return w
}

func shop(workloads ...world.Workload) *world.Snapshot {
	elsewhere := deployment("api", "app=api")
	elsewhere.Namespace = "other"
	return &world.Snapshot{Kube: world.ClusterFacts{Workloads: append(workloads, elsewhere), ServiceAccounts: []world.ServiceAccount{
		{Name: "default"}, {Name: "payer", Labels: map[string]string{"db": "yes"}},
	}}}
}

func as(account string, w world.Workload) world.Workload {
	w.ServiceAccount = account
	return w
}

func TestASelectorIsProposedThatCatchesNobodyElse(t *testing.T) {
	t.Parallel()
	run := world.Workload{ObjectFacts: world.ObjectFacts{Name: "nightly-1", Namespace: "shop"}, Kind: world.WorkloadJob, Owner: "CronJob/nightly", PodLabels: map[string]string{"job": "nightly"}}
	nightly := world.Workload{ObjectFacts: world.ObjectFacts{Name: "nightly", Namespace: "shop"}, Kind: world.WorkloadCronJob, PodLabels: map[string]string{"job": "nightly"}}
	for name, x := range map[string]struct {
		chosen, others []world.Workload
		want           string
		catches        []string
	}{
		"its own labels":                    {chosen: []world.Workload{deployment("api", "app=api", "tier=web")}, others: []world.Workload{deployment("web", "app=web", "tier=web")}, want: "app=api"},
		"one more label":                    {chosen: []world.Workload{deployment("api", "app=shop", "tier=api")}, others: []world.Workload{deployment("web", "app=shop", "tier=web")}, want: "app=shop,tier=api"},
		"a hash is no label":                {chosen: []world.Workload{deployment("api", "app=shop", "pod-template-hash=5c")}, others: []world.Workload{deployment("web", "app=shop")}, want: "app=shop", catches: []string{"deployment/web"}},
		"its service account":               {chosen: []world.Workload{as("payer", deployment("api", "app=shop"))}, others: []world.Workload{deployment("web", "app=shop")}, want: "accounts db=yes"},
		"a service account with another":    {chosen: []world.Workload{as("payer", deployment("api", "app=shop"))}, others: []world.Workload{as("payer", deployment("web", "app=shop"))}, want: "app=shop", catches: []string{"deployment/web"}},
		"two with a label in common":        {chosen: []world.Workload{deployment("api", "app=api", "db=orders"), deployment("jobs", "app=jobs", "db=orders")}, others: []world.Workload{deployment("web", "app=web")}, want: "db=orders"},
		"two with two values of a label":    {chosen: []world.Workload{deployment("api", "app=api", "part=shop"), deployment("jobs", "app=jobs", "part=shop")}, others: []world.Workload{deployment("web", "app=web", "part=shop")}, want: "app in (api,jobs)"},
		"two that a third looks like":       {chosen: []world.Workload{deployment("api", "app=api"), deployment("jobs", "app=jobs")}, others: []world.Workload{deployment("canary", "app=api")}, want: "app in (api,jobs)", catches: []string{"deployment/canary"}},
		"two that have nothing in common":   {chosen: []world.Workload{deployment("api", "app=api"), {ObjectFacts: world.ObjectFacts{Name: "p", Namespace: "shop"}, Kind: world.WorkloadPod}}, want: "none"},
		"the runs of a CronJob are its own": {chosen: []world.Workload{nightly}, others: []world.Workload{run}, want: "job=nightly"},
	} {
		p := Propose(shop(append(x.chosen, x.others...)...), x.chosen)
		got := p.Pods.String()
		if p.Accounts != nil {
			got = "accounts " + p.Accounts.String()
		}
		if got != x.want || !slices.Equal(p.Others, x.catches) {
			t.Errorf("%s: got %s with %v, want %s with %v", name, got, p.Others, x.want, x.catches)
		}
	}
}

func TestAWorkloadIsFoundByItsKindAndName(t *testing.T) {
	t.Parallel()
	rollout := deployment("canary", "app=canary")
	rollout.Kind = "Rollout"
	s := shop(deployment("api", "app=api"), deployment("web", "app=web"), rollout)
	for named, want := range map[string]string{
		"deploy/api": "Deployment", "Deployment/web": "Deployment", "rollout/canary": "Rollout",
		"deployment/apo": "the workloads of namespace shop: deployment/api", "statefulset/api": "the workloads of namespace shop: deployment/api",
	} {
		w, err := Find(s, "shop", named)
		hint, _ := world.HintOf(err)
		if got := w.Kind + hint; !strings.HasPrefix(got, want) {
			t.Errorf("%s: got %q, want %q", named, got, want)
		}
	}
	if _, err := Find(s, "empty", "deployment/api"); err == nil || !strings.Contains(err.Error(), "in shop, other") && !strings.Contains(err.Error(), "in other, shop") {
		t.Errorf("in another namespace: %v", err)
	}
}
