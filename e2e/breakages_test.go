package e2e

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	admissionregistrationv1 "k8s.io/api/admissionregistration/v1"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"

	"podsg/e2e/rig"
)

const (
	awsNode         = "aws-node"
	systemNamespace = "kube-system"
	policyName      = "allow-rds-access"
	mutatingWebhook = "vpc-resource-mutating-webhook"
	settlePatience  = 2 * time.Minute
)

var policies = schema.GroupVersionResource{Group: "vpcresources.k8s.aws", Version: "v1beta1", Resource: "securitygrouppolicies"}

// TestMissingPermissionIsTheCauseAndSetupHeals lets the real controller fail for
// want of the policy on the cluster role.
func TestMissingPermissionIsTheCauseAndSetupHeals(t *testing.T) {
	w := startWorld(t, rig.Options{NodeGroups: []rig.NodeGroup{{Name: "ng-m5", InstanceType: "m5.large", Count: 2}}, SelfManagedCNI: true})
	w.enablePodENI()
	w.eventually("the controller tells of the missing permission", settlePatience, func(ctx context.Context) bool {
		list, err := w.Client().CoreV1().Events(metav1.NamespaceDefault).List(ctx, metav1.ListOptions{FieldSelector: "reason=TrunkENICreationFailed"})
		return err == nil && len(list.Items) > 0 && strings.Contains(list.Items[0].Message, "UnauthorizedOperation")
	})
	w.blames("D11", fail, "AmazonEKSVPCResourceController")
	w.blames("D37", fail, "UnauthorizedOperation")

	// Nodes tell of themselves every few minutes of the rig's clock, which is when
	// the controller tries again: the policy that setup attaches heals them.
	var setup setupResult
	w.mustPodsg(&setup, "setup", "--yes")
	if setup.Verification.Green.Verdict != "connected" {
		t.Errorf("after setup: %+v", setup.Verification.Green)
	}
	if d := w.diagnose(); len(d.failed()) > 0 {
		t.Errorf("diagnose after setup:\n%v", d)
	}
}

// TestNodesWithoutTrunkSupportAreTheCause has a cluster of t3 nodes only.
func TestNodesWithoutTrunkSupportAreTheCause(t *testing.T) {
	w := startWorld(t, rig.Options{NodeGroups: []rig.NodeGroup{{Name: "ng-t3", InstanceType: "t3.medium", Count: 2}}})
	w.blames("D33", fail, "t3.medium")
	out := w.podsg("setup", "--yes", "-o", "json")
	if out.code == exitDone {
		t.Errorf("setup succeeded on nodes that cannot have a trunk interface:\n%s", out.stderr)
	}
}

// TestBreakagesAreSeen breaks a working cluster in one way after the other.
func TestBreakagesAreSeen(t *testing.T) {
	w := startWorld(t, rig.Options{NodeGroups: []rig.NodeGroup{{Name: "ng-m5", InstanceType: "m5.large", Count: 2}}})
	var setup setupResult
	w.mustPodsg(&setup, "setup", "--yes")
	for _, c := range []struct {
		name   string
		stage  func(w *world) (undo func())
		check  string
		status string
		text   string
	}{
		{"more pods than branch interfaces", (*world).exhaustBranches, "D61", fail, "9 of 9 in use"},
		{"a pod that is older than its policy", (*world).makePolicyYounger, "D44", fail, "green-pod"},
		{"no webhook configuration", (*world).deleteWebhook, "D42", fail, mutatingWebhook},
		{"a manifest that was copied from a live pod", (*world).copyAnnotation, "D57", fail, "green-copied"},
		{"a quota that counts branch interfaces", (*world).countBranches, "D58", fail, "exceeded quota"},
		{"an account that may have no more interfaces", (*world).reachInterfaceLimit, "D64", fail, "NetworkInterfaceLimitExceeded"},
		{"a service account that is selected by its name", (*world).selectAccountByName, "D50", fail, "one is named default"},
		{"a policy in another namespace", (*world).movePolicy, "D46", fail, "elsewhere"},
		{"a selector that matches nothing", (*world).mistypeSelector, "D48", warn, "app=gren-pod"},
		{"a security group of another VPC", (*world).useForeignGroup, "D82", fail, "belongs to another VPC"},
		{"a controller that does not answer", (*world).stopController, "D40", fail, "did not get the limit"},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := &world{w.Rig, t}
			undo := c.stage(w)
			defer undo()
			w.blames(c.check, c.status, c.text)
		})
	}
}

// Statuses of a check that did not pass.
const fail, warn = "fail", "warn"

// blames wants that a check of diagnose has a status and says a text.
func (w *world) blames(check, status, text string) {
	w.t.Helper()
	if d := w.diagnose(); !d.says(check, status, text) {
		w.t.Errorf("diagnose does not say %s %s with %q:\n%v", status, check, text, d)
	}
}

