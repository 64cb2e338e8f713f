package acceptance

import (
	"context"
	"fmt"
	"strings"
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"podsg/cli"
	"podsg/steps/plan"
)

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
