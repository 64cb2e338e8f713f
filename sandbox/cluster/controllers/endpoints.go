package controllers

import (
	"context"
	"fmt"
	"slices"
	"time"

	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/util/intstr"
	"k8s.io/utils/ptr"

	"podsg/sandbox/cluster/component"
	"podsg/sandbox/cluster/podstate"
)

const endpointSliceManager = "endpointslice-controller.k8s.io"

// startEndpoints keeps the Endpoints and the EndpointSlice of every Service
// with a selector.
func startEndpoints(ctx context.Context, b *component.Base) {
	q := b.NewQueue()
	b.Services.OnChange(func(s *corev1.Service, _ bool) { q.Add(component.KeyOf(s)) })
	b.Pods.OnChange(func(p *corev1.Pod, _ bool) {
		for _, s := range b.Services.InNamespace(p.Namespace) {
			if selectsPod(s, p) {
				q.Add(component.KeyOf(s))
			}
		}
	})
	q.Work(ctx, 1, func(_ context.Context, name string) (time.Duration, error) {
		s, ok := b.Services.Get(component.SplitKey(name))
		if !ok || s.DeletionTimestamp != nil || len(s.Spec.Selector) == 0 {
			return 0, nil
		}
		if err := syncEndpoints(b, s); err != nil {
			return 0, fmt.Errorf("update endpoints of Service %q: %w", name, err)
		}
		return 0, syncEndpointSlice(b, s)
	})
	b.AwaitBeforeSettling(func() bool { return endpointsTold(b) })
}

func selectsPod(s *corev1.Service, p *corev1.Pod) bool {
	return len(s.Spec.Selector) > 0 && labels.SelectorFromSet(s.Spec.Selector).Matches(labels.Set(p.Labels))
}

// backends are the pods behind a service that have an address.
func backends(b *component.Base, s *corev1.Service) []*corev1.Pod {
	return slices.DeleteFunc(b.Pods.InNamespace(s.Namespace), func(p *corev1.Pod) bool {
		return !selectsPod(s, p) || p.Status.PodIP == "" || podstate.Finished(p)
	})
}

func podReference(p *corev1.Pod) *corev1.ObjectReference {
	return &corev1.ObjectReference{Kind: "Pod", Namespace: p.Namespace, Name: p.Name, UID: p.UID}
}

func syncEndpoints(b *component.Base, s *corev1.Service) error {
	subset := corev1.EndpointSubset{}
	for _, p := range backends(b, s) {
		address := corev1.EndpointAddress{IP: p.Status.PodIP, NodeName: ptr.To(p.Spec.NodeName), TargetRef: podReference(p)}
		if podstate.Ready(p) && p.DeletionTimestamp == nil {
			subset.Addresses = append(subset.Addresses, address)
		} else {
			subset.NotReadyAddresses = append(subset.NotReadyAddresses, address)
		}
	}
	for _, port := range s.Spec.Ports {
		subset.Ports = append(subset.Ports, corev1.EndpointPort{Name: port.Name, Port: targetPort(b, s, port), Protocol: port.Protocol})
	}
	var subsets []corev1.EndpointSubset
	if len(subset.Addresses)+len(subset.NotReadyAddresses) > 0 {
		subsets = []corev1.EndpointSubset{subset}
	}
	if _, ok := b.Endpoints.Get(s.Namespace, s.Name); !ok {
		_, err := b.Endpoints.Create(component.ControllerManager, &corev1.Endpoints{
			ObjectMeta: metav1.ObjectMeta{
				Name: s.Name, Namespace: s.Namespace,
				Labels:          withLabel(s.Labels, "endpoints.kubernetes.io/managed-by", "endpoint-controller"),
				OwnerReferences: []metav1.OwnerReference{*metav1.NewControllerRef(s, corev1.SchemeGroupVersion.WithKind("Service"))},
			},
			Subsets: subsets,
		})
		if !apierrors.IsAlreadyExists(err) {
			return err
		}
	}
	_, err := b.Endpoints.Mutate(component.ControllerManager, s.Namespace, s.Name, func(e *corev1.Endpoints) error {
		e.Subsets = subsets
		return nil
	})
	return err
}

