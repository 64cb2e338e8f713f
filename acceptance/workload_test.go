package acceptance

import (
	"slices"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"podsg/cli"
	"podsg/sandbox/kubeapi/gvr"
	"podsg/steps/effects"
	"podsg/steps/plan"
	"podsg/steps/render"
)

// deployments puts a Deployment and its Service into namespace shop, which share the label
// app, and waits until its pods run.
func (l *lab) deployments(names ...string) {
	l.t.Helper()
	put := func(resource string, object map[string]any) {
		l.t.Helper()
		client := l.dynamic()
		var err error
		u := &unstructured.Unstructured{Object: object}
		switch resource {
		case "namespaces":
			_, err = client.Resource(gvr.Namespaces).Create(l.t.Context(), u, metav1.CreateOptions{})
		case "services":
			_, err = client.Resource(gvr.Services).Namespace("shop").Create(l.t.Context(), u, metav1.CreateOptions{})
		default:
			_, err = client.Resource(gvr.Deployments).Namespace("shop").Create(l.t.Context(), u, metav1.CreateOptions{})
		}
		l.ok(err)
	}
	put("namespaces", map[string]any{"apiVersion": "v1", "kind": "Namespace", "metadata": map[string]any{"name": "shop"}})
	for _, name := range names {
		labels := map[string]any{"app": name, "part-of": "shop"}
		put("deployments", map[string]any{
			"apiVersion": "apps/v1", "kind": "Deployment", "metadata": map[string]any{"name": name},
			"spec": map[string]any{
				"replicas": int64(2), "selector": map[string]any{"matchLabels": map[string]any{"app": name}},
				"template": map[string]any{
					"metadata": map[string]any{"labels": labels},
					"spec": map[string]any{"containers": []any{map[string]any{
						"name": "main", "image": "public.ecr.aws/docker/library/postgres:17-alpine", "command": []any{"sleep", "infinity"},
						"ports": []any{map[string]any{"name": "http", "containerPort": int64(8080)}},
					}}},
				},
			},
		})
		put("services", map[string]any{
			"apiVersion": "v1", "kind": "Service", "metadata": map[string]any{"name": name},
			"spec": map[string]any{"selector": map[string]any{"app": name}, "ports": []any{map[string]any{"port": int64(80), "targetPort": "http"}}},
		})
	}
	for _, name := range names {
		l.eventually(name+" runs", func() bool { return len(l.running("shop", "app="+name)) == 2 })
	}
}

// running are the pods of a namespace that run.
func (l *lab) running(namespace, selector string) []corev1.Pod {
	l.t.Helper()
	pods, err := l.kubernetes().CoreV1().Pods(namespace).List(l.t.Context(), metav1.ListOptions{LabelSelector: selector})
	l.ok(err)
	return slices.DeleteFunc(pods.Items, func(p corev1.Pod) bool { return !podReady(p) || p.DeletionTimestamp != nil })
}

// orders are the flags that choose the database of world existing-db.
func (l *lab) orders(args ...string) []string {
	return append(args, "--database", "orders-db", "--db-password-from", "secretsmanager:"+l.ordersSecret())
}

func TestPodsThatAreOlderThanTheirPolicyAreAskedAboutRestartedAndSeen(t *testing.T) {
	t.Parallel()
	l := newLab(t, "existing-db")
	l.deployments("api", "web")
	setup := l.orders("setup", "-n", "shop", "--workload", "deployment/api", "--yes", "-o", "json")
	l.unchanged(func() {
		l.podsg(setup...).exits(cli.ExitUsage).says("--restart", "deployment/api", "2 pods", "rolling", "never")
	})
	web := l.running("shop", "app=web")

	r := decode[plan.Result](l.podsg(append(setup, "--restart", "rolling")...).exits(0))
	if v := r.Verification; !v.Proven || !slices.Contains(v.Green.ENI.Groups, l.clusterGroup("workshop")) || len(v.Green.ENI.Groups) != 2 {
		t.Errorf("the pods do not keep the groups of their nodes: %+v", v)
	}
	if !slices.Contains(r.Applied, "restart-Deployment-shop-api") {
		t.Errorf("setup did %v", r.Applied)
	}
	want := []plan.WorkloadSeen{{Kind: "Deployment", Name: "api", Namespace: "shop", Pods: plan.PodsSeen{Total: 2, OnBranch: 2}}}
	if !slices.Equal(r.Verification.Workloads, want) {
		t.Errorf("the pods were seen as %+v", r.Verification.Workloads)
	}
	if after := l.running("shop", "app=web"); len(after) != 2 || after[0].UID != web[0].UID || after[1].UID != web[1].UID {
		t.Error("the pods of another workload were restarted")
	}
	l.podsg(l.orders("plan", "-n", "shop", "--workload", "deployment/api")...).exits(0).says("nothing to do")
}

