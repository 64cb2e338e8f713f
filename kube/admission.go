package kube

import (
	"context"

	"golang.org/x/sync/errgroup"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

// The objects that EKS installs in every cluster for the feature.
const (
	policyCRD         = "securitygrouppolicies.vpcresources.k8s.aws"
	cniNodeCRD        = "cninodes.vpcresources.k8s.aws"
	mutatingWebhook   = "vpc-resource-mutating-webhook"
	validatingWebhook = "vpc-resource-validating-webhook"
	controllerLease   = "cp-vpc-resource-controller"
)

// admission observes the definitions, the webhooks and the controller's lease,
// and proves the injection when the scope says by which pod.
func (o *observation) admission(ctx context.Context) error {
	a := &o.facts.Admission
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() (err error) {
		a.PolicyCRD, err = o.established(ctx, policyCRD, PolicyResource)
		return err
	})
	group.Go(func() (err error) {
		a.CNINodeCRD, err = o.established(ctx, cniNodeCRD, CNINodeResource)
		return err
	})
	webhooks := o.calls.AdmissionregistrationV1()
	group.Go(func() error {
		_, err := webhooks.MutatingWebhookConfigurations().Get(ctx, mutatingWebhook, metav1.GetOptions{})
		a.MutatingWebhook = err == nil
		return o.unlessMissing("read MutatingWebhookConfiguration", mutatingWebhook, err)
	})
	group.Go(func() error {
		_, err := webhooks.ValidatingWebhookConfigurations().Get(ctx, validatingWebhook, metav1.GetOptions{})
		a.ValidatingWebhook = err == nil
		return o.unlessMissing("read ValidatingWebhookConfiguration", validatingWebhook, err)
	})
	group.Go(func() error {
		lease, err := o.calls.CoordinationV1().Leases(metav1.NamespaceSystem).Get(ctx, controllerLease, metav1.GetOptions{})
		if err != nil {
			return o.unlessMissing("read Lease", controllerLease, err)
		}
		if lease.Spec.RenewTime != nil {
			a.ControllerRenewed = lease.Spec.RenewTime.Time
		}
		return nil
	})
	if len(o.scope.DryRunLabels) > 0 {
		group.Go(func() error {
			injected, err := o.ProveInjection(ctx, o.scope.Namespace, o.scope.DryRunLabels, o.scope.DryRunServiceAccount)
			if err != nil {
				a.DryRunError = err.Error()
				return nil
			}
			a.DryRunInjected = &injected
			return nil
		})
	}
	return group.Wait()
}

// established reports whether a custom resource is served: by the condition of
// its definition or, when that may not be read, by discovery, which every user
// may ask.
func (c *Client) established(ctx context.Context, name string, resource schema.GroupVersionResource) (bool, error) {
	crd, err := c.objects.Resource(crdResource).Get(ctx, name, metav1.GetOptions{})
	if apierrors.IsForbidden(err) {
		return c.served(ctx, resource)
	}
	if err != nil {
		return false, c.unlessMissing("read CustomResourceDefinition", name, err)
	}
	conditions, _, _ := unstructured.NestedSlice(crd.Object, "status", "conditions")
	for _, item := range conditions {
		condition, ok := item.(map[string]any)
		if ok && condition["type"] == "Established" {
			return condition["status"] == "True", nil
		}
	}
	return false, nil
}

func (c *Client) served(ctx context.Context, resource schema.GroupVersionResource) (bool, error) {
	list, err := c.discovery.ServerResourcesForGroupVersionWithContext(ctx, resource.GroupVersion().String())
	if err != nil {
		return false, c.unlessMissing("list resources of", resource.GroupVersion().String(), err)
	}
	for _, r := range list.APIResources {
		if r.Name == resource.Resource {
			return true, nil
		}
	}
	return false, nil
}

// unlessMissing is the problem of a read, or nil when the object does not exist.
func (c *Client) unlessMissing(doing, object string, err error) error {
	if apierrors.IsNotFound(err) {
		return nil
	}
	return c.problem(doing, object, err)
}
