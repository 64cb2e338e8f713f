package change

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"podsg/kube/facts"
	"podsg/steps/plan"
	"podsg/steps/world"
)

// SetCNIEnv implements [plan.Kube].
func (c Writer) SetCNIEnv(ctx context.Context, env plan.CNIEnv) error {
	const doing, object = "set environment of DaemonSet", facts.CNINamespace + "/" + facts.CNIName
	sets := c.Calls.AppsV1().DaemonSets(facts.CNINamespace)
	ds, err := sets.Get(ctx, facts.CNIName, metav1.GetOptions{})
	if err != nil {
		return c.Problem(doing, object, err)
	}
	// A strategic merge patch would add a container that is not there.
	pod := ds.Spec.Template.Spec
	for name, missing := range map[string]bool{
		facts.CNIContainer: len(env.Env) > 0 && facts.Container(pod.Containers, facts.CNIContainer) == nil,
		facts.CNIInit:      len(env.InitEnv) > 0 && facts.Container(pod.InitContainers, facts.CNIInit) == nil,
	} {
		if missing {
			return &world.Problem{
				Kind: world.ProblemChanged, Doing: doing, Object: object, Err: fmt.Errorf("it has no container %q", name),
				Hint: "Upgrade the VPC CNI.",
			}
		}
	}
	patch, err := cniPatch(env)
	if err != nil {
		return fmt.Errorf("%s %q: %w", doing, object, err)
	}
	_, err = sets.Patch(ctx, facts.CNIName, types.StrategicMergePatchType, patch, metav1.PatchOptions{FieldManager: world.FieldManager})
	return c.Problem(doing, object, err)
}

// cniPatch is the strategic merge patch for a change of environment. Lists of
// containers and variables are merged by name, so that all others stay as they
// are.
// https://kubernetes.io/docs/tasks/manage-kubernetes-objects/update-api-object-kubectl-patch/
func cniPatch(env plan.CNIEnv) ([]byte, error) {
	pod := map[string]any{}
	if len(env.Env) > 0 {
		pod["containers"] = []any{map[string]any{"name": facts.CNIContainer, "env": envPatch(env.Env)}}
	}
	if len(env.InitEnv) > 0 {
		pod["initContainers"] = []any{map[string]any{"name": facts.CNIInit, "env": envPatch(env.InitEnv)}}
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
