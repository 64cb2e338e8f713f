package render

import (
	"fmt"
	"strings"

	"podsg/steps/database"
	"podsg/steps/plan"
	"podsg/steps/shell"
)

// passwordVariable is the variable of a generated script that holds the
// database password while the script runs.
const passwordVariable = "RDS_PASSWORD"

// RenderPlanShell is the plan as a script for bash with the AWS CLI and
// kubectl. It holds no secret: a new password is made when the script runs,
// and reaches RDS and the cluster through standard input.
func RenderPlanShell(p *plan.Plan) string {
	var b strings.Builder
	b.WriteString("#!/usr/bin/env bash\n")
	fmt.Fprintf(&b, "# Security groups for pods on EKS cluster %s: the plan of podsg as commands.\n", comment(p.Cluster))
	b.WriteString("# It needs the AWS CLI v2 and kubectl, with the access that podsg has.\n")
	b.WriteString("# Unlike podsg it does not look first: run it once, on the world that it was made for.\n")
	b.WriteString("set -euo pipefail\n")
	if p.Region != "" && !p.Empty() {
		b.WriteString(shellPreflight(p))
	}
	if secret, needed := readsPassword(p); needed {
		fmt.Fprintf(&b, "\n# The password is in the Secret already.\n%s=$(kubectl -n %s get secret %s -o jsonpath='{.data.password}' | base64 -d)\n",
			passwordVariable, shell.Quote(secret.Namespace), shell.Quote(secret.Name))
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

// shellPreflight ends a script before its first change when aws or kubectl would
// work on another cluster than the plan was made for. A cluster that is reached
// through a tunnel has another address in the kubeconfig, but the same authority.
func shellPreflight(p *plan.Plan) string {
	return fmt.Sprintf(`
export AWS_REGION=%s AWS_DEFAULT_REGION=%[1]s

# kubectl must speak to cluster %[2]s, by its address or by its authority.
cluster=$(aws eks describe-cluster --name %[3]s --query 'cluster.[endpoint,certificateAuthority.data]' --output text)
context=$(kubectl config view --minify --raw -o jsonpath='{.clusters[0].cluster.server} {.clusters[0].cluster.certificate-authority-data}')
read -r endpoint authority <<<"$cluster"
read -r server trusted <<<"$context"
if [ "$endpoint" != "$server" ] && [ "$authority" != "$trusted" ]; then
  echo "kubectl's current context is not cluster "%[3]s": aws eks update-kubeconfig --name "%[3]s >&2
  exit 1
fi
`, shell.Quote(p.Region), comment(p.Cluster), shell.Quote(p.Cluster))
}

// readsPassword reports whether the commands need a password that none of them
// makes or asks for, and the Secret that has it.
func readsPassword(p *plan.Plan) (plan.SecretRef, bool) {
	for _, c := range p.Changes {
		text := strings.Join(c.Commands(), "\n")
		used := strings.Index(text, "$"+passwordVariable)
		if set := strings.Index(text, passwordVariable+"="); set >= 0 && (used < 0 || set < used) {
			return plan.SecretRef{}, false
		}
		if strings.Contains(text, "${"+passwordVariable+":-") {
			return plan.SecretRef{}, false
		}
		if used >= 0 {
			return secretOf(c.Action)
		}
	}
	return plan.SecretRef{}, false
}

// secretOf is the connection Secret that an action takes the password from.
func secretOf(a plan.Action) (plan.SecretRef, bool) {
	switch a := a.(type) {
	case database.CreateDatabaseInstance:
		return a.Secret, true
	case database.ResetDatabasePassword:
		return a.Secret, true
	case database.StoreConnection:
		return a.Secret, true
	case database.SeedDatabase:
		return a.Secret, true
	default:
		return plan.SecretRef{}, false
	}
}

// comment keeps a text on its comment line.
func comment(s string) string { return strings.Join(strings.Fields(shell.Visible(s)), " ") }
