package steps

import (
	"fmt"
	"slices"
	"strings"
)

// The checks of what the selected pods' own logs say of the database, in the
// order in which a connection comes about.
var (
	checkNameFound  = check{id: "D96", title: "Pods find the database's name"}
	checkAnswers    = check{id: "D90", title: "Database answers the selected pods"}
	checkOwnPort    = check{id: "D79", title: "Pods ask for the database's own port"}
	checkListens    = check{id: "D97", title: "Database accepts connections"}
	checkStarted    = check{id: "D99", title: "Database has started"}
	checkFreeSlots  = check{id: "D98", title: "Database has free connections"}
	checkTrusted    = check{id: "D95", title: "Pods trust the database's certificate"}
	checkKnowsSCRAM = check{id: "D94", title: "Clients of the pods know SCRAM"}
	checkLogin      = check{id: "D92", title: "Database accepts the pods' login"}
	checkNamesExist = check{id: "D93", title: "Database and tables exist that the pods ask for"}
)

// networkIsOpen is what an answer of the database itself proves.
const networkIsOpen = "; the network is open, since the database itself has answered"

// clientChecks reports what the logs of pods tell, nothing of what they do not
// tell: a check of theirs is there only when its trouble was seen.
func clientChecks(f *findings, t *Target, pods []Pod) {
	running := slices.ContainsFunc(pods, func(p Pod) bool { return p.Phase == "Running" })
	all := f.s.podTroubles(t, pods)
	if len(all) == 0 {
		if running && t.DB.Existing != nil && f.known(checkAnswers, FactLogs) {
			f.add(checkAnswers, Pass, "the logs that were read tell of no trouble with it")
		}
		return
	}
	for _, x := range []struct {
		check  check
		report func(*findings, *Target, []told)
	}{
		{checkNameFound, nameNotFound}, {checkAnswers, noAnswer}, {checkOwnPort, wrongPort},
		{checkListens, refused}, {checkStarted, starting}, {checkFreeSlots, full},
		{checkTrusted, untrusted}, {checkKnowsSCRAM, oldClient}, {checkLogin, loginRefused},
		{checkNamesExist, nameMissing},
	} {
		if seen := all[x.check.id]; len(seen) > 0 {
			x.report(f, t, seen)
		}
	}
}

// trouble adds a finding about what pods' logs tell.
func (f *findings) trouble(c check, status Status, seen []told, reason string) *Finding {
	found := f.add(c, status, toldNames(seen)+" "+reason)
	for _, x := range seen {
		found.on(x.pod.Namespace + "/" + x.pod.Name)
		for _, words := range x.words {
			found.saw(x.pod.Name + ": " + words)
		}
	}
	return found
}

// manyNames is how many pods a sentence names at most.
const manyNames = 3

func toldNames(seen []told) string {
	var names []string
	for _, x := range seen {
		names = append(names, x.pod.Name)
	}
	return joinAtMost(names, manyNames)
}

func toldPods(seen []told) []Pod {
	var out []Pod
	for _, x := range seen {
		out = append(out, x.pod)
	}
	return out
}

// has reports whether the words of any pod's log hold a text.
func has(seen []told, text string) bool {
	return slices.ContainsFunc(seen, func(x told) bool {
		return slices.ContainsFunc(x.words, func(w string) bool { return strings.Contains(w, text) })
	})
}

// causes are those of findings that do not hold, by id.
func causes(all []Finding, ids ...string) []Finding {
	var out []Finding
	for _, x := range all {
		if slices.Contains(ids, x.ID) && (x.Status == Fail || x.Status == Warn) {
			out = append(out, x)
		}
	}
	return out
}

// because names the findings that explain a trouble, and mends it by theirs.
func (f *Finding) because(found []Finding) {
	if len(found) == 0 {
		return
	}
	var ids []string
	for _, x := range found {
		ids = append(ids, x.ID)
	}
	f.Reason += ", and " + strings.Join(ids, " and ") + map[bool]string{true: " says why: ", false: " say why: "}[len(ids) == 1] + found[0].Reason
	f.mend("mend "+strings.Join(ids, " and ")+" first", "")
	if fix := found[0].Fix; fix != nil && f.Fix != nil {
		f.Fix.Command, f.Fix.Setup = fix.Command, fix.Setup
	}
}

