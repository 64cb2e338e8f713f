package world

import (
	"encoding/json"
	"fmt"
	"maps"
	"strings"

	"sigs.k8s.io/yaml"
)

// MergeAddonValues sets the CNI's environment in an add-on's
// configurationValues, which may be JSON or YAML or empty, and returns it as
// JSON. Values that the settings do not name are kept.
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
	edit(env, initEnv)
	setOrDrop(init, "env", initEnv)
	setOrDrop(values, "init", init)
	setOrDrop(values, "env", env)
	if len(values) == 0 && strings.TrimSpace(current) == "" {
		return "", nil
	}
	out, err := json.Marshal(values)
	return string(out), err
}

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

func setOrDrop(m map[string]any, key string, v map[string]any) {
	if len(v) == 0 {
		delete(m, key)
		return
	}
	m[key] = v
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
