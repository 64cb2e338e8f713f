package kube

import (
	"context"
	"slices"
	"strings"

	"golang.org/x/sync/errgroup"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"podsg/steps"
)

// contents are the resources in which people keep what would be lost with a
// namespace. What a controller makes of them goes and comes with them.
var contents = []schema.GroupVersionResource{
	{Version: "v1", Resource: "configmaps"}, {Version: "v1", Resource: "secrets"}, {Version: "v1", Resource: "services"},
	{Version: "v1", Resource: "serviceaccounts"}, {Version: "v1", Resource: "persistentvolumeclaims"}, {Version: "v1", Resource: "pods"},
	{Group: "apps", Version: "v1", Resource: "deployments"}, {Group: "apps", Version: "v1", Resource: "statefulsets"},
	{Group: "apps", Version: "v1", Resource: "daemonsets"}, {Group: "batch", Version: "v1", Resource: "jobs"},
	{Group: "batch", Version: "v1", Resource: "cronjobs"}, {Group: "networking.k8s.io", Version: "v1", Resource: "ingresses"},
	{Group: "vpcresources.k8s.aws", Version: "v1beta1", Resource: "securitygrouppolicies"},
}

// foreignLimit is how many objects of each resource are asked for: one is
// enough to keep a namespace, a few more make a useful message.
const foreignLimit = 20

// ForeignObjects implements [steps.Kube]. Only names and labels are read.
func (c *Client) ForeignObjects(ctx context.Context, namespace string) ([]string, error) {
	found := make([][]string, len(contents))
	group, ctx := errgroup.WithContext(ctx)
	for i, resource := range contents {
		group.Go(func() error {
			list, err := c.names.Resource(resource).Namespace(namespace).List(ctx, metav1.ListOptions{Limit: foreignLimit})
			if apierrors.IsNotFound(err) { // the cluster does not know the resource
				return nil
			}
			if err != nil {
				return c.problem("list "+resource.GroupResource().String()+" in namespace", namespace, err)
			}
			for _, item := range list.Items {
				if isForeign(resource.Resource, &item) {
					found[i] = append(found[i], strings.TrimSuffix(resource.Resource, "s")+" "+item.Name)
				}
			}
			return nil
		})
	}
	if err := group.Wait(); err != nil {
		return nil, err
	}
	return slices.Concat(found...), nil
}

// isForeign tells what people made from what podsg, a controller or Kubernetes
// itself did.
func isForeign(resource string, item *metav1.PartialObjectMetadata) bool {
	switch {
	case item.Labels[steps.LabelManagedBy] == steps.ManagedBy, metav1.GetControllerOf(item) != nil:
		return false
	case resource == "configmaps" && item.Name == "kube-root-ca.crt", resource == "serviceaccounts" && item.Name == "default":
		return false
	default:
		return true
	}
}
