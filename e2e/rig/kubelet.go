package rig

import (
	"context"
	"fmt"
	"net/netip"
	"sync"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/kubernetes/scheme"
	typedcore "k8s.io/client-go/kubernetes/typed/core/v1"
	"k8s.io/client-go/tools/cache"
	"k8s.io/client-go/tools/record"

	"podsg/sandbox/containers"
)

// kubelet runs the containers of the pods outside kube-system, on all nodes,
// and answers for their logs and ports. Their commands are carried out in
// podsg's container runtime.
type kubelet struct {
	rig     *Rig
	runtime *containers.Runtime
	network *podNetwork
	events  record.EventRecorder

	mu   sync.Mutex
	pods map[types.UID]*pod
}

// kwokNamespaces are those whose pods kwok plays alone; see kwok.yaml.
var kwokNamespaces = map[string]bool{systemNamespace: true, FillNamespace: true}

// FillNamespace is where idle pods go that fill a large cluster.
const FillNamespace = "fill"

func newKubelet(r *Rig) *kubelet {
	return &kubelet{rig: r, runtime: containers.NewRuntime(), network: &podNetwork{r}, pods: map[types.UID]*pod{}}
}

func (k *kubelet) start(ctx context.Context) error {
	broadcaster := record.NewBroadcaster(record.WithContext(ctx))
	broadcaster.StartRecordingToSink(&typedcore.EventSinkImpl{Interface: k.rig.client.CoreV1().Events("")})
	k.events = broadcaster.NewRecorder(scheme.Scheme, corev1.EventSource{Component: "kubelet"})
	_, err := k.rig.informers.Core().V1().Pods().Informer().AddEventHandler(cache.ResourceEventHandlerFuncs{
		AddFunc:    func(o any) { k.see(ctx, o.(*corev1.Pod)) },
		UpdateFunc: func(_, o any) { k.see(ctx, o.(*corev1.Pod)) },
		DeleteFunc: func(o any) {
			if unknown, ok := o.(cache.DeletedFinalStateUnknown); ok {
				o = unknown.Obj
			}
			if p, ok := o.(*corev1.Pod); ok {
				k.forget(p.UID)
			}
		},
	})
	if err != nil {
		return err
	}
	return k.serve(ctx)
}

// see starts a pod once it has an address, and stops it when it is deleted.
func (k *kubelet) see(ctx context.Context, p *corev1.Pod) {
	if kwokNamespaces[p.Namespace] || p.Spec.NodeName == "" || p.Status.PodIP == "" {
		return
	}
	if p.DeletionTimestamp != nil {
		k.forget(p.UID)
		return
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.pods[p.UID] != nil || p.Status.Phase != corev1.PodPending {
		return
	}
	address, err := netip.ParseAddr(p.Status.PodIP)
	if err != nil {
		return
	}
	podCtx, cancel := context.WithCancel(ctx)
	running := &pod{kubelet: k, object: p, address: address, cancel: cancel}
	k.pods[p.UID] = running
	k.rig.running.Go(func() { running.run(podCtx) })
}

func (k *kubelet) forget(uid types.UID) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if p := k.pods[uid]; p != nil {
		p.cancel()
		delete(k.pods, uid)
	}
}

// at is the running pod that has an address; nil: none.
func (k *kubelet) at(address netip.Addr) *pod {
	k.mu.Lock()
	defer k.mu.Unlock()
	for _, p := range k.pods {
		if p.address == address {
			return p
		}
	}
	return nil
}

// named is a running pod.
func (k *kubelet) named(namespace, name string) (*pod, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	for _, p := range k.pods {
		if p.object.Namespace == namespace && p.object.Name == name {
			return p, nil
		}
	}
	return nil, fmt.Errorf("pod %q not found in namespace %q", name, namespace)
}
