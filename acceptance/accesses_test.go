package acceptance

import (
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"podsg/steps/access"
	"podsg/steps/check"
	"podsg/steps/plan"
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
	if _, err := l.policies(namespace).Create(l.t.Context(), securityGroupPolicy(namespace, name, labels, groups...), metav1.CreateOptions{}); err != nil {
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

// securityGroupPolicy is a policy as somebody else would write it.
func securityGroupPolicy(namespace, name string, labels map[string]string, groups ...string) *unstructured.Unstructured {
	return &unstructured.Unstructured{Object: map[string]any{
		"apiVersion": "vpcresources.k8s.aws/v1beta1", "kind": "SecurityGroupPolicy",
		"metadata": map[string]any{"namespace": namespace, "name": name},
		"spec":     map[string]any{"podSelector": map[string]any{"matchLabels": nested(labels)}, "securityGroups": map[string]any{"groupIds": anyOf(groups)}},
	}}
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

// cacheWorld is a world in which podsg's own access works, and somebody else gave
// pods of another namespace a group that a cache admits.
func cacheWorld(t *testing.T) *lab {
	t.Helper()
	l := newLab(t, "ready")
	vpc := must[*ec2.DescribeSecurityGroupsOutput](l)(l.ec2().DescribeSecurityGroups(t.Context(), &ec2.DescribeSecurityGroupsInput{GroupIds: []string{l.clusterGroup("workshop")}})).SecurityGroups[0].VpcId
	made := must[*ec2.CreateSecurityGroupOutput](l)(l.ec2().CreateSecurityGroup(t.Context(), &ec2.CreateSecurityGroupInput{GroupName: aws.String("cache-client"), Description: aws.String("clients of the cache"), VpcId: vpc}))
	l.foreignPolicy("cache", "redis-client", map[string]string{"app": "web"}, aws.ToString(made.GroupId), l.clusterGroup("workshop"))
	l.eventually("the pod of the other namespace has its branch ENI", func() bool {
		list := decode[accessList](l.podsg("list", "-n", "cache", "-o", "json").exits(0))
		return list.Accesses[0].State == access.Healthy
	})
	return l
}

// What podsg would make is nobody's duty: an access that has nothing to do with a
// database lacks none.
func TestAnAccessOfOthersIsHealthyWithoutPodsgsDefaults(t *testing.T) {
	t.Parallel()
	l := cacheWorld(t)
	for _, flags := range [][]string{nil, {"-n", "cache"}} {
		d := decode[plan.Diagnosis](l.podsg(append([]string{"diagnose", "-o", "json"}, flags...)...).exits(0))
		if d.Verdict.State != check.Healthy || d.Summary.Fail+d.Summary.Warn > 0 {
			t.Errorf("diagnose %v: %+v", flags, d.Verdict)
		}
	}
}

// Every access is judged, the cluster once, and AWS is read once.
func TestDiagnoseLooksAtTheAccessesOfEveryNamespace(t *testing.T) {
	t.Parallel()
	l := cacheWorld(t)
	pods := l.kubernetes().CoreV1().Pods("cache")
	old := must[*corev1.Pod](l)(pods.Get(t.Context(), "redis-client", metav1.GetOptions{}))
	l.ok(l.policies("cache").Delete(t.Context(), "redis-client", metav1.DeleteOptions{}))
	l.ok(pods.Delete(t.Context(), "redis-client", metav1.DeleteOptions{GracePeriodSeconds: new(int64)}))
	l.eventually("the pod is gone", func() bool { return !l.podExists("cache", "redis-client") })
	old = &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Name: old.Name, Labels: old.Labels}, Spec: corev1.PodSpec{Containers: old.Spec.Containers[:1]}}
	old.Spec.Containers[0].Resources, old.Spec.Containers[0].VolumeMounts = corev1.ResourceRequirements{}, nil
	must[*corev1.Pod](l)(pods.Create(t.Context(), old, metav1.CreateOptions{}))
	must[*unstructured.Unstructured](l)(l.policies("cache").Create(t.Context(), securityGroupPolicy("cache", "redis-client", old.Labels, l.clusterGroup("workshop")), metav1.CreateOptions{}))
	d := decode[plan.Diagnosis](l.podsg("diagnose", "-o", "json").exits(3))
	seen := map[string]int{}
	for _, f := range d.Checks {
		seen[f.ID]++
		if f.Status == check.Fail && f.Namespace != "cache" {
			t.Errorf("%s fails for %q: %s", f.ID, f.Access(), f.Reason)
		}
	}
	if len(d.Verdict.Causes) != 1 || d.Verdict.Causes[0].ID != "D44" || d.Verdict.Causes[0].Namespace != "cache" || d.Verdict.Causes[0].Policy != "redis-client" {
		t.Errorf("the causes are %+v", d.Verdict.Causes)
	}
	if seen["D11"] != 1 || seen["D44"] != 2 {
		t.Errorf("D11 was reported %d times, D44 %d times", seen["D11"], seen["D44"])
	}
	l.podsg("diagnose").exits(3).says("cache/redis-client: Pods were selected when they were created")
	l.podsg("diagnose", "-n", "sg-per-pod").exits(0)

	file := filepath.Join(t.TempDir(), "bundle.json")
	l.ok(os.WriteFile(file, []byte(l.podsg("bundle").exits(0).stdout), 0o600))
	offline := decode[plan.Diagnosis](l.podsg("diagnose", "--from", file, "-o", "json").exits(3))
	if !reflect.DeepEqual(offline.Verdict, d.Verdict) {
		t.Errorf("offline %+v, live %+v", offline.Verdict, d.Verdict)
	}
	if list := decode[accessList](l.podsg("list", "--from", file, "-o", "json").exits(0)); len(list.Accesses) != 2 || list.Accesses[0].State != access.Broken {
		t.Errorf("the bundle lists %+v", list.Accesses)
	}
}

// AWS is read once, however many namespaces there are.
func TestDiagnoseWithoutANamespaceReadsEverythingOnce(t *testing.T) {
	t.Parallel()
	l := newLab(t, "ready")
	l.podsg("diagnose").exits(0)
	before, _ := l.discovery()
	l.podsg("diagnose", "-n", "sg-per-pod").exits(0)
	one, _ := l.discovery()
	l.podsg("diagnose").exits(0)
	if all, _ := l.discovery(); all-one > one-before {
		t.Errorf("all namespaces need %d calls to AWS, one %d", all-one, one-before)
	}
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
		l.podsg("watch", "--once").exits(0).says("cache/redis-client", "sg-per-pod/green-pod")
		l.podsg("list", "-n", "cache").exits(0).says("cache/redis-client", "1 access\n")
		l.podsg("list", "-n", "elsewhere").exits(0).says("no SecurityGroupPolicy", "podsg setup --cluster workshop --namespace elsewhere")
	})
}
