package cluster

import (
	"strconv"
	"sync"

	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"podsg/sandbox/kubeapi"
)

const awsNodeUser = "system:serviceaccount:kube-system:aws-node"

var awsNodeActor = actor{manager: "aws-node", user: kubeapi.User{Name: awsNodeUser, Groups: []string{"system:serviceaccounts", "system:authenticated"}}}

func addSecurityGroupsFeature(n *unstructured.Unstructured) error {
	return addFeature(n, securityGroupsForPods)
}

// nodeNetwork is how the VPC CNI's pods set a node up: the init container sets
// the kernel's early demultiplexing, the agent how security groups for pods
// are enforced. New pods get what is set up when they start.
type nodeNetwork struct {
	earlyDemux bool // of TCP: breaks the kubelet's probes in strict mode
	podENI     bool
	strict     bool
}

// agents are the VPC CNI's agents, one on each node.
type agents struct {
	*Base

	mu     sync.Mutex
	byNode map[string]nodeNetwork // what they set up on their node
}

func newAgents(b *Base) *agents { return &agents{Base: b, byNode: map[string]nodeNetwork{}} }

// start makes a staged cluster wait until every agent has said what its node
// needs.
func (a *agents) start() {
	if a.staged {
		a.awaitBeforeSettling(a.asked)
	}
}

// networkReady says that the VPC CNI's agent runs on a node.
func networkReady(b *Base, node string) bool {
	for _, p := range b.pods.list(byNode, node) {
		if isAWSNode(p) && ready(p) {
			return true
		}
	}
	return false
}

func isAWSNode(p *corev1.Pod) bool {
	return p.Namespace == systemNamespace && p.Labels["k8s-app"] == cniDaemonSet
}

func (a *agents) nodeNetwork(node string) nodeNetwork {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.byNode[node]
}

func (a *agents) setNodeNetwork(node string, change func(*nodeNetwork)) {
	a.mu.Lock()
	defer a.mu.Unlock()
	n := a.byNode[node]
	change(&n)
	a.byNode[node] = n
}

// askForTrunk does what the VPC CNI's agent does for security groups for pods:
// it adds the feature to the node's CNINode if the instance has room for the
// trunk ENI, whatever its type. It reports whether that is done; if not, only
// the agent's log on the node would say why.
func (a *agents) askForTrunk(node string) bool {
	n, ok := a.nodes.get("", node)
	if !ok {
		return false
	}
	cniNode, ok := a.cniNodes.get("", node)
	switch {
	case !ok:
		return false
	case hasFeature(cniNode, securityGroupsForPods):
		return true
	case !a.cloud.FreeENISlot(instanceID(n)) || !a.mayPatchCNINodes():
		return false
	}
	_, err := a.cniNodes.mutate(awsNodeActor, "", node, addSecurityGroupsFeature)
	return err == nil
}

// mayPatchCNINodes says whether the VPC CNI may tell what its node needs.
func (a *agents) mayPatchCNINodes() bool {
	return allowed(a.Base, rbacv1.Subject{Kind: rbacv1.ServiceAccountKind, Namespace: systemNamespace, Name: cniDaemonSet},
		"patch", "vpcresources.k8s.aws", "cninodes")
}

// asked says that every agent which is to ask for a trunk ENI has done so, if it
// can.
func (a *agents) asked() bool {
	for _, n := range a.nodes.all() {
		cniNode, known := a.cniNodes.get("", n.Name)
		if known && !hasFeature(cniNode, securityGroupsForPods) && a.nodeNetwork(n.Name).podENI && networkReady(a.Base, n.Name) &&
			a.cloud.FreeENISlot(instanceID(n)) && a.mayPatchCNINodes() {
			return false
		}
	}
	return true
}

// isOn reads a boolean setting of the VPC CNI as it does: text that is no
// boolean counts as off.
func isOn(text string) bool {
	on, err := strconv.ParseBool(text)
	return err == nil && on
}
