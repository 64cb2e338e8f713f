package observe

import (
	"context"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"podsg/kube/api"
	"podsg/kube/facts"
	"podsg/steps/world"
)

// eniConfigs observes the ENIConfigs, which the VPC CNI's custom networking goes
// by. Where their definition is missing there are none.
func (o *observation) eniConfigs(ctx context.Context) error {
	found, err := api.Collect(ctx, o.CustomSource(facts.ENIConfigResource, "", ""), func(u *unstructured.Unstructured) (world.ENIConfig, bool) {
		config := world.ENIConfig{Name: u.GetName()}
		// What is of another type than the definition says is as good as missing.
		config.SubnetID, _, _ = unstructured.NestedString(u.Object, "spec", "subnet")
		config.Groups, _, _ = unstructured.NestedStringSlice(u.Object, "spec", "securityGroups")
		return config, true
	})
	if err != nil && !apierrors.IsNotFound(err) {
		return o.Problem("list ENIConfigs", "", err)
	}
	o.facts.ENIConfigs = found
	return nil
}
