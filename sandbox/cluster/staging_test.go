package cluster_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"podsg/sandbox/cluster"
	"podsg/sandbox/kubeapi/gvr"
)

// withPolicy makes a namespace in which pods with app=green-pod get a group.
func withPolicy(s *cluster.Staging) error {
	policy := &unstructured.Unstructured{Object: map[string]any{"spec": map[string]any{
		"podSelector":    map[string]any{"matchLabels": map[string]any{"app": "green-pod"}},
		"securityGroups": map[string]any{"groupIds": []any{"sg-1"}},
	}}}
	policy.SetGroupVersionKind(gvr.SecurityGroupPolicies.GroupVersion().WithKind("SecurityGroupPolicy"))
	policy.SetNamespace("shop")
	policy.SetName("allow")
	return s.As("podsg").Apply(&corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: "shop"}}, policy)
}

func withGreenPod(s *cluster.Staging) error {
	_, err := cluster.Client[*corev1.Pod](s, gvr.Pods).Create(&corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{Namespace: "shop", Name: "green", Labels: map[string]string{"app": "green-pod"}},
		Spec: corev1.PodSpec{Containers: []corev1.Container{{
			Name: "client", Image: "public.ecr.aws/docker/library/postgres:17-alpine", Command: []string{"sleep", "86400"},
		}}},
	})
	return err
}

// staged is a cluster with security groups for pods, and stages.
func staged(stages ...cluster.Stage) func(*cluster.Config) {
	return func(c *cluster.Config) {
		c.CNIValues, c.Stages = `{"env":{"ENABLE_POD_ENI":"true"}}`, stages
	}
}

func TestAStagedClusterSettlesWhenItsPodsHaveTheirBranchENIs(t *testing.T) {
	inWorld(t, []string{"m5.large"}, staged(withPolicy, withGreenPod), func(w *world) {
		if p := w.pod("shop", "green"); !ready(p) || p.Annotations["vpc.amazonaws.com/pod-eni"] == "" {
			w.Errorf("the pod is %s with the annotations %v", p.Status.Phase, p.Annotations)
		}
		if !w.cluster.CameToRest() || w.cluster.StagingError() != nil {
			w.Errorf("came to rest: %t, %v", w.cluster.CameToRest(), w.cluster.StagingError())
		}
		if events := w.events("green"); len(events["ResourceAllocated"]) != 1 {
			w.Errorf("the events of the pod: %v", events)
		}
	})
}

func TestAStagedClusterSettlesWithWhatCannotGetFurther(t *testing.T) {
	for name, c := range map[string]struct {
		types  []string
		stages []cluster.Stage
	}{
		"no node offers branch ENIs": {[]string{"t3.medium"}, []cluster.Stage{withPolicy, withGreenPod}},
		"the controller has stopped": {[]string{"m5.large"}, []cluster.Stage{withPolicy, func(s *cluster.Staging) error {
			s.StopController()
			return withGreenPod(s)
		}}},
	} {
		t.Run(name, func(t *testing.T) {
			inWorld(t, c.types, staged(c.stages...), func(w *world) {
				if !w.cluster.CameToRest() {
					w.Error("it did not come to rest")
				}
			})
		})
	}
}

func TestAQuotaOfBranchENIsCountsThePodsThatHaveOne(t *testing.T) {
	quota := func(s *cluster.Staging) error {
		return s.Create(&corev1.ResourceQuota{
			ObjectMeta: metav1.ObjectMeta{Namespace: "shop", Name: "fair"},
			Spec:       corev1.ResourceQuotaSpec{Hard: corev1.ResourceList{"requests.vpc.amazonaws.com/pod-eni": resource.MustParse("1")}},
		})
	}
	inWorld(t, []string{"m5.large"}, staged(withPolicy, quota, withGreenPod), func(w *world) {
		w.run("shop", "red", "red-pod") // asks for none
		another := w.pod("shop", "green").DeepCopy()
		another.ObjectMeta = metav1.ObjectMeta{Namespace: "shop", Name: "another", Labels: another.Labels}
		another.Spec.NodeName = ""
		_, err := w.pods().Create(another)
		const want = `exceeded quota: fair, requested: requests.vpc.amazonaws.com/pod-eni=1, used: requests.vpc.amazonaws.com/pod-eni=1, limited: requests.vpc.amazonaws.com/pod-eni=1`
		if err == nil || !strings.Contains(err.Error(), want) {
			w.Errorf("the second pod: %v, want %s", err, want)
		}
	})
}

func TestAStageThatFailsIsTold(t *testing.T) {
	inWorld(t, []string{"m5.large"}, staged(withPolicy, func(*cluster.Staging) error { return errors.New("no such luck") }), func(w *world) {
		if err := w.cluster.StagingError(); err == nil || !strings.Contains(err.Error(), "no such luck") {
			w.Errorf("the error is %v", err)
		}
	})
}

func TestAnInjectorPutsItsContainerInFrontWhileItsConfigurationIsThere(t *testing.T) {
	inject := func(s *cluster.Staging) error {
		s.Intercept("vpc-resource-mutating-webhook", func(p *corev1.Pod) { // one that is there
			p.Spec.Containers = slices.Insert(p.Spec.Containers, 0, *p.Spec.Containers[0].DeepCopy())
			p.Spec.Containers[0].Name, p.Spec.Containers[0].Resources = "proxy", corev1.ResourceRequirements{}
		})
		return withPolicy(s)
	}
	inWorld(t, []string{"m5.large"}, staged(inject, withGreenPod), func(w *world) {
		p := w.pod("shop", "green")
		limit := p.Spec.Containers[len(p.Spec.Containers)-1].Resources.Limits["vpc.amazonaws.com/pod-eni"]
		if len(p.Spec.Containers) != 2 || p.Spec.Containers[0].Name != "proxy" || limit.Value() != 1 {
			w.Errorf("the containers: %+v", p.Spec.Containers)
		}
	})
}
