package rig

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"sigs.k8s.io/yaml"
)

const (
	cniAddon      = "vpc-cni"
	addonPatience = 15 * time.Minute // of the rig's clock; then the add-on is degraded, until all pods are there
)

type addonUpdate struct{ addon, values string }

// startAddonManager plays EKS's add-on manager: it applies the VPC CNI's
// DaemonSet with the configuration values, by server-side apply as its own
// field manager, and reports the add-on active once that has rolled out.
func (r *Rig) startAddonManager(ctx context.Context) {
	updates := make(chan addonUpdate, 16)
	r.account.OnAddonUpdate(func(name, addon, _, values string) {
		if name != ClusterName {
			return
		}
		select {
		case updates <- addonUpdate{addon, values}:
		case <-ctx.Done():
		}
	})
	r.running.Go(func() {
		stop := func() {} // ends the update before
		for {
			select {
			case u := <-updates:
				stop()
				stop = r.followAddonUpdate(ctx, u)
			case <-ctx.Done():
				stop()
				return
			}
		}
	})
}

// followAddonUpdate carries an update out until it is stopped.
func (r *Rig) followAddonUpdate(ctx context.Context, u addonUpdate) (stop func()) {
	ctx, cancel := context.WithCancel(ctx)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		if err := r.updateAddon(ctx, u); err != nil && ctx.Err() == nil {
			r.account.SetAddonHealth(ClusterName, u.addon, "UPDATE_FAILED", "InternalFailure: "+err.Error())
		}
	}()
	return func() {
		cancel()
		<-ended
	}
}

func (r *Rig) updateAddon(ctx context.Context, u addonUpdate) error {
	if u.addon != cniAddon {
		r.account.SetAddonStatus(ClusterName, u.addon, "ACTIVE")
		return nil
	}
	ds, err := r.cniManifest(u.values)
	if err != nil {
		return err
	}
	api := r.client.AppsV1().DaemonSets(systemNamespace)
	applied, err := r.dynamic.Resource(daemonSets).Namespace(systemNamespace).Apply(ctx, cniDaemonSet, ds,
		metav1.ApplyOptions{FieldManager: addonManager, Force: true})
	if err != nil {
		return err
	}
	deadline := r.clock.NewTimer(addonPatience)
	defer deadline.Stop()
	for {
		now, err := api.Get(ctx, cniDaemonSet, metav1.GetOptions{})
		if err != nil {
			return err
		}
		s := now.Status
		if s.ObservedGeneration >= applied.GetGeneration() && s.UpdatedNumberScheduled == s.DesiredNumberScheduled && s.NumberAvailable == s.DesiredNumberScheduled {
			r.account.SetAddonStatus(ClusterName, u.addon, "ACTIVE")
			return nil
		}
		select {
		case <-deadline.C(): // the pods that come later make it healthy again
			r.account.SetAddonHealth(ClusterName, u.addon, "DEGRADED",
				"InsufficientNumberOfReplicas: The add-on is unhealthy because it doesn't have the desired number of replicas.")
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(pollInterval):
		}
	}
}

var daemonSets = schema.GroupVersionResource{Group: "apps", Version: "v1", Resource: "daemonsets"}

// cniManifest is the add-on's DaemonSet with the variables of its configuration
// values.
func (r *Rig) cniManifest(values string) (*unstructured.Unstructured, error) {
	var config struct {
		Env  map[string]string `json:"env"`
		Init struct {
			Env map[string]string `json:"env"`
		} `json:"init"`
	}
	if err := yaml.Unmarshal([]byte(values), &config); err != nil {
		return nil, fmt.Errorf("parse configuration values: %w", err)
	}
	manifests, err := r.manifests()
	if err != nil {
		return nil, err
	}
	for _, m := range manifests {
		for _, document := range m.Documents {
			obj := &unstructured.Unstructured{}
			if err := yaml.Unmarshal([]byte(document), &obj.Object); err != nil {
				return nil, err
			}
			if obj.GetKind() != "DaemonSet" || obj.GetName() != cniDaemonSet {
				continue
			}
			err := setVariables(obj, config.Env, "containers", cniDaemonSet)
			if err == nil {
				err = setVariables(obj, config.Init.Env, "initContainers", "aws-vpc-cni-init")
			}
			return obj, err
		}
	}
	return nil, fmt.Errorf("no DaemonSet %q among the manifests", cniDaemonSet)
}

// setVariables sets variables of a container of a DaemonSet.
func setVariables(obj *unstructured.Unstructured, values map[string]string, list, container string) error {
	path := []string{"spec", "template", "spec", list}
	containers, _, err := unstructured.NestedSlice(obj.Object, path...)
	if err != nil {
		return err
	}
	for _, c := range containers {
		spec, ok := c.(map[string]any)
		if !ok || spec["name"] != container {
			continue
		}
		env, _, err := unstructured.NestedSlice(spec, "env")
		if err != nil {
			return err
		}
		env = slices.DeleteFunc(env, func(e any) bool {
			_, set := values[fmt.Sprint(e.(map[string]any)["name"])]
			return set
		})
		for _, name := range slices.Sorted(maps.Keys(values)) {
			env = append(env, map[string]any{"name": name, "value": strings.TrimSpace(values[name])})
		}
		spec["env"] = env
	}
	return unstructured.SetNestedSlice(obj.Object, containers, path...)
}
