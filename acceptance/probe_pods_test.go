package acceptance

import (
	"slices"
	"strings"
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"podsg/steps/plan"
	"podsg/steps/world"
)

// shop makes a Deployment and a Service of a user's, which select by the same
// label, in namespace shop.
func (l *lab) shop() {
	l.t.Helper()
	labels := map[string]string{"app": "api"}
	kube := l.kubernetes()
	must[*corev1.Namespace](l)(kube.CoreV1().Namespaces().Create(l.t.Context(), &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: "shop"}}, metav1.CreateOptions{}))
	l.deploy("shop", "api", labels)
	must[*corev1.Service](l)(kube.CoreV1().Services("shop").Create(l.t.Context(), &corev1.Service{
		ObjectMeta: metav1.ObjectMeta{Name: "api"},
		Spec:       corev1.ServiceSpec{Selector: labels, Ports: []corev1.ServicePort{{Port: 80}}},
	}, metav1.CreateOptions{}))
}

// deploy makes a Deployment of a user's with one pod.
func (l *lab) deploy(namespace, name string, labels map[string]string) {
	l.t.Helper()
	must[*appsv1.Deployment](l)(l.kubernetes().AppsV1().Deployments(namespace).Create(l.t.Context(), &appsv1.Deployment{
		ObjectMeta: metav1.ObjectMeta{Name: name, Labels: labels},
		Spec: appsv1.DeploymentSpec{
			Selector: &metav1.LabelSelector{MatchLabels: labels},
			Template: corev1.PodTemplateSpec{
				ObjectMeta: metav1.ObjectMeta{Labels: labels},
				Spec:       corev1.PodSpec{Containers: []corev1.Container{{Name: name, Image: "registry.k8s.io/pause:3.10"}}},
			},
		},
	}, metav1.CreateOptions{}))
}

// podsEver of a namespace from its beginning sees each of them.
func (l *lab) podsEver(namespace string, do func()) []*corev1.Pod {
	l.t.Helper()
	w, err := l.kubernetes().CoreV1().Pods(namespace).Watch(l.t.Context(), metav1.ListOptions{})
	if err != nil {
		l.t.Fatal(err)
	}
	var seen []*corev1.Pod
	done := make(chan struct{})
	go func() {
		defer close(done)
		for e := range w.ResultChan() {
			if p, ok := e.Object.(*corev1.Pod); ok {
				seen = append(seen, p)
			}
		}
	}()
	do()
	w.Stop()
	<-done
	return seen
}

func TestNoPodOfPodsgIsEverOneOfTheUsers(t *testing.T) {
	t.Parallel()
	l := newLab(t, "existing-db")
	l.shop()
	setup := []string{"setup", "-n", "shop", "--pod-selector", "app=api", "--yes", "-o", "json", "--database", "orders-db", "--db-password-from", "secretsmanager:" + l.ordersSecret()}
	var first plan.Result
	seen := l.podsEver("shop", func() { first = decode[plan.Result](l.podsg(setup...).exits(0)) })
	proven(t, first)
	probes := 0
	for _, p := range seen {
		if p.Labels[world.LabelManagedBy] != world.ManagedBy {
			continue
		}
		probes++
		for key := range p.Labels {
			if !strings.HasPrefix(key, "podsg/") && !slices.Contains([]string{world.LabelManagedBy, "pod-template-hash"}, key) {
				t.Errorf("pod %s carries label %s", p.Name, key)
			}
		}
	}
	if probes == 0 {
		t.Error("no pod of podsg's was seen")
	}
	l.eventually("the probe pods are gone", func() bool { return len(l.podsgs("shop")) == 0 })
	if left := differences(state{}, l.state()); slices.ContainsFunc(left, func(line string) bool {
		return strings.Contains(line, "-probe") || strings.Contains(line, "podsg-rds-ca")
	}) {
		t.Error("the policy of the probe pods or their ConfigMap is left")
	}

	l.unchanged(func() {
		l.podsg("plan", "-n", "shop", "--pod-selector", "app=api").exits(0).says("nothing to do")
		again := decode[plan.Result](l.podsg(setup...).exits(0))
		proven(t, again)
		if v := again.Verification; !v.Earlier || v.ProvenAt.IsZero() || v.Green.Pod != first.Verification.Green.Pod {
			t.Errorf("the second setup says of the proof: %+v", v)
		}
		l.podsg("setup", "-n", "shop", "--pod-selector", "app=api", "--yes").exits(0).says("proven", "by an earlier run")
	})
}

// podsgs are the names of podsg's own pods in a namespace.
func (l *lab) podsgs(namespace string) (names []string) {
	l.t.Helper()
	list := must[*corev1.PodList](l)(l.kubernetes().CoreV1().Pods(namespace).List(l.t.Context(), metav1.ListOptions{LabelSelector: world.LabelManagedBy + "=" + world.ManagedBy}))
	for _, p := range list.Items {
		names = append(names, p.Name)
	}
	return names
}