// enablePodENI switches branch interfaces on by hand and waits for the rollout.
func (w *world) enablePodENI() {
	w.t.Helper()
	patch := `{"spec":{"template":{"spec":{"containers":[{"name":"aws-node","env":[{"name":"ENABLE_POD_ENI","value":"true"}]}]}}}}`
	ds, err := w.Client().AppsV1().DaemonSets(systemNamespace).Patch(w.t.Context(), awsNode, types.StrategicMergePatchType, []byte(patch), metav1.PatchOptions{})
	if err != nil {
		w.t.Fatal(err)
	}
	w.eventually("aws-node rolled out", settlePatience, func(ctx context.Context) bool {
		now, err := w.Client().AppsV1().DaemonSets(systemNamespace).Get(ctx, awsNode, metav1.GetOptions{})
		return err == nil && now.Status.ObservedGeneration >= ds.Generation &&
			now.Status.UpdatedNumberScheduled == now.Status.DesiredNumberScheduled && now.Status.NumberAvailable == now.Status.DesiredNumberScheduled
	})
}

// exhaustBranches asks for more green pods than two nodes have branch
// interfaces.
func (w *world) exhaustBranches() (undo func()) {
	replicas := int32(20)
	name := "green-many"
	labels := map[string]string{"app": "green-pod", "many": "true"}
	none := int64(0)
	_, err := w.Client().AppsV1().Deployments(namespace).Create(w.t.Context(), &appsv1.Deployment{
		ObjectMeta: metav1.ObjectMeta{Name: name},
		Spec: appsv1.DeploymentSpec{
			Replicas: &replicas, Selector: &metav1.LabelSelector{MatchLabels: labels},
			Template: corev1.PodTemplateSpec{
				ObjectMeta: metav1.ObjectMeta{Labels: labels},
				Spec: corev1.PodSpec{
					TerminationGracePeriodSeconds: &none,
					Containers:                    []corev1.Container{{Name: "idle", Image: "busybox", Command: []string{"sleep", "1000000"}}},
				},
			},
		},
	}, metav1.CreateOptions{})
	if err != nil {
		w.t.Fatal(err)
	}
	list := func(ctx context.Context) *corev1.PodList {
		pods, err := w.Client().CoreV1().Pods(namespace).List(ctx, metav1.ListOptions{LabelSelector: "many=true"})
		if err != nil {
			return &corev1.PodList{}
		}
		return pods
	}
	w.eventually("17 of 20 pods run and 3 wait for a branch interface", settlePatience, func(ctx context.Context) bool {
		running, waiting := 0, 0
		for _, p := range list(ctx).Items {
			for _, c := range p.Status.Conditions {
				if c.Type == corev1.PodScheduled && strings.Contains(c.Message, "Insufficient "+podENI) {
					waiting++
				}
			}
			if p.Status.Phase == corev1.PodRunning {
				running++
			}
		}
		return running == 17 && waiting == 3
	})
	return func() {
		ctx := context.WithoutCancel(w.t.Context())
		if err := w.Client().AppsV1().Deployments(namespace).Delete(ctx, name, metav1.DeleteOptions{}); err != nil {
			w.t.Error(err)
		}
		w.eventually("the many pods are gone", settlePatience, func(ctx context.Context) bool { return len(list(ctx).Items) == 0 })
	}
}

// makePolicyYounger deletes the policy, replaces the green pod, and creates the
// policy again.
func (w *world) makePolicyYounger() (undo func()) {
	ctx := w.t.Context()
	api := w.Dynamic().Resource(policies).Namespace(namespace)
	policy, err := api.Get(ctx, policyName, metav1.GetOptions{})
	if err != nil {
		w.t.Fatal(err)
	}
	if err := api.Delete(ctx, policyName, metav1.DeleteOptions{}); err != nil {
		w.t.Fatal(err)
	}
	// The webhook decides by its own cache.
	w.eventually("the webhook knows that the policy is gone", settlePatience, func(ctx context.Context) bool { return !w.webhookInjects(ctx) })
	w.replacePods("podsg/probe=green")
	w.recreate(policy)
	return func() { w.replacePods("podsg/probe=green") }
}

func (w *world) recreate(policy *unstructured.Unstructured) {
	w.t.Helper()
	policy = policy.DeepCopy()
	for _, field := range []string{"resourceVersion", "uid", "creationTimestamp", "managedFields", "generation"} {
		unstructured.RemoveNestedField(policy.Object, "metadata", field)
	}
	if _, err := w.Dynamic().Resource(policies).Namespace(namespace).Create(w.t.Context(), policy, metav1.CreateOptions{FieldManager: "podsg"}); err != nil {
		w.t.Fatal(err)
	}
	w.eventually("the webhook knows the policy", settlePatience, w.webhookInjects)
}