// noAnswer explains time-outs by what the same snapshot says of the way.
func noAnswer(f *findings, t *Target, seen []told) {
	var off []Pod
	for _, x := range seen {
		if len(x.pod.ENIs) == 0 {
			off = append(off, x.pod)
		}
	}
	way := slices.Concat(checkDatabase(f.s, t), checkPort(f.s, t), f.out)
	found := causes(way, "P03", "D77", "D78", "D85", "D45")
	switch {
	case len(off) > 0:
		f.trouble(checkAnswers, Fail, seen, "waited in vain for the database, and "+areNamed(off)+" without a branch ENI: rules for the pods' group do not apply there").
			mend("see D44; "+whenToRestart(f.s), restartCommands(off))
	case len(found) > 0:
		f.trouble(checkAnswers, Fail, seen, "waited in vain for the database").because(found)
	default:
		reason := "waited in vain for the database, and its security groups let them in"
		for _, x := range way {
			if x.Status == Skip && slices.Contains([]string{"D77", "D78"}, x.ID) {
				reason = "waited in vain for the database, and " + x.ID + " could not tell whether it lets them in: " + x.Reason
			}
		}
		f.trouble(checkAnswers, Warn, seen, reason).
			mend("if it goes on, a network ACL or a route of the pods' or the database's subnets is left; if it does not, the lines are older than the rule: new pods tell",
				"aws ec2 describe-network-acls --filters Name=vpc-id,Values="+t.Cluster.VPCID+"\n"+restartCommands(toldPods(seen)))
	}
}

// areNamed names pods and the verb that goes on with them.
func areNamed(pods []Pod) string {
	return strings.Join(namesOf(pods), ", ") + map[bool]string{true: " is", false: " are"}[len(pods) == 1]
}

func nameNotFound(f *findings, t *Target, seen []told) {
	d, sec := t.DB.Existing, f.s.Kube.Secret
	found := causes(slices.Concat(checkDNS(f.s, t), checkCNI(f.s, t)), "D76", "D24")
	const reason = "cannot look up the database's name"
	switch {
	case sec != nil && d != nil && d.Address != "" && sec.Host != "" && sec.Host != d.Address:
		f.trouble(checkNameFound, Fail, seen, reason).because(causes(checkSecret(f.s, t), "D100"))
	case len(found) > 0:
		f.trouble(checkNameFound, Fail, seen, reason).because(found)
	default:
		address := "the database's address"
		if d != nil && d.Address != "" {
			address = d.Address
		}
		f.trouble(checkNameFound, Warn, seen, reason+", though CoreDNS lets them in as far as could be told").
			mend("compare the name in the line with "+address+"; a pod reads the Secret when it starts, so restart it after a change", restartCommands(toldPods(seen)))
	}
}

func wrongPort(f *findings, t *Target, seen []told) {
	found := f.trouble(checkOwnPort, Fail, seen, fmt.Sprintf("asked it on another port than its own, %d", t.Port))
	if sec := f.s.Kube.Secret; sec != nil && sec.Port != "" && sec.Port != portText(t.Port) {
		found.bySetup(t, "setup writes the port into the Secret; pods read it when they start")
		return
	}
	found.mend("correct the port in the pods' configuration; their Secret should name it", "kubectl -n "+t.Namespace+" get secret "+t.SecretName+" -o jsonpath='{.data.port}' | base64 -d")
}

func refused(f *findings, t *Target, seen []told) {
	const reason = "found nobody listening at the database, so packets pass and nothing takes the connection"
	if found := causes(checkDatabase(f.s, t), "P03"); len(found) > 0 {
		f.trouble(checkListens, Fail, seen, reason).because(found)
		return
	}
	f.trouble(checkListens, Warn, seen, reason+"; RDS says that it is available, so it may be over").
		mend("compare host and port in the lines with the database's; RDS tells of restarts", f.databaseEvents(t))
}

// databaseEvents are what RDS has lately done to the database.
func (f *findings) databaseEvents(t *Target) string {
	return "aws rds describe-events --source-type db-instance --duration 1440 --source-identifier " + quote(t.DB.Identifier)
}

