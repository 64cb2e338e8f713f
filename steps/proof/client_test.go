package proof

import (
	"errors"
	"slices"
	"testing"

	"podsg/steps/check"
	"podsg/steps/check/checktest"
	"podsg/steps/clientlog"
	"podsg/steps/cluster"
	"podsg/steps/cni"
	"podsg/steps/database"
	"podsg/steps/intent"
	"podsg/steps/network"
	"podsg/steps/world"
)

// clientChecks are the checks of this room and those that explain them.
var clientChecks = slices.Concat(cluster.Checks, database.Checks, network.PortChecks, network.DNSChecks, cni.Checks, database.SecretChecks, Checks)

// gap takes a fact away.
func gap(fact world.Fact) func(*world.Snapshot) {
	return func(s *world.Snapshot) { s.AddGap(fact, errors.New("access denied")) }
}

// says lets the green pod's log say a line, in a world that is changed as well.
func says(line string, changes ...func(*world.Snapshot)) func(*world.Snapshot) {
	return func(s *world.Snapshot) {
		trouble, ok := clientlog.LogTroubleIn(line)
		if !ok {
			panic("no trouble in " + line)
		}
		s.Kube.Pods[0].Troubles = []world.LogTrouble{trouble}
		for _, change := range changes {
			change(s)
		}
	}
}

// logs lets the green pod's log be a text.
func logs(text string) func(*world.Snapshot) {
	return func(s *world.Snapshot) { s.Kube.Pods[0].Troubles = clientlog.LogTroubles(text) }
}

// elsewhere is a policy of podsg's in another namespace.
func elsewhere(p world.PodPolicy) world.PodPolicy {
	p.Namespace = "shop"
	return p
}

// closed takes all rules of a group away.
func closed(group string) func(*world.Snapshot) {
	return func(s *world.Snapshot) {
		for i := range s.Cloud.SecurityGroups {
			if g := &s.Cloud.SecurityGroups[i]; g.ID == group {
				g.Rules = nil
			}
		}
	}
}

// inStatus gives the database a status.
func inStatus(status string) func(*world.Snapshot) {
	return func(s *world.Snapshot) { s.Cloud.Databases[0].Status = status }
}

// silentLog is a case of a log that could not be read, of a pod that runs.
var silentLog = checktest.Case{Edit: gap(world.FactLogs), Want: check.Skip, Says: "access denied"}

const (
	timeoutLine = `connection to server at "db.example" (10.0.1.2), port 5432 failed: timeout expired`
	nameLine    = `could not translate host name "db.example" to address: Name or service not known`
	refusedLine = `connection to server at "db.example" (10.0.1.2), port 5432 failed: Connection refused`
	pamLine     = `FATAL:  PAM authentication failed for user "app"`
	loginLine   = `FATAL:  password authentication failed for user "app"`
)

func TestPodsFindTheDatabasesName(t *testing.T) {
	dns := func(support, hostnames bool) func(*world.Snapshot) {
		return func(s *world.Snapshot) { s.Cloud.VPC.DNSSupport, s.Cloud.VPC.DNSHostnames = support, hostnames }
	}
	checktest.Table(t, clientChecks, "D96", map[string]checktest.Case{
		"no log says otherwise":        {},
		"CoreDNS does not admit them":  {Edit: says(nameLine, closed("sg-nodes")), Want: check.Fail, Because: "D76"},
		"the VPC answers nobody":       {Edit: says(nameLine, dns(false, true)), Want: check.Fail, Because: "P05"},
		"the VPC gives no names":       {Edit: says(nameLine, dns(true, false)), Want: check.Warn, Says: "though CoreDNS lets them in"},
		"NodeLocal DNSCache, strict":   {Edit: says(nameLine, func(s *world.Snapshot) { s.Kube.DNS.NodeLocal = true }), Target: func(t *intent.Target) { t.Mode = world.ModeStrict }, Want: check.Fail, Because: "D24"},
		"the Secret has another":       {Edit: says(nameLine, func(s *world.Snapshot) { s.Kube.Secret.Host = "None" }), Want: check.Fail, Because: "D100"},
		"nothing explains it":          {Edit: says(nameLine), Want: check.Warn, Says: "compare the name in the line with db.example;"},
		"a name that is of no concern": {Edit: says("lookup api.example on 10.0.0.11:53: no such host")},
		"the log could not be read":    silentLog,
	})
}

