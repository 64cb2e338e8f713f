package policy

import "podsg/steps/shell"

// editPolicy is the command that edits a policy.
func editPolicy(namespace, name string) string {
	return shell.Command("kubectl -n %s edit securitygrouppolicy %s", namespace, name)
}
