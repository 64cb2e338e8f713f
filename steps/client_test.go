package steps

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"podsg/steps/check"
	"podsg/steps/clientlog"
	"podsg/steps/follow"
	"podsg/steps/intent"
	"podsg/steps/world"
)

// logged gives the shop's pod the troubles that lines of its log tell of.
func logged(t *testing.T, s *world.Snapshot, lines ...string) {
	t.Helper()
	for _, line := range lines {
		trouble, ok := clientlog.LogTroubleIn(line)
		if !ok {
			t.Fatalf("no trouble in %q", line)
		}
		s.Kube.Pods[0].Troubles = append(s.Kube.Pods[0].Troubles, trouble)
	}
}

// clientIDs are the checks that only logs can make fail.
var clientIDs = []string{"D79", "D90", "D91", "D92", "D93", "D94", "D95", "D96", "D97", "D98", "D99"}

const (
	timeoutLine = `connection to server at "orders.rds" (10.0.1.2), port 5432 failed: timeout expired`
	loginLine   = `FATAL:  password authentication failed for user "app"`
	nameLine    = `could not translate host name "orders.rds" to address: Name or service not known`
	plainLogin  = `FATAL:  no pg_hba.conf entry for host "10.0.0.50", user "app", database "orders", no encryption`
)

func TestEachTroubleOfALogIsAFindingOfItsOwn(t *testing.T) {
	t.Parallel()
	for name, x := range map[string]struct {
		lines   []string
		breakIt func(s *world.Snapshot)
		want    map[string]check.Status // of the clients' checks, but for those that pass
		says    string
		because string // the check that explains it, which has the fix
		fix     string // in its text or command
	}{
		"a time-out that the rules explain": {lines: []string{timeoutLine}, breakIt: func(s *world.Snapshot) { s.Cloud.SecurityGroups[2].Rules = nil },
			want: map[string]check.Status{"D90": check.Fail}, because: "D77"},
		"a time-out that the status explains": {lines: []string{timeoutLine}, breakIt: func(s *world.Snapshot) { s.Cloud.Databases[0].Status = "stopped" },
			want: map[string]check.Status{"D90": check.Fail}, because: "P03"},
		"a time-out of a pod without a branch ENI": {lines: []string{timeoutLine}, breakIt: func(s *world.Snapshot) { s.Kube.Pods[0].ENIs = nil },
			want: map[string]check.Status{"D90": check.Fail}, says: "api-1 is without a branch ENI", fix: "D44"},
		"a time-out that the rules do not explain": {lines: []string{timeoutLine}, want: map[string]check.Status{"D90": check.Warn}, says: "security groups let them in", fix: "network ACL"},
		"a time-out of JDBC": {lines: []string{"PSQLException: The connection attempt failed.", "Caused by: java.net.SocketTimeoutException: Connect timed out"},
			want: map[string]check.Status{"D90": check.Warn}},
		"a time-out of some other client":   {lines: []string{"java.net.SocketTimeoutException: Connect timed out"}, want: map[string]check.Status{"D90": check.Warn}},
		"a time-out of another port":        {lines: []string{"dial tcp 10.0.9.9:443: i/o timeout"}},
		"a refusal of another server":       {lines: []string{"connect ECONNREFUSED 127.0.0.1:4317"}},
		"a name that is not the database's": {lines: []string{"lookup api.example on 10.0.0.11:53: no such host"}},
		"an unknown host of JDBC": {lines: []string{"PSQLException: The connection attempt failed.", "Caused by: java.net.UnknownHostException: orders.rds"},
			want: map[string]check.Status{"D96": check.Warn}},
		"a name that CoreDNS's rules explain": {lines: []string{nameLine}, breakIt: func(s *world.Snapshot) { s.Cloud.SecurityGroups[0].Rules = s.Cloud.SecurityGroups[0].Rules[:1] },
			want: map[string]check.Status{"D96": check.Fail}, because: "D76"},
		"a name that the Secret has wrong": {lines: []string{`could not translate host name "None" to address: Name or service not known`},
			breakIt: func(s *world.Snapshot) { s.Kube.Secret = &world.SecretFacts{Host: "None", HasPassword: true} },
			want:    map[string]check.Status{"D96": check.Fail}, because: "D100"},
		"another port of the database": {lines: []string{`dial tcp orders.rds:5433: connect: connection refused`}, want: map[string]check.Status{"D79": check.Fail}, says: "5432"},
		"a refusal of a database that runs": {lines: []string{`connection to server at "orders.rds" (10.0.1.2), port 5432 failed: Connection refused`},
			want: map[string]check.Status{"D97": check.Warn}, fix: "describe-events"},
		"a refusal of a database that restarts": {lines: []string{`connection to server at "orders.rds" (10.0.1.2), port 5432 failed: Connection refused`},
			breakIt: func(s *world.Snapshot) { s.Cloud.Databases[0].Status = "rebooting" }, want: map[string]check.Status{"D97": check.Fail}, because: "P03"},
		"no encryption":                         {lines: []string{plainLogin}, want: map[string]check.Status{"D91": check.Fail}, says: "the network is open", fix: "sslmode=require"},
		"a wrong password, with its echo":       {lines: []string{loginLine, plainLogin}, want: map[string]check.Status{"D92": check.Fail}, says: "the network is open", fix: "--db-password-from"},
		"a wrong password after a time-out":     {lines: []string{timeoutLine, nameLine, loginLine}, want: map[string]check.Status{"D92": check.Fail}},
		"a time-out after a wrong password":     {lines: []string{loginLine, timeoutLine}, want: map[string]check.Status{"D92": check.Fail, "D90": check.Warn}},
		"a database that is not there":          {lines: []string{`FATAL:  database "shop" does not exist`}, want: map[string]check.Status{"D93": check.Fail}, says: "the network is open", fix: "dbname"},
		"a table that is not there":             {lines: []string{`ERROR:  relation "orders" does not exist`}, want: map[string]check.Status{"D93": check.Warn}, fix: "migrations"},
		"an old client":                         {lines: []string{"SCRAM authentication requires libpq version 10 or above"}, want: map[string]check.Status{"D94": check.Fail}, says: "the network is open"},
		"a certificate that nobody vouches for": {lines: []string{"SSL error: certificate verify failed"}, want: map[string]check.Status{"D95": check.Fail}, fix: "global-bundle.pem"},
		"too many connections":                  {lines: []string{"FATAL:  sorry, too many clients already"}, want: map[string]check.Status{"D98": check.Warn}, says: "the network is open"},
		"a database that starts":                {lines: []string{"FATAL:  the database system is starting up"}, want: map[string]check.Status{"D99": check.Warn}, says: "the network is open"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := shopSnapshot()
			force := true
			s.Cloud.Databases[0].ForceSSL = &force
			logged(t, s, x.lines...)
			if x.breakIt != nil {
				x.breakIt(s)
			}
			found := diagnosed(t, s, intent.Intent{})
			for _, id := range clientIDs {
				f, reported := found[id]
				if want := x.want[id]; want == "" && reported && f.Status != check.Pass || want != "" && f.Status != want {
					t.Errorf("%s %s, want %q: %s", id, f.Status, want, f.Reason.String())
				}
			}
			for id := range x.want {
				f := found[id]
				if !strings.HasPrefix(f.Reason.String(), "api-1 ") || !strings.Contains(f.Reason.String(), x.says) || !slices.Contains(f.Objects, "shop/api-1") || len(f.Evidence) == 0 {
					t.Errorf("%+v", f)
				}
				if x.because != "" {
					if !slices.Equal(f.CausedBy, []string{x.because}) || f.Fix != nil {
						t.Errorf("%s is explained by %v and has the fix %+v, want %s and none", id, f.CausedBy, f.Fix, x.because)
					}
					continue
				}
				if f.Fix == nil || !strings.Contains(f.Fix.Text.String()+f.Fix.Command, x.fix) {
					t.Errorf("%s: the fix is %+v, want one with %q", id, f.Fix, x.fix)
				}
			}
		})
	}
}

