package cluster_test

import (
	"slices"
	"testing"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"podsg/sandbox/kubeapi/gvr"
	"podsg/sandbox/kubeapi/storage"
)

func template(script string) corev1.PodTemplateSpec {
	return corev1.PodTemplateSpec{
		ObjectMeta: metav1.ObjectMeta{Labels: map[string]string{"app": "x"}},
		Spec: corev1.PodSpec{
			TerminationGracePeriodSeconds: new(int64),
			Containers:                    []corev1.Container{{Name: "c", Image: "public.ecr.aws/docker/library/alpine:3.22", Command: []string{"sh", "-c", script}}},
		},
	}
}

func TestADeploymentRollsWithoutAGap(t *testing.T) {
	inWorld(t, []string{"m5.large", "m5.large"}, nil, func(w *world) {
		deployments := storage.NewClient[*appsv1.Deployment](w.store, gvr.Deployments, "kubectl")
		three := int32(3)
		_, err := deployments.Create(&appsv1.Deployment{
			ObjectMeta: metav1.ObjectMeta{Name: "web", Namespace: "default"},
			Spec: appsv1.DeploymentSpec{
				Replicas: &three, Selector: &metav1.LabelSelector{MatchLabels: map[string]string{"app": "x"}}, Template: template("sleep 86400"),
			},
		})
		if err != nil {
			w.Fatal(err)
		}
		get := func() *appsv1.Deployment {
			d, err := deployments.Get("default", "web")
			if err != nil {
				w.Fatal(err)
			}
			return d
		}
		complete := func() bool {
			d := get()
			return d.Status.ObservedGeneration == d.Generation && d.Status.UpdatedReplicas == 3 && d.Status.AvailableReplicas == 3 && d.Status.Replicas == 3
		}
		w.until("it is up", complete)
		if _, err := deployments.Mutate("default", "web", func(d *appsv1.Deployment) error {
			d.Spec.Template.Annotations = map[string]string{"kubectl.kubernetes.io/restartedAt": "now"}
			return nil
		}); err != nil {
			w.Fatal(err)
		}
		least := int32(3)
		w.until("it is rolled over", func() bool { least = min(least, get().Status.AvailableReplicas); return complete() })
		if least < 3 {
			w.Errorf("only %d replicas were available in between", least)
		}
		if got := get().Annotations["deployment.kubernetes.io/revision"]; got != "2" {
			w.Errorf("revision is %s", got)
		}
		sets, err := storage.NewClient[*appsv1.ReplicaSet](w.store, gvr.ReplicaSets, "").List("default", storage.Selector{})
		if err != nil || len(sets) != 2 {
			w.Errorf("%d ReplicaSets, want 2: %v", len(sets), err)
		}
	})
}

func TestAJobRunsUntilItSucceedsOrGivesUp(t *testing.T) {
	inWorld(t, []string{"m5.large"}, nil, func(w *world) {
		jobs := storage.NewClient[*batchv1.Job](w.store, gvr.Jobs, "kubectl")
		run := func(name, script string) {
			one := int32(1)
			spec := batchv1.JobSpec{BackoffLimit: &one, Template: template(script)}
			spec.Template.Spec.RestartPolicy = corev1.RestartPolicyNever
			if _, err := jobs.Create(&batchv1.Job{ObjectMeta: metav1.ObjectMeta{Name: name, Namespace: "default"}, Spec: spec}); err != nil {
				w.Fatal(err)
			}
		}
		run("good", "exit 0")
		run("bad", "exit 1")
		ended := func(name string) (string, batchv1.JobStatus) {
			j, err := jobs.Get("default", name)
			if err != nil {
				w.Fatal(err)
			}
			for _, c := range j.Status.Conditions {
				if c.Type == batchv1.JobComplete || c.Type == batchv1.JobFailed {
					return string(c.Type) + " " + c.Reason, j.Status
				}
			}
			return "", j.Status
		}
		w.until("both have ended", func() bool {
			good, _ := ended("good")
			bad, _ := ended("bad")
			return good != "" && bad != ""
		})
		if how, s := ended("good"); how != "Complete CompletionsReached" || s.Succeeded != 1 || s.Active != 0 || s.CompletionTime == nil {
			w.Errorf("good: %s %+v", how, s)
		}
		if how, s := ended("bad"); how != "Failed BackoffLimitExceeded" || s.Failed != 2 || s.Active != 0 {
			w.Errorf("bad: %s %+v", how, s)
		}
	})
}

func TestAFinishedJobGivesItsBranchENIBack(t *testing.T) {
	inWorld(t, []string{"m5.large"}, nil, func(w *world) {
		w.namespace("demo")
		w.policy("demo", "policy", "sg-pod")
		w.enablePodENI()
		w.run("demo", "once", green, shell("exit 0"), func(p *corev1.Pod) { p.Spec.RestartPolicy = corev1.RestartPolicyNever })
		w.until("it has succeeded", func() bool { return w.pod("demo", "once").Status.Phase == corev1.PodSucceeded })
		if len(w.cloud.allBranches()) != 1 {
			w.Error("the branch ENI did not cool down")
		}
		w.until("its branch ENI is gone", func() bool { return len(w.cloud.allBranches()) == 0 })
		if w.pod("demo", "once").Annotations[podENI] == "" {
			w.Error("the annotation is gone")
		}
	})
}

func TestANamespaceGoesWithItsContent(t *testing.T) {
	inWorld(t, []string{"m5.large"}, nil, func(w *world) {
		w.namespace("demo")
		w.policy("demo", "policy", "sg-pod")
		w.enablePodENI()
		w.run("demo", "green", green)
		w.until("green is ready", func() bool { return ready(w.pod("demo", "green")) })
		namespaces := storage.NewClient[*corev1.Namespace](w.store, gvr.Namespaces, "kubectl")
		if err := namespaces.Delete("", "demo", metav1.DeleteOptions{}); err != nil {
			w.Fatal(err)
		}
		w.until("the namespace is gone", func() bool { _, err := namespaces.Get("", "demo"); return err != nil })
		w.until("its branch ENI is gone", func() bool { return len(w.cloud.allBranches()) == 0 })
	})
}

func TestCoreDNSIsBehindItsService(t *testing.T) {
	inWorld(t, []string{"m5.large", "m5.large"}, nil, func(w *world) {
		addresses := func() (all []string) {
			slices, err := storage.NewClient[*discoveryv1.EndpointSlice](w.store, gvr.EndpointSlices, "").List(
				"kube-system", storage.ByLabels(map[string]string{"kubernetes.io/service-name": "kube-dns"}))
			if err != nil {
				w.Fatal(err)
			}
			for _, s := range slices {
				for _, e := range s.Endpoints {
					if *e.Conditions.Ready {
						all = append(all, e.Addresses...)
					}
				}
			}
			return all
		}
		pods, err := w.pods().List("kube-system", storage.ByLabels(map[string]string{"k8s-app": "kube-dns"}))
		if err != nil {
			w.Fatal(err)
		}
		nodes := map[string]bool{}
		for _, p := range pods {
			nodes[p.Spec.NodeName] = true
			if !slices.Contains(addresses(), p.Status.PodIP) {
				w.Errorf("endpoints %v lack %s", addresses(), p.Status.PodIP)
			}
		}
		if len(nodes) != 2 {
			w.Errorf("CoreDNS runs on %d nodes, want 2", len(nodes))
		}
		w.delete("kube-system", pods[0].Name)
		w.until("a new pod took its place", func() bool {
			now := addresses()
			return len(now) == 2 && !slices.Contains(now, pods[0].Status.PodIP)
		})
		w.pass(time.Minute)
	})
}
