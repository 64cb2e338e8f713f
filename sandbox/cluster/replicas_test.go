package cluster_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	autoscalingv2 "k8s.io/api/autoscaling/v2"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	policyv1 "k8s.io/api/policy/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"

	"podsg/sandbox/kubeapi/gvr"
	"podsg/sandbox/kubeapi/storage"
)

var selectX = &metav1.LabelSelector{MatchLabels: map[string]string{"app": "x"}}

func (w *world) statefulSets() *storage.Client[*appsv1.StatefulSet] {
	return storage.NewClient[*appsv1.StatefulSet](w.store, gvr.StatefulSets, "kubectl")
}

// createSet makes the StatefulSet "db" and waits until it is up.
func (w *world) createSet(change func(*appsv1.StatefulSet)) {
	w.Helper()
	three := int32(3)
	set := &appsv1.StatefulSet{
		ObjectMeta: metav1.ObjectMeta{Name: "db", Namespace: "default"},
		Spec:       appsv1.StatefulSetSpec{ServiceName: "db", Replicas: &three, Selector: selectX, Template: template("sleep 86400")},
	}
	if change != nil {
		change(set)
	}
	if _, err := w.statefulSets().Create(set); err != nil {
		w.Fatal(err)
	}
	w.until("it is up", func() bool { return w.set().Status.ReadyReplicas == 3 })
}

func (w *world) set() *appsv1.StatefulSet {
	w.Helper()
	s, err := w.statefulSets().Get("default", "db")
	if err != nil {
		w.Fatal(err)
	}
	return s
}

// theirs describes the pods of app=x: their names, in order.
func (w *world) theirs() string {
	w.Helper()
	pods, err := w.pods().List("default", storage.ByLabels(map[string]string{"app": "x"}))
	if err != nil {
		w.Fatal(err)
	}
	var names []string
	for _, p := range pods {
		names = append(names, p.Name)
	}
	return strings.Join(names, " ")
}

func TestAStatefulSetMakesItsPodsInOrder(t *testing.T) {
	inWorld(t, []string{"m5.large"}, nil, func(w *world) {
		w.createSet(func(s *appsv1.StatefulSet) {
			s.Spec.VolumeClaimTemplates = []corev1.PersistentVolumeClaim{{ObjectMeta: metav1.ObjectMeta{Name: "data"}, Spec: corev1.PersistentVolumeClaimSpec{
				AccessModes: []corev1.PersistentVolumeAccessMode{corev1.ReadWriteOnce},
				Resources:   corev1.VolumeResourceRequirements{Requests: corev1.ResourceList{corev1.ResourceStorage: resource.MustParse("1Gi")}},
			}}}
		})
		if got := w.theirs(); got != "db-0 db-1 db-2" {
			t.Errorf("pods %s", got)
		}
		for i := range 2 {
			before, after := w.pod("default", fmt.Sprintf("db-%d", i)), w.pod("default", fmt.Sprintf("db-%d", i+1))
			for _, c := range before.Status.Conditions {
				if c.Type == corev1.PodReady && after.CreationTimestamp.Before(&c.LastTransitionTime) {
					t.Errorf("%s was made before %s was ready", after.Name, before.Name)
				}
			}
		}
		first := w.pod("default", "db-0")
		if first.Spec.Hostname != "db-0" || first.Spec.Subdomain != "db" || first.Labels["apps.kubernetes.io/pod-index"] != "0" {
			t.Errorf("%+v %v", first.Spec, first.Labels)
		}
		claim, err := storage.NewClient[*corev1.PersistentVolumeClaim](w.store, gvr.Claims, "").Get("default", "data-db-0")
		if err != nil || claim.Status.Phase != corev1.ClaimBound {
			t.Errorf("%v, %v", claim, err)
		}
		w.delete("default", "db-0")
		w.until("another of the same name took its place", func() bool {
			p, err := w.pods().Get("default", "db-0")
			return err == nil && p.UID != first.UID && ready(p)
		})
	})
}

