package policy

import (
	"encoding/json"

	"podsg/steps/intent"
	"podsg/steps/shell"
	"podsg/steps/world"
)

// editPolicy is the command that edits a policy.
func editPolicy(namespace, name string) string {
	return shell.Command("kubectl -n %s edit securitygrouppolicy %s", namespace, name)
}

// applyPolicy is the command that makes the policy that is wanted; empty: its
// group does not exist yet.
func applyPolicy(t *intent.Target) string {
	if t.PodGroup.ID == "" {
		return ""
	}
	spec := map[string]any{"securityGroups": map[string]any{"groupIds": []string{t.PodGroup.ID}}}
	for key, s := range map[string]*world.Selector{"podSelector": t.Selector, "serviceAccountSelector": t.SASelector} {
		if s != nil {
			spec[key] = s
		}
	}
	manifest, err := json.Marshal(map[string]any{
		"apiVersion": "vpcresources.k8s.aws/v1beta1", "kind": "SecurityGroupPolicy",
		"metadata": map[string]string{"name": t.PolicyName, "namespace": t.Namespace}, "spec": spec,
	})
	if err != nil {
		return ""
	}
	return "printf %s " + shell.Quote(string(manifest)) + " | kubectl apply -f -"
}
