package proof

import (
	"cmp"
	"slices"
	"strings"

	"podsg/steps/check"
	"podsg/steps/clientlog"
	"podsg/steps/database"
	"podsg/steps/intent"
	"podsg/steps/policy"
	"podsg/steps/say"
	"podsg/steps/shell"
	"podsg/steps/world"
)

// troubles are what the logs of pods tell, by check. It adds a skip where pods
// run that have a database to reach, and their logs are missing.
func troubles(c *check.Context, pods []world.Pod) map[string][]clientlog.Told {
	if canTell(c, pods) && !c.Known(world.FactLogs) {
		return nil
	}
	return clientlog.PodTroubles(c.Snapshot, c.Target, pods)
}

// canTell reports whether the logs of pods tell something of the database.
func canTell(c *check.Context, pods []world.Pod) bool {
	return c.Target.DB.Existing != nil && slices.ContainsFunc(pods, func(p world.Pod) bool { return p.Phase == "Running" || p.InitContainer != "" })
}

// told makes the run of a check that reports one trouble of logs.
func told(id string, of func(*check.Context) []world.Pod, report func(*check.Context, []clientlog.Told)) func(*check.Context) {
	return func(c *check.Context) {
		if seen := troubles(c, of(c))[id]; len(seen) > 0 {
			report(c, seen)
		}
	}
}

// answers makes the run of the check of time-outs. It passes where the logs tell
// of no trouble at all.
func answers(of func(*check.Context) []world.Pod) func(*check.Context) {
	return func(c *check.Context) {
		pods := of(c)
		all := troubles(c, pods)
		if _, missing := c.Missing(world.FactLogs); missing {
			return
		}
		if seen := all[clientlog.NotUnderstood]; len(seen) > 0 {
			strangeWords(c, seen)
		}
		if seen := all[clientlog.TroubleTimeout]; len(seen) > 0 {
			noAnswer(c, seen)
		} else if len(all) == 0 && canTell(c, pods) {
			c.Pass("the logs that were read tell of no trouble with it")
		}
	}
}

// strangeWords shows lines of errors that no rule understands. They are a
// warning where they may be about a connection: what is not understood is not
// good.
func strangeWords(c *check.Context, seen []clientlog.Told) {
	status, pod := check.Skip, seen[0].Pod
	if clientlog.AboutConnection(seen) {
		status = check.Warn
	}
	clientlog.Report(c, status, seen, say.N(len(seen), "%[2]s logs an error in words that podsg does not know", "%[2]s log errors in words that podsg does not know", clientlog.Names(seen))).
		Mend(say.T("read the lines: whether they are about the database, podsg cannot say"), readLog(pod))
}

// readLog shows the end of a pod's log.
func readLog(p world.Pod) string {
	return shell.Command("kubectl -n %s logs %s --all-containers --tail=60", p.Namespace, p.Name)
}

// noAnswer explains time-outs by what the same snapshot says of the way.
func noAnswer(c *check.Context, seen []clientlog.Told) {
	var off []world.Pod
	for _, x := range seen {
		if len(x.Pod.ENIs) == 0 {
			off = append(off, x.Pod)
		}
	}
	if c.Target.DB.Existing == nil {
		clientlog.Report(c, check.Warn, seen, say.N(len(seen), "%[2]s waited in vain for the server that its log names", "%[2]s waited in vain for the servers that their logs name", clientlog.Names(seen))).
			Mend(say.T("see that the server's security groups admit the pods' group on its port, and that the pods' group lets them send"),
				shell.Command("aws ec2 describe-security-group-rules --filters Name=group-id,Values=%s", strings.Join(c.Target.GroupIDs(), ",")))
		return
	}
	reason := say.T("%s waited in vain for the database", clientlog.Names(seen))
	found := c.Troubles("P03", "D77", "D78", "D85", "P10", "D45")
	switch {
	case len(off) > 0:
		policy.Restart(c, clientlog.Report(c, check.Fail, seen, say.T("%s, and %s: rules for the pods' group do not apply there", reason, offBranch(off))), say.T("see D44; restart them"), off)
	case len(found) > 0:
		clientlog.Report(c, check.Fail, seen, reason).Because(found)
	default:
		clientlog.Report(c, check.Warn, seen, letIn(c, reason)).
			Mend(say.T("if it goes on, a network ACL or a route of the pods' or the database's subnets is left; if it does not, the lines are older than the rule: new pods tell"),
				policy.RestartCommands(c, shell.Command("aws ec2 describe-network-acls --filters Name=vpc-id,Values=%s", c.Target.Cluster.VPCID), clientlog.Pods(seen)))
	}
}

