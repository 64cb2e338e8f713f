package acceptance

import (
	"strings"
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"podsg/steps/intent"
	"podsg/steps/world"
)

// reader is a Deployment of the user's whose pods have the connection's Secret as
// their environment.
func reader(name string) *appsv1.Deployment {
	labels := map[string]string{"shop": name}
	return &appsv1.Deployment{ObjectMeta: metav1.ObjectMeta{Name: name}, Spec: appsv1.DeploymentSpec{
		Selector: &metav1.LabelSelector{MatchLabels: labels},
		Template: corev1.PodTemplateSpec{ObjectMeta: metav1.ObjectMeta{Labels: labels}, Spec: corev1.PodSpec{Containers: []corev1.Container{{
			Name: "web", Image: "public.ecr.aws/docker/library/postgres:17-alpine", Command: []string{"sleep", "86400"},
			EnvFrom: []corev1.EnvFromSource{{SecretRef: &corev1.SecretEnvSource{LocalObjectReference: corev1.LocalObjectReference{Name: intent.DefaultSecretName}}}},
		}}}},
	}}
}

func TestCleanupKeepsTheSecretThatOthersPodsRead(t *testing.T) {
	t.Parallel()
	l := newLab(t, "ready")
	const ns = intent.DefaultNamespace
	core, deployments := l.kubernetes().CoreV1(), l.kubernetes().AppsV1().Deployments(ns)
	if _, err := deployments.Create(t.Context(), reader("web"), metav1.CreateOptions{}); err != nil {
		t.Fatal(err)
	}
	running := func() bool {
		pods, err := core.Pods(ns).List(t.Context(), metav1.ListOptions{LabelSelector: "shop=web"})
		return err == nil && len(pods.Items) == 1 && pods.Items[0].DeletionTimestamp == nil && pods.Items[0].Status.Phase == corev1.PodRunning
	}
	l.eventually("the pod runs", running)
	r := l.cleanup()
	for kind, want := range map[world.Kind]string{world.KindSecret: "deployment web (envFrom of container web)", world.KindNamespace: "secret " + intent.DefaultSecretName} {
		if why := whyKept(r, kind); !strings.Contains(why, want) {
			t.Errorf("%s: kept for %q, want %q", kind, why, want)
		}
	}
	l.deletePods(ns, "shop=web")
	l.eventually("a new pod runs", running)
	if err := deployments.Delete(t.Context(), "web", metav1.DeleteOptions{}); err != nil {
		t.Fatal(err)
	}
	l.eventually("the pod is gone", func() bool {
		pods, err := core.Pods(ns).List(t.Context(), metav1.ListOptions{LabelSelector: "shop=web"})
		return err == nil && len(pods.Items) == 0
	})
	if why := whyKept(l.cleanup(), world.KindSecret); why != "" {
		t.Errorf("nobody reads it any more, and it is kept: %s", why)
	}
}
