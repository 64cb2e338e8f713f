package observe

import (
	"cmp"
	"context"
	"slices"

	"golang.org/x/sync/errgroup"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"podsg/kube/api"
	"podsg/kube/facts"
	"podsg/steps/world"
)

// nodeFacts observes the nodes together with their CNINodes.
func (o *observation) nodeFacts(ctx context.Context) error {
	var nodes []world.Node
	features := map[string]map[string]string{}
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() (err error) {
		nodes, err = api.Collect(ctx, o.NodeSource(), keepNode)
		return o.Problem("list nodes", "", err)
	})
	group.Go(func() error {
		_, err := api.Collect(ctx, o.CustomSource(facts.CNINodeResource, "", ""), func(n *unstructured.Unstructured) (struct{}, bool) {
			features[n.GetName()] = facts.CNINodeFeatures(n)
			return struct{}{}, false
		})
		if apierrors.IsNotFound(err) { // without the definition there are none
			return nil
		}
		return o.Problem("list CNINodes", "", err)
	})
	if err := group.Wait(); err != nil {
		return err
	}
	for i := range nodes {
		nodes[i].Features, nodes[i].HasCNINode = features[nodes[i].Name], features[nodes[i].Name] != nil
	}
	slices.SortFunc(nodes, func(a, b world.Node) int { return cmp.Compare(a.Name, b.Name) })
	o.facts.Nodes = nodes
	return nil
}

// keepNode reduces a node; it always keeps it.
func keepNode(n *corev1.Node) (world.Node, bool) { return facts.Node(n), true }
