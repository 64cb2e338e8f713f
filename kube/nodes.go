package kube

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"strings"

	"golang.org/x/sync/errgroup"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"podsg/steps"
)

// Labels that EKS sets on nodes.
const (
	labelNodegroup   = "eks.amazonaws.com/nodegroup"
	labelComputeType = "eks.amazonaws.com/compute-type"
)

// nodeFacts observes the nodes together with their CNINodes.
func (o *observation) nodeFacts(ctx context.Context) error {
	var nodes []steps.Node
	features := map[string]map[string]string{}
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() (err error) {
		nodes, err = collect(ctx, o.nodes(), keepNode)
		return o.problem("list nodes", "", err)
	})
	group.Go(func() error {
		_, err := collect(ctx, o.custom(CNINodeResource, "", ""), func(n *unstructured.Unstructured) (struct{}, bool) {
			features[n.GetName()] = CNINodeFeatures(n)
			return struct{}{}, false
		})
		if apierrors.IsNotFound(err) { // without the definition there are none
			return nil
		}
		return o.problem("list CNINodes", "", err)
	})
	if err := group.Wait(); err != nil {
		return err
	}
	for i := range nodes {
		nodes[i].Features, nodes[i].HasCNINode = features[nodes[i].Name], features[nodes[i].Name] != nil
	}
	slices.SortFunc(nodes, func(a, b steps.Node) int { return cmp.Compare(a.Name, b.Name) })
	o.facts.Nodes = nodes
	return nil
}

// keepNode reduces a node; it always keeps it.
func keepNode(n *corev1.Node) (steps.Node, bool) { return NodeFacts(n), true }

// NodeFacts reduces a node to what podsg looks at.
func NodeFacts(n *corev1.Node) steps.Node {
	facts := steps.Node{
		Name:         n.Name,
		InstanceID:   instanceID(n.Spec.ProviderID),
		InstanceType: n.Labels[corev1.LabelInstanceTypeStable],
		Zone:         n.Labels[corev1.LabelTopologyZone],
		Nodegroup:    n.Labels[labelNodegroup],
		Arch:         cmp.Or(n.Labels[corev1.LabelArchStable], n.Status.NodeInfo.Architecture),
		OS:           cmp.Or(n.Labels[corev1.LabelOSStable], n.Status.NodeInfo.OperatingSystem),
		ComputeType:  n.Labels[labelComputeType],
		Ready:        nodeReady(n),
		Cordoned:     n.Spec.Unschedulable,
		MaxPods:      int(n.Status.Allocatable.Pods().Value()),
		PodENIs:      branchLimit(n),
		Labels:       maps.Clone(n.Labels),
		CreatedAt:    n.CreationTimestamp.Time,
	}
	for _, a := range n.Status.Addresses {
		if a.Type == corev1.NodeInternalIP {
			facts.InternalIP = a.Address
			break
		}
	}
	return facts
}

// branchLimit is how many branch ENIs the scheduler may place on a node.
func branchLimit(n *corev1.Node) int {
	quantity := n.Status.Allocatable[PodENI]
	return int(quantity.Value())
}

func nodeReady(n *corev1.Node) bool {
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
