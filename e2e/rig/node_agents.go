package rig

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/dynamic"
	corelisters "k8s.io/client-go/listers/core/v1"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/cache"
	"k8s.io/client-go/util/workqueue"
)

const (
	vpcResourcePrefix = "vpc.amazonaws.com/"
	trunkFeature      = "SecurityGroupsForPods"
	agentWorkers      = 4
)

// CNINodes is the resource by which the VPC CNI asks for a trunk interface.
var CNINodes = schema.GroupVersionResource{Group: "vpcresources.k8s.aws", Version: "v1alpha1", Resource: "cninodes"}

// nodeAgents play, on every node, what kwok does not know:
//   - the VPC CNI's agent, once a ready aws-node pod has ENABLE_POD_ENI=true,
//     asks for a trunk interface through the node's CNINode;
//   - the kubelet copies extended resources from capacity to allocatable.
type nodeAgents struct {
	rig   *Rig
	agent dynamic.Interface // with the permissions of aws-node
	nodes corelisters.NodeLister
	pods  corelisters.PodLister
}

func (r *Rig) startNodeAgents(ctx context.Context) error {
	config := rest.CopyConfig(r.config)
	config.Impersonate = rest.ImpersonationConfig{UserName: "system:serviceaccount:kube-system:aws-node"}
	agent, err := dynamic.NewForConfig(config)
	if err != nil {
		return err
	}
	nodes, pods := r.informers.Core().V1().Nodes(), r.informers.Core().V1().Pods()
	a := &nodeAgents{rig: r, agent: agent, nodes: nodes.Lister(), pods: pods.Lister()}
	queue := newQueue()
	if _, err := nodes.Informer().AddEventHandler(cache.ResourceEventHandlerFuncs{
		AddFunc:    func(o any) { queue.Add(o.(*corev1.Node).Name) },
		UpdateFunc: func(_, o any) { queue.Add(o.(*corev1.Node).Name) },
	}); err != nil {
		return err
	}
	if _, err := pods.Informer().AddEventHandler(cache.ResourceEventHandlerFuncs{
		UpdateFunc: func(_, o any) {
			if p := o.(*corev1.Pod); p.Labels["k8s-app"] == cniDaemonSet && ready(p) {
				queue.Add(p.Spec.NodeName)
			}
		},
	}); err != nil {
		return err
	}
	r.work(ctx, queue, agentWorkers, a.sync)
	return nil
}

func newQueue() workqueue.TypedRateLimitingInterface[string] {
	return workqueue.NewTypedRateLimitingQueue(workqueue.NewTypedItemExponentialFailureRateLimiter[string](500*time.Millisecond, 5*time.Second))
}

// work hands the keys of a queue to workers until ctx ends. A key that failed
// comes again.
func (r *Rig) work(ctx context.Context, queue workqueue.TypedRateLimitingInterface[string], workers int, sync func(context.Context, string) error) {
	for range workers {
		r.running.Go(func() {
			for {
				key, shutdown := queue.Get()
				if shutdown {
					return
				}
				if err := sync(ctx, key); err != nil && ctx.Err() == nil {
					queue.AddRateLimited(key)
				} else {
					queue.Forget(key)
				}
				queue.Done(key)
			}
		})
	}
	context.AfterFunc(ctx, queue.ShutDown)
}

func (a *nodeAgents) sync(ctx context.Context, name string) error {
	n, err := a.nodes.Get(name)
	if err != nil {
		return nil // the node is gone
	}
	if err := a.copyExtendedResources(ctx, n); err != nil {
		return err
	}
	agents, err := a.pods.Pods(systemNamespace).List(labels.SelectorFromSet(labels.Set{"k8s-app": cniDaemonSet}))
	if err != nil {
		return err
	}
	for _, p := range agents {
		if p.Spec.NodeName == name && ready(p) && variable(p, cniDaemonSet, "ENABLE_POD_ENI") == "true" {
			return a.askForTrunk(ctx, n)
		}
	}
	return nil
}

func (a *nodeAgents) copyExtendedResources(ctx context.Context, n *corev1.Node) error {
	missing := corev1.ResourceList{}
	for name, have := range n.Status.Capacity {
		if strings.HasPrefix(string(name), vpcResourcePrefix) && !have.Equal(n.Status.Allocatable[name]) {
			missing[name] = have
		}
	}
	if len(missing) == 0 {
		return nil
	}
	patch, err := json.Marshal(map[string]any{"status": map[string]any{"allocatable": missing}})
	if err != nil {
		return err
	}
	_, err = a.rig.client.CoreV1().Nodes().Patch(ctx, n.Name, types.StrategicMergePatchType, patch, metav1.PatchOptions{}, "status")
	return err
}

// askForTrunk does what the VPC CNI does if the instance has a slot for another
// interface: it adds a feature to the CNINode that the VPC resource controller
// made for the node.
func (a *nodeAgents) askForTrunk(ctx context.Context, n *corev1.Node) error {
	obj, err := a.agent.Resource(CNINodes).Get(ctx, n.Name, metav1.GetOptions{})
	if apierrors.IsNotFound(err) {
		return fmt.Errorf("no CNINode for %q yet", n.Name)
	}
	if err != nil {
		return err
	}
	features, _, err := unstructured.NestedSlice(obj.Object, "spec", "features")
	if err != nil {
		return err
	}
	for _, f := range features {
		if m, ok := f.(map[string]any); ok && m["name"] == trunkFeature {
			return nil
		}
	}
	if !a.rig.account.FreeENISlot(instanceID(n)) {
		return fmt.Errorf("no interface slot is free on %q", n.Name)
	}
	patch, err := json.Marshal(map[string]any{
		"metadata": map[string]any{"resourceVersion": obj.GetResourceVersion()},
		"spec":     map[string]any{"features": append(features, map[string]any{"name": trunkFeature})},
	})
	if err != nil {
		return err
	}
	_, err = a.agent.Resource(CNINodes).Patch(ctx, n.Name, types.MergePatchType, patch, metav1.PatchOptions{})
	return err
}

func ready(p *corev1.Pod) bool {
	for _, c := range p.Status.Conditions {
		if c.Type == corev1.PodReady {
			return c.Status == corev1.ConditionTrue && p.DeletionTimestamp == nil
		}
	}
	return false
}

// variable is the value of a container's environment variable.
func variable(p *corev1.Pod, container, name string) string {
	for _, c := range p.Spec.Containers {
		for _, e := range c.Env {
			if c.Name == container && e.Name == name {
				return e.Value
			}
		}
	}
	return ""
}