// offBranch says which pods have no branch ENI.
func offBranch(pods []world.Pod) say.Text {
	return say.N(len(pods), "%[2]s is without a branch ENI", "%[2]s are without a branch ENI", strings.Join(world.NamesOf(pods), ", "))
}

// letIn goes on with a sentence by what the checks of the security groups say,
// where none of them fails.
func letIn(c *check.Context, reason say.Text) say.Text {
	out := say.T("%s, and its security groups let them in", reason)
	for _, x := range c.Findings("D77", "D78") {
		if x.Status == check.Skip {
			out = say.T("%s, and %s could not tell whether it lets them in: %s", reason, x.ID, x.Reason)
		}
	}
	return out
}

// nameNotFound explains what the pods cannot look up.
func nameNotFound(c *check.Context, seen []clientlog.Told) {
	d, sec := c.Target.DB.Existing, c.Kube.Secret
	reason := say.T("%s cannot look up the database's name", clientlog.Names(seen))
	found := c.Troubles("D76", "D24")
	for _, x := range c.Troubles("P10") { // of the names, or of the database alone
		if slices.ContainsFunc(x.Evidence, func(line string) bool { return strings.Contains(line, "CoreDNS") }) {
			found = append(found, x)
		}
	}
	for _, x := range c.Troubles("P05") {
		if x.Status == check.Fail { // what it warns of keeps nobody from names
			found = append(found, x)
		}
	}
	switch {
	case sec != nil && d != nil && d.Address != "" && sec.Host != "" && sec.Host != d.Address && len(c.Troubles("D100")) > 0:
		clientlog.Report(c, check.Fail, seen, reason).Because(c.Troubles("D100"))
	case len(found) > 0:
		clientlog.Report(c, check.Fail, seen, reason).Because(found)
	default:
		mend := say.T("compare the name in the line with the database's address; a pod reads the Secret when it starts, so restart it after a change")
		if d != nil && d.Address != "" {
			mend = say.T("compare the name in the line with %s; a pod reads the Secret when it starts, so restart it after a change", d.Address)
		}
		clientlog.Report(c, check.Warn, seen, say.T("%s, though CoreDNS lets them in as far as could be told", reason)).
			Mend(mend, policy.RestartCommands(c, "", clientlog.Pods(seen)))
	}
}

func wrongPort(c *check.Context, seen []clientlog.Told) {
	t := c.Target
	found := clientlog.Report(c, check.Fail, seen, say.T("%s asked it on another port than its own, %d", clientlog.Names(seen), t.Port))
	if sec := c.Kube.Secret; sec != nil && sec.Port != "" && sec.Port != shell.PortText(t.Port) {
		found.BySetup(t, say.T("setup writes the port into the Secret; pods read it when they start"))
		return
	}
	found.Mend(say.T("correct the port in the pods' configuration; their Secret should name it"), showSecret(t, intent.KeyPort))
}

// showSecret shows what the Secret has under a key.
func showSecret(t *intent.Target, key string) string {
	return shell.Command("kubectl -n %s get secret %s -o jsonpath='{.data.%s}' | base64 -d", t.Namespace, t.SecretName, key)
}