func starting(f *findings, t *Target, seen []told) {
	f.trouble(checkStarted, Warn, seen, "came while the database was starting or stopping"+networkIsOpen).
		mend("wait until it is available; if that comes again, its events say why it restarts",
			"aws rds wait db-instance-available --db-instance-identifier "+quote(t.DB.Identifier)+"\n"+f.databaseEvents(t))
}

func full(f *findings, t *Target, seen []told) {
	class := ""
	if d := t.DB.Existing; d != nil && d.Class != "" {
		class = " (" + d.Class + ")"
	}
	f.trouble(checkFreeSlots, Warn, seen, "found no free connection"+networkIsOpen).
		mend("let each pod keep one small pool instead of connecting anew, close what is idle, or take a larger class than the database's"+class+": the limit grows with its memory",
			"kubectl -n "+t.Namespace+" get pods -o wide")
}

// rdsBundle is where AWS keeps the certificates of all its regions' authorities.
// https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/UsingWithRDS.SSL.html
const rdsBundle = "https://truststore.pki.rds.amazonaws.com/global/global-bundle.pem"

func untrusted(f *findings, t *Target, seen []told) {
	ca := ""
	if d := t.DB.Existing; d != nil && d.CA != "" {
		ca = ", " + d.CA
	}
	command := ""
	if p := f.s.Cloud.Identity.Partition; p == "" || p == "aws" {
		command = "curl -fsSO " + rdsBundle + "\nkubectl -n " + t.Namespace + " create configmap rds-ca --from-file=global-bundle.pem"
	}
	f.trouble(checkTrusted, Fail, seen, "cannot verify the database's certificate"+networkIsOpen).
		mend("give the client the bundle of RDS authorities (sslrootcert, or the trust store of its language) that has the database's"+ca+", and the instance's own name as host", command)
}

func oldClient(f *findings, t *Target, seen []told) {
	f.trouble(checkKnowsSCRAM, Fail, seen, "used a client that is too old for SCRAM passwords"+networkIsOpen).
		mend("use an image whose client library is of libpq 10 or later, or a driver of that age", "kubectl -n "+t.Namespace+" get pods -o custom-columns='NAME:.metadata.name,IMAGE:.spec.containers[0].image'")
}

func nameMissing(f *findings, t *Target, seen []told) {
	if has(seen, "database ") {
		f.trouble(checkNamesExist, Fail, seen, "asked for a database that the instance does not have"+networkIsOpen).
			mend("make it, or correct its name where the pods read it: in the Secret it should be "+quote(t.DB.Name), "kubectl -n "+t.Namespace+" get secret "+t.SecretName+" -o jsonpath='{.data.dbname}' | base64 -d")
		return
	}
	f.trouble(checkNamesExist, Warn, seen, "asked for a table that the database does not have; connection and login work").
		mend("run the application's migrations; podsg setup makes its own test table unless it was told to leave it out", "")
}

func loginRefused(f *findings, t *Target, seen []told) {
	found := f.trouble(checkLogin, Fail, seen, "could not log in with their user and password"+networkIsOpen)
	d := t.DB.Existing
	switch {
	case d != nil && f.s.copiesMasterPassword(t):
		found.Reason += "; RDS keeps this user's password in Secrets Manager and changes it, by default every seven days"
		found.mend("bring Secret and database together (see P07) and restart the pods; the password of a database user of the pods' own does not change",
			t.masterCommand()+"\n"+restartCommands(toldPods(seen)))
	case d != nil && f.s.Password.Differs:
		found.because(causes(checkSecret(f.s, t), "D100"))
	case d != nil && OwnedBy(d.Tags, t.Cluster.Name):
		found.mend("if the pods read podsg's Secret, delete it and set up again: database and Secret get a new password",
			"kubectl -n "+t.Namespace+" delete secret "+t.SecretName+"\n"+t.setupCommand())
	default:
		found.mend("compare the user with the database's, and have the right password written into the Secret with --db-password-from; pods read it when they start",
			"kubectl -n "+t.Namespace+" get secret "+t.SecretName+" -o jsonpath='{.data.username}' | base64 -d\n"+restartCommands(toldPods(seen)))
	}
}