func TestWhatElseChangesIsNamedBeforeItDoesAndCanBeKept(t *testing.T) {
	t.Parallel()
	l := newLab(t, "existing-db")
	l.deployments("api")
	args := l.orders("-n", "shop", "--workload", "deployment/api", "--restart", "never", "--keep-node-groups=false")
	group := l.clusterGroup("workshop")
	l.unchanged(func() {
		l.podsg(append([]string{"setup", "--yes"}, args...)...).exits(cli.ExitUsage).says("--lost-flows", "tcp 8080", group, "add-rules", "accept")
	})
	report := decode[render.PlanReport](l.podsg(append([]string{"plan", "-o", "json", "--lost-flows", "add-rules"}, args...)...).exits(0))
	in := slices.IndexFunc(report.WhatElseChanges, func(f effects.Flow) bool { return f.Direction == effects.In && f.FromPort == 8080 })
	if in < 0 || report.WhatElseChanges[in].Rule == "" || report.WhatElseChanges[in].Solution != "add-rules" {
		t.Fatalf("what else changes: %+v", report.WhatElseChanges)
	}
	l.podsg(append([]string{"plan", "--lost-flows", "accept"}, args...)...).exits(0).says("What else changes", "tcp 8080", "as you accepted")
	r := decode[plan.Result](l.podsg(append([]string{"setup", "--yes", "-o", "json", "--lost-flows", "add-rules"}, args...)...).exits(0))
	if proven(t, r); !slices.ContainsFunc(r.Applied, func(id string) bool { return strings.HasPrefix(id, "keep-in-") }) {
		t.Errorf("setup did %v", r.Applied)
	}
	if seen := r.Verification.Workloads; len(seen) != 1 || seen[0].Pods.Old != 2 || seen[0].Pods.OnBranch != 0 {
		t.Errorf("the pods were seen as %+v", seen)
	}
	again := decode[render.PlanReport](l.podsg(append([]string{"plan", "-o", "json", "--lost-flows", "add-rules"}, args...)...).exits(0))
	if len(again.Changes) > 0 || len(again.WhatElseChanges) > 0 {
		t.Errorf("planned again: %+v", again)
	}
}

func TestWorkloadsThatCannotBeMeantAreRefusedBeforeAnythingIsChanged(t *testing.T) {
	t.Parallel()
	l := newLab(t, "existing-db")
	l.deployments("api", "web", "api-worker")
	decided := []string{"--restart", "never", "--lost-flows", "accept"}
	l.unchanged(func() {
		for _, c := range []struct {
			args []string
			says []string
		}{
			{[]string{"-n", "shop", "--workload", "deployment/apo"}, []string{"there is no deployment/apo", "deployment/api"}},
			{[]string{"--workload", "deployment/api"}, []string{"shop", "--namespace shop"}},
			{[]string{"-n", "shop", "--workload", "api"}, []string{"KIND/NAME"}},
			{[]string{"-n", "kube-system", "--workload", "deployment/coredns"}, []string{"kube-system"}},
			{[]string{"-n", "kube-system", "--workload", "daemonset/aws-node"}, []string{"hostNetwork"}},
			{[]string{"-n", "shop", "--workload", "deployment/api", "--pod-selector", "app=web"}, []string{"does not select the pods of deployment/api"}},
		} {
			l.podsg(append(append(l.orders("setup", "--yes"), c.args...), decided...)...).exits(cli.ExitUsage).says(c.says...)
		}
	})
	l.podsg(append(l.orders("plan", "-n", "shop", "--workload", "deployment/api", "--workload", "deployment/web"), decided...)...).exits(0).
		says("policy shop/api-web", "app in (api,web)")
}
