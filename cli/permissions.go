package cli

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"sigs.k8s.io/yaml"

	"podsg/aws"
	"podsg/kube/access"
	"podsg/steps"
)

func newPermissions(a *app) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "permissions",
		Short: "Print the least permissions that podsg needs, for IAM or for Kubernetes",
		Example: `  podsg permissions -o iam --mode read > policy.json
  podsg permissions -o rbac --mode write -n shop | kubectl apply -f -`,
		Args: noArguments,
	}
	mode := &choice{value: string(aws.ModeRead), allowed: []string{string(aws.ModeRead), string(aws.ModeWrite)}}
	partition := &choice{value: "aws", allowed: []string{"aws", "aws-cn", "aws-us-gov"}}
	cmd.Flags().Var(mode, "mode", "read: plan, diagnose, watch, bundle; write: setup and cleanup as well")
	cmd.Flags().Var(partition, "partition", "AWS partition of the ARNs")
	addAnswerFlags(cmd.Flags(), "namespace")
	format := addOutput(cmd, formatIAM, formatRBAC)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		in, _, err := a.readIntent(cmd.Flags(), a.fromEnvironment, "")
		if err != nil {
			return err
		}
		if *format == formatRBAC {
			text, err := rbac(orDefault(in.Namespace, steps.DefaultNamespace), aws.Mode(mode.value) == aws.ModeWrite)
			if err != nil {
				return err
			}
			return a.print(text)
		}
		document, err := aws.Permissions(aws.Mode(mode.value), partition.value)
		if err != nil {
			return err
		}
		return a.print(string(document) + "\n")
	}
	return cmd
}

// rbacName is the name of the roles that permissions prints.
const rbacName = "podsg"

// rbac writes a ClusterRole, and a Role in each namespace that podsg works in,
// with bindings to the group podsg, for an EKS access entry to name.
func rbac(namespace string, write bool) (string, error) {
	byNamespace := map[string][]access.Permission{}
	for _, p := range access.Permissions(namespace) {
		if !p.Write || write {
			byNamespace[p.Namespace] = append(byNamespace[p.Namespace], p)
		}
	}
	var b strings.Builder
	fmt.Fprintf(&b, "# What podsg needs in a cluster, for the group %q: name it in an EKS access entry,\n", rbacName)
	fmt.Fprintf(&b, "# aws eks create-access-entry --cluster-name CLUSTER --principal-arn ARN --kubernetes-groups %s\n", rbacName)
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
	kind, meta := "ClusterRole", map[string]any{"name": rbacName}
	if namespace != "" {
		kind, meta = "Role", map[string]any{"name": rbacName, "namespace": namespace}
	}
	const group = "rbac.authorization.k8s.io"
	return []map[string]any{
		{"apiVersion": group + "/v1", "kind": kind, "metadata": meta, "rules": rules(permissions)},
		{
			"apiVersion": group + "/v1", "kind": kind + "Binding", "metadata": meta,
			"roleRef":  map[string]any{"apiGroup": group, "kind": kind, "name": rbacName},
			"subjects": []any{map[string]any{"apiGroup": group, "kind": "Group", "name": rbacName}},
		},
	}
}

// rules joins permissions with the same API group and verbs into one rule.
func rules(permissions []access.Permission) []any {
	type resource struct{ group, name string }
	verbs := map[resource][]string{}
	for _, p := range permissions {
		r := resource{p.Group, p.Resource}
		if !slices.Contains(verbs[r], p.Verb) {
			verbs[r] = append(verbs[r], p.Verb)
		}
	}
	type rule struct{ group, verbs string }
	resources := map[rule][]string{}
	for r, v := range verbs {
		slices.Sort(v)
		key := rule{r.group, strings.Join(v, ",")}
		resources[key] = append(resources[key], r.name)
	}
	keys := slices.SortedFunc(maps.Keys(resources), func(a, b rule) int {
		return cmp.Or(cmp.Compare(a.group, b.group), cmp.Compare(a.verbs, b.verbs))
	})
	var out []any
	for _, k := range keys {
		slices.Sort(resources[k])
		out = append(out, map[string]any{
			"apiGroups": []string{k.group}, "resources": resources[k], "verbs": strings.Split(k.verbs, ","),
		})
	}
	return out
}
