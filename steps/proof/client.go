package proof

import (
	"fmt"
	"slices"
	"strings"

	"podsg/steps/check"
	"podsg/steps/clientlog"
	"podsg/steps/cni"
	"podsg/steps/database"
	"podsg/steps/intent"
	"podsg/steps/network"
	"podsg/steps/policy"
	"podsg/steps/say"
	"podsg/steps/shell"
	"podsg/steps/world"
)

// The checks of what the selected pods' own logs say of the database, in the
// order in which a connection comes about.
var (
	CheckNameFound  = check.Check{ID: "D96", Title: "Pods find the database's name"}
	CheckAnswers    = check.Check{ID: "D90", Title: "Database answers the selected pods"}
	CheckOwnPort    = check.Check{ID: "D79", Title: "Pods ask for the database's own port"}
	CheckListens    = check.Check{ID: "D97", Title: "Database accepts connections"}
	CheckStarted    = check.Check{ID: "D99", Title: "Database has started"}
	CheckFreeSlots  = check.Check{ID: "D98", Title: "Database has free connections"}
	CheckTrusted    = check.Check{ID: "D95", Title: "Pods trust the database's certificate"}
	CheckKnowsSCRAM = check.Check{ID: "D94", Title: "Clients of the pods know SCRAM"}
	CheckLogin      = check.Check{ID: "D92", Title: "Database accepts the pods' login"}
	CheckNamesExist = check.Check{ID: "D93", Title: "Database and tables exist that the pods ask for"}
)

// ClientChecks reports what the logs of pods tell, nothing of what they do not
// tell: a check of theirs is there only when its trouble was seen.
func ClientChecks(f *check.Findings, t *intent.Target, pods []world.Pod) {
	running := slices.ContainsFunc(pods, func(p world.Pod) bool { return p.Phase == "Running" })
	all := clientlog.PodTroubles(f.S, t, pods)
	if len(all) == 0 {
		if running && t.DB.Existing != nil && f.Known(CheckAnswers, world.FactLogs) {
			f.Add(CheckAnswers, check.Pass, "the logs that were read tell of no trouble with it")
		}
		return
	}
	for _, x := range []struct {
		check  check.Check
		report func(*check.Findings, *intent.Target, []clientlog.Told)
	}{
		{CheckNameFound, nameNotFound}, {CheckAnswers, noAnswer}, {CheckOwnPort, wrongPort},
		{CheckListens, refused}, {CheckStarted, starting}, {CheckFreeSlots, full},
		{CheckTrusted, untrusted}, {CheckKnowsSCRAM, oldClient}, {CheckLogin, loginRefused},
		{CheckNamesExist, nameMissing},
	} {
		if seen := all[x.check.ID]; len(seen) > 0 {
			x.report(f, t, seen)
		}
	}
}

// causes are those of findings that do not hold, by id.
func causes(all []check.Finding, ids ...string) []check.Finding {
	var out []check.Finding
	for _, x := range all {
		if slices.Contains(ids, x.ID) && (x.Status == check.Fail || x.Status == check.Warn) {
			out = append(out, x)
		}
	}
	return out
}

// noAnswer explains time-outs by what the same snapshot says of the way.
func noAnswer(f *check.Findings, t *intent.Target, seen []clientlog.Told) {
	var off []world.Pod
	for _, x := range seen {
		if len(x.Pod.ENIs) == 0 {
			off = append(off, x.Pod)
		}
	}
	way := slices.Concat(database.CheckDatabase(f.S, t), check.Run(network.PortChecks, f.S, t), f.Out)
	found := causes(way, "P03", "D77", "D78", "D85", "D45")
	switch {
	case len(off) > 0:
		clientlog.Trouble(f, CheckAnswers, check.Fail, seen, "waited in vain for the database, and "+areNamed(off)+" without a branch ENI: rules for the pods' group do not apply there").
			Mend(say.T("see D44; %s", policy.WhenToRestart(f.S)), shell.RestartCommands(off))
	case len(found) > 0:
		clientlog.Trouble(f, CheckAnswers, check.Fail, seen, "waited in vain for the database").Because(found)
	default:
		reason := "waited in vain for the database, and its security groups let them in"
		for _, x := range way {
			if x.Status == check.Skip && slices.Contains([]string{"D77", "D78"}, x.ID) {
				reason = "waited in vain for the database, and " + x.ID + " could not tell whether it lets them in: " + x.Reason.String()
			}
		}
		clientlog.Trouble(f, CheckAnswers, check.Warn, seen, reason).
			Mend(say.T("if it goes on, a network ACL or a route of the pods' or the database's subnets is left; if it does not, the lines are older than the rule: new pods tell"),
				"aws ec2 describe-network-acls --filters Name=vpc-id,Values="+t.Cluster.VPCID+"\n"+shell.RestartCommands(clientlog.ToldPods(seen)))
	}
}

