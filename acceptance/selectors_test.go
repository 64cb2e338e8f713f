package acceptance

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"podsg/cli"
	"podsg/steps/check"
	"podsg/steps/intent"
	"podsg/steps/plan"
	"podsg/steps/world"
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
	l.podsg("setup", "--yes", "--verify=false", "--seed=false", "--lost-flows", "accept", "--restart", "never").exits(0)
}

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
	setup := []string{"setup", "-n", "shop", "--pod-selector", "app=api", "--yes", "-o", "json", "--database", "orders-db", "--db-password-from", "secretsmanager:" + l.ordersSecret(),
		"--lost-flows", "accept", "--restart", "never"}
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
		l.podsg("plan", "-n", "shop", "--pod-selector", "app=api", "--lost-flows", "accept", "--restart", "never").exits(0).says("nothing to do")
		again := decode[plan.Result](l.podsg(setup...).exits(0))
		proven(t, again)
		if v := again.Verification; !v.Earlier || v.ProvenAt.IsZero() || v.Green.Pod != first.Verification.Green.Pod {
			t.Errorf("the second setup says of the proof: %+v", v)
		}
		l.podsg("setup", "-n", "shop", "--pod-selector", "app=api", "--yes", "--lost-flows", "accept", "--restart", "never").exits(0).says("proven", "by an earlier run")
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

// A team has a policy that selects by service account and gives a group of the
// pods' own beside the cluster's, as the documentation of EKS advises.
func TestAPolicyOfTheUsersIsUsedAsItIsAndLeft(t *testing.T) {
	t.Parallel()
	l := newLab(t, "existing-db")
	ctx, kube, labels := t.Context(), l.kubernetes(), map[string]string{"app": "shopapi"}
	must[*corev1.Namespace](l)(kube.CoreV1().Namespaces().Create(ctx, &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: "shop"}}, metav1.CreateOptions{}))
	must[*corev1.ServiceAccount](l)(kube.CoreV1().ServiceAccounts("shop").Create(ctx, &corev1.ServiceAccount{ObjectMeta: metav1.ObjectMeta{Name: "shopapi", Labels: labels}}, metav1.CreateOptions{}))
	own := l.clusterGroup("workshop-2") // any group that no node of this cluster carries
	policy := &unstructured.Unstructured{Object: map[string]any{
		"apiVersion": "vpcresources.k8s.aws/v1beta1", "kind": "SecurityGroupPolicy", "metadata": map[string]any{"name": "shopapi"},
		"spec": map[string]any{
			"serviceAccountSelector": map[string]any{"matchLabels": map[string]any{"app": "shopapi"}},
			"securityGroups":         map[string]any{"groupIds": []any{own, l.clusterGroup("workshop")}},
		},
	}}
	must[*unstructured.Unstructured](l)(l.policies("shop").Create(ctx, policy, metav1.CreateOptions{}))
	l.deploy("shop", "shopapi", labels)
	theirs := func() map[string]string {
		out := map[string]string{}
		p := must[*unstructured.Unstructured](l)(l.policies("shop").Get(context.Background(), "shopapi", metav1.GetOptions{}))
		a := must[*corev1.ServiceAccount](l)(kube.CoreV1().ServiceAccounts("shop").Get(context.Background(), "shopapi", metav1.GetOptions{}))
		d := must[*appsv1.Deployment](l)(kube.AppsV1().Deployments("shop").Get(context.Background(), "shopapi", metav1.GetOptions{}))
		out["policy"], out["account"], out["deployment"] = p.GetResourceVersion(), a.ResourceVersion, fmt.Sprint(d.Generation)
		return out
	}
	before := theirs()
	flags := []string{"-n", "shop", "--database", "orders-db", "--db-password-from", "secretsmanager:" + l.ordersSecret()}
	l.unchanged(func() {
		l.podsg(append([]string{"plan", "--pod-security-group", l.clusterGroup("workshop")}, flags...)...).exits(cli.ExitUsage).says("would let every node into the database")
	})
	setup := append([]string{"setup", "--policy", "shopapi", "--yes", "-o", "json"}, flags...)
	r := decode[plan.Result](l.podsg(setup...).exits(0))
	if v := r.Verification; v == nil || !v.Proven || len(v.Green.ENI.Groups) != 2 {
		t.Errorf("not proven with the policy's two groups: %+v", v)
	}
	l.unchanged(func() {
		if again := decode[plan.Result](l.podsg(setup...).exits(0)); len(again.Applied) > 0 {
			t.Errorf("the second setup did %v", again.Applied)
		}
	})
	l.podsg("cleanup", "--yes").exits(0).says("shop/shopapi")
	for what, was := range before {
		if is := theirs()[what]; is != was {
			t.Errorf("%s was changed: %s, now %s", what, was, is)
		}
	}
	if left := l.podsgs("shop"); len(left) > 0 {
		t.Errorf("left: %s", strings.Join(left, ", "))
	}
}
