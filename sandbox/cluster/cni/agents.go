// Package cni is the VPC CNI: the agent on each node, and the plugin that gives
// a pod its address.
package cni

import (
	"strconv"
	"sync"

	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"podsg/sandbox/cluster/component"
	"podsg/sandbox/cluster/names"
	"podsg/sandbox/cluster/nodestate"
	"podsg/sandbox/cluster/podeni"
	"podsg/sandbox/cluster/podstate"
	"podsg/sandbox/cluster/rbac"
	"podsg/sandbox/kubeapi/access"
)

const awsNodeUser = "system:serviceaccount:kube-system:aws-node"

var awsNodeActor = component.Actor{Manager: "aws-node", User: access.User{Name: awsNodeUser, Groups: []string{"system:serviceaccounts", "system:authenticated"}}}

func addSecurityGroupsFeature(n *unstructured.Unstructured) error {
	return podeni.AddFeature(n, names.SecurityGroupsForPods)
}

// A Node is how the VPC CNI's pods set a node up: the init container sets the
// kernel's early demultiplexing, the agent how security groups for pods are
// enforced. New pods get what is set up when they start.
type Node struct {
	EarlyDemux bool // of TCP: breaks the kubelet's probes in strict mode
	PodENI     bool
	Strict     bool
}

// Agents are the VPC CNI's agents, one on each node.
type Agents struct {
	*component.Base

	mu     sync.Mutex
	byNode map[string]Node // what they set up on their node
}

// NewAgents makes the agents of a cluster.
func NewAgents(b *component.Base) *Agents { return &Agents{Base: b, byNode: map[string]Node{}} }

// Start makes a staged cluster wait until every agent has said what its node
// needs.
func (a *Agents) Start() {
	if a.Staged {
		a.AwaitBeforeSettling(a.asked)
	}
}

// NetworkReady says that the VPC CNI's agent runs on a node.
func NetworkReady(b *component.Base, node string) bool {
	for _, p := range b.Pods.List(component.ByNode, node) {
		if IsAWSNode(p) && podstate.Ready(p) {
			return true
		}
	}
	return false
}

// IsAWSNode says that a pod is one of the VPC CNI's.
func IsAWSNode(p *corev1.Pod) bool {
	return p.Namespace == names.SystemNamespace && p.Labels["k8s-app"] == names.CNIDaemonSet
}

// Node is how a node is set up.
func (a *Agents) Node(node string) Node {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.byNode[node]
}

// SetNode sets a node up.
func (a *Agents) SetNode(node string, change func(*Node)) {
	a.mu.Lock()
	defer a.mu.Unlock()
	n := a.byNode[node]
	change(&n)
	a.byNode[node] = n
}

// AskForTrunk does what the VPC CNI's agent does for security groups for pods:
// it adds the feature to the node's CNINode if the instance has room for the
// trunk ENI, whatever its type. It reports whether that is done; if not, only
// the agent's log on the node would say why.
func (a *Agents) AskForTrunk(node string) bool {
	n, ok := a.Nodes.Get("", node)
	if !ok {
		return false
	}
	cniNode, ok := a.CNINodes.Get("", node)
	switch {
	case !ok:
		return false
	case podeni.HasFeature(cniNode, names.SecurityGroupsForPods):
		return true
	case !a.Cloud.FreeENISlot(nodestate.InstanceID(n)) || !a.mayPatchCNINodes():
		return false
	}
	_, err := a.CNINodes.Mutate(awsNodeActor, "", node, addSecurityGroupsFeature)
	return err == nil
}

// mayPatchCNINodes says whether the VPC CNI may tell what its node needs.
func (a *Agents) mayPatchCNINodes() bool {
	return rbac.Allowed(a.Base, rbacv1.Subject{Kind: rbacv1.ServiceAccountKind, Namespace: names.SystemNamespace, Name: names.CNIDaemonSet},
		"patch", "vpcresources.k8s.aws", "cninodes")
}

// asked says that every agent which is to ask for a trunk ENI has done so, if it
// can.
func (a *Agents) asked() bool {
	for _, n := range a.Nodes.All() {
		cniNode, known := a.CNINodes.Get("", n.Name)
		if known && !podeni.HasFeature(cniNode, names.SecurityGroupsForPods) && a.Node(n.Name).PodENI && NetworkReady(a.Base, n.Name) &&
			a.Cloud.FreeENISlot(nodestate.InstanceID(n)) && a.mayPatchCNINodes() {
			return false
		}
	}
	return true
}

// IsOn reads a boolean setting of the VPC CNI as it does: text that is no
// boolean counts as off.
func IsOn(text string) bool {
	on, err := strconv.ParseBool(text)
	return err == nil && on
}
