package steps

import (
	"fmt"
	"strings"
)

// passwordVariable is the variable of a generated script that holds the
// database password while the script runs.
const passwordVariable = "RDS_PASSWORD"

// RenderPlanShell is the plan as a script for bash with the AWS CLI and
// kubectl. It holds no secret: a new password is made when the script runs,
// and reaches RDS and the cluster through standard input.
func RenderPlanShell(p *Plan) string {
	var b strings.Builder
	b.WriteString("#!/usr/bin/env bash\n")
	fmt.Fprintf(&b, "# Security groups for pods on EKS cluster %s: the plan of podsg as commands.\n", comment(p.Cluster))
	b.WriteString("# It needs the AWS CLI v2, kubectl and psql, with the access that podsg has.\n")
	b.WriteString("# Unlike podsg it does not look first: run it once, on the world that it was made for.\n")
	b.WriteString("set -euo pipefail\n")
	if secret, needed := readsPassword(p); needed {
		fmt.Fprintf(&b, "\n# The password is in the Secret already.\n%s=$(kubectl -n %s get secret %s -o jsonpath='{.data.password}' | base64 -d)\n",
			passwordVariable, quote(secret.Namespace), quote(secret.Name))
	}
	if p.Empty() {
		b.WriteString("\n# Nothing to do: everything is as it must be.\n")
	}
	for i, c := range p.Changes {
		fmt.Fprintf(&b, "\n# %d. %s %s\n", i+1, c.Op, comment(c.Summary))
		if c.Why != "" {
			fmt.Fprintf(&b, "#    %s\n", comment(c.Why))
		}
		for _, command := range c.Commands() {
			b.WriteString(command + "\n")
		}
	}
	return b.String()
}

// readsPassword reports whether the commands need a password that none of them
// makes or asks for, and the Secret that has it.
func readsPassword(p *Plan) (SecretRef, bool) {
	for _, c := range p.Changes {
		text := strings.Join(c.Commands(), "\n")
		used := strings.Index(text, "$"+passwordVariable)
		if set := strings.Index(text, passwordVariable+"="); set >= 0 && (used < 0 || set < used) {
			return SecretRef{}, false
		}
		if strings.Contains(text, "${"+passwordVariable+":?") {
			return SecretRef{}, false
		}
		if used >= 0 {
			return secretOf(c.Action)
		}
	}
	return SecretRef{}, false
}

// secretOf is the connection Secret that an action takes the password from.
func secretOf(a Action) (SecretRef, bool) {
	switch a := a.(type) {
	case CreateDatabaseInstance:
		return a.Secret, true
	case ResetDatabasePassword:
		return a.Secret, true
	case StoreConnection:
		return a.Secret, true
	case SeedDatabase:
		return a.Secret, true
	default:
		return SecretRef{}, false
	}
}

// comment keeps a text on its comment line.
func comment(s string) string { return strings.Join(strings.Fields(s), " ") }
