package acceptance

import (
	"context"
	"encoding/base64"
	"encoding/hex"
	"net/url"
	"os"
	"strings"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/tools/clientcmd"

	"podsg/steps/intent"
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

// podLog is the log of the pod with a label app.
func (l *lab) podLog(app string) string {
	l.t.Helper()
	pods := l.kubernetes().CoreV1().Pods(intent.DefaultNamespace)
	list, err := pods.List(l.t.Context(), metav1.ListOptions{LabelSelector: "app=" + app})
	if err != nil || len(list.Items) != 1 {
		l.t.Fatalf("the pods with app=%s: %d, %v", app, len(list.Items), err)
	}
	text, err := pods.GetLogs(list.Items[0].Name, &corev1.PodLogOptions{}).DoRaw(l.t.Context())
	if err != nil || len(text) == 0 {
		l.t.Fatalf("the log of %s: %d bytes, %v", list.Items[0].Name, len(text), err)
	}
	return string(text)
}

// secretForms are the forms in which a password might be written somewhere.
func secretForms(password string) []string {
	return []string{
		password, base64.StdEncoding.EncodeToString([]byte(password)), url.QueryEscape(password), hex.EncodeToString([]byte(password)),
	}
}

// clusterGroup is the cluster security group of a cluster.
func (l *lab) clusterGroup(cluster string) string {
	l.t.Helper()
	for key, fields := range l.state() {
		if strings.HasPrefix(key, "aws security-group/") && strings.HasPrefix(fields[".Name"], "eks-cluster-sg-"+cluster+"-") &&
			fields[".Tags.aws:eks:cluster-name"] == cluster {
			return strings.TrimPrefix(key, "aws security-group/")
		}
	}
	l.t.Fatalf("cluster %s has no security group", cluster)
	return ""
}

// readFile is the content of the file that a variable of the world names.
func (l *lab) readFile(variable string) string {
	l.t.Helper()
	text, err := os.ReadFile(l.variable(variable))
	if err != nil {
		l.t.Fatal(err)
	}
	return string(text)
}

// apiServer is the address of the world's Kubernetes API.
func (l *lab) apiServer() string {
	l.t.Helper()
	config, err := clientcmd.BuildConfigFromFlags("", l.variable("KUBECONFIG"))
	if err != nil {
		l.t.Fatal(err)
	}
	return config.Host
}

// readyNodes counts the nodes of the cluster that are ready.
func (l *lab) readyNodes() (n int) {
	l.t.Helper()
	nodes, err := l.kubernetes().CoreV1().Nodes().List(context.Background(), metav1.ListOptions{})
	if err != nil {
		l.t.Fatal(err)
	}
	for _, node := range nodes.Items {
		for _, c := range node.Status.Conditions {
			if c.Type == corev1.NodeReady && c.Status == corev1.ConditionTrue {
				n++
			}
		}
	}
	return n
}
