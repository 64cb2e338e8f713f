package nodes

import (
	"strings"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"

	"podsg/sandbox/cluster/component"
)

// reportNode writes a node's status for its kubelet.
func (c *Controller) reportNode(name string, change func(*corev1.Node)) {
	_, err := c.Nodes.MutateStatus(component.Kubelet(name), "", name, func(n *corev1.Node) error {
		change(n)
		return nil
	})
	if err != nil && !apierrors.IsNotFound(err) {
		c.Log.Debug("node status not reported", "node", name, "error", err)
	}
}

// copyExtended makes the extended resources that others gave the node
// allocatable. Only the kubelet does that.
func copyExtended(n *corev1.Node) {
	for name, have := range n.Status.Capacity {
		if strings.HasPrefix(string(name), "vpc.amazonaws.com/") {
			n.Status.Allocatable[name] = have
		}
	}
}

func (c *Controller) heartbeat(n *corev1.Node) {
	for i := range n.Status.Conditions {
		n.Status.Conditions[i].LastHeartbeatTime = c.Now()
	}
}

func (c *Controller) setReady(n *corev1.Node, ready bool) {
	set := func(kind corev1.NodeConditionType, status corev1.ConditionStatus, reason, message string) {
		now := c.Now()
		for i := range n.Status.Conditions {
			cond := &n.Status.Conditions[i]
			if cond.Type == kind {
				if cond.Status != status {
					cond.LastTransitionTime = now
				}
				cond.Status, cond.Reason, cond.Message, cond.LastHeartbeatTime = status, reason, message, now
				return
			}
		}
		n.Status.Conditions = append(n.Status.Conditions, corev1.NodeCondition{
			Type: kind, Status: status, Reason: reason, Message: message, LastHeartbeatTime: now, LastTransitionTime: now,
		})
	}
	set(corev1.NodeMemoryPressure, corev1.ConditionFalse, "KubeletHasSufficientMemory", "kubelet has sufficient memory available")
	set(corev1.NodeDiskPressure, corev1.ConditionFalse, "KubeletHasNoDiskPressure", "kubelet has no disk pressure")
	set(corev1.NodePIDPressure, corev1.ConditionFalse, "KubeletHasSufficientPID", "kubelet has sufficient PID available")
	if ready {
		set(corev1.NodeReady, corev1.ConditionTrue, "KubeletReady", "kubelet is posting ready status")
		return
	}
	set(corev1.NodeReady, corev1.ConditionFalse, "KubeletNotReady",
		"container runtime network not ready: NetworkReady=false reason:NetworkPluginNotReady message:Network plugin returns error: cni plugin not initialized")
}
