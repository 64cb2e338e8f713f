package acceptance

import (
	"slices"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"podsg/steps/access"
)

// accessList is what podsg list prints as JSON.
type accessList struct {
	SchemaVersion int
	Cluster       string
	Accesses      []access.Access
}

// foreignPolicy makes a namespace with a policy as somebody else would, and pods
// that it selects.
func (l *lab) foreignPolicy(namespace, name string, labels map[string]string, groups ...string) {
	l.t.Helper()
	api := l.kubernetes()
	if _, err := api.CoreV1().Namespaces().Create(l.t.Context(), &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: namespace}}, metav1.CreateOptions{}); err != nil {
		l.t.Fatal(err)
	}
	if _, err := l.policies(namespace).Create(l.t.Context(), &unstructured.Unstructured{Object: map[string]any{
		"apiVersion": "vpcresources.k8s.aws/v1beta1", "kind": "SecurityGroupPolicy",
		"metadata": map[string]any{"namespace": namespace, "name": name},
		"spec":     map[string]any{"podSelector": map[string]any{"matchLabels": nested(labels)}, "securityGroups": map[string]any{"groupIds": anyOf(groups)}},
	}}, metav1.CreateOptions{}); err != nil {
		l.t.Fatal(err)
	}
	pod := &corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: name, Labels: labels},
		Spec:       corev1.PodSpec{Containers: []corev1.Container{{Name: "sleep", Image: "public.ecr.aws/docker/library/postgres:17-alpine", Command: []string{"sleep", "86400"}}}},
	}
	if _, err := api.CoreV1().Pods(namespace).Create(l.t.Context(), pod, metav1.CreateOptions{}); err != nil {
		l.t.Fatal(err)
	}
}

func nested(labels map[string]string) map[string]any {
	out := map[string]any{}
	for k, v := range labels {
		out[k] = v
	}
	return out
}

func anyOf(list []string) []any {
	out := make([]any, len(list))
	for i, x := range list {
		out[i] = x
	}
	return out
}

// Whoever made them, the accesses of the cluster are listed, and nothing is
// changed by it.
func TestListShowsTheAccessesOfEveryNamespace(t *testing.T) {
	t.Parallel()
	l := newLab(t, "ready")
	l.foreignPolicy("cache", "redis-client", map[string]string{"app": "web"}, l.clusterGroup("workshop"))
	l.eventually("the pod of the other namespace has its branch ENI", func() bool {
		list := decode[accessList](l.podsg("list", "-o", "json").exits(0))
		return len(list.Accesses) == 2 && list.Accesses[0].Pods.WithBranchENI == 1
	})
	l.unchanged(func() {
		list := decode[accessList](l.podsg("list", "-o", "json").exits(0))
		other, own := list.Accesses[0], list.Accesses[1]
		if other.Namespace != "cache" || other.Policy != "redis-client" || other.OwnedBy != access.Other || other.State != access.Healthy {
			t.Errorf("the other access is %+v", other)
		}
		if own.OwnedBy != access.Podsg || own.State != access.Healthy || !slices.ContainsFunc(own.Targets, func(x access.Target) bool { return x.ID == "rds-workshop" && x.Port == 5432 }) {
			t.Errorf("podsg's own is %+v", own)
		}
		l.podsg("list", "-n", "cache").exits(0).says("cache/redis-client", "1 access\n")
		l.podsg("list", "-n", "elsewhere").exits(0).says("no SecurityGroupPolicy", "podsg setup --cluster workshop --namespace elsewhere")
	})
}
