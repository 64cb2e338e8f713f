package observe

import (
	"bytes"
	"maps"
	"slices"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/structured-merge-diff/v6/fieldpath"

	"podsg/kube/facts"
	"podsg/steps/world"
)

// envOwners reads from managedFields which field manager set the value of each
// environment variable, as [world.CNISettings] keys them; of several the latest
// of those that are not the EKS add-on, whose value is the one that stays. taken
// are the variables of the add-on's manifest whose value is no longer its own:
// an update that resolves conflicts by overwriting would take them back.
// https://kubernetes.io/docs/reference/using-api/server-side-apply/#field-management
func envOwners(entries []metav1.ManagedFieldsEntry) (owners map[string]string, taken []string) {
	owners = map[string]string{}
	times := map[string]metav1.Time{}
	inManifest, addons := map[string]bool{}, map[string]bool{}
	for _, entry := range entries {
		if entry.FieldsV1 == nil || entry.Subresource != "" {
			continue
		}
		at := metav1.Time{}
		if entry.Time != nil {
			at = *entry.Time
		}
		isAddon := entry.Manager == world.AddonManager
		for name, value := range ownedEnv(entry.FieldsV1) {
			if isAddon {
				inManifest[name], addons[name] = true, addons[name] || value
			}
			owner, seen := owners[name]
			before := times[name]
			switch {
			case !value, seen && isAddon && owner != world.AddonManager:
				continue
			case seen && (owner == world.AddonManager) == isAddon && at.Before(&before):
				continue
			}
			owners[name], times[name] = entry.Manager, at
		}
	}
	for _, name := range slices.Sorted(maps.Keys(inManifest)) {
		if owners[name] != "" && !addons[name] {
			taken = append(taken, name)
		}
	}
	return owners, taken
}

// ownedEnv lists the environment variables that a set of fields holds something
// of, and whether that is the value.
func ownedEnv(fields *metav1.FieldsV1) map[string]bool {
	var owned fieldpath.Set
	if err := owned.FromJSON(bytes.NewReader(fields.GetRawBytes())); err != nil {
		return nil
	}
	names := map[string]bool{}
	for _, c := range []struct{ list, name, prefix string }{
		{"containers", facts.CNIContainer, ""}, {"initContainers", facts.CNIInit, world.InitEnvPrefix},
	} {
		env := &owned
		for _, element := range fieldpath.MakePathOrDie("spec", "template", "spec", c.list, fieldpath.KeyByFields("name", c.name), "env") {
			env = env.WithPrefix(element)
		}
		for path := range env.All() {
			if name, named := keyName(path[0]); named {
				names[c.prefix+name] = names[c.prefix+name] || len(path) > 1 && isValue(path[1])
			}
		}
	}
	return names
}

// keyName is the name by which an element of a list is known.
func keyName(element fieldpath.PathElement) (name string, named bool) {
	if element.Key == nil {
		return "", false
	}
	for _, field := range *element.Key {
		if field.Name == "name" && field.Value.IsString() {
			return field.Value.AsString(), true
		}
	}
	return "", false
}

func isValue(element fieldpath.PathElement) bool {
	return element.FieldName != nil && (*element.FieldName == "value" || *element.FieldName == "valueFrom")
}