// areNamed names pods and the verb that goes on with them.
func areNamed(pods []world.Pod) string {
	return strings.Join(world.NamesOf(pods), ", ") + map[bool]string{true: " is", false: " are"}[len(pods) == 1]
}

func nameNotFound(f *check.Findings, t *intent.Target, seen []clientlog.Told) {
	d, sec := t.DB.Existing, f.S.Kube.Secret
	found := causes(slices.Concat(check.Run(network.DNSChecks, f.S, t), check.Run(cni.Checks, f.S, t)), "D76", "D24")
	const reason = "cannot look up the database's name"
	switch {
	case sec != nil && d != nil && d.Address != "" && sec.Host != "" && sec.Host != d.Address:
		clientlog.Trouble(f, CheckNameFound, check.Fail, seen, reason).Because(causes(database.CheckSecret(f.S, t), "D100"))
	case len(found) > 0:
		clientlog.Trouble(f, CheckNameFound, check.Fail, seen, reason).Because(found)
	default:
		address := "the database's address"
		if d != nil && d.Address != "" {
			address = d.Address
		}
		clientlog.Trouble(f, CheckNameFound, check.Warn, seen, reason+", though CoreDNS lets them in as far as could be told").
			Mend(say.T("%s", "compare the name in the line with "+address+"; a pod reads the Secret when it starts, so restart it after a change"), shell.RestartCommands(clientlog.ToldPods(seen)))
	}
}

func wrongPort(f *check.Findings, t *intent.Target, seen []clientlog.Told) {
	found := clientlog.Trouble(f, CheckOwnPort, check.Fail, seen, fmt.Sprintf("asked it on another port than its own, %d", t.Port))
	if sec := f.S.Kube.Secret; sec != nil && sec.Port != "" && sec.Port != shell.PortText(t.Port) {
		found.BySetup(t, say.T("setup writes the port into the Secret; pods read it when they start"))
		return
	}
	found.Mend(say.T("correct the port in the pods' configuration; their Secret should name it"), "kubectl -n "+t.Namespace+" get secret "+t.SecretName+" -o jsonpath='{.data.port}' | base64 -d")
}

func refused(f *check.Findings, t *intent.Target, seen []clientlog.Told) {
	const reason = "found nobody listening at the database, so packets pass and nothing takes the connection"
	if found := causes(database.CheckDatabase(f.S, t), "P03"); len(found) > 0 {
		clientlog.Trouble(f, CheckListens, check.Fail, seen, reason).Because(found)
		return
	}
	clientlog.Trouble(f, CheckListens, check.Warn, seen, reason+"; RDS says that it is available, so it may be over").
		Mend(say.T("compare host and port in the lines with the database's; RDS tells of restarts"), databaseEvents(f, t))
}

// databaseEvents are what RDS has lately done to the database.
func databaseEvents(f *check.Findings, t *intent.Target) string {
	return "aws rds describe-events --source-type db-instance --duration 1440 --source-identifier " + shell.Quote(t.DB.Identifier)
}

func starting(f *check.Findings, t *intent.Target, seen []clientlog.Told) {
	clientlog.Trouble(f, CheckStarted, check.Warn, seen, "came while the database was starting or stopping"+clientlog.NetworkIsOpen).
		Mend(say.T("wait until it is available; if that comes again, its events say why it restarts"),
			"aws rds wait db-instance-available --db-instance-identifier "+shell.Quote(t.DB.Identifier)+"\n"+databaseEvents(f, t))
}