func syncEndpointSlice(b *component.Base, s *corev1.Service) error {
	var endpoints []discoveryv1.Endpoint
	for _, p := range backends(b, s) {
		serving, terminating := podstate.Ready(p), p.DeletionTimestamp != nil
		e := discoveryv1.Endpoint{
			Addresses: []string{p.Status.PodIP},
			Conditions: discoveryv1.EndpointConditions{
				Ready: ptr.To(serving && !terminating), Serving: ptr.To(serving), Terminating: ptr.To(terminating),
			},
			NodeName:  ptr.To(p.Spec.NodeName),
			TargetRef: podReference(p),
		}
		if p.Spec.Hostname != "" && p.Spec.Subdomain == s.Name {
			e.Hostname = ptr.To(p.Spec.Hostname)
		}
		if n, ok := b.Nodes.Get("", p.Spec.NodeName); ok {
			e.Zone = ptr.To(n.Labels[corev1.LabelTopologyZone])
		}
		endpoints = append(endpoints, e)
	}
	var ports []discoveryv1.EndpointPort
	for _, port := range s.Spec.Ports {
		ports = append(ports, discoveryv1.EndpointPort{Name: ptr.To(port.Name), Port: ptr.To(targetPort(b, s, port)), Protocol: ptr.To(port.Protocol)})
	}
	for _, slice := range b.Slices.List(component.ByOwner, string(s.UID)) {
		_, err := b.Slices.Mutate(component.ControllerManager, slice.Namespace, slice.Name, func(e *discoveryv1.EndpointSlice) error {
			e.Endpoints, e.Ports = endpoints, ports
			return nil
		})
		return component.IgnoreNotFound(err)
	}
	sliceLabels := withLabel(s.Labels, discoveryv1.LabelServiceName, s.Name)
	sliceLabels[discoveryv1.LabelManagedBy] = endpointSliceManager
	_, err := b.Slices.Create(component.ControllerManager, &discoveryv1.EndpointSlice{
		ObjectMeta: metav1.ObjectMeta{
			GenerateName: s.Name + "-", Namespace: s.Namespace, Labels: sliceLabels,
			OwnerReferences: []metav1.OwnerReference{*metav1.NewControllerRef(s, corev1.SchemeGroupVersion.WithKind("Service"))},
		},
		AddressType: discoveryv1.AddressTypeIPv4,
		Endpoints:   endpoints,
		Ports:       ports,
	})
	return err
}

// targetPort is the number of the port that a service's port leads to.
func targetPort(b *component.Base, s *corev1.Service, port corev1.ServicePort) int32 {
	switch {
	case port.TargetPort.Type == intstr.Int && port.TargetPort.IntVal != 0:
		return port.TargetPort.IntVal
	case port.TargetPort.Type == intstr.String:
		for _, p := range backends(b, s) {
			for _, container := range p.Spec.Containers {
				for _, named := range container.Ports {
					if named.Name == port.TargetPort.StrVal {
						return named.ContainerPort
					}
				}
			}
		}
	}
	return port.Port
}

// endpointsTold says that the Endpoints and the EndpointSlices of every Service
// have the pods that are ready now.
func endpointsTold(b *component.Base) bool {
	for _, s := range b.Services.All() {
		if len(s.Spec.Selector) == 0 {
			continue
		}
		want := podstate.CountReady(backends(b, s))
		if e, ok := b.Endpoints.Get(s.Namespace, s.Name); !ok || readyAddresses(e) != want {
			return false
		}
		told := int32(0)
		for _, slice := range b.Slices.List(component.ByOwner, string(s.UID)) {
			for _, e := range slice.Endpoints {
				if e.Conditions.Ready != nil && *e.Conditions.Ready {
					told++
				}
			}
		}
		if told != want {
			return false
		}
	}
	return true
}

func readyAddresses(e *corev1.Endpoints) (n int32) {
	for _, s := range e.Subsets {
		n += int32(len(s.Addresses))
	}
	return n
}
