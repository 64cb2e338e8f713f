package cluster_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"

	"podsg/sandbox/cluster"
	"podsg/sandbox/cluster/manifests"
	"podsg/sandbox/kubeapi/gvr"
	"podsg/sandbox/kubeapi/storage"
)

func TestANewClusterIsUpAndQuiet(t *testing.T) {
	inWorld(t, []string{"m5.large", "m5.large", "t3.medium"}, nil, func(w *world) {
		for _, n := range w.nodes() {
			if n.Status.Conditions[len(n.Status.Conditions)-1].Status != corev1.ConditionTrue || len(n.Spec.Taints) > 0 {
				w.Errorf("node %s is not ready: %v", n.Name, n.Status.Conditions)
			}
		}
		pods, err := w.pods().List("kube-system", storage.Selector{})
		if err != nil {
			w.Fatal(err)
		}
		if len(pods) != 3+3+2 {
			w.Errorf("%d pods in kube-system, want aws-node and kube-proxy on 3 nodes and 2 of CoreDNS", len(pods))
		}
		for _, p := range pods {
			if !ready(p) || p.Status.PodIP == "" {
				w.Errorf("pod %s is not ready: %+v", p.Name, p.Status)
			}
		}
		events, err := storage.NewClient[*corev1.Event](w.store, gvr.Events, "").List("", storage.Selector{})
		if err != nil || len(events) > 0 {
			w.Errorf("a cluster that has been up for long tells of its start: %v %v", events, err)
		}
		if q := w.nodes()[0].Status.Allocatable[corev1.ResourcePods]; q.Value() != 29 {
			w.Errorf("m5.large takes %v pods, want 29", q.Value())
		}
	})
}

func TestRolloutTakesTenPerCentOfTheNodesAtATime(t *testing.T) {
	types := slices.Repeat([]string{"m5.large"}, 20)
	inWorld(t, types, nil, func(w *world) {
		changes, err := w.pods().Watch(w.ctx, "kube-system", storage.ByLabels(map[string]string{"k8s-app": "aws-node"}))
		if err != nil {
			w.Fatal(err)
		}
		up := map[string]bool{} // nodes whose aws-node serves
		rolling, most := false, 0
		follow := func() {
			for {
				select {
				case e := <-changes:
					p := e.Object
					up[p.Spec.NodeName] = ready(p) && p.DeletionTimestamp == nil && e.Type != "DELETED"
				default:
					return
				}
				down := 0
				for node, ok := range up {
					if node != "" && !ok {
						down++
					}
				}
				if rolling {
					most = max(most, down)
				}
			}
		}
		w.pass(0)
		follow()
		rolling = true
		w.setEnv(corev1.EnvVar{Name: "ENABLE_POD_ENI", Value: "true"})
		w.until("aws-node rolled out", func() bool { follow(); return w.rolledOut() })
		if most != 2 {
			w.Errorf("at most %d of 20 nodes were without the VPC CNI, want 2", most)
		}
		if ds := w.awsNode(); ds.Status.ObservedGeneration != 2 || ds.Status.NumberReady != 20 {
			w.Errorf("status after the rollout: %+v", ds.Status)
		}
	})
}

func TestOnDeleteLeavesOldPodsAlone(t *testing.T) {
	inWorld(t, []string{"m5.large"}, nil, func(w *world) {
		ds := w.awsNode()
		ds.Spec.UpdateStrategy.Type, ds.Spec.UpdateStrategy.RollingUpdate = "OnDelete", nil
		ds.Spec.Template.Spec.Containers[0].Env = append(ds.Spec.Template.Spec.Containers[0].Env, corev1.EnvVar{Name: "ENABLE_POD_ENI", Value: "true"})
		if _, err := w.daemonSets().Update(ds); err != nil {
			w.Fatal(err)
		}
		w.pass(5 * time.Minute)
		if s := w.awsNode().Status; s.UpdatedNumberScheduled != 0 || s.NumberReady != 1 {
			w.Errorf("status is %+v, want the old pod to stay", s)
		}
	})
}

