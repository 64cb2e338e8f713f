package acceptance

import (
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/ec2"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"podsg/sandbox/cloud"
	"podsg/steps/intent"
	"podsg/steps/plan"
	"podsg/steps/world"
)

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
