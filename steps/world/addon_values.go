package world

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"

	"sigs.k8s.io/yaml"
)

// MergeAddonValues sets the CNI's environment in an add-on's
// configurationValues, which may be JSON or YAML or empty. Values that the settings
// do not name are kept.
func MergeAddonValues(current string, set CNISettings) (string, error) {
	return EditAddonValues(current, func(env, initEnv map[string]any) {
		for k, v := range set.Env {
			env[k] = v
		}
		for k, v := range set.InitEnv {
			initEnv[k] = v
		}
	})
}

// RestoreAddonValues gives the values in prior back, as [CNISettings.Flat]
// names them; a nil value is removed.
func RestoreAddonValues(current string, prior map[string]*string) (string, error) {
	return EditAddonValues(current, func(env, initEnv map[string]any) {
		for k, v := range prior {
			target := env
			if name, ok := strings.CutPrefix(k, InitEnvPrefix); ok {
				k, target = name, initEnv
			}
			if v == nil {
				delete(target, k)
			} else {
				target[k] = *v
			}
		}
	})
}

// EditAddonValues edits the CNI's environment in an add-on's configurationValues.
// The text stays in the format that it is in, and what is not edited in it stays
// as it is written, as far as the format allows.
func EditAddonValues(current string, edit func(env, initEnv map[string]any)) (string, error) {
	values := map[string]any{}
	if strings.TrimSpace(current) != "" {
		if err := yaml.Unmarshal([]byte(current), &values); err != nil {
			return "", fmt.Errorf("read the configuration of add-on %s: %w", AddonVPCCNI, err)
		}
	}
	env, err := submap(values, "env")
	if err != nil {
		return "", err
	}
	init, err := submap(values, "init")
	if err != nil {
		return "", err
	}
	initEnv, err := submap(init, "env")
	if err != nil {
		return "", err
	}
	wasEnv, wasInitEnv := maps.Clone(env), maps.Clone(initEnv)
	edit(env, initEnv)
	var edits []envEdit
	for _, e := range []envEdit{{[]string{"env"}, difference(wasEnv, env)}, {[]string{"init", "env"}, difference(wasInitEnv, initEnv)}} {
		if len(e.set) > 0 {
			edits = append(edits, e)
		}
	}
	if len(edits) == 0 {
		return current, nil
	}
	return editText(current, edits)
}

// difference is what has to be set, and with nil to be removed, to get from one
// environment to another.
func difference(was, is map[string]any) map[string]*string {
	out := map[string]*string{}
	for k := range was {
		if _, there := is[k]; !there {
			out[k] = nil
		}
	}
	for k, v := range is {
		if old, there := was[k]; !there || !reflect.DeepEqual(old, v) {
			text := fmt.Sprint(v)
			out[k] = &text
		}
	}
	return out
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }

func submap(m map[string]any, key string) (map[string]any, error) {
	switch v := m[key].(type) {
	case nil:
		return map[string]any{}, nil
	case map[string]any:
		return maps.Clone(v), nil
	default:
		return nil, fmt.Errorf("the configuration of add-on %s has %q, which is not an object", AddonVPCCNI, key)
	}
}

// AddonSettings reads the CNI's environment out of an add-on's
// configurationValues. What cannot be read is treated as not set.
func AddonSettings(current string) CNISettings {
	set := CNISettings{Env: map[string]string{}, InitEnv: map[string]string{}}
	_, _ = EditAddonValues(current, func(env, initEnv map[string]any) {
		for k, v := range env {
			set.Env[k] = fmt.Sprint(v)
		}
		for k, v := range initEnv {
			set.InitEnv[k] = fmt.Sprint(v)
		}
	})
	return set
}

// AddonEnforcesPolicies reports whether an add-on's configuration lets the VPC
// CNI enforce NetworkPolicies.
func AddonEnforcesPolicies(values string) bool {
	var set struct {
		On any `json:"enableNetworkPolicy"`
	}
	return yaml.Unmarshal([]byte(values), &set) == nil && IsOn(fmt.Sprint(set.On))
}
