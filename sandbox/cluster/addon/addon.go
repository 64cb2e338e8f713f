// Package addon is EKS as the manager of a cluster's add-ons: it rewrites their
// workloads and reports how that went.
package addon

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/yaml"

	"podsg/sandbox/cluster/component"
	"podsg/sandbox/cluster/names"
)

const (
	vpcCNIAddon       = "vpc-cni"
	addonPollInterval = time.Second
	addonPatience     = 15 * time.Minute // then a rollout counts as failed
)

// applyTime is how long an update takes to begin.
var applyTime = component.Between(2*time.Second, 5*time.Second)

// addonConfiguration is the part of the vpc-cni add-on's configuration values
// that decides the environment of its containers.
type addonConfiguration struct {
	Env  map[string]string `json:"env"`
	Init struct {
		Env map[string]string `json:"env"`
	} `json:"init"`
}

// parseConfiguration reads configuration values, which are JSON or YAML.
func parseConfiguration(values string) (addonConfiguration, error) {
	var config addonConfiguration
	if strings.TrimSpace(values) == "" {
		return config, nil
	}
	if err := yaml.Unmarshal([]byte(values), &config); err != nil {
		return config, fmt.Errorf("parse configuration values of add-on %q: %w", vpcCNIAddon, err)
	}
	return config, nil
}

// A Manager is EKS for the add-ons of one cluster.
type Manager struct {
	*component.Base
	defaults map[string]map[string]string // of the VPC CNI: container → variable → value
}

// ConfigureCNI remembers what the VPC CNI's containers have by default, and
// installs it with the configuration values it is to start with.
func (c *Manager) ConfigureCNI(installer component.Actor, values string) error {
	ds, ok := c.DaemonSets.Get(names.SystemNamespace, names.CNIDaemonSet)
	if !ok {
		return nil
	}
	c.defaults = literalVariables(ds)
	if strings.TrimSpace(values) == "" {
		return nil
	}
	config, err := parseConfiguration(values)
	if err != nil {
		return err
	}
	_, err = c.DaemonSets.Mutate(installer, names.SystemNamespace, names.CNIDaemonSet, func(ds *appsv1.DaemonSet) error {
		spec := &ds.Spec.Template.Spec
		c.configure(&spec.InitContainers[0], "", config.Init.Env, nil)
		c.configure(&spec.Containers[0], "", config.Env, nil)
		return nil
	})
	return err
}

// An addonUpdate is an update that EKS is asked to carry out.
type addonUpdate struct{ addon, version, values string }

// Start carries out the updates of EKS add-ons, one after the other: it
// rewrites the workload and reports the add-on's status once that has rolled
// out.
func (c *Manager) Start(ctx context.Context) {
	updates := make(chan addonUpdate, 16)
	c.Cloud.OnAddonUpdate(func(cluster, addon, version, values string) {
		if cluster != c.Name {
			return
		}
		select {
		case updates <- addonUpdate{addon, version, values}:
		case <-ctx.Done():
		}
	})
	c.Spawn(func() {
		for {
			select {
			case u := <-updates:
				c.updateAddon(ctx, u)
			case <-ctx.Done():
				return
			}
		}
	})
}

func (c *Manager) updateAddon(ctx context.Context, u addonUpdate) {
	if !c.Spend(ctx, applyTime) {
		return
	}
	if u.addon != vpcCNIAddon {
		c.Cloud.SetAddonHealth(c.Name, u.addon, "ACTIVE")
		return
	}
	ds, err := c.applyCNI(u)
	if err != nil {
		c.Cloud.SetAddonHealth(c.Name, u.addon, "UPDATE_FAILED", "InternalFailure: "+err.Error())
		return
	}
	patience := c.Clock.NewTimer(addonPatience)
	defer patience.Stop()
	for !c.rolledOut(ds.Generation) {
		if !c.Pause(ctx, addonPollInterval) {
			return
		}
		select {
		case <-patience.C():
			c.Cloud.SetAddonHealth(c.Name, u.addon, "DEGRADED",
				"InsufficientNumberOfReplicas: The add-on is unhealthy because it doesn't have the desired number of replicas.")
			c.Spawn(func() { c.recoverAddon(ctx, u.addon, ds.Generation) })
			return
		default:
		}
	}
	c.Cloud.SetAddonHealth(c.Name, u.addon, "ACTIVE")
}

// recoverAddon makes an add-on healthy once its pods are all there after all,
// unless it has been changed again.
func (c *Manager) recoverAddon(ctx context.Context, addon string, generation int64) {
	for c.Pause(ctx, addonPollInterval) {
		ds, ok := c.DaemonSets.Get(names.SystemNamespace, names.CNIDaemonSet)
		switch {
		case !ok || ds.Generation != generation:
			return
		case c.rolledOut(generation):
			c.Cloud.SetAddonHealth(c.Name, addon, "ACTIVE")
			return
		}
	}
}

