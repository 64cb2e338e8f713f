package kube_test

import (
	"fmt"
	"reflect"
	"slices"
	"testing"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
	"k8s.io/utils/ptr"

	"podsg/sandbox/kubeapi"
	"podsg/sandbox/kubeapi/access"
	"podsg/sandbox/kubeapi/gvr"
	"podsg/sandbox/kubeapi/storage"
	"podsg/steps/world"
)

// template is a pod template for dedicated nodes.
func template(labels map[string]string) corev1.PodTemplateSpec {
	return corev1.PodTemplateSpec{
		ObjectMeta: metav1.ObjectMeta{Labels: labels},
		Spec: corev1.PodSpec{
			ServiceAccountName: "payer",
			NodeSelector:       map[string]string{"disk": "ssd"},
			Tolerations:        []corev1.Toleration{{Key: "dedicated", Operator: "Equal", Value: "shop", Effect: "NoSchedule"}},
			Containers:         []corev1.Container{{Name: "main", Image: "i", Ports: []corev1.ContainerPort{{Name: "http", ContainerPort: 8080}}}},
		},
	}
}

// ownedBy makes a pod one of a controller.
func ownedBy(owner []metav1.OwnerReference) func(*corev1.Pod) {
	return func(p *corev1.Pod) { p.OwnerReferences = owner }
}

func shopOf(t *testing.T, configure ...func(*storage.Config, *kubeapi.Config)) *testWorld {
	t.Helper()
	w := newWorld(t, configure...)
	put(t, w, gvr.Namespaces, &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: "shop"}})
	// Whatever lives will do for an owner: its kind and name are what is read.
	alone := w.pod(t, "shop", "alone", runningSince(time.Now()))
	owner := func(apiVersion, kind, name string) []metav1.OwnerReference {
		return []metav1.OwnerReference{{APIVersion: apiVersion, Kind: kind, Name: name, UID: alone.UID, Controller: ptr.To(true)}}
	}
	api := map[string]string{"app": "api"}
	put(t, w, gvr.Deployments, &appsv1.Deployment{
		ObjectMeta: metav1.ObjectMeta{Name: "api", Namespace: "shop"},
		Spec: appsv1.DeploymentSpec{
			Replicas: ptr.To(int32(5)), Selector: &metav1.LabelSelector{MatchLabels: api}, Template: template(map[string]string{"app": "api", "tier": "web"}),
			Strategy: appsv1.DeploymentStrategy{Type: appsv1.RollingUpdateDeploymentStrategyType, RollingUpdate: &appsv1.RollingUpdateDeployment{MaxSurge: ptr.To(intstr.FromString("25%"))}},
		},
	})
	nightly := template(map[string]string{"app": "nightly"})
	nightly.Spec.RestartPolicy = corev1.RestartPolicyNever
	put(t, w, gvr.Jobs, &batchv1.Job{
		ObjectMeta: metav1.ObjectMeta{Name: "nightly-1", Namespace: "shop", OwnerReferences: owner("batch/v1", "CronJob", "nightly")},
		Spec:       batchv1.JobSpec{Template: nightly},
	})
	put(t, w, gvr.ReplicaSets, &appsv1.ReplicaSet{
		ObjectMeta: metav1.ObjectMeta{Name: "canary-6d", Namespace: "shop", OwnerReferences: owner("argoproj.io/v1alpha1", "Rollout", "canary")},
		Spec:       appsv1.ReplicaSetSpec{Selector: &metav1.LabelSelector{MatchLabels: map[string]string{"app": "canary"}}, Template: template(map[string]string{"app": "canary"})},
	})
	for i := range 2 {
		w.pod(t, "shop", fmt.Sprint("canary-", i), ownedBy(owner("apps/v1", "ReplicaSet", "canary-6d")), runningSince(time.Now()))
	}
	w.pod(t, "shop", "api-5c-x", ownedBy(owner("apps/v1", "ReplicaSet", "api-5c")), runningSince(time.Now()))
	w.pod(t, "shop", "static", ownedBy(owner("v1", "Node", "a.internal")), runningSince(time.Now()))
	return w
}

func namesOf(all []world.Workload) (out []string) {
	for _, w := range all {
		out = append(out, fmt.Sprintf("%s/%s x%d", w.Namespace, w.Ref(), w.Replicas))
	}
	return out
}

func TestObserveReadsTheWorkloadsOfAllNamespaces(t *testing.T) {
	w := shopOf(t)
	// The ReplicaSet of the Deployment is not there: its pods go by their name.
	facts := observe(t, w.connect(t, adminToken), scope)
	want := []string{"shop/deployment/api x5", "shop/job/nightly-1 x1", "shop/pod/alone x1", "shop/rollout/canary x2"}
	if got := namesOf(facts.Workloads); !slices.Equal(got, want) {
		t.Fatalf("got %q, want %q", got, want)
	}
	api := facts.Workloads[0]
	api.CreatedAt = time.Time{}
	if want := (world.Workload{
		ObjectFacts: world.ObjectFacts{Name: "api", Namespace: "shop"}, Kind: "Deployment",
		PodLabels: map[string]string{"app": "api", "tier": "web"}, Selector: &world.Selector{MatchLabels: map[string]string{"app": "api"}},
		Replicas: 5, Strategy: "RollingUpdate", Surge: 2, ServiceAccount: "payer", Ports: []int{8080}, NamedPorts: map[string]int{"http": 8080},
		Scheduling: world.Scheduling{
			NodeSelector: map[string]string{"disk": "ssd"},
			Tolerations:  []world.Toleration{{Key: "dedicated", Operator: "Equal", Value: "shop", Effect: "NoSchedule"}},
		},
	}); !reflect.DeepEqual(api, want) {
		t.Errorf("got  %+v\nwant %+v", api, want)
	}
	if job := facts.Workloads[1]; job.Owner != "CronJob/nightly" {
		t.Errorf("the job is owned by %q", job.Owner)
	}
}

func TestWorkloadsThatMayNotBeListedAreKnownByTheirPodsAndOtherwiseAreAGap(t *testing.T) {
	w := shopOf(t, func(_ *storage.Config, c *kubeapi.Config) {
		c.Authorize = access.Deny(access.DenyRule{Resource: "jobs.batch"}, access.DenyRule{Resource: "replicasets.apps"})
	})
	facts, gaps := w.connect(t, guestToken).Observe(t.Context(), scope)
	want := []string{"shop/deployment/api x5", "shop/pod/alone x1", "shop/replicaset/canary-6d x2"}
	if got := namesOf(facts.Workloads); len(gaps) > 0 || !slices.Equal(got, want) || facts.Partial[world.FactWorkloads] == "" {
		t.Errorf("got %q, gaps %v, partial %v", got, gaps, facts.Partial)
	}
	w = shopOf(t, func(_ *storage.Config, c *kubeapi.Config) {
		c.Authorize = access.Deny(access.DenyRule{Resource: "deployments.apps"})
	})
	if _, gaps = w.connect(t, guestToken).Observe(t.Context(), scope); world.KindOf(gaps[world.FactWorkloads]) != world.ProblemPermission {
		t.Errorf("got %v", gaps)
	}
}