func TestABadEnforcingModeMakesAWSNodeCrash(t *testing.T) {
	inWorld(t, []string{"m5.large", "m5.large"}, nil, func(w *world) {
		w.setEnv(corev1.EnvVar{Name: "ENABLE_POD_ENI", Value: "true"}, corev1.EnvVar{Name: "POD_SECURITY_GROUP_ENFORCING_MODE", Value: "lenient"})
		var crashed *corev1.Pod
		w.until("a pod crashes", func() bool {
			pods, err := w.pods().List("kube-system", storage.ByLabels(map[string]string{"k8s-app": "aws-node"}))
			if err != nil {
				w.Fatal(err)
			}
			for _, p := range pods {
				for _, s := range p.Status.ContainerStatuses {
					if s.State.Waiting != nil && s.State.Waiting.Reason == "CrashLoopBackOff" {
						crashed = p
					}
				}
			}
			return crashed != nil
		})
		var log strings.Builder
		if err := w.cluster.Logs(w.ctx, crashed, &corev1.PodLogOptions{Container: "aws-node"}, &log); err != nil {
			w.Fatal(err)
		}
		if !strings.Contains(log.String(), "POD_SECURITY_GROUP_ENFORCING_MODE must be set to either 'strict' or 'standard'") {
			w.Errorf("log is %q", log.String())
		}
		w.pass(10 * time.Minute)
		if s := w.awsNode().Status; s.UpdatedNumberScheduled != 1 || s.NumberReady != 1 {
			w.Errorf("status is %+v, want the rollout to stop at the first node", s)
		}
	})
}

func TestAClusterCanStartSetUpOrBroken(t *testing.T) {
	with := func(values string) func(*cluster.Config) {
		return func(c *cluster.Config) { c.CNIAddon, c.CNIValues = true, values }
	}
	inWorld(t, []string{"m5.large"}, with(`{"env":{"ENABLE_POD_ENI":"true"}}`), func(w *world) {
		if !w.hasFeature(w.nodes()[0].Name) {
			w.Error("the CNINode lacks the feature")
		}
		w.until("the node has its trunk", func() bool { return w.capacity(w.nodes()[0]) == 9 })
		if d := time.Since(w.started); d > 30*time.Second {
			w.Errorf("the trunk came after %v", d)
		}
	})
	inWorld(t, []string{"m5.large"}, with(`{"env":{"ENABLE_POD_ENI":"true","POD_SECURITY_GROUP_ENFORCING_MODE":"x"}}`), func(w *world) {
		w.pass(time.Minute)
		pods, err := w.pods().List("kube-system", storage.ByLabels(map[string]string{"k8s-app": "kube-dns"}))
		if err != nil || len(pods) != 2 {
			w.Fatalf("%d pods of CoreDNS: %v", len(pods), err)
		}
		want := "0/1 nodes are available: 1 node(s) had untolerated taint(s). no new claims to deallocate, preemption: 0/1 nodes are available: 1 Preemption is not helpful for scheduling."
		if got := w.events(pods[0].Name)["FailedScheduling"]; !slices.Equal(got, []string{want}) {
			w.Errorf("FailedScheduling: %q", got)
		}
	})
}

func TestManifestsFillValuesInAndLeaveNamesAlone(t *testing.T) {
	list, err := manifests.List(manifests.Values{Cluster: "shop", Region: "us-west-2", VPCID: "vpc-1", Version: "v1.36.3", CNIVersion: "v9"})
	if err != nil {
		t.Fatal(err)
	}
	all := ""
	for _, m := range list {
		all += strings.Join(m.Documents, "\n")
	}
	for _, want := range []string{"{name: VPC_CNI_VERSION, value: v9}", "{name: CLUSTER_NAME, value: shop}", "amazon-k8s-cni:v9"} {
		if !strings.Contains(all, want) {
			t.Errorf("the manifests do not have %s", want)
		}
	}
}
