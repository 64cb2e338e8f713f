package e2e

import (
	"context"
	"strings"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"podsg/sandbox/cloud"
)

// The breakages that keep single pods from being made, or from getting a branch
// interface, each in the words of the real parts.

// copyAnnotation makes a Deployment from the manifest of a live pod.
func (w *world) copyAnnotation() (undo func()) {
	return w.refused("green-copied", map[string]string{podENI: `[{"eniId":"eni-0123456789abcdef0","privateIp":"192.168.99.9"}]`}, "vpod.vpc.k8s.aws")
}

// countBranches limits the branch interfaces of the namespace to those that are
// in use.
func (w *world) countBranches() (undo func()) {
	quotas := w.Client().CoreV1().ResourceQuotas(namespace)
	if _, err := quotas.Create(w.t.Context(), &corev1.ResourceQuota{
		ObjectMeta: metav1.ObjectMeta{Name: "branches"},
		Spec:       corev1.ResourceQuotaSpec{Hard: corev1.ResourceList{"requests." + podENI: resource.MustParse("1")}},
	}, metav1.CreateOptions{}); err != nil {
		w.t.Fatal(err)
	}
	w.eventually("the quota is counted", settlePatience, func(ctx context.Context) bool {
		q, err := quotas.Get(ctx, "branches", metav1.GetOptions{})
		return err == nil && len(q.Status.Used) > 0
	})
	restore := w.refused("green-counted", nil, "exceeded quota")
	return func() {
		restore()
		if err := quotas.Delete(context.WithoutCancel(w.t.Context()), "branches", metav1.DeleteOptions{}); err != nil {
			w.t.Error(err)
		}
	}
}

// refused makes a Deployment of green pods and waits until its ReplicaSet tells
// that none can be made.
func (w *world) refused(name string, annotations map[string]string, because string) (undo func()) {
	w.t.Helper()
	labels := map[string]string{"app": "green-pod", "only": name}
	deployments := w.Client().AppsV1().Deployments(namespace)
	if _, err := deployments.Create(w.t.Context(), &appsv1.Deployment{
		ObjectMeta: metav1.ObjectMeta{Name: name},
		Spec: appsv1.DeploymentSpec{
			Selector: &metav1.LabelSelector{MatchLabels: labels},
			Template: corev1.PodTemplateSpec{
				ObjectMeta: metav1.ObjectMeta{Labels: labels, Annotations: annotations},
				Spec:       corev1.PodSpec{Containers: []corev1.Container{{Name: "idle", Image: "busybox", Command: []string{"sleep", "1000000"}}}},
			},
		},
	}, metav1.CreateOptions{}); err != nil {
		w.t.Fatal(err)
	}
	w.eventually("a pod of "+name+" is refused", settlePatience, func(ctx context.Context) bool { return w.told(ctx, "FailedCreate", because) })
	return func() {
		if err := deployments.Delete(context.WithoutCancel(w.t.Context()), name, metav1.DeleteOptions{}); err != nil {
			w.t.Error(err)
		}
	}
}

// reachInterfaceLimit lets the account have no more network interfaces, and
// restarts the green pod.
func (w *world) reachInterfaceLimit() (undo func()) {
	w.Account().InjectFault(cloud.Fault{
		Controller: true, Action: "ec2:CreateNetworkInterface", Code: "NetworkInterfaceLimitExceeded",
		Message: "You have reached the maximum number of network interfaces.",
	})
	if err := w.Client().CoreV1().Pods(namespace).DeleteCollection(w.t.Context(), metav1.DeleteOptions{}, metav1.ListOptions{LabelSelector: "podsg/probe=green"}); err != nil {
		w.t.Fatal(err)
	}
	w.eventually("the controller tells of the limit", settlePatience, func(ctx context.Context) bool {
		return w.told(ctx, "BranchAllocationFailed", "NetworkInterfaceLimitExceeded")
	})
	return func() {
		w.Account().ClearFaults()
		w.eventually("the green pod has its branch interface", settlePatience, func(ctx context.Context) bool {
			pods, err := w.Client().CoreV1().Pods(namespace).List(ctx, metav1.ListOptions{LabelSelector: "podsg/probe=green"})
			return err == nil && len(pods.Items) == 1 && pods.Items[0].Annotations[podENI] != ""
		})
	}
}

// told reports whether an event of the namespace has a reason and holds a text.
func (w *world) told(ctx context.Context, reason, text string) bool {
	list, err := w.Client().CoreV1().Events(namespace).List(ctx, metav1.ListOptions{FieldSelector: "reason=" + reason})
	if err != nil {
		return false
	}
	for _, e := range list.Items {
		if strings.Contains(e.Message, text) {
			return true
		}
	}
	return false
}

// movePolicy puts the policy into another namespace.
func (w *world) movePolicy() (undo func()) {
	const elsewhere = "elsewhere"
	ctx := w.t.Context()
	here := w.Dynamic().Resource(policies).Namespace(namespace)
	policy, err := here.Get(ctx, policyName, metav1.GetOptions{})
	if err != nil {
		w.t.Fatal(err)
	}
	if _, err := w.Client().CoreV1().Namespaces().Create(ctx, &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: elsewhere}}, metav1.CreateOptions{}); err != nil && !apierrors.IsAlreadyExists(err) {
		w.t.Fatal(err)
	}
	moved := &unstructured.Unstructured{Object: map[string]any{
		"apiVersion": policy.GetAPIVersion(), "kind": policy.GetKind(), "spec": policy.Object["spec"],
		"metadata": map[string]any{"name": policyName, "namespace": elsewhere},
	}}
	there := w.Dynamic().Resource(policies).Namespace(elsewhere)
	if _, err := there.Create(ctx, moved, metav1.CreateOptions{}); err != nil {
		w.t.Fatal(err)
	}
	if err := here.Delete(ctx, policyName, metav1.DeleteOptions{}); err != nil {
		w.t.Fatal(err)
	}
	return func() {
		if err := there.Delete(context.WithoutCancel(ctx), policyName, metav1.DeleteOptions{}); err != nil {
			w.t.Error(err)
		}
		w.recreate(policy)
	}
}

// selectAccountByName lets the policy select a service account by its name, which
// no account has as a label.
func (w *world) selectAccountByName() (undo func()) {
	return w.patchPolicy(`{"spec":{"podSelector":null,"serviceAccountSelector":{"matchLabels":{"name":"default"}}}}`)
}