func TestOnlySelectedPodsAreExpectedToReachTheDatabase(t *testing.T) {
	t.Parallel()
	s := shopSnapshot()
	red := s.Kube.Pods[0]
	red.Name, red.Labels, red.ENIs = "red", nil, nil
	trouble, _ := clientlog.LogTroubleIn(timeoutLine)
	red.Troubles = []world.LogTrouble{trouble}
	s.Kube.Pods = append(s.Kube.Pods, red)
	if f := diagnosed(t, s, intent.Intent{})["D90"]; f.Status != check.Pass {
		t.Errorf("%s: %s", f.Status, f.Reason.String())
	}
}

func TestLogsThatCouldNotBeReadProveNothing(t *testing.T) {
	t.Parallel()
	s := shopSnapshot()
	s.AddGap(world.FactLogs, errors.New("not allowed"))
	found := diagnosed(t, s, intent.Intent{})
	for _, id := range []string{"D90", "D92", "D96", "D97"} {
		if f := found[id]; f.Status != check.Skip || !strings.Contains(f.Reason.String(), "not allowed") {
			t.Errorf("%s: %s", f.Status, f.Reason.String())
		}
	}
}

func TestAFollowedPodsOwnLogIsTheLastRung(t *testing.T) {
	t.Parallel()
	s := shopSnapshot()
	other := s.Kube.Pods[0]
	other.Name = "api-2"
	logged(t, s, loginLine)
	s.Kube.Pods = append(s.Kube.Pods, other)
	target, err := intent.ResolveForDiagnosis(s, intent.Intent{Cluster: "shop", Namespace: "shop"})
	if err != nil {
		t.Fatal(err)
	}
	for pod, want := range map[string]string{"api-1": "D92 fail", "api-2": "D90 pass"} {
		found, err := follow.CheckPod(s, &target, pod)
		if err != nil {
			t.Fatal(err)
		}
		if last := found[len(found)-1]; last.ID+" "+string(last.Status) != want {
			t.Errorf("%s: %s %s: %s", pod, last.ID, last.Status, last.Reason.String())
		}
	}
}