func refused(c *check.Context, seen []clientlog.Told) {
	reason := say.T("%s found nobody listening at the database, so packets pass and nothing takes the connection", clientlog.Names(seen))
	if found := c.Troubles("P03"); len(found) > 0 {
		clientlog.Report(c, check.Fail, seen, reason).Because(found)
		return
	}
	clientlog.Report(c, check.Warn, seen, say.T("%s; RDS says that it is available, so it may be over", reason)).
		Mend(say.T("compare host and port in the lines with the database's; RDS tells of restarts"), databaseEvents(c.Target))
}

// databaseEvents are what RDS has lately done to the database.
func databaseEvents(t *intent.Target) string {
	return shell.Command("aws rds describe-events --source-type db-instance --duration 1440 --source-identifier %s", t.DB.Identifier)
}

func starting(c *check.Context, seen []clientlog.Told) {
	reason := say.T("%s came while the database was starting or stopping", clientlog.Names(seen))
	clientlog.Report(c, check.Warn, seen, clientlog.NetworkIsOpen(reason)).
		Mend(say.T("wait until it is available; if that comes again, its events say why it restarts"),
			shell.Command("aws rds wait db-instance-available --db-instance-identifier %s", c.Target.DB.Identifier)+"\n"+databaseEvents(c.Target))
}

func full(c *check.Context, seen []clientlog.Told) {
	mend := say.T("let each pod keep one small pool instead of connecting anew, close what is idle, or take a larger class than the database's: the limit grows with its memory")
	if d := c.Target.DB.Existing; d != nil && d.Class != "" {
		mend = say.T("let each pod keep one small pool instead of connecting anew, close what is idle, or take a larger class than the database's (%s): the limit grows with its memory", d.Class)
	}
	clientlog.Report(c, check.Warn, seen, clientlog.NetworkIsOpen(say.T("%s found no free connection", clientlog.Names(seen)))).
		Mend(mend, shell.Command("kubectl -n %s get pods -o wide", c.Target.Namespace))
}

// rdsBundle is where AWS keeps the certificates of all its regions' authorities.
// https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/UsingWithRDS.SSL.html
const rdsBundle = "https://truststore.pki.rds.amazonaws.com/global/global-bundle.pem"

func untrusted(c *check.Context, seen []clientlog.Told) {
	mend := say.T("give the client the bundle of RDS authorities (sslrootcert, or the trust store of its language) that has the database's, and the instance's own name as host")
	if d := c.Target.DB.Existing; d != nil && d.CA != "" {
		mend = say.T("give the client the bundle of RDS authorities (sslrootcert, or the trust store of its language) that has the database's, %s, and the instance's own name as host", d.CA)
	}
	command := ""
	if p := c.Cloud.Identity.Partition; p == "" || p == "aws" {
		command = "curl -fsSO " + rdsBundle + "\n" + shell.Command("kubectl -n %s create configmap rds-ca --from-file=global-bundle.pem", c.Target.Namespace)
	}
	clientlog.Report(c, check.Fail, seen, clientlog.NetworkIsOpen(say.T("%s cannot verify the database's certificate", clientlog.Names(seen)))).Mend(mend, command)
}

func oldClient(c *check.Context, seen []clientlog.Told) {
	clientlog.Report(c, check.Fail, seen, clientlog.NetworkIsOpen(say.T("%s used a client that is too old for SCRAM passwords", clientlog.Names(seen)))).
		Mend(say.T("use an image whose client library is of libpq 10 or later, or a driver of that age"), shell.Command("kubectl -n %s get pods -o custom-columns='NAME:.metadata.name,IMAGE:.spec.containers[0].image'", c.Target.Namespace))
}

func nameMissing(c *check.Context, seen []clientlog.Told) {
	t := c.Target
	if clientlog.Has(seen, "database ") {
		clientlog.Report(c, check.Fail, seen, clientlog.NetworkIsOpen(say.T("%s asked for a database that the instance does not have", clientlog.Names(seen)))).
			Mend(say.T("make it, or correct its name where the pods read it: in the Secret it should be %s", shell.Quote(t.DB.Name)), showSecret(t, intent.KeyDatabase))
		return
	}
	clientlog.Report(c, check.Warn, seen, say.T("%s asked for a table that the database does not have; connection and login work", clientlog.Names(seen))).
		Mend(say.T("run the application's migrations; podsg setup makes its own test table unless it was told to leave it out"), "")
}

