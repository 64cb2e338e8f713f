// Package nodestate reads what a Node object says of its node.
package nodestate

import (
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
)

// InternalIP is a node's address in the VPC; "" if it has none.
func InternalIP(n *corev1.Node) string {
	for _, a := range n.Status.Addresses {
		if a.Type == corev1.NodeInternalIP {
			return a.Address
		}
	}
	return ""
}

// InstanceID is the instance that a node runs on.
func InstanceID(n *corev1.Node) string {
	return n.Spec.ProviderID[strings.LastIndex(n.Spec.ProviderID, "/")+1:]
}

// Ready says that a node's kubelet is ready for pods.
func Ready(n *corev1.Node) bool {
	for _, cond := range n.Status.Conditions {
		if cond.Type == corev1.NodeReady {
			return cond.Status == corev1.ConditionTrue
		}
	}
	return false
}

// ExtendedInStep says that the node offers pods every extended resource it has.
func ExtendedInStep(n *corev1.Node) bool {
	for name, have := range n.Status.Capacity {
		if strings.HasPrefix(string(name), "vpc.amazonaws.com/") && !have.Equal(n.Status.Allocatable[name]) {
			return false
		}
	}
	return true
}

// Usable says that a node is ready and no longer tainted for not being so.
func Usable(n *corev1.Node) bool {
	return Ready(n) && !slices.ContainsFunc(n.Spec.Taints, func(t corev1.Taint) bool { return t.Key == corev1.TaintNodeNotReady })
}