func TestACopyOfAPasswordThatRDSChangesIsARisk(t *testing.T) {
	t.Parallel()
	const arn = "arn:aws:secretsmanager:us-west-2:111122223333:secret:rds!db-1"
	for name, x := range map[string]struct {
		secret  *world.SecretFacts
		managed string
		want    check.Status // empty: not reported
	}{
		"of the master user":                 {&world.SecretFacts{Username: "app", HasPassword: true}, arn, check.Warn},
		"of a user of the pods' own":         {&world.SecretFacts{Username: "pods", HasPassword: true}, arn, check.Pass},
		"of a master user that nobody rolls": {&world.SecretFacts{Username: "app", HasPassword: true}, "", ""},
		"of nobody":                          {nil, arn, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := shopSnapshot()
			s.Cloud.Databases[0].MasterSecret, s.Kube.Secret = x.managed, x.secret
			logged(t, s, loginLine)
			found := diagnosed(t, s, intent.Intent{Database: intent.DatabaseIntent{Existing: &intent.ExistingDatabase{Identifier: "orders"}}})
			if f := found["P07"]; f.Status != x.want {
				t.Errorf("%s: %s", f.Status, f.Reason.String())
			}
			if told := strings.Contains(found["D92"].Reason.String(), "every seven days"); told != (x.want == check.Warn) {
				t.Errorf("%s", found["D92"].Reason.String())
			}
			for _, id := range []string{"P07", "D92"} {
				if f := found[id]; x.want == check.Warn && !strings.Contains(f.Fix.Command, "--db-password-from 'secretsmanager:"+arn+"'") {
					t.Errorf("%s: %+v", id, f.Fix)
				}
			}
		})
	}
}

func TestWhoeverSetsUpIsToldThatRDSChangesTheMasterPassword(t *testing.T) {
	t.Parallel()
	for managed, want := range map[string]bool{"": false, "arn:secret": true} {
		target := &intent.Target{PasswordSrc: "secretsmanager:arn:secret"}
		target.DB.Username = "app"
		target.DB.Existing = &world.Database{Identifier: "orders", Username: "app", MasterSecret: managed}
		if notes := strings.Join(target.Notes(), "\n"); strings.Contains(notes, "every seven days") != want {
			t.Errorf("%q: %q", managed, notes)
		}
	}
}