// webhookInjects asks by a dry run whether a green pod would get a branch
// interface.
func (w *world) webhookInjects(ctx context.Context) bool {
	made, err := w.Client().CoreV1().Pods(namespace).Create(ctx, &corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{Name: "dry", Labels: map[string]string{"app": "green-pod"}},
		Spec:       corev1.PodSpec{Containers: []corev1.Container{{Name: "c", Image: "busybox"}}},
	}, metav1.CreateOptions{DryRun: []string{metav1.DryRunAll}})
	if err != nil {
		return false
	}
	_, has := made.Spec.Containers[0].Resources.Limits[podENI]
	return has
}

// replacePods deletes pods and waits until their successors run.
func (w *world) replacePods(selector string) {
	w.t.Helper()
	ctx := context.WithoutCancel(w.t.Context())
	api := w.Client().CoreV1().Pods(namespace)
	old, err := api.List(ctx, metav1.ListOptions{LabelSelector: selector})
	if err != nil {
		w.t.Fatal(err)
	}
	gone := map[types.UID]bool{}
	for _, p := range old.Items {
		gone[p.UID] = true
		if err := api.Delete(ctx, p.Name, metav1.DeleteOptions{}); err != nil {
			w.t.Fatal(err)
		}
	}
	w.eventually("the pods "+selector+" are replaced", settlePatience, func(ctx context.Context) bool {
		now, err := api.List(ctx, metav1.ListOptions{LabelSelector: selector})
		if err != nil {
			return false
		}
		running := 0
		for _, p := range now.Items {
			if gone[p.UID] {
				return false
			}
			if p.Status.Phase == corev1.PodRunning {
				running++
			}
		}
		return running == len(old.Items)
	})
}

func (w *world) deleteWebhook() (undo func()) {
	api := w.Client().AdmissionregistrationV1().MutatingWebhookConfigurations()
	hook, err := api.Get(w.t.Context(), mutatingWebhook, metav1.GetOptions{})
	if err != nil {
		w.t.Fatal(err)
	}
	if err := api.Delete(w.t.Context(), mutatingWebhook, metav1.DeleteOptions{}); err != nil {
		w.t.Fatal(err)
	}
	return func() {
		again := &admissionregistrationv1.MutatingWebhookConfiguration{ObjectMeta: metav1.ObjectMeta{Name: hook.Name, Labels: hook.Labels}, Webhooks: hook.Webhooks}
		if _, err := api.Create(context.WithoutCancel(w.t.Context()), again, metav1.CreateOptions{}); err != nil {
			w.t.Error(err)
		}
		w.eventually("the webhook works again", settlePatience, w.webhookInjects)
	}
}

func (w *world) mistypeSelector() (undo func()) {
	return w.patchPolicy(`{"spec":{"podSelector":{"matchLabels":{"app":"gren-pod"}}}}`)
}

// useForeignGroup gives the policy a security group of another VPC.
func (w *world) useForeignGroup() (undo func()) {
	network, err := w.Account().AddEKSCTLNetwork("elsewhere", "10.20.0.0/16", false)
	if err != nil {
		w.t.Fatal(err)
	}
	group, err := w.Account().AddSecurityGroup(network.VPC, "foreign", "a group of another VPC", nil)
	if err != nil {
		w.t.Fatal(err)
	}
	return w.patchPolicy(fmt.Sprintf(`{"spec":{"securityGroups":{"groupIds":[%q]}}}`, group))
}

func (w *world) patchPolicy(patch string) (undo func()) {
	w.t.Helper()
	api := w.Dynamic().Resource(policies).Namespace(namespace)
	before, err := api.Get(w.t.Context(), policyName, metav1.GetOptions{})
	if err != nil {
		w.t.Fatal(err)
	}
	if _, err := api.Patch(w.t.Context(), policyName, types.MergePatchType, []byte(patch), metav1.PatchOptions{}); err != nil {
		w.t.Fatal(err)
	}
	return func() {
		ctx := context.WithoutCancel(w.t.Context())
		now, err := api.Get(ctx, policyName, metav1.GetOptions{})
		if err != nil {
			w.t.Fatal(err)
		}
		now.Object["spec"] = before.Object["spec"]
		if _, err := api.Update(ctx, now, metav1.UpdateOptions{}); err != nil {
			w.t.Error(err)
		}
		w.eventually("the policy selects green pods again", settlePatience, w.webhookInjects)
	}
}

func (w *world) stopController() (undo func()) {
	w.StopController()
	return func() {
		if err := w.StartController(); err != nil {
			w.t.Error(err)
		}
	}
}