func full(f *check.Findings, t *intent.Target, seen []clientlog.Told) {
	class := ""
	if d := t.DB.Existing; d != nil && d.Class != "" {
		class = " (" + d.Class + ")"
	}
	clientlog.Trouble(f, CheckFreeSlots, check.Warn, seen, "found no free connection"+clientlog.NetworkIsOpen).
		Mend(say.T("%s", "let each pod keep one small pool instead of connecting anew, close what is idle, or take a larger class than the database's"+class+": the limit grows with its memory"),
			"kubectl -n "+t.Namespace+" get pods -o wide")
}

// rdsBundle is where AWS keeps the certificates of all its regions' authorities.
// https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/UsingWithRDS.SSL.html
const rdsBundle = "https://truststore.pki.rds.amazonaws.com/global/global-bundle.pem"

func untrusted(f *check.Findings, t *intent.Target, seen []clientlog.Told) {
	ca := ""
	if d := t.DB.Existing; d != nil && d.CA != "" {
		ca = ", " + d.CA
	}
	command := ""
	if p := f.S.Cloud.Identity.Partition; p == "" || p == "aws" {
		command = "curl -fsSO " + rdsBundle + "\nkubectl -n " + t.Namespace + " create configmap rds-ca --from-file=global-bundle.pem"
	}
	clientlog.Trouble(f, CheckTrusted, check.Fail, seen, "cannot verify the database's certificate"+clientlog.NetworkIsOpen).
		Mend(say.T("%s", "give the client the bundle of RDS authorities (sslrootcert, or the trust store of its language) that has the database's"+ca+", and the instance's own name as host"), command)
}

func oldClient(f *check.Findings, t *intent.Target, seen []clientlog.Told) {
	clientlog.Trouble(f, CheckKnowsSCRAM, check.Fail, seen, "used a client that is too old for SCRAM passwords"+clientlog.NetworkIsOpen).
		Mend(say.T("use an image whose client library is of libpq 10 or later, or a driver of that age"), "kubectl -n "+t.Namespace+" get pods -o custom-columns='NAME:.metadata.name,IMAGE:.spec.containers[0].image'")
}

func nameMissing(f *check.Findings, t *intent.Target, seen []clientlog.Told) {
	if clientlog.Has(seen, "database ") {
		clientlog.Trouble(f, CheckNamesExist, check.Fail, seen, "asked for a database that the instance does not have"+clientlog.NetworkIsOpen).
			Mend(say.T("%s", "make it, or correct its name where the pods read it: in the Secret it should be "+shell.Quote(t.DB.Name)), "kubectl -n "+t.Namespace+" get secret "+t.SecretName+" -o jsonpath='{.data.dbname}' | base64 -d")
		return
	}
	clientlog.Trouble(f, CheckNamesExist, check.Warn, seen, "asked for a table that the database does not have; connection and login work").
		Mend(say.T("run the application's migrations; podsg setup makes its own test table unless it was told to leave it out"), "")
}

func loginRefused(f *check.Findings, t *intent.Target, seen []clientlog.Told) {
	found := clientlog.Trouble(f, CheckLogin, check.Fail, seen, "could not log in with their user and password"+clientlog.NetworkIsOpen)
	d := t.DB.Existing
	switch {
	case d != nil && intent.CopiesMasterPassword(f.S, t):
		found.Reason = say.T("%s; RDS keeps this user's password in Secrets Manager and changes it, by default every seven days", found.Reason)
		found.Mend(say.T("bring Secret and database together (see P07) and restart the pods; the password of a database user of the pods' own does not change"),
			database.MasterCommand(t)+"\n"+shell.RestartCommands(clientlog.ToldPods(seen)))
	case d != nil && f.S.Password.Differs:
		found.Because(causes(database.CheckSecret(f.S, t), "D100"))
	case d != nil && world.OwnedBy(d.Tags, t.Cluster.Name):
		found.Mend(say.T("if the pods read podsg's Secret, delete it and set up again: database and Secret get a new password"),
			"kubectl -n "+t.Namespace+" delete secret "+t.SecretName+"\n"+t.SetupCommand())
	default:
		found.Mend(say.T("compare the user with the database's, and have the right password written into the Secret with --db-password-from; pods read it when they start"),
			"kubectl -n "+t.Namespace+" get secret "+t.SecretName+" -o jsonpath='{.data.username}' | base64 -d\n"+shell.RestartCommands(clientlog.ToldPods(seen)))
	}
}
