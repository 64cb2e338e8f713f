package acceptance

import (
	"strings"

	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/yaml"

	"podsg/sandbox/cluster/manifests"
	"podsg/steps/intent"
)

// The ways in which objects of the cluster are mended.

// restoreRoles applies the roles of EKS' own manifests again.
func restoreRoles(l *lab) {
	client := l.kubernetes().RbacV1()
	for _, m := range must[[]manifests.Manifest](l)(manifests.List(manifests.Values{Cluster: "workshop", Region: "us-west-2"})) {
		for _, document := range m.Documents {
			switch {
			case strings.Contains(document, "kind: ClusterRole\n") && strings.Contains(document, "name: aws-node"):
				var role rbacv1.ClusterRole
				l.ok(yaml.Unmarshal([]byte(document), &role))
				_, err := client.ClusterRoles().Update(l.t.Context(), &role, metav1.UpdateOptions{})
				l.ok(err)
			case strings.Contains(document, "kind: Role\n"):
				var role rbacv1.Role
				l.ok(yaml.Unmarshal([]byte(document), &role))
				_, _ = client.Roles(role.Namespace).Create(l.t.Context(), &role, metav1.CreateOptions{}) // it may be there
			case strings.Contains(document, "kind: RoleBinding\n"):
				var binding rbacv1.RoleBinding
				l.ok(yaml.Unmarshal([]byte(document), &binding))
				_, _ = client.RoleBindings(binding.Namespace).Create(l.t.Context(), &binding, metav1.CreateOptions{})
			}
		}
	}
}

func dropForeignPolicy(l *lab) {
	l.ok(l.policies("shop").Delete(l.t.Context(), intent.DefaultPolicyName, metav1.DeleteOptions{}))
}

func selectOnlyGreen(l *lab) {
	patch := `{"spec":{"serviceAccountSelector":null,"podSelector":{"matchLabels":{"app":"green-pod"}}}}`
	_, err := l.policies(intent.DefaultNamespace).Patch(l.t.Context(), intent.DefaultPolicyName, types.MergePatchType, []byte(patch), metav1.PatchOptions{})
	l.ok(err)
}

func stripAnnotation(l *lab) {
	patch := `{"spec":{"template":{"metadata":{"annotations":null}}}}`
	_, err := l.kubernetes().AppsV1().Deployments(intent.DefaultNamespace).
		Patch(l.t.Context(), intent.GreenLabel, types.MergePatchType, []byte(patch), metav1.PatchOptions{})
	l.ok(err)
}

func dropQuota(l *lab) {
	l.ok(l.kubernetes().CoreV1().ResourceQuotas(intent.DefaultNamespace).Delete(l.t.Context(), "fair-share", metav1.DeleteOptions{}))
}

func lengthenCoolDown(l *lab) {
	_, err := l.kubernetes().CoreV1().ConfigMaps("kube-system").
		Patch(l.t.Context(), "amazon-vpc-cni", types.MergePatchType, []byte(`{"data":{"branch-eni-cooldown":"60"}}`), metav1.PatchOptions{})
	l.ok(err)
}

func correctPassword(l *lab) {
	_, err := l.kubernetes().CoreV1().Secrets(intent.DefaultNamespace).
		Patch(l.t.Context(), intent.DefaultSecretName, types.MergePatchType, []byte(`{"stringData":{"password":"practice-workshop-27x"}}`), metav1.PatchOptions{})
	l.ok(err)
}

func renewAuthorities(l *lab) {
	configMaps := l.kubernetes().CoreV1().ConfigMaps(intent.DefaultNamespace)
	m, err := configMaps.Get(l.t.Context(), "podsg-rds-ca", metav1.GetOptions{})
	l.ok(err)
	m.Data["rds-ca.pem"] = l.readFile("PODSG_RDS_CA")
	_, err = configMaps.Update(l.t.Context(), m, metav1.UpdateOptions{})
	l.ok(err)
}
