package cluster

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/ptr"

	"podsg/sandbox/cloud"
)

// nodes keeps the Node objects in step with the account's instances, and plays
// the part of every kubelet that reports its node.
type nodes struct {
	*Base
	version string // of the kubelets

	kubeletEvents   *recorder
	nodeEvents      *recorder
	cloudNodeEvents *recorder

	mu       sync.RWMutex
	machines map[string]cloud.Node // by instance id
}

func newNodes(b *Base, version string) *nodes {
	return &nodes{
		Base: b, version: version,
		kubeletEvents: b.newRecorder("kubelet"), nodeEvents: b.newRecorder(nodeController), cloudNodeEvents: b.newRecorder(cloudNodeController),
	}
}

// machine is the instance with an id.
func (c *nodes) machine(id string) (cloud.Node, bool) {
	c.mu.RLock()
	defer c.mu.RUnlock()
	m, ok := c.machines[id]
	return m, ok
}

// instanceID is the instance that a node runs on.
func instanceID(n *corev1.Node) string {
	return n.Spec.ProviderID[strings.LastIndex(n.Spec.ProviderID, "/")+1:]
}

func (c *nodes) start(ctx context.Context) {
	c.awaitBeforeSettling(c.registered)
	c.every(ctx, nodePollInterval, func() { c.syncMachines(ctx) })
	c.every(ctx, nodeHeartbeatInterval, c.beat)
	c.every(ctx, nodeStatusInterval, func() {
		for _, n := range c.nodes.all() {
			if !extendedInStep(n) {
				c.reportNode(n.Name, copyExtended)
			}
		}
	})
	q := c.newQueue()
	c.pods.onChange(func(p *corev1.Pod, _ bool) {
		if p.Spec.NodeName != "" && isAWSNode(p) {
			q.Add(p.Spec.NodeName)
		}
	})
	c.nodes.onChange(func(n *corev1.Node, _ bool) {
		if !extendedInStep(n) && !c.isSettled() {
			c.reportNode(n.Name, copyExtended)
		}
		q.Add(n.Name)
	})
	q.work(ctx, 1, func(_ context.Context, name string) (time.Duration, error) { return 0, c.syncReadiness(name) })
}

// syncMachines notices new and gone instances.
func (c *nodes) syncMachines(ctx context.Context) {
	current := map[string]cloud.Node{}
	for _, m := range c.cloud.Nodes(c.name) {
		current[m.InstanceID] = m
	}
	c.mu.Lock()
	before := c.machines
	c.machines = current
	c.mu.Unlock()
	for _, id := range slices.Sorted(maps.Keys(current)) {
		if _, known := before[id]; !known {
			c.spawn(func() {
				if c.spend(ctx, nodeBootTime) {
					c.join(current[id])
				}
			})
		}
	}
	for id, m := range before {
		if _, left := current[id]; !left {
			c.leave(m)
		}
	}
}

// registered says that every machine has its node, with all that it offers.
func (c *nodes) registered() bool {
	for _, m := range c.cloud.Nodes(c.name) {
		n, ok := c.nodes.get("", m.PrivateDNSName)
		if !ok || !extendedInStep(n) {
			return false
		}
	}
	return true
}

// beat reports every node, as it is at a moment when all kubelets do.
func (c *nodes) beat() {
	for _, n := range c.nodes.all() {
		c.reportNode(n.Name, c.heartbeat)
	}
}

// join registers a node, as its kubelet does when it starts.
func (c *nodes) join(m cloud.Node) {
	if _, ok := c.machine(m.InstanceID); !ok {
		return // terminated while it booted
	}
	created, err := c.nodes.create(kubeletActor(m.PrivateDNSName), c.newNode(m))
	if err != nil {
		if !apierrors.IsAlreadyExists(err) {
			c.log.Debug("node not registered", "node", m.PrivateDNSName, "error", err)
		}
		return
	}
	c.reportNode(created.Name, func(n *corev1.Node) {
		n.Status = c.nodeStatus(m)
		c.setReady(n, false)
	})
	c.nodeEvents.normal(aboutNodeObject(created), "RegisteredNode", "Node %s event: Registered Node %s in Controller", created.Name, created.Name)
}

