package acceptance

import (
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"podsg/cli"
	"podsg/steps/check"
	"podsg/steps/intent"
	"podsg/steps/plan"
)

func TestTheTestPodsFollowTheSelector(t *testing.T) {
	t.Parallel()
	for _, selector := range []string{"app", "app notin (x)", "!app"} {
		t.Run(selector, func(t *testing.T) {
			t.Parallel()
			l := newLab(t, "existing-db")
			setup := []string{"setup", "--yes", "-o", "json", "--database", "orders-db", "--db-password-from", "secretsmanager:" + l.ordersSecret(), "--pod-selector", selector}
			proven(t, decode[plan.Result](l.podsg(setup...).exits(0)))
			if again := decode[plan.Result](l.podsg(setup...).exits(0)); len(again.Applied) > 0 {
				t.Errorf("the next setup did %v", again.Applied)
			}
		})
	}
}

func TestAPolicyOfPodAndServiceAccountLabelsIsTriedWithASelectedAccountOnly(t *testing.T) {
	t.Parallel()
	l := newLab(t, "workshop")
	chosen := []string{"--pod-selector", "db=yes", "--service-account-selector", "team=a"}
	l.podsg(append([]string{"setup", "--yes", "--verify=false", "--seed=false"}, chosen...)...).exits(0)
	injection := func() check.Finding {
		o := l.podsg("diagnose", "-o", "json")
		return finding(decode[plan.Diagnosis](o), "D40")
	}
	if f := injection(); f.Status != check.Skip {
		t.Errorf("without a selected service account: %+v", f)
	}
	account := &corev1.ServiceAccount{ObjectMeta: metav1.ObjectMeta{Name: "api", Labels: map[string]string{"team": "a"}}}
	if _, err := l.kubernetes().CoreV1().ServiceAccounts(intent.DefaultNamespace).Create(t.Context(), account, metav1.CreateOptions{}); err != nil {
		t.Fatal(err)
	}
	if f := injection(); f.Status != check.Pass {
		t.Errorf("with a selected service account: %+v", f)
	}
	proven(t, decode[plan.Result](l.podsg(append([]string{"setup", "--yes", "-o", "json"}, chosen...)...).exits(0)))
}

func TestADeploymentOfAnOldWorkshopIsInTheWayBeforeAnythingIsMade(t *testing.T) {
	t.Parallel()
	l := newLab(t, "workshop")
	namespace := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: intent.DefaultNamespace}}
	if _, err := l.kubernetes().CoreV1().Namespaces().Create(t.Context(), namespace, metav1.CreateOptions{}); err != nil {
		t.Fatal(err)
	}
	labels := map[string]string{"app": intent.GreenLabel}
	old := &appsv1.Deployment{ObjectMeta: metav1.ObjectMeta{Name: intent.GreenLabel}, Spec: appsv1.DeploymentSpec{
		Selector: &metav1.LabelSelector{MatchLabels: labels},
		Template: corev1.PodTemplateSpec{
			ObjectMeta: metav1.ObjectMeta{Labels: labels},
			Spec:       corev1.PodSpec{Containers: []corev1.Container{{Name: "green-pod", Image: "registry.k8s.io/pause:3.10"}}},
		},
	}}
	if _, err := l.kubernetes().AppsV1().Deployments(intent.DefaultNamespace).Create(t.Context(), old, metav1.CreateOptions{}); err != nil {
		t.Fatal(err)
	}
	l.unchanged(func() {
		l.podsg("setup", "--yes").exits(cli.ExitUsage).says("deployment sg-per-pod/green-pod", "kubectl -n sg-per-pod delete deployment green-pod")
	})
	l.podsg("setup", "--yes", "--verify=false", "--seed=false").exits(0)
}
