package facts

import (
	"cmp"
	"maps"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"podsg/steps/world"
)

// Labels that EKS sets on nodes.
const (
	labelNodegroup   = "eks.amazonaws.com/nodegroup"
	labelComputeType = "eks.amazonaws.com/compute-type"
)

// Node reduces a node to what podsg looks at.
func Node(n *corev1.Node) world.Node {
	facts := world.Node{
		Name:           n.Name,
		InstanceID:     instanceID(n.Spec.ProviderID),
		InstanceType:   n.Labels[corev1.LabelInstanceTypeStable],
		Zone:           n.Labels[corev1.LabelTopologyZone],
		Nodegroup:      n.Labels[labelNodegroup],
		Arch:           cmp.Or(n.Labels[corev1.LabelArchStable], n.Status.NodeInfo.Architecture),
		OS:             cmp.Or(n.Labels[corev1.LabelOSStable], n.Status.NodeInfo.OperatingSystem),
		ComputeType:    n.Labels[labelComputeType],
		Ready:          NodeReady(n),
		Cordoned:       n.Spec.Unschedulable,
		MaxPods:        int(n.Status.Allocatable.Pods().Value()),
		PodENIs:        BranchLimit(n),
		PodENICapacity: branchCapacity(n),
		Labels:         maps.Clone(n.Labels),
		CreatedAt:      n.CreationTimestamp.Time,
	}
	for _, t := range n.Spec.Taints {
		facts.Taints = append(facts.Taints, world.Taint{Key: t.Key, Value: t.Value, Effect: string(t.Effect)})
	}
	for _, a := range n.Status.Addresses {
		if a.Type == corev1.NodeInternalIP {
			facts.InternalIP = a.Address
			break
		}
	}
	return facts
}

// BranchLimit is how many branch ENIs the scheduler may place on a node.
func BranchLimit(n *corev1.Node) int {
	quantity := n.Status.Allocatable[PodENI]
	return int(quantity.Value())
}

// branchCapacity is how many branch ENIs the controller has written that a node
// can have.
func branchCapacity(n *corev1.Node) int {
	quantity := n.Status.Capacity[PodENI]
	return int(quantity.Value())
}

// NodeReady reports whether the kubelet of a node says that it is ready.
func NodeReady(n *corev1.Node) bool {
	for _, c := range n.Status.Conditions {
		if c.Type == corev1.NodeReady {
			return c.Status == corev1.ConditionTrue
		}
	}
	return false
}

// instanceID reads the EC2 instance from a provider id such as
// aws:///us-west-2a/i-0123456789abcdef0. Fargate and hybrid nodes have none.
func instanceID(providerID string) string {
	path, found := strings.CutPrefix(providerID, "aws://")
	id := path[strings.LastIndex(path, "/")+1:]
	if !found || !strings.HasPrefix(id, "i-") {
		return ""
	}
	return id
}

// CNINodeFeatures reads spec.features of a CNINode; it is never nil.
func CNINodeFeatures(n *unstructured.Unstructured) map[string]string {
	features := map[string]string{}
	list, _, _ := unstructured.NestedSlice(n.Object, "spec", "features")
	for _, item := range list {
		feature, ok := item.(map[string]any)
		if !ok {
			continue
		}
		name, _, _ := unstructured.NestedString(feature, "name")
		value, _, _ := unstructured.NestedString(feature, "value")
		if name != "" {
			features[name] = value
		}
	}
	return features
}
