package steps

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// flags collects the words of a command line.
type flags []string

// add adds a flag with a value, unless that is the default.
func (w *flags) add(name, value, def string) {
	if value != "" && value != def {
		*w = append(*w, name, quote(value))
	}
}

// setupCommand is the setup that makes the world as a target wants it. Pasted
// somewhere else it must mean the same: it names whatever is not the default.
func (t *Target) setupCommand() string {
	w := flags{"podsg", "setup", "--cluster", quote(t.Cluster.Name)}
	w.add("--region", t.Region, "")
	w.add("--namespace", t.Namespace, DefaultNamespace)
	w.add("--policy", t.PolicyName, DefaultPolicyName)
	if !t.defaultSelector() {
		w.add("--pod-selector", selectorFlag(t.Selector), "")
		w.add("--service-account-selector", selectorFlag(t.SASelector), "")
	}
	if t.Intent.PodSecurityGroup.ID != "" || t.PodGroup.Name != DefaultPodGroupName {
		w.add("--pod-security-group", cmp.Or(t.PodGroup.ID, t.PodGroup.Name), "")
	}
	w.add("--node-security-group", t.Intent.NodeSecurityGroup.ID+t.Intent.NodeSecurityGroup.Tag, "")
	t.databaseFlags(&w)
	w.add("--enforcing-mode", t.Intent.CNI.EnforcingMode, "")
	w.add("--secret", t.SecretName, DefaultSecretName)
	return strings.Join(w, " ")
}

// selectorFlag is a selector as a flag takes it. One that selects everything
// has to be asked for knowingly, so no command does.
func selectorFlag(s *Selector) string {
	if s == nil || s.IsEmpty() {
		return ""
	}
	return s.String()
}

func (t *Target) databaseFlags(w *flags) {
	if d := t.DB.Existing; d != nil && !OwnedBy(d.Tags, t.Cluster.Name) {
		w.add("--database", d.Identifier, "")
		w.add("--db-name", t.DB.Name, cmp.Or(d.Name, "postgres"))
		w.add("--db-user", t.DB.Username, d.Username)
		if t.Sources["database.existing.passwordFrom"].From == "answer" {
			w.add("--db-password-from", t.PasswordSrc, "")
		}
	} else if c := t.Intent.Database.Create; c != nil {
		*w = append(*w, "--create-database="+quote(cmp.Or(c.Identifier, DefaultDBIdentifier)))
		w.add("--db-name", c.Name, "")
		w.add("--db-user", c.Username, "")
		w.add("--db-class", c.Class, "")
		w.add("--db-engine-version", c.EngineVersion, "")
		w.add("--db-subnets", c.Subnets, "")
	}
	g := t.Intent.Database.SecurityGroup
	w.add("--db-security-group", cmp.Or(g.ID, g.Name), "")
	w.add("--db-tls", t.TLSMode, TLSVerifyFull)
}

// inRegion names the region in every command of the AWS CLI: the one that the
// reader's shell would take may be another.
func inRegion(commands, region string) string {
	if region == "" {
		return commands
	}
	lines := strings.Split(commands, "\n")
	for i, line := range lines {
		if strings.HasPrefix(line, "aws ") && !strings.Contains(line, "--region") {
			lines[i] += " --region " + region
		}
	}
	return strings.Join(lines, "\n")
}

// manyCommands is how many commands a fix has at most.
const manyCommands = 20

// restartCommands replace pods by new ones through whatever owns them, and
// nothing else.
func restartCommands(pods []Pod) string {
	var out []string
	for _, p := range pods {
		if c := restartCommand(p); !slices.Contains(out, c) {
			out = append(out, c)
		}
	}
	slices.Sort(out)
	if more := len(out) - manyCommands; more > 0 {
		out = append(out[:manyCommands], fmt.Sprintf("# and %d more", more))
	}
	return strings.Join(out, "\n")
}