// rolledOut says that every node runs aws-node of this generation.
func (c *Manager) rolledOut(generation int64) bool {
	ds, ok := c.DaemonSets.Get(names.SystemNamespace, names.CNIDaemonSet)
	s := ds.Status
	return ok && s.ObservedGeneration >= generation &&
		s.UpdatedNumberScheduled == s.DesiredNumberScheduled && s.NumberAvailable == s.DesiredNumberScheduled
}

// applyCNI rewrites the DaemonSet aws-node as the add-on wants it. It takes
// over what others changed of its own variables, and leaves alone those it does
// not know.
func (c *Manager) applyCNI(u addonUpdate) (*appsv1.DaemonSet, error) {
	config, err := parseConfiguration(u.values)
	if err != nil {
		return nil, err
	}
	return c.DaemonSets.Mutate(component.EKS, names.SystemNamespace, names.CNIDaemonSet, func(ds *appsv1.DaemonSet) error {
		owned := ownedVariables(ds)
		for i := range ds.Spec.Template.Spec.InitContainers {
			c.configure(&ds.Spec.Template.Spec.InitContainers[i], u.version, config.Init.Env, owned)
		}
		for i := range ds.Spec.Template.Spec.Containers {
			container := &ds.Spec.Template.Spec.Containers[i]
			if container.Name == names.CNIDaemonSet {
				c.configure(container, u.version, config.Env, owned)
			}
		}
		return nil
	})
}

// configure sets a container's image tag and its variables: the add-on's
// defaults, overridden by the configuration values. A variable that the add-on
// set before and that is no longer asked for goes.
func (c *Manager) configure(container *corev1.Container, version string, values map[string]string, owned map[string]bool) {
	if i := strings.LastIndex(container.Image, ":"); i >= 0 && version != "" {
		container.Image = container.Image[:i+1] + version
	}
	want := maps.Clone(c.defaults[container.Name])
	if want == nil {
		want = map[string]string{}
	}
	maps.Copy(want, values)
	container.Env = slices.DeleteFunc(container.Env, func(e corev1.EnvVar) bool {
		_, wanted := want[e.Name]
		return !wanted && e.ValueFrom == nil && owned[container.Name+"/"+e.Name]
	})
	for i := range container.Env {
		if value, ok := want[container.Env[i].Name]; ok {
			container.Env[i] = corev1.EnvVar{Name: container.Env[i].Name, Value: value}
			delete(want, container.Env[i].Name)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(want)) {
		container.Env = append(container.Env, corev1.EnvVar{Name: name, Value: want[name]})
	}
}

// literalVariables are the variables with a plain value of each container.
func literalVariables(ds *appsv1.DaemonSet) map[string]map[string]string {
	defaults := map[string]map[string]string{}
	spec := ds.Spec.Template.Spec
	for _, container := range slices.Concat(spec.InitContainers, spec.Containers) {
		defaults[container.Name] = map[string]string{}
		for _, e := range container.Env {
			if e.ValueFrom == nil {
				defaults[container.Name][e.Name] = e.Value
			}
		}
	}
	return defaults
}

// ownedVariables reads from the managed fields which variables the add-on
// manager set, as container/name.
func ownedVariables(ds *appsv1.DaemonSet) map[string]bool {
	owned := map[string]bool{}
	for _, entry := range ds.ManagedFields {
		if entry.Manager != names.AddonManager || entry.FieldsV1 == nil {
			continue
		}
		var fields map[string]any
		if json.Unmarshal(entry.FieldsV1.Raw, &fields) != nil {
			continue
		}
		for _, list := range []string{"f:initContainers", "f:containers"} {
			containers := descend(fields, "f:spec", "f:template", "f:spec", list)
			for containerKey := range containers {
				for variableKey := range descend(containers, containerKey, "f:env") {
					owned[mergeKey(containerKey)+"/"+mergeKey(variableKey)] = true
				}
			}
		}
	}
	return owned
}

func descend(fields map[string]any, path ...string) map[string]any {
	for _, name := range path {
		fields, _ = fields[name].(map[string]any)
	}
	return fields
}

// mergeKey is the name in a managed field's k:{"name":"…"}.
func mergeKey(text string) string {
	var k struct{ Name string }
	if rest, ok := strings.CutPrefix(text, "k:"); !ok || json.Unmarshal([]byte(rest), &k) != nil {
		return ""
	}
	return k.Name
}
