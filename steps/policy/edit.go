package policy

// editPolicy is the command that edits a policy.
func editPolicy(namespace, name string) string {
	return "kubectl -n " + namespace + " edit securitygrouppolicy " + name
}
