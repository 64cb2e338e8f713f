package acceptance

import (
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/tools/clientcmd"

	"podsg/sandbox/cloud"
	"podsg/steps/intent"
	"podsg/steps/plan"
	"podsg/steps/world"
)

var policyResource = schema.GroupVersionResource{Group: "vpcresources.k8s.aws", Version: "v1beta1", Resource: "securitygrouppolicies"}

// policies are the SecurityGroupPolicies of a namespace, for somebody else to
// make and delete.
func (l *lab) policies(namespace string) dynamic.ResourceInterface {
	l.t.Helper()
	config, err := clientcmd.BuildConfigFromFlags("", l.variable("KUBECONFIG"))
	if err != nil {
		l.t.Fatal(err)
	}
	client, err := dynamic.NewForConfig(config)
	if err != nil {
		l.t.Fatal(err)
	}
	return client.Resource(policyResource).Namespace(namespace)
}

// whyKept is why cleanup keeps the first object of a kind.
func whyKept(r plan.CleanupResult, kind world.Kind) string {
	for _, k := range r.Kept {
		if k.Kind == kind {
			return k.Reason
		}
	}
	return ""
}

func (l *lab) cleanup() plan.CleanupResult {
	l.t.Helper()
	return decode[plan.CleanupResult](l.podsg("cleanup", "--yes", "-o", "json").exits(0))
}

func TestCleanupLeavesAPolicyThatAnAdministratorAttached(t *testing.T) {
	t.Parallel()
	l := newLab(t, "workshop")
	l.Account().Deny("iam:AttachRolePolicy")
	l.podsg("setup", "--yes", "--verify=false").exits(4).says("iam:AttachRolePolicy")
	l.Account().Deny()
	role, policy := "", "arn:aws:iam::aws:policy/AmazonEKSVPCResourceController"
	for key := range l.state() {
		if name, ok := strings.CutPrefix(key, "aws role/"); ok && strings.HasPrefix(name, "eksctl-workshop-cluster-ServiceRole") {
			role = name
		}
	}
	client := iam.NewFromConfig(l.config())
	if _, err := client.AttachRolePolicy(t.Context(), &iam.AttachRolePolicyInput{RoleName: &role, PolicyArn: &policy}); err != nil {
		t.Fatal(err)
	}
	l.podsg("setup", "--yes", "--verify=false").exits(0)
	r := l.cleanup()
	if slices.ContainsFunc(r.Removed, func(x plan.Removed) bool { return x.Kind == world.KindRolePolicy }) {
		t.Errorf("cleanup removed %+v", r.Removed)
	}
}

func TestCleanupKeepsWhatOtherPoliciesNeedAndRestoresItOnceTheyAreGone(t *testing.T) {
	t.Parallel()
	l := newLab(t, "workshop")
	before := l.state()
	l.podsg("setup", "--yes", "--verify=false").exits(0)
	theirs := &unstructured.Unstructured{Object: map[string]any{
		"apiVersion": "vpcresources.k8s.aws/v1beta1", "kind": "SecurityGroupPolicy", "metadata": map[string]any{"name": "theirs"},
		"spec": map[string]any{"podSelector": map[string]any{"matchLabels": map[string]any{"app": "theirs"}},
			"securityGroups": map[string]any{"groupIds": []any{l.clusterGroup("workshop")}}},
	}}
	if _, err := l.policies("default").Create(t.Context(), theirs, metav1.CreateOptions{}); err != nil {
		t.Fatal(err)
	}
	r := l.cleanup()
	for _, kind := range []world.Kind{world.KindCNIEnv, world.KindRolePolicy} {
		if why := whyKept(r, kind); !strings.Contains(why, "default/theirs") {
			t.Errorf("%s: %q, removed %+v", kind, why, r.Removed)
		}
	}
	if have := l.env("ENABLE_POD_ENI"); have != "true" {
		t.Errorf("ENABLE_POD_ENI is %q", have)
	}
	l.unchanged(func() { l.podsg("cleanup", "--yes").exits(0).says("nothing more", "default/theirs") })
	if err := l.policies("default").Delete(t.Context(), "theirs", metav1.DeleteOptions{}); err != nil {
		t.Fatal(err)
	}
	l.cleanedUp(before)
}

