package database

import (
	"embed"
	"slices"
	"strings"

	"podsg/steps/check"
	"podsg/steps/clientlog"
	"podsg/steps/intent"
	"podsg/steps/say"
	"podsg/steps/shell"
	"podsg/steps/world"
)

//go:embed *.md
var pages embed.FS

// Checks are the checks of the step about the database.
var Checks = check.In("database", check.StepDatabase, pages,
	check.Check{
		ID: "P03", Title: "Database exists and is available",
		About:    check.AboutDatabase,
		Severity: check.Fail, Blocks: true,
		Needs: []world.Fact{world.FactDatabases},
		Run:   available,
	},
	check.Check{
		ID: "D84", Title: "Database is in the cluster's VPC",
		About:    check.AboutDatabase,
		Severity: check.Fail, Blocks: true,
		Needs: []world.Fact{world.FactDatabases},
		Run:   sameVPC,
	},
	check.Check{
		ID: "D86", Title: "Database has no public address",
		About:    check.AboutDatabase,
		Severity: check.Warn,
		Needs:    []world.Fact{world.FactDatabases},
		Run:      private,
	},
	check.Check{
		ID: "D91", Title: "Connections to the database use TLS",
		About:    check.AboutDatabase,
		Severity: check.Fail,
		Needs:    []world.Fact{world.FactDatabases}, Uses: []world.Fact{world.FactLogs},
		Run: encrypted,
	},
)

// SecretChecks are the checks of the step about the connection Secret.
var SecretChecks = check.In("database", check.StepSecret, pages,
	check.Check{
		ID: "D100", Title: "Secret agrees with the database",
		About:       check.AboutDatabase,
		Severity:    check.Fail,
		Needs:       []world.Fact{world.FactSecret},
		ExplainedBy: []string{"P03"},
		Run:         secretAgrees,
	},
	check.Check{
		ID: "P07", Title: "Secret's password does not change behind its back",
		About:    check.AboutDatabase,
		Severity: check.Warn,
		Needs:    []world.Fact{world.FactSecret},
		Run:      masterPassword,
	},
)

// available looks whether the database lets clients in. Setup waits for one that
// will by itself, so only what somebody must end stands in its way.
func available(c *check.Context) {
	t, d := c.Target, c.Target.DB.Existing
	if d == nil && t.Foreign && t.Intent.Database.Create == nil {
		c.Skip("no database is named, and nothing says which one the pods use: name it with --database")
		return
	}
	if d == nil {
		c.Fail("there is no RDS instance %q", t.DB.Identifier).BySetup(t, say.T("setup makes it"))
		return
	}
	switch trouble := databaseTrouble(*d, world.OwnedBy(d.Tags, t.Cluster.Name)); {
	case !trouble.fix.IsZero():
		c.Fail("%s is %s: %s", d.Identifier, d.Status, trouble.means).On(d.Identifier).Mend(trouble.fix, trouble.command)
	case Usable(d.Status):
		c.Pass("%s %s, %s, %s:%d", d.Engine, d.EngineVersion, d.Status, d.Address, d.Port).On(d.Identifier)
	default:
		found := c.Fail("%s is %s", d.Identifier, d.Status).On(d.Identifier).
			Mend(say.T("wait until it is available"), shell.Command("aws rds wait db-instance-available --db-instance-identifier %s", d.Identifier))
		found.Blocking = false
	}
}

func sameVPC(c *check.Context) {
	t, d := c.Target, c.Target.DB.Existing
	if d == nil {
		return
	}
	c.Expect(d.VPCID == t.Cluster.VPCID, say.T("%s", d.VPCID),
		say.T("it is in %s, the cluster in %s: a rule there can name the pods' group only if the VPCs are peered within the Region, or joined by a transit gateway that has security group referencing on, which podsg does not read", d.VPCID, t.Cluster.VPCID)).On(d.Identifier).
		Mend(say.T("see whether the VPCs are joined, with routes both ways; if they are, admit the pods' group, or the pods' subnets, on the database's group; if not, use a database in the cluster's VPC"),
			"aws ec2 describe-vpc-peering-connections --query 'VpcPeeringConnections[].[RequesterVpcInfo.VpcId,AccepterVpcInfo.VpcId,Status.Code]' --output table")
}

func private(c *check.Context) {
	d := c.Target.DB.Existing
	switch {
	case d == nil:
	case d.Public:
		c.Warn("it has one: whoever a rule admits can reach it from the internet").On(d.Identifier).
			Mend(say.T("take it away, unless something outside the VPC needs it"), shell.Command("aws rds modify-db-instance --db-instance-identifier %s --no-publicly-accessible --apply-immediately", d.Identifier))
	default:
		c.Pass("none").On(d.Identifier)
	}
}

// encrypted judges whether connections are encrypted: whether the database
// demands it, and whether it had to refuse pods that did not ask for it.
func encrypted(c *check.Context) {
	t, d := c.Target, c.Target.DB.Existing
	if d == nil {
		return
	}
	if seen := clientlog.PodTroubles(c.Snapshot, t, intent.ClientPods(c.Snapshot, t))[clientlog.TroubleNoTLS]; len(seen) > 0 {
		clientlog.Report(c, check.Fail, seen, clientlog.NetworkIsOpen(say.T("%s asked for no encryption, which the database refuses", clientlog.Names(seen)))).
			Mend(say.T("have the client encrypt: sslmode=require, or verify-full with the RDS authorities (see D95)"),
				shell.Command("kubectl -n %s get secret %s -o jsonpath='{.data.sslmode}' | base64 -d", t.Namespace, t.SecretName))
		return
	}
	switch {
	case d.ForceSSL == nil:
		c.Skip("parameter rds.force_ssl was not read")
	case *d.ForceSSL:
		c.Pass("rds.force_ssl is 1; podsg connects with %s", t.TLSMode)
	default:
		c.Warn("rds.force_ssl is 0: it also accepts connections without encryption").On(d.Identifier).
			Mend(say.T("set the parameter in the database's parameter group"), "")
	}
}

// secretAgrees looks whether pods that read the Secret get to the database.
func secretAgrees(c *check.Context) {
	t := c.Target
	name := t.Namespace + "/" + t.SecretName
	switch {
	case c.Kube.Secret == nil && (t.Foreign || !t.WantsSecret() && t.DB.Identifier != ""):
		c.Skip("there is no Secret %s, and nothing of the procedure needs one", name)
	case c.Kube.Secret == nil:
		c.Fail("there is no Secret %s", name).BySetup(t, say.T("setup makes it"))
	case !c.Kube.Secret.Owned:
		secretOfOthers(c)
	case t.DB.Existing == nil:
		c.Skip("there is no database yet")
	default:
		drift := secretDrift(c.Snapshot, t)
		c.Expect(len(drift) == 0, say.T("keys %s", strings.Join(slices.Sorted(slices.Values(c.Kube.Secret.Keys)), ", ")), say.T("it differs from the database")).
			Saw(drift...).On(name).
			BySetup(t, say.T("setup writes it anew; pods read it when they start"))
	}
}