func TestAStatefulSetRollsFromTheHighestNumberDown(t *testing.T) {
	inWorld(t, []string{"m5.large"}, nil, func(w *world) {
		w.createSet(nil)
		one := int32(1)
		if _, err := w.statefulSets().Mutate("default", "db", func(s *appsv1.StatefulSet) error {
			s.Spec.Template.Annotations = map[string]string{"kubectl.kubernetes.io/restartedAt": "now"}
			s.Spec.UpdateStrategy.RollingUpdate.Partition = &one
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		least := int32(3)
		w.until("numbers 2 and 1 are new", func() bool {
			s := w.set().Status
			least = min(least, s.ReadyReplicas)
			return s.UpdatedReplicas == 2 && s.ReadyReplicas == 3
		})
		if least < 2 {
			t.Errorf("only %d were ready in between", least)
		}
		w.pass(time.Minute)
		restarted := func(name string) bool {
			return w.pod("default", name).Annotations["kubectl.kubernetes.io/restartedAt"] != ""
		}
		if restarted("db-0") || !restarted("db-1") || !restarted("db-2") {
			t.Error("the partition does not hold")
		}
		w.delete("default", "db-0")
		w.until("number 0 is back", func() bool { return w.set().Status.ReadyReplicas == 3 })
		if restarted("db-0") {
			t.Error("below the partition a pod has the new template")
		}
		if _, err := w.statefulSets().Mutate("default", "db", func(s *appsv1.StatefulSet) error {
			s.Spec.UpdateStrategy.RollingUpdate.Partition, s.Spec.Replicas = new(int32), &one
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		w.until("it is complete", func() bool {
			s := w.set().Status
			return s.CurrentRevision == s.UpdateRevision && s.Replicas == 1
		})
		if got := w.theirs(); got != "db-0" {
			t.Errorf("pods %s", got)
		}
	})
}

func TestACronJobStartsJobsOnSchedule(t *testing.T) {
	inWorld(t, []string{"m5.large"}, nil, func(w *world) {
		crons := storage.NewClient[*batchv1.CronJob](w.store, gvr.CronJobs, "kubectl")
		jobs := storage.NewClient[*batchv1.Job](w.store, gvr.Jobs, "")
		spec := batchv1.JobSpec{Template: template("exit 0")}
		spec.Template.Spec.RestartPolicy = corev1.RestartPolicyNever
		_, err := crons.Create(&batchv1.CronJob{
			ObjectMeta: metav1.ObjectMeta{Name: "report", Namespace: "default"},
			Spec:       batchv1.CronJobSpec{Schedule: "*/5 * * * *", JobTemplate: batchv1.JobTemplateSpec{Spec: spec}},
		})
		if err != nil {
			t.Fatal(err)
		}
		w.pass(26 * time.Minute)
		list, err := jobs.List("default", storage.Selector{})
		if err != nil || len(list) != 3 { // as many as are kept
			t.Fatalf("%d jobs, %v", len(list), err)
		}
		for _, j := range list {
			if !strings.HasPrefix(j.Name, "report-") || j.Status.Succeeded != 1 {
				t.Errorf("%s %+v", j.Name, j.Status)
			}
		}
		c, err := crons.Get("default", "report")
		if err != nil || c.Status.LastScheduleTime == nil || c.Status.LastSuccessfulTime == nil || len(c.Status.Active) != 0 {
			t.Errorf("%+v, %v", c.Status, err)
		}
		if err := crons.Delete("default", "report", metav1.DeleteOptions{}); err != nil {
			t.Fatal(err)
		}
		w.pass(6 * time.Minute)
		if list, err = jobs.List("default", storage.Selector{}); err != nil || len(list) != 0 {
			t.Errorf("%d jobs are left, %v", len(list), err)
		}
	})
}

func TestADisruptionBudgetCountsItsPods(t *testing.T) {
	inWorld(t, []string{"m5.large"}, nil, func(w *world) {
		budgets := storage.NewClient[*policyv1.PodDisruptionBudget](w.store, gvr.DisruptionBudgets, "kubectl")
		one := intstr.FromInt32(1)
		if _, err := budgets.Create(&policyv1.PodDisruptionBudget{
			ObjectMeta: metav1.ObjectMeta{Name: "db", Namespace: "default"},
			Spec:       policyv1.PodDisruptionBudgetSpec{MaxUnavailable: &one, Selector: selectX},
		}); err != nil {
			t.Fatal(err)
		}
		status := func() string {
			b, err := budgets.Get("default", "db")
			if err != nil {
				t.Fatal(err)
			}
			s := b.Status
			return fmt.Sprintf("%d of %d, %d wanted, %d allowed", s.CurrentHealthy, s.ExpectedPods, s.DesiredHealthy, s.DisruptionsAllowed)
		}
		w.createSet(nil)
		w.until("all are counted", func() bool { return status() == "3 of 3, 2 wanted, 1 allowed" })
		w.delete("default", "db-2")
		w.until("none may go", func() bool { return status() == "2 of 3, 2 wanted, 0 allowed" })
		w.until("one may go again", func() bool { return status() == "3 of 3, 2 wanted, 1 allowed" })
	})
}

func TestAnAutoscalerKeepsWithinItsBounds(t *testing.T) {
	inWorld(t, []string{"m5.large"}, nil, func(w *world) {
		w.createSet(nil)
		scalers := storage.NewClient[*autoscalingv2.HorizontalPodAutoscaler](w.store, gvr.Autoscalers, "kubectl")
		four := int32(4)
		if _, err := scalers.Create(&autoscalingv2.HorizontalPodAutoscaler{
			ObjectMeta: metav1.ObjectMeta{Name: "db", Namespace: "default"},
			Spec: autoscalingv2.HorizontalPodAutoscalerSpec{
				MinReplicas: &four, MaxReplicas: 5, ScaleTargetRef: autoscalingv2.CrossVersionObjectReference{APIVersion: "apps/v1", Kind: "StatefulSet", Name: "db"},
			},
		}); err != nil {
			t.Fatal(err)
		}
		w.until("there are four", func() bool { return w.set().Status.ReadyReplicas == 4 })
		w.until("it says so", func() bool {
			s, err := scalers.Get("default", "db")
			return err == nil && s.Status.CurrentReplicas == 4
		})
	})
}
