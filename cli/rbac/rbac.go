// Package rbac writes the roles that podsg needs in a cluster.
package rbac

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"sigs.k8s.io/yaml"

	"podsg/kube/access"
)

// name is the name of the roles that permissions prints.
const name = "podsg"

// Manifest writes a ClusterRole, and a Role in each namespace that podsg works in,
// with bindings to the group podsg, for an EKS access entry to name.
func Manifest(namespace string, write bool) (string, error) {
	byNamespace := map[string][]access.Permission{}
	for _, p := range access.Permissions(namespace) {
		if !p.Write || write {
			byNamespace[p.Namespace] = append(byNamespace[p.Namespace], p)
		}
	}
	var b strings.Builder
	fmt.Fprintf(&b, "# What podsg needs in a cluster, for the group %q: name it in an EKS access entry,\n", name)
	fmt.Fprintf(&b, "# aws eks create-access-entry --cluster-name CLUSTER --principal-arn ARN --kubernetes-groups %s\n", name)
	for _, ns := range slices.Sorted(maps.Keys(byNamespace)) {
		for _, object := range roleObjects(ns, byNamespace[ns]) {
			text, err := yaml.Marshal(object)
			if err != nil {
				return "", fmt.Errorf("write the roles: %w", err)
			}
			b.WriteString("---\n")
			b.Write(text)
		}
	}
	return b.String(), nil
}

// roleObjects are a role and its binding; an empty namespace means the cluster.
func roleObjects(namespace string, permissions []access.Permission) []map[string]any {
	kind, meta := "ClusterRole", map[string]any{"name": name}
	if namespace != "" {
		kind, meta = "Role", map[string]any{"name": name, "namespace": namespace}
	}
	const group = "rbac.authorization.k8s.io"
	return []map[string]any{
		{"apiVersion": group + "/v1", "kind": kind, "metadata": meta, "rules": rules(permissions)},
		{
			"apiVersion": group + "/v1", "kind": kind + "Binding", "metadata": meta,
			"roleRef":  map[string]any{"apiGroup": group, "kind": kind, "name": name},
			"subjects": []any{map[string]any{"apiGroup": group, "kind": "Group", "name": name}},
		},
	}
}

// rules joins permissions with the same API group, verbs and object into one rule.
func rules(permissions []access.Permission) []any {
	type resource struct{ group, name, object string }
	verbs := map[resource][]string{}
	for _, p := range permissions {
		r := resource{p.Group, p.Resource, p.Name}
		if !slices.Contains(verbs[r], p.Verb) {
			verbs[r] = append(verbs[r], p.Verb)
		}
	}
	type rule struct{ group, verbs, object string }
	resources := map[rule][]string{}
	for r, v := range verbs {
		slices.Sort(v)
		key := rule{r.group, strings.Join(v, ","), r.object}
		resources[key] = append(resources[key], r.name)
	}
	keys := slices.SortedFunc(maps.Keys(resources), func(a, b rule) int {
		return cmp.Or(cmp.Compare(a.group, b.group), cmp.Compare(a.verbs, b.verbs), cmp.Compare(a.object, b.object))
	})
	var out []any
	for _, k := range keys {
		slices.Sort(resources[k])
		written := map[string]any{"apiGroups": []string{k.group}, "resources": resources[k], "verbs": strings.Split(k.verbs, ",")}
		if k.object != "" {
			written["resourceNames"] = []string{k.object}
		}
		out = append(out, written)
	}
	return out
}