func TestTheDatabaseAnswersTheSelectedPods(t *testing.T) {
	alone := func(s *world.Snapshot) { s.Kube.Pods[0].ENIs = nil }
	checktest.Table(t, clientChecks, "D90", map[string]checktest.Case{
		"no log says otherwise":    {Want: check.Pass, Says: "tell of no trouble"},
		"no pod runs":              {Edit: onPod(func(p *world.Pod) { p.Phase = "Pending" })},
		"another trouble":          {Edit: says(loginLine)},
		"the rules explain it":     {Edit: says(timeoutLine, closed("sg-db")), Want: check.Fail, Because: "D77"},
		"the status explains it":   {Edit: says(timeoutLine, inStatus("stopped")), Want: check.Fail, Because: "P03"},
		"the pods' groups do":      {Edit: says(timeoutLine, func(s *world.Snapshot) { s.Cloud.Interfaces[2].Groups = []string{"sg-old"} }), Want: check.Fail, Because: "D45"},
		"a pod has no branch ENI":  {Edit: says(timeoutLine, alone), Want: check.Fail, Says: "green is without a branch ENI: rules for the pods' group"},
		"nothing explains it":      {Edit: says(timeoutLine), Want: check.Warn, Says: "its security groups let them in"},
		"the rules are not known":  {Edit: says(timeoutLine, gap(world.FactSecurityGroups)), Want: check.Warn, Says: "D78 could not tell whether it lets them in: "},
		"logs could not be read":   silentLog,
		"there is no log to read":  {Edit: func(s *world.Snapshot) { gap(world.FactLogs)(s); s.Kube.Pods[0].Phase = "Pending" }},
		"words that nobody knows":  {Edit: logs("Error: store connection is odd"), Want: check.Warn, Says: "green: Error: store connection is odd"},
		"an error of another kind": {Edit: logs("panic: index out of range"), Want: check.Skip, Says: "panic: index out of range"},
		"words of any program":     {Edit: says("Connection timed out"), Want: check.Warn, Says: "does not know"},
		"there is no database":     {Edit: says("dial tcp 10.0.9.9:6379: i/o timeout", func(s *world.Snapshot) { s.Cloud.Databases = nil; s.Kube.Secret = nil }), Want: check.Warn, Says: "the server that its log names"},
		"a time-out elsewhere":     {Edit: says("dial tcp 10.0.9.9:443: i/o timeout"), Want: check.Pass},
		"of a pod that none admit": {Edit: says(timeoutLine, func(s *world.Snapshot) { s.Kube.Pods[0].Labels = nil })},
	})
}

func TestPodsAskForTheDatabasesOwnPort(t *testing.T) {
	const line = "dial tcp db.example:5433: connect: connection refused"
	checktest.Table(t, clientChecks, "D79", map[string]checktest.Case{
		"they do":                 {},
		"one asks for another":    {Edit: says(line), Want: check.Fail, Says: "on another port than its own, 5432"},
		"its Secret has it wrong": {Edit: says(line, func(s *world.Snapshot) { s.Kube.Secret.Port = "5433" }), Want: check.Fail, Says: "setup writes the port into the Secret"},
		"logs could not be read":  silentLog,
	})
}

func TestTheDatabaseAcceptsConnections(t *testing.T) {
	checktest.Table(t, clientChecks, "D97", map[string]checktest.Case{
		"it does":                 {},
		"it refuses, and is well": {Edit: says(refusedLine), Want: check.Warn, Says: "describe-events"},
		"it restarts":             {Edit: says(refusedLine, inStatus("rebooting")), Want: check.Fail, Because: "P03"},
		"logs could not be read":  silentLog,
	})
}

// tells is the table of a check that tells of one line of a log, whatever else is.
func tells(t *testing.T, id, line string, want check.Status, text string) {
	t.Helper()
	checktest.Table(t, clientChecks, id, map[string]checktest.Case{
		"no log tells of it":       {},
		"a log tells of it":        {Edit: says(line), Want: want, Says: text},
		"a log tells of something": {Edit: says(timeoutLine)},
		"logs could not be read":   silentLog,
	})
}

func TestTheDatabaseHasStarted(t *testing.T) {
	tells(t, "D99", "FATAL:  the database system is starting up", check.Warn, "the network is open")
}

func TestTheDatabaseHasFreeConnections(t *testing.T) {
	tells(t, "D98", "FATAL:  sorry, too many clients already", check.Warn, "green found no free connection; the network is open")
}

func TestPodsTrustTheDatabasesCertificate(t *testing.T) {
	tells(t, "D95", "SSL error: certificate verify failed", check.Fail, "global-bundle.pem")
}

func TestClientsKnowSCRAM(t *testing.T) {
	tells(t, "D94", "SCRAM authentication requires libpq version 10 or above", check.Fail, "too old for SCRAM")
}

func TestTheDatabaseAcceptsTheLogin(t *testing.T) {
	foreign := func(s *world.Snapshot) { s.Cloud.Databases[0].Tags = nil }
	managed := func(s *world.Snapshot) { s.Cloud.Databases[0].MasterSecret = "arn:secret" }
	checktest.Table(t, clientChecks, "D92", map[string]checktest.Case{
		"no log says otherwise":      {},
		"of podsg's own database":    {Edit: says(loginLine), Want: check.Fail, Says: "| aws rds modify-db-instance --master-user-password file:///dev/stdin"},
		"of another database user":   {Edit: says(loginLine, func(s *world.Snapshot) { s.Kube.Secret.Username = "app" }), Want: check.Fail, Says: "--db-password-from"},
		"others have it right":       {Edit: says(loginLine, func(s *world.Snapshot) { s.Kube.Policies = append(s.Kube.Policies, elsewhere(s.Kube.Policies[0])) }), Want: check.Fail, Says: "--db-password-from secret:shop/rds"},
		"by IAM":                     {Edit: says(pamLine), Want: check.Fail, Says: "rds-db:connect"},
		"of somebody's database":     {Edit: says(loginLine, foreign), Want: check.Fail, Says: "--db-password-from"},
		"of a master user":           {Edit: says(loginLine, managed), Want: check.Fail, Says: "every seven days"},
		"the Secret has another one": {Edit: says(loginLine, func(s *world.Snapshot) { s.Password.Differs = true }), Want: check.Fail, Because: "D100"},
		"logs could not be read":     silentLog,
	})
}

func TestWhatThePodsAskForExists(t *testing.T) {
	checktest.Table(t, clientChecks, "D93", map[string]checktest.Case{
		"it does":                   {},
		"there is no such database": {Edit: says(`FATAL:  database "shop" does not exist`), Want: check.Fail, Says: "in the Secret it should be " + intent.DefaultDBName},
		"there is no such table":    {Edit: says(`ERROR:  relation "orders" does not exist`), Want: check.Warn, Says: "migrations"},
		"logs could not be read":    silentLog,
	})
}
