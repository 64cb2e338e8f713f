package kubeapi_test

import (
	"testing"

	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"

	"podsg/sandbox/kubeapi"
	"podsg/sandbox/kubeapi/access"
	"podsg/sandbox/kubeapi/authorizer"
	"podsg/sandbox/kubeapi/storage"
)

func TestRolesDecideWhatAnotherUserMay(t *testing.T) {
	var w *world
	w = newWorld(t, func(_ *storage.Config, c *kubeapi.Config) {
		c.Authorize = func(a access.Attributes) (bool, string) { return authorizer.RBAC(w.store)(a) }
	})
	ctx := context5(t)
	must(t)(w.typed.RbacV1().ClusterRoles().Create(ctx, &rbacv1.ClusterRole{
		ObjectMeta: metav1.ObjectMeta{Name: "reader"},
		Rules:      []rbacv1.PolicyRule{{APIGroups: []string{""}, Resources: []string{"pods", "pods/log", "secrets"}, ResourceNames: []string{"one"}, Verbs: []string{"get"}}},
	}, metav1.CreateOptions{}))
	must(t)(w.typed.RbacV1().RoleBindings("workshop").Create(ctx, &rbacv1.RoleBinding{
		ObjectMeta: metav1.ObjectMeta{Name: "reader"},
		RoleRef:    rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "ClusterRole", Name: "reader"},
		Subjects:   []rbacv1.Subject{{Kind: rbacv1.ServiceAccountKind, Name: "robot"}},
	}, metav1.CreateOptions{}))
	must(t)(w.typed.CoreV1().Secrets("workshop").Create(ctx, &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Name: "one"}}, metav1.CreateOptions{}))

	config := rest.CopyConfig(w.config)
	config.Impersonate.UserName = "system:serviceaccount:workshop:robot"
	robot := kubernetes.NewForConfigOrDie(config)
	if _, err := robot.CoreV1().Secrets("workshop").Get(ctx, "one", metav1.GetOptions{}); err != nil {
		t.Errorf("the bound account may not read what its role names: %v", err)
	}
	_, err := robot.CoreV1().Secrets("workshop").Get(ctx, "two", metav1.GetOptions{})
	const sentence = `secrets "two" is forbidden: User "system:serviceaccount:workshop:robot" cannot get resource "secrets" in API group "" in the namespace "workshop"`
	if !apierrors.IsForbidden(err) || err.Error() != sentence {
		t.Errorf("error = %v\nwant    %s", err, sentence)
	}
	if _, err := robot.CoreV1().Secrets("kube-system").Get(ctx, "one", metav1.GetOptions{}); !apierrors.IsForbidden(err) {
		t.Errorf("a role that is bound in one namespace reaches into another: %v", err)
	}

	config.BearerToken = guestToken
	_, err = kubernetes.NewForConfigOrDie(config).CoreV1().Secrets("workshop").Get(ctx, "one", metav1.GetOptions{})
	const refused = `serviceaccounts "robot" is forbidden: User "guest" cannot impersonate resource "serviceaccounts" in API group "" in the namespace "workshop"`
	if !apierrors.IsForbidden(err) || err.Error() != refused {
		t.Errorf("error = %v\nwant    %s", err, refused)
	}
}