func TestCleanupKeepsTheGroupOfPodsThatItDidNotMakeAndSaysHowToFreeIt(t *testing.T) {
	t.Parallel()
	l := newLab(t, "workshop")
	before := l.state()
	l.podsg("setup", "--yes").exits(0)
	labels := map[string]string{"app": intent.GreenLabel}
	deployments, pods := l.kubernetes().AppsV1().Deployments(intent.DefaultNamespace), l.kubernetes().CoreV1().Pods(intent.DefaultNamespace)
	shop := &appsv1.Deployment{ObjectMeta: metav1.ObjectMeta{Name: "shop"}, Spec: appsv1.DeploymentSpec{
		Selector: &metav1.LabelSelector{MatchLabels: map[string]string{"shop": "yes"}},
		Template: corev1.PodTemplateSpec{ObjectMeta: metav1.ObjectMeta{Labels: map[string]string{"app": intent.GreenLabel, "shop": "yes"}},
			Spec: corev1.PodSpec{Containers: []corev1.Container{{Name: "sleep", Image: "public.ecr.aws/docker/library/postgres:17-alpine", Command: []string{"sleep", "86400"}}}}},
	}}
	if _, err := deployments.Create(t.Context(), shop, metav1.CreateOptions{}); err != nil {
		t.Fatal(err)
	}
	running := func() int {
		list, err := pods.List(t.Context(), metav1.ListOptions{LabelSelector: "shop=yes"})
		if err != nil {
			t.Fatal(err)
		}
		n := 0
		for _, p := range list.Items {
			if p.Status.PodIP != "" && p.Annotations["vpc.amazonaws.com/pod-eni"] != "" {
				n++
			}
		}
		return n
	}
	l.eventually("the shop has a branch ENI", func() bool { return running() == 1 })

	r := l.cleanup()
	group := whyKept(r, world.KindSecurityGroup)
	free := "kubectl -n " + intent.DefaultNamespace + " delete securitygrouppolicies.vpcresources.k8s.aws " + intent.DefaultPolicyName +
		" && kubectl -n " + intent.DefaultNamespace + " rollout restart deployment/shop"
	if !strings.Contains(group, free) {
		t.Errorf("the group is kept because %q", group)
	}
	for _, kind := range []world.Kind{world.KindPolicy, world.KindRule, world.KindNamespace, world.KindCNIEnv, world.KindRolePolicy} {
		if whyKept(r, kind) == "" {
			t.Errorf("%s is not kept: %+v", kind, r.Kept)
		}
	}
	if _, err := l.policies(intent.DefaultNamespace).Get(t.Context(), intent.DefaultPolicyName, metav1.GetOptions{}); err != nil || running() != 1 {
		t.Errorf("the shop's policy: %v; %d pods", err, running())
	}
	l.unchanged(func() { l.podsg("cleanup", "--yes").exits(0).says("nothing more", "rollout restart deployment/shop") })

	if err := l.policies(intent.DefaultNamespace).Delete(t.Context(), intent.DefaultPolicyName, metav1.DeleteOptions{}); err != nil {
		t.Fatal(err)
	}
	if err := deployments.Delete(t.Context(), "shop", metav1.DeleteOptions{PropagationPolicy: new(metav1.DeletePropagationForeground)}); err != nil {
		t.Fatal(err)
	}
	l.eventually("the shop is gone", func() bool {
		list, err := pods.List(t.Context(), metav1.ListOptions{LabelSelector: metav1.FormatLabelSelector(&metav1.LabelSelector{MatchLabels: labels})})
		return err == nil && len(list.Items) == 0
	})
	l.cleanedUp(before)
}

// reader is a Deployment of the user's whose pods have the connection's Secret as
// their environment.
func reader(name string) *appsv1.Deployment {
	labels := map[string]string{"shop": name}
	return &appsv1.Deployment{ObjectMeta: metav1.ObjectMeta{Name: name}, Spec: appsv1.DeploymentSpec{
		Selector: &metav1.LabelSelector{MatchLabels: labels},
		Template: corev1.PodTemplateSpec{ObjectMeta: metav1.ObjectMeta{Labels: labels}, Spec: corev1.PodSpec{Containers: []corev1.Container{{
			Name: "web", Image: "public.ecr.aws/docker/library/postgres:17-alpine", Command: []string{"sleep", "86400"},
			EnvFrom: []corev1.EnvFromSource{{SecretRef: &corev1.SecretEnvSource{LocalObjectReference: corev1.LocalObjectReference{Name: intent.DefaultSecretName}}}},
		}}}},
	}}
}

