package kube

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"podsg/steps"
)

// SetCNIEnv implements [steps.Kube].
func (c Writer) SetCNIEnv(ctx context.Context, env steps.CNIEnv) error {
	const doing, object = "set environment of DaemonSet", cniNamespace + "/" + CNIName
	sets := c.calls.AppsV1().DaemonSets(cniNamespace)
	ds, err := sets.Get(ctx, CNIName, metav1.GetOptions{})
	if err != nil {
		return c.problem(doing, object, err)
	}
	// A strategic merge patch would add a container that is not there.
	pod := ds.Spec.Template.Spec
	for name, missing := range map[string]bool{
		cniContainer: len(env.Env) > 0 && container(pod.Containers, cniContainer) == nil,
		cniInit:      len(env.InitEnv) > 0 && container(pod.InitContainers, cniInit) == nil,
	} {
		if missing {
			return &steps.Problem{
				Kind: steps.ProblemChanged, Doing: doing, Object: object, Err: fmt.Errorf("it has no container %q", name),
				Hint: "Upgrade the VPC CNI.",
			}
		}
	}
	patch, err := cniPatch(env)
	if err != nil {
		return fmt.Errorf("%s %q: %w", doing, object, err)
	}
	_, err = sets.Patch(ctx, CNIName, types.StrategicMergePatchType, patch, metav1.PatchOptions{FieldManager: steps.FieldManager})
	return c.problem(doing, object, err)
}

// cniPatch is the strategic merge patch for a change of environment. Lists of
// containers and variables are merged by name, so that all others stay as they
// are.
// https://kubernetes.io/docs/tasks/manage-kubernetes-objects/update-api-object-kubectl-patch/
func cniPatch(env steps.CNIEnv) ([]byte, error) {
	pod := map[string]any{}
	if len(env.Env) > 0 {
		pod["containers"] = []any{map[string]any{"name": cniContainer, "env": envPatch(env.Env)}}
	}
	if len(env.InitEnv) > 0 {
		pod["initContainers"] = []any{map[string]any{"name": cniInit, "env": envPatch(env.InitEnv)}}
	}
	if len(pod) == 0 {
		return nil, errors.New("there is nothing to set")
	}
	return json.Marshal(map[string]any{"spec": map[string]any{"template": map[string]any{"spec": pod}}})
}

func envPatch(env map[string]*string) []any {
	var list []any
	for _, name := range slices.Sorted(maps.Keys(env)) {
		variable := map[string]any{"name": name}
		if value := env[name]; value != nil {
			// A variable cannot have both a value and a source.
			variable["value"], variable["valueFrom"] = *value, nil
		} else {
			variable["$patch"] = "delete"
		}
		list = append(list, variable)
	}
	return list
}
