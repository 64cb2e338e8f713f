package database

import (
	"encoding/json"
	"slices"
	"strings"

	"podsg/steps/check"
	"podsg/steps/intent"
	"podsg/steps/say"
	"podsg/steps/shell"
	"podsg/steps/world"
)

// secretOfOthers judges a Secret that podsg did not make. Its keys, its user and
// its name for the database are its owner's business: a user other than the
// master is good practice, and a cluster's or a proxy's endpoint or a name of the
// owner's own leads to the database as well as the instance's. Only what cannot
// lead anywhere is wrong.
func secretOfOthers(c *check.Context) {
	t, sec, d := c.Target, c.Kube.Secret, c.Target.DB.Existing
	name := t.Namespace + "/" + t.SecretName
	keys := strings.Join(slices.Sorted(slices.Values(sec.Keys)), ", ")
	set := map[string]string{}
	var wrong []string
	host := strings.TrimSuffix(sec.Host, ".")
	id, kind := endpointOf(host)
	switch {
	case sec.Host == "":
	case host == "None" || host == "null" || host == "<nil>":
		wrong = append(wrong, say.T("host is %q, which is what a tool printed before the database had an address", sec.Host).String())
	case strings.ContainsAny(sec.Host, " \t\r\n"):
		wrong = append(wrong, say.T("host has a blank or a line break in it: %q", sec.Host).String())
	case kind == endpointInstance && gone(c.Snapshot, id, host):
		wrong = append(wrong, say.T("host is %q, and there is no RDS instance %s", sec.Host, id).String())
	}
	if len(wrong) > 0 && d != nil && d.Address != "" {
		set[intent.KeyHost] = d.Address
	}
	if d != nil && strings.EqualFold(host, d.Address) && sec.Port != "" && strings.TrimSpace(sec.Port) != shell.PortText(t.Port) {
		wrong, set[intent.KeyPort] = append(wrong, say.T("port is %q, the database's is %q", sec.Port, shell.PortText(t.Port)).String()), shell.PortText(t.Port)
	}
	switch {
	case len(wrong) > 0:
		found := c.Fail("it does not lead to the database").Saw(wrong...).On(name)
		if len(set) == 0 {
			found.Mend(say.T("correct it where it is kept, then restart the pods, which read it when they start"), shell.Command("kubectl -n %s edit secret %s", t.Namespace, t.SecretName))
			return
		}
		found.Mend(say.T("correct it where it is kept (here, unless a tool writes it anew), then restart the pods, which read it when they start"), patchSecret(t, set))
	case c.Password.Differs:
		c.Fail("its password is not the one of %s", t.PasswordSrc).On(name).
			Mend(say.T("compare the two and correct the one that is wrong: podsg does not write a Secret that it did not make"), shell.Command("kubectl -n %s get secret %s -o jsonpath='{.metadata}'", t.Namespace, t.SecretName))
	case d != nil && strings.EqualFold(host, d.Address):
		c.Pass("it is not podsg's, and names %s; keys %s", d.Identifier, keys).On(name)
	case host == "":
		c.Pass("it is not podsg's; keys %s", keys).On(name)
	case kind == endpointCluster:
		c.Pass("it is not podsg's, and names the endpoint of a cluster of RDS, %s", host).On(name)
	case kind == endpointProxy:
		c.Pass("it is not podsg's, and names the endpoint of a proxy of RDS, %s", host).On(name)
	default:
		c.Pass("it is not podsg's, and names %s, which podsg cannot compare with an instance", host).On(name)
	}
}

// What an endpoint of RDS is of.
const (
	endpointInstance = "instance"
	endpointCluster  = "cluster"
	endpointProxy    = "proxy"
)

// endpointOf says by its name what an endpoint of RDS is of; empty: it is of
// another form. The second label is of the account in the region.
// https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/Aurora.Overview.Endpoints.html
func endpointOf(host string) (id, kind string) {
	labels := strings.Split(strings.ToLower(host), ".")
	if len(labels) < 6 || labels[3] != "rds" || labels[4] != "amazonaws" {
		return "", ""
	}
	switch {
	case strings.HasPrefix(labels[1], "proxy-"):
		return labels[0], endpointProxy
	case strings.HasPrefix(labels[1], "cluster-"):
		return labels[0], endpointCluster
	default:
		return labels[0], endpointInstance
	}
}

// gone reports whether an instance's endpoint is of the account and region that
// were read, and no instance has it.
func gone(s *world.Snapshot, id, host string) bool {
	if _, missing := s.Missing(world.FactDatabases); missing {
		return false
	}
	if _, there := s.Database(id); there {
		return false
	}
	_, ending, _ := strings.Cut(strings.ToLower(host), ".")
	return slices.ContainsFunc(s.Cloud.Databases, func(d world.Database) bool {
		_, own, _ := strings.Cut(strings.ToLower(d.Address), ".")
		return own == ending
	})
}

// patchSecret writes keys of a Secret, none of which is a secret.
func patchSecret(t *intent.Target, set map[string]string) string {
	patch, err := json.Marshal(map[string]any{"stringData": set})
	if err != nil {
		return ""
	}
	return shell.Command("kubectl -n %s patch secret %s --type merge -p %s", t.Namespace, t.SecretName, string(patch))
}