func TestCleanupKeepsTheSecretThatOthersPodsRead(t *testing.T) {
	t.Parallel()
	l := newLab(t, "ready")
	const ns = intent.DefaultNamespace
	core, deployments := l.kubernetes().CoreV1(), l.kubernetes().AppsV1().Deployments(ns)
	if _, err := deployments.Create(t.Context(), reader("web"), metav1.CreateOptions{}); err != nil {
		t.Fatal(err)
	}
	running := func() bool {
		pods, err := core.Pods(ns).List(t.Context(), metav1.ListOptions{LabelSelector: "shop=web"})
		return err == nil && len(pods.Items) == 1 && pods.Items[0].DeletionTimestamp == nil && pods.Items[0].Status.Phase == corev1.PodRunning
	}
	l.eventually("the pod runs", running)
	r := l.cleanup()
	for kind, want := range map[world.Kind]string{world.KindSecret: "deployment web (envFrom of container web)", world.KindNamespace: "secret " + intent.DefaultSecretName} {
		if why := whyKept(r, kind); !strings.Contains(why, want) {
			t.Errorf("%s: kept for %q, want %q", kind, why, want)
		}
	}
	l.deletePods(ns, "shop=web")
	l.eventually("a new pod runs", running)
	if err := deployments.Delete(t.Context(), "web", metav1.DeleteOptions{}); err != nil {
		t.Fatal(err)
	}
	l.eventually("the pod is gone", func() bool {
		pods, err := core.Pods(ns).List(t.Context(), metav1.ListOptions{LabelSelector: "shop=web"})
		return err == nil && len(pods.Items) == 0
	})
	if why := whyKept(l.cleanup(), world.KindSecret); why != "" {
		t.Errorf("nobody reads it any more, and it is kept: %s", why)
	}
}

// AWS goes on for a while seeing what was just deleted.
func TestCleanupWaitsWhileAWSStillSeesWhatWasDeleted(t *testing.T) {
	t.Parallel()
	for _, fault := range []cloud.Fault{
		{Action: "ec2:DeleteSecurityGroup", Code: "DependencyViolation", Message: "resource sg-0 has a dependent object", Times: 3},
		{Action: "rds:DeleteDBSubnetGroup", Code: "InvalidDBSubnetGroupStateFault", Message: "Cannot delete the subnet group 'rds-workshop'", Times: 2},
		{Action: "rds:DeleteDBInstance", Code: "InvalidDBInstanceState", Message: "Instance rds-workshop is currently being backed up", Times: 2},
	} {
		t.Run(fault.Code, func(t *testing.T) {
			t.Parallel()
			l := newLab(t, "workshop")
			l.podsg("setup", "--yes", "--verify=false", "--seed=false").exits(0)
			l.Account().InjectFault(fault)
			l.podsg("cleanup", "--yes").exits(0).says("AWS still sees it in use")
			l.unchanged(func() { l.podsg("cleanup", "--yes").exits(0).says("nothing") })
		})
	}
}

// EC2 takes the name of a security group without regard to case.
func TestAGroupWhoseNameDiffersInCaseOnlyIsThere(t *testing.T) {
	t.Parallel()
	l := newLab(t, "workshop")
	name, description, vpc := "pod_sg", "of the team", l.state()["aws security-group/"+l.clusterGroup("workshop")][".VPC"]
	if _, err := l.ec2().CreateSecurityGroup(t.Context(), &ec2.CreateSecurityGroupInput{GroupName: &name, Description: &description, VpcId: &vpc}); err != nil {
		t.Fatal(err)
	}
	l.unchanged(func() { l.podsg("setup", "--yes").exits(2).says("pod_sg", "was not made by podsg") })
	p := decode[plan.Result](l.podsg("setup", "--yes", "--pod-security-group", "PODS", "--verify=false", "--seed=false", "-o", "json").exits(0))
	if p.Outcome != plan.OutcomeDone {
		t.Errorf("%+v", p)
	}
}