// leave deletes the node of a terminated instance, then the pods that were on
// it.
func (c *nodes) leave(m cloud.Node) {
	n, ok := c.nodes.get("", m.PrivateDNSName)
	if !ok {
		return
	}
	c.cloudNodeEvents.normal(aboutNodeObject(n), "DeletingNode", "Deleting node %s because it does not exist in the cloud provider", n.Name)
	if err := c.nodes.remove(controllerManager, n, metav1.DeleteOptions{}); err != nil {
		c.log.Debug("node not deleted", "node", n.Name, "error", err)
		return
	}
	for _, p := range c.pods.list(byNode, n.Name) {
		if err := c.pods.remove(controllerManager, p, metav1.DeleteOptions{GracePeriodSeconds: ptr.To(int64(0))}); err != nil {
			c.log.Debug("pod of a deleted node not deleted", "pod", keyOf(p), "error", err)
		}
	}
}

// reportNode writes a node's status for its kubelet.
func (c *nodes) reportNode(name string, change func(*corev1.Node)) {
	_, err := c.nodes.mutateStatus(kubeletActor(name), "", name, func(n *corev1.Node) error {
		change(n)
		return nil
	})
	if err != nil && !apierrors.IsNotFound(err) {
		c.log.Debug("node status not reported", "node", name, "error", err)
	}
}

// syncReadiness marks a node ready once the VPC CNI runs on it: until then the
// kubelet has no network to offer and the node is tainted.
func (c *nodes) syncReadiness(name string) error {
	n, ok := c.nodes.get("", name)
	if !ok || usable(n) || !networkReady(c.Base, name) {
		return nil
	}
	if !nodeReady(n) {
		c.kubeletEvents.on(name).normal(aboutNode(name), "NodeReady", "Node %s status is now: NodeReady", name)
		c.reportNode(name, func(n *corev1.Node) { c.setReady(n, true) })
	}
	_, err := c.nodes.mutate(controllerManager, "", name, func(n *corev1.Node) error {
		n.Spec.Taints = dropTaint(n.Spec.Taints, corev1.TaintNodeNotReady)
		return nil
	})
	return ignoreNotFound(err)
}

func dropTaint(taints []corev1.Taint, key string) (left []corev1.Taint) {
	for _, t := range taints {
		if t.Key != key {
			left = append(left, t)
		}
	}
	return left
}

func nodeReady(n *corev1.Node) bool {
	for _, cond := range n.Status.Conditions {
		if cond.Type == corev1.NodeReady {
			return cond.Status == corev1.ConditionTrue
		}
	}
	return false
}

