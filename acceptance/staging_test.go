package acceptance

import (
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// foreignPod makes a pod as somebody else would.
func (l *lab) foreignPod(namespace string) {
	l.t.Helper()
	pod := &corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: "visitor", Labels: map[string]string{"app": "visitor"}},
		Spec:       corev1.PodSpec{Containers: []corev1.Container{{Name: "sleep", Image: "public.ecr.aws/docker/library/postgres:17-alpine", Command: []string{"sleep", "86400"}}}},
	}
	if _, err := l.kubernetes().CoreV1().Pods(namespace).Create(l.t.Context(), pod, metav1.CreateOptions{}); err != nil {
		l.t.Fatal(err)
	}
}

func (l *lab) podExists(namespace, name string) bool {
	l.t.Helper()
	_, err := l.kubernetes().CoreV1().Pods(namespace).Get(l.t.Context(), name, metav1.GetOptions{})
	if err != nil && !apierrors.IsNotFound(err) {
		l.t.Fatal(err)
	}
	return err == nil
}
