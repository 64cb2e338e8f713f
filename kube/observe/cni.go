package observe

import (
	"context"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/fields"

	"podsg/kube/api"
	"podsg/kube/facts"
	"podsg/steps/world"
)

// cni observes the DaemonSet of the VPC CNI.
func (o *observation) cni(ctx context.Context) error {
	ds, err := o.Calls.AppsV1().DaemonSets(facts.CNINamespace).Get(ctx, facts.CNIName, metav1.GetOptions{})
	if err != nil {
		return o.UnlessMissing("read DaemonSet", facts.CNIName, err)
	}
	known := &world.CNI{
		Env:        map[string]string{},
		InitEnv:    map[string]string{},
		Strategy:   string(ds.Spec.UpdateStrategy.Type),
		Generation: ds.Generation,
		Rollout:    facts.Rollout(ds),
		Owner:      facts.OwnerOf(ds),
	}
	known.EnvOwners, known.EnvTaken = envOwners(ds.ManagedFields)
	configMaps := map[string]map[string]string{}
	if c := facts.Container(ds.Spec.Template.Spec.Containers, facts.CNIContainer); c != nil {
		known.Image = c.Image
		known.Version = imageVersion(c.Image)
		if known.Env, err = o.containerEnv(ctx, c, configMaps); err != nil {
			return err
		}
	}
	if c := facts.Container(ds.Spec.Template.Spec.Containers, facts.CNIPolicyAgent); c != nil {
		known.AgentVersion = imageVersion(c.Image)
		known.PolicyAgent = slices.Contains(c.Args, "--enable-network-policy=true")
	}
	if c := facts.Container(ds.Spec.Template.Spec.InitContainers, facts.CNIInit); c != nil {
		if known.InitEnv, err = o.containerEnv(ctx, c, configMaps); err != nil {
			return err
		}
	}
	if !known.Rollout.Complete() {
		known.Refused = o.refusedCalls(ctx)
	}
	o.facts.CNI = known
	return nil
}

// reasonRefused is the reason of the events by which aws-node says that its IAM
// role lacks a permission. See pkg/awsutils of aws/amazon-vpc-cni-k8s.
const reasonRefused = "MissingIAMPermissions"

// refusedCalls are what those events say. Without the permission to read them
// nothing is known of it.
func (o *observation) refusedCalls(ctx context.Context) []string {
	source := o.EventSource(facts.CNINamespace, fields.OneTermEqualSelector("reason", reasonRefused).String())
	said, err := api.Collect(ctx, source, func(e *corev1.Event) (string, bool) { return e.Message, true })
	if err != nil {
		return nil
	}
	slices.Sort(said)
	return slices.Compact(said)
}

// imageVersion is an image's tag without the build suffix of EKS:
// v1.23.1-eksbuild.1 is v1.23.1.
func imageVersion(image string) string {
	image, _, _ = strings.Cut(image, "@")
	_, tag, found := strings.Cut(image[strings.LastIndex(image, "/")+1:], ":")
	if !found {
		return ""
	}
	version, _, _ := strings.Cut(tag, "-eksbuild")
	return version
}

// containerEnv is a container's environment as far as it is known before it
// runs: plain values and those of ConfigMaps, which are read once each.
func (o *observation) containerEnv(ctx context.Context, c *corev1.Container, read map[string]map[string]string) (map[string]string, error) {
	env := map[string]string{}
	for _, source := range c.EnvFrom {
		if source.ConfigMapRef == nil {
			continue
		}
		data, err := o.configMapData(ctx, source.ConfigMapRef.Name, read)
		if err != nil {
			return nil, err
		}
		for k, v := range data {
			env[source.Prefix+k] = v
		}
	}
	for _, v := range c.Env {
		switch {
		case v.ValueFrom == nil:
			env[v.Name] = v.Value
		case v.ValueFrom.ConfigMapKeyRef != nil:
			data, err := o.configMapData(ctx, v.ValueFrom.ConfigMapKeyRef.Name, read)
			if err != nil {
				return nil, err
			}
			if value, set := data[v.ValueFrom.ConfigMapKeyRef.Key]; set {
				env[v.Name] = value
			}
		}
	}
	return env, nil
}

func (o *observation) configMapData(ctx context.Context, name string, read map[string]map[string]string) (map[string]string, error) {
	if data, done := read[name]; done {
		return data, nil
	}
	cm, err := o.Calls.CoreV1().ConfigMaps(facts.CNINamespace).Get(ctx, name, metav1.GetOptions{})
	if err != nil && !apierrors.IsNotFound(err) {
		return nil, o.Problem("read ConfigMap", name, err)
	}
	read[name] = nil
	if err == nil {
		read[name] = cm.Data
	}
	return read[name], nil
}
