package observe

import (
	"context"

	"golang.org/x/sync/errgroup"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"podsg/kube/change"
	"podsg/kube/facts"
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
	group.Go(func() error {
		definition, established, err := o.established(ctx, policyCRD, facts.PolicyResource)
		a.PolicyCRD, a.MaxGroups = established, maxGroups(definition)
		return err
	})
	group.Go(func() (err error) {
		_, a.CNINodeCRD, err = o.established(ctx, cniNodeCRD, facts.CNINodeResource)
		return err
	})
	webhooks := o.Calls.AdmissionregistrationV1()
	group.Go(func() error {
		_, err := webhooks.MutatingWebhookConfigurations().Get(ctx, mutatingWebhook, metav1.GetOptions{})
		a.MutatingWebhook = err == nil
		return o.UnlessMissing("read MutatingWebhookConfiguration", mutatingWebhook, err)
	})
	group.Go(func() error {
		_, err := webhooks.ValidatingWebhookConfigurations().Get(ctx, validatingWebhook, metav1.GetOptions{})
		a.ValidatingWebhook = err == nil
		return o.UnlessMissing("read ValidatingWebhookConfiguration", validatingWebhook, err)
	})
	group.Go(func() error {
		lease, err := o.Calls.CoordinationV1().Leases(metav1.NamespaceSystem).Get(ctx, controllerLease, metav1.GetOptions{})
		if err != nil {
			return o.UnlessMissing("read Lease", controllerLease, err)
		}
		if lease.Spec.RenewTime != nil {
			a.ControllerRenewed = lease.Spec.RenewTime.Time
		}
		return nil
	})
	if len(o.scope.DryRunLabels) > 0 {
		group.Go(func() error {
			injected, err := change.Writer{Client: o.Client}.ProveInjection(ctx, o.scope.Namespace, o.scope.DryRunLabels, o.scope.DryRunServiceAccount)
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

// established reads the definition of a custom resource, and reports whether the
// resource is served: by the condition of the definition or, when that may not
// be read, by discovery, which every user may ask.
func (c Reader) established(ctx context.Context, name string, resource schema.GroupVersionResource) (*unstructured.Unstructured, bool, error) {
	crd, err := c.Objects.Resource(facts.CRDResource).Get(ctx, name, metav1.GetOptions{})
	if apierrors.IsForbidden(err) {
		served, err := c.served(ctx, resource)
		return nil, served, err
	}
	if err != nil {
		return nil, false, c.UnlessMissing("read CustomResourceDefinition", name, err)
	}
	conditions, _, _ := unstructured.NestedSlice(crd.Object, "status", "conditions")
	for _, item := range conditions {
		condition, ok := item.(map[string]any)
		if ok && condition["type"] == "Established" {
			return crd, condition["status"] == "True", nil
		}
	}
	return crd, false, nil
}

// maxGroups reads from the definition of policies how many security groups it
// allows in one: of the version that is stored, if it is served, else of one
// that is. No limit is 0.
func maxGroups(crd *unstructured.Unstructured) int {
	if crd == nil {
		return 0
	}
	versions, _, _ := unstructured.NestedSlice(crd.Object, "spec", "versions")
	var limit int64
	for _, item := range versions {
		version, ok := item.(map[string]any)
		if !ok || version["served"] != true {
			continue
		}
		limit, _, _ = unstructured.NestedInt64(version, "schema", "openAPIV3Schema",
			"properties", "spec", "properties", "securityGroups", "properties", "groupIds", "maxItems")
		if version["storage"] == true {
			break
		}
	}
	return int(limit)
}

func (c Reader) served(ctx context.Context, resource schema.GroupVersionResource) (bool, error) {
	list, err := c.Discovery.ServerResourcesForGroupVersionWithContext(ctx, resource.GroupVersion().String())
	if err != nil {
		return false, c.UnlessMissing("list resources of", resource.GroupVersion().String(), err)
	}
	for _, r := range list.APIResources {
		if r.Name == resource.Resource {
			return true, nil
		}
	}
	return false, nil
}
