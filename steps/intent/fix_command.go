package intent

import (
	"cmp"
	"strings"

	"podsg/steps/shell"
	"podsg/steps/world"
)

// flags collects the words of a command line.
type flags []string

// add adds a flag with a value, unless that is the default.
func (w *flags) add(name, value, def string) {
	if value != "" && value != def {
		*w = append(*w, name, shell.Quote(value))
	}
}

// SetupCommand is the setup that makes the world as a target wants it. Pasted
// somewhere else it must mean the same: it names whatever is not the default.
func (t *Target) SetupCommand() string {
	w := flags{"podsg", "setup", "--cluster", shell.Quote(t.Cluster.Name)}
	w.add("--region", t.Region, "")
	w.add("--namespace", t.Namespace, DefaultNamespace)
	for _, named := range t.Intent.Workloads {
		w.add("--workload", named, "")
	}
	w.add("--policy", t.PolicyName, unlessAdopted(t.AdoptsPolicy, cmp.Or(Intent{Workloads: t.Intent.Workloads}.WantedPolicy(), DefaultPolicyName)))
	if answered := t.Intent.Policy; !t.DefaultSelector() && (len(t.Intent.Workloads) == 0 || answered.PodSelector != nil || answered.ServiceAccountSelector != nil) {
		w.add("--pod-selector", selectorFlag(t.Selector), "")
		w.add("--service-account-selector", selectorFlag(t.SASelector), "")
	}
	if t.Intent.PodSecurityGroup.ID != "" || t.PodGroup.Name != DefaultPodGroupName {
		w.add("--pod-security-group", cmp.Or(t.PodGroup.ID, t.PodGroup.Name), "")
	}
	w.add("--node-security-group", t.Intent.NodeSecurityGroup.ID+t.Intent.NodeSecurityGroup.Tag, "")
	t.databaseFlags(&w)
	w.add("--restart", t.Intent.Restart, RestartAsk)
	w.add("--lost-flows", t.Intent.LostFlows, LostAsk)
	w.add("--enforcing-mode", t.Intent.CNI.EnforcingMode, "")
	w.add("--secret", t.SecretName, unlessAdopted(t.AdoptsSecret, DefaultSecretName))
	if keep := truthText(t.Intent.KeepNodeGroups); keep != "" {
		w = append(w, "--keep-node-groups="+keep)
	}
	w.add("--probe-image", t.Intent.Probe.Image, "")
	w.add("--probe-pull-secret", t.ProbePullSecret, "")
	w.add("--probe-node-selector", labelsFlag(t.ProbeNodeSelector), "")
	w.add("--probe-tolerations", tolerationsFlag(t.ProbeTolerations), "")
	return strings.Join(w, " ")
}

// unlessAdopted is a default name that a command may leave out. One that an object
// of the user's has must be said: only what is named is adopted.
func unlessAdopted(adopts bool, name string) string {
	if adopts {
		return ""
	}
	return name
}

// selectorFlag is a selector as a flag takes it. One that selects everything
// has to be asked for knowingly, so no command does.
func selectorFlag(s *world.Selector) string {
	if s == nil || s.IsEmpty() {
		return ""
	}
	return s.String()
}

func (t *Target) databaseFlags(w *flags) {
	if d := t.DB.Existing; d != nil && !world.OwnedBy(d.Tags, t.Cluster.Name) {
		w.add("--database", d.Identifier, "")
		w.add("--db-name", t.DB.Name, cmp.Or(d.Name, PostgreSQL().Database))
		w.add("--db-user", t.DB.Username, d.Username)
		if t.Sources["database.existing.passwordFrom"].From == "answer" {
			w.add("--db-password-from", t.PasswordSrc, "")
		}
	} else if c := t.Intent.Database.Create; c != nil {
		*w = append(*w, "--create-database="+shell.Quote(cmp.Or(c.Identifier, DefaultDBIdentifier)))
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