// extendedInStep says that the node offers pods every extended resource it has.
func extendedInStep(n *corev1.Node) bool {
	for name, have := range n.Status.Capacity {
		if strings.HasPrefix(string(name), "vpc.amazonaws.com/") && !have.Equal(n.Status.Allocatable[name]) {
			return false
		}
	}
	return true
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

func (c *nodes) heartbeat(n *corev1.Node) {
	for i := range n.Status.Conditions {
		n.Status.Conditions[i].LastHeartbeatTime = c.now()
	}
}

func (c *nodes) setReady(n *corev1.Node, ready bool) {
	set := func(kind corev1.NodeConditionType, status corev1.ConditionStatus, reason, message string) {
		now := c.now()
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

// newNode is the Node object that the kubelet of a machine registers.
func (c *nodes) newNode(m cloud.Node) *corev1.Node {
	labels := map[string]string{
		corev1.LabelHostname:                       m.PrivateDNSName,
		corev1.LabelOSStable:                       "linux",
		corev1.LabelArchStable:                     m.Architecture,
		"beta.kubernetes.io/os":                    "linux",
		"beta.kubernetes.io/arch":                  m.Architecture,
		corev1.LabelInstanceTypeStable:             m.InstanceType,
		corev1.LabelInstanceType:                   m.InstanceType,
		corev1.LabelTopologyZone:                   m.Zone,
		corev1.LabelTopologyRegion:                 c.region,
		"failure-domain.beta.kubernetes.io/zone":   m.Zone,
		"failure-domain.beta.kubernetes.io/region": c.region,
		"topology.k8s.aws/zone-id":                 zoneID(m.Zone),
		"k8s.io/cloud-provider-aws":                hexOf(c.name, 32),
	}
	if m.NodeGroup != "" && m.Managed {
		labels["eks.amazonaws.com/nodegroup"] = m.NodeGroup
		labels["eks.amazonaws.com/capacityType"] = m.CapacityType
		labels["eks.amazonaws.com/nodegroup-image"] = "ami-" + hexOf(c.region+m.AMIType, 17)
	}
	maps.Copy(labels, m.Labels)
	taints := []corev1.Taint{{Key: corev1.TaintNodeNotReady, Effect: corev1.TaintEffectNoSchedule}}
	for _, t := range m.Taints {
		taints = append(taints, corev1.Taint{Key: t.Key, Value: t.Value, Effect: taintEffects[t.Effect]})
	}
	return &corev1.Node{
		ObjectMeta: metav1.ObjectMeta{
			Name:   m.PrivateDNSName,
			Labels: labels,
			Annotations: map[string]string{
				"alpha.kubernetes.io/provided-node-ip":                   m.PrivateIP.String(),
				"node.alpha.kubernetes.io/ttl":                           "0",
				"volumes.kubernetes.io/controller-managed-attach-detach": "true",
			},
		},
		Spec: corev1.NodeSpec{ProviderID: fmt.Sprintf("aws:///%s/%s", m.Zone, m.InstanceID), Taints: taints},
	}
}

// taintEffects are the names that EKS node groups give them.
var taintEffects = map[string]corev1.TaintEffect{
	"NO_SCHEDULE":        corev1.TaintEffectNoSchedule,
	"NO_EXECUTE":         corev1.TaintEffectNoExecute,
	"PREFER_NO_SCHEDULE": corev1.TaintEffectPreferNoSchedule,
}

// zoneDirections are how zone ids shorten a region's name.
var zoneDirections = map[string]string{
	"north": "n", "northeast": "ne", "northwest": "nw", "south": "s", "southeast": "se", "southwest": "sw",
	"east": "e", "west": "w", "central": "c",
}

// zoneID is an availability zone's id, such as usw2-az1 for us-west-2a.
func zoneID(zone string) string {
	part := strings.Split(zone, "-")
	if len(part) != 3 || len(part[2]) < 2 {
		return zone
	}
	number, letter := part[2][:len(part[2])-1], part[2][len(part[2])-1]
	return fmt.Sprintf("%s%s%s-az%d", part[0], zoneDirections[part[1]], number, letter-'a'+1)
}

func (c *nodes) nodeStatus(m cloud.Node) corev1.NodeStatus {
	shape := shapeOf(m)
	version := c.version
	if !strings.Contains(version, "-eks-") {
		version += "-eks-" + hexOf(version, 7)
	}
	return corev1.NodeStatus{
		Capacity:    shape.capacity(),
		Allocatable: shape.allocatable(),
		Addresses: []corev1.NodeAddress{
			{Type: corev1.NodeInternalIP, Address: m.PrivateIP.String()},
			{Type: corev1.NodeInternalDNS, Address: m.PrivateDNSName},
			{Type: corev1.NodeHostName, Address: m.PrivateDNSName},
		},
		DaemonEndpoints: corev1.NodeDaemonEndpoints{KubeletEndpoint: corev1.DaemonEndpoint{Port: 10250}},
		NodeInfo: corev1.NodeSystemInfo{
			Architecture: m.Architecture, OperatingSystem: "linux",
			KernelVersion:           "6.12.55-74.119.amzn2023." + map[string]string{"amd64": "x86_64", "arm64": "aarch64"}[m.Architecture],
			OSImage:                 "Amazon Linux 2023.9.20261105",
			ContainerRuntimeVersion: "containerd://2.1.5",
			KubeletVersion:          version,
			MachineID:               "ec2" + hexOf(m.InstanceID, 29),
			SystemUUID:              uuidOf(m.InstanceID),
			BootID:                  uuidOf(m.InstanceID + "boot"),
		},
	}
}