func loginRefused(c *check.Context, seen []clientlog.Told) {
	t, d := c.Target, c.Target.DB.Existing
	reason := clientlog.NetworkIsOpen(say.T("%s could not log in with their user and password", clientlog.Names(seen)))
	andRestart := func(before string) string { return policy.RestartCommands(c, before, clientlog.Pods(seen)) }
	other, shared := intent.OtherSecret(c.Snapshot, t)
	switch sec := c.Kube.Secret; {
	case clientlog.Has(seen, "PAM authentication failed"):
		iamRefused(c, seen)
	case d != nil && intent.CopiesMasterPassword(c.Snapshot, t):
		clientlog.Report(c, check.Fail, seen, say.T("%s; RDS keeps this user's password in Secrets Manager and changes it, by default every seven days", reason)).
			Mend(say.T("bring Secret and database together (see P07) and restart the pods; the password of a database user of the pods' own does not change"),
				andRestart(database.MasterCommand(t)))
	case d != nil && c.Password.Differs:
		clientlog.Report(c, check.Fail, seen, reason).Because(c.Troubles("D100"))
	case d != nil && shared && world.OwnedBy(d.Tags, t.Cluster.Name):
		clientlog.Report(c, check.Fail, seen, reason).Mend(say.T("pods of another namespace have the database's password: have it written into this Secret too, and restart the pods, which read it when they start"),
			andRestart(t.SetupCommand()+" --db-password-from "+shell.Quote(other)))
	case d != nil && sec != nil && sec.Owned && sec.HasPassword && sec.Username == d.Username && world.OwnedBy(d.Tags, t.Cluster.Name):
		clientlog.Report(c, check.Fail, seen, reason).Mend(say.T("pods read the Secret when they start: restart them if it is newer than they are; if that does not help, give the database the Secret's password, which locks out whoever uses the database with another one"),
			andRestart("")+"\n"+database.PasswordCommand(t))
	default:
		clientlog.Report(c, check.Fail, seen, reason).Mend(say.T("compare the user with the database's, and have the right password written into the Secret with --db-password-from; pods read it when they start"),
			andRestart(showSecret(t, intent.KeyUsername)))
	}
}

// iamRefused explains a refused login of a user that PostgreSQL lets in by IAM
// alone: RDS has PAM ask IAM. No password of a Secret has to do with it.
// https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/UsingWithRDS.IAMDBAuth.html
func iamRefused(c *check.Context, seen []clientlog.Told) {
	t, p := c.Target, seen[0].Pod
	namespace, account := p.Namespace, cmp.Or(p.ServiceAccount, "default")
	clientlog.Report(c, check.Fail, seen, clientlog.NetworkIsOpen(say.T("%s could not log in as a user with role rds_iam: such a user logs in by IAM, not by a password", clientlog.Names(seen)))).
		Mend(say.T("let the IAM role of the pods' service account do rds-db:connect as that user on that instance, and have the client send a fresh token, which is good for 15 minutes, over TLS; to log in by password again, revoke rds_iam from the user"),
			shell.Command("aws rds describe-db-instances --db-instance-identifier %s --query 'DBInstances[].[IAMDatabaseAuthenticationEnabled,DbiResourceId]'\n", t.DB.Identifier)+
				shell.Command("aws eks list-pod-identity-associations --cluster-name %s --namespace %s --service-account %s", t.Cluster.Name, namespace, account)+"\n"+
				shell.Command(`kubectl -n %s get serviceaccount %s -o jsonpath='{.metadata.annotations.eks\.amazonaws\.com/role-arn}'`, namespace, account))
}
