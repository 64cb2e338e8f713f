package rig

import (
	"context"
	"encoding/json"
	"net/netip"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/tools/cache"
)

// startPodNetwork gives ordinary pods a secondary address of their node's
// interfaces, and host-network pods the node's own, as the VPC CNI does. Pods
// with a branch interface get its address by a stage of kwok.yaml, once the VPC
// resource controller has annotated them.
func (r *Rig) startPodNetwork(ctx context.Context) error {
	queue := newQueue()
	informer := r.informers.Core().V1().Pods()
	add := func(o any) {
		p := o.(*corev1.Pod)
		if p.Spec.NodeName != "" && p.Status.StartTime != nil && p.Status.PodIP == "" && p.DeletionTimestamp == nil && !wantsBranch(p) {
			queue.Add(p.Namespace + "/" + p.Name)
		}
	}
	_, err := informer.Informer().AddEventHandler(cache.ResourceEventHandlerFuncs{
		AddFunc:    add,
		UpdateFunc: func(_, o any) { add(o) },
		DeleteFunc: func(o any) {
			if p, ok := o.(*corev1.Pod); ok {
				r.releaseAddress(p)
			}
		},
	})
	if err != nil {
		return err
	}
	r.work(ctx, queue, agentWorkers, func(ctx context.Context, key string) error {
		namespace, name, err := cache.SplitMetaNamespaceKey(key)
		if err != nil {
			return nil // the keys are made above
		}
		// The cache may not know yet that the pod has its address.
		p, err := r.client.CoreV1().Pods(namespace).Get(ctx, name, metav1.GetOptions{})
		if apierrors.IsNotFound(err) || err == nil && p.Status.PodIP != "" {
			return nil
		}
		if err != nil {
			return err
		}
		return r.giveAddress(ctx, p)
	})
	return nil
}

func (r *Rig) giveAddress(ctx context.Context, p *corev1.Pod) error {
	n, err := r.informers.Core().V1().Nodes().Lister().Get(p.Spec.NodeName)
	if err != nil {
		return err
	}
	address, assigned := nodeAddress(n), netip.Addr{}
	if !p.Spec.HostNetwork {
		if assigned, err = r.account.AssignPodIP(instanceID(n)); err != nil {
			return err
		}
		address = assigned.String()
	}
	patch, err := json.Marshal(map[string]any{"metadata": map[string]any{"uid": p.UID}, "status": map[string]any{
		"podIP": address, "podIPs": []any{map[string]any{"ip": address}},
		"conditions": []any{map[string]any{"type": corev1.PodReadyToStartContainers, "status": "True", "lastTransitionTime": metav1.Now()}},
	}})
	if err != nil {
		return err
	}
	_, err = r.client.CoreV1().Pods(p.Namespace).Patch(ctx, p.Name, types.StrategicMergePatchType, patch, metav1.PatchOptions{}, "status")
	if err != nil && assigned.IsValid() {
		r.account.ReleasePodIP(assigned)
	}
	return err
}

func (r *Rig) releaseAddress(p *corev1.Pod) {
	if p.Spec.HostNetwork || wantsBranch(p) {
		return
	}
	if address, err := netip.ParseAddr(p.Status.PodIP); err == nil {
		r.account.ReleasePodIP(address)
	}
}

// wantsBranch says that the pod's first container asks for a branch interface.
func wantsBranch(p *corev1.Pod) bool {
	for _, c := range p.Spec.Containers {
		if _, ok := c.Resources.Limits[vpcResourcePrefix+"pod-eni"]; ok {
			return true
		}
	}
	return false
}

func nodeAddress(n *corev1.Node) string {
	for _, a := range n.Status.Addresses {
		if a.Type == corev1.NodeInternalIP {
			return a.Address
		}
	}
	return ""
}
