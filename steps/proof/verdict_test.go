package proof

import (
	"strings"
	"testing"
	"time"

	"podsg/steps/intent"
	"podsg/steps/plan"
	"podsg/steps/world"
)

func TestClientErrorsAreToldApart(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]plan.Verdict{
		`psql: error: connection to server at "db" (10.0.1.2), port 5432 failed: timeout expired`:                                     plan.VerdictTimedOut,
		`psql: error: could not translate host name "db" to address: Name does not resolve`:                                           plan.VerdictDNSFailed,
		`failed: FATAL:  no pg_hba.conf entry for host "10.0.3.4", user "workshop", database "workshop", no encryption`:               plan.VerdictTLSRequired,
		`failed: FATAL:  password authentication failed for user "eksworkshop"`:                                                       plan.VerdictAuthFailed,
		`failed: FATAL:  database "eksworkshop" does not exist`:                                                                       plan.VerdictAuthFailed,
		`failed: Connection refused Is the server running on that host and accepting TCP/IP connections?`:                             plan.VerdictRefused,
		`psql: error: connection to server at "db" (10.0.1.2), port 5432 failed: Host is unreachable`:                                 plan.VerdictTimedOut,
		`failed: FATAL:  remaining connection slots are reserved for roles with privileges of the "pg_use_reserved_connections" role`: plan.VerdictAuthFailed,
	} {
		if got := ClassifyClientError(text); got != want {
			t.Errorf("%s: %s, want %s", text, got, want)
		}
	}
}

func TestALogTellsOfItsTries(t *testing.T) {
	t.Parallel()
	log := `2026-11-23T16:00:00Z podsg-probe failed psql: error: connection to server failed: timeout expired
2026-11-23T16:00:05Z podsg-probe connected clientAddress=192.168.47.64
--------------------------
test
--------------------------
`
	tries := probeTries(log)
	if len(tries) != 2 || tries[0].Verdict != plan.VerdictTimedOut || tries[0].At != "2026-11-23T16:00:00Z" {
		t.Fatalf("%+v", tries)
	}
	p := tries[1]
	if p.Verdict != plan.VerdictConnected || p.ClientAddress != "192.168.47.64" || len(p.Rows) != 3 || p.Rows[1] != "test" {
		t.Fatalf("%+v", p)
	}
	if tries := probeTries(""); len(tries) > 0 {
		t.Fatalf("an empty log tells of %+v", tries)
	}
}

func TestOnlyTriesThatBeganAfterTheRunCount(t *testing.T) {
	t.Parallel()
	at := func(seconds int) time.Time { return time.Date(2026, 11, 23, 16, 0, seconds, 0, time.UTC) }
	try := func(seconds int, v plan.Verdict) probeTry {
		return probeTry{At: at(seconds).Format(time.RFC3339), probeLine: probeLine{Verdict: v}}
	}
	old, inFlight, second, late := try(0, plan.VerdictConnected), try(8, plan.VerdictConnected), try(13, plan.VerdictTimedOut), try(11, plan.VerdictTimedOut)
	for name, x := range map[string]struct {
		first, then []probeTry
		want        plan.Verdict
	}{
		"nothing has been tried since":                       {[]probeTry{old}, []probeTry{old}, plan.VerdictNotRunning},
		"the only new try was under way when the run ended":  {[]probeTry{old}, []probeTry{old, inFlight}, plan.VerdictNotRunning},
		"a second new try began after it":                    {[]probeTry{old}, []probeTry{old, inFlight, second}, plan.VerdictTimedOut},
		"a new try began late enough":                        {[]probeTry{old}, []probeTry{old, late}, plan.VerdictTimedOut},
		"the log has grown beyond what is read of it":        {[]probeTry{old}, []probeTry{inFlight, second}, plan.VerdictTimedOut},
		"a pod that had not tried at all tries late enough":  {nil, []probeTry{late}, plan.VerdictTimedOut},
		"a pod that had not tried at all tries twice, early": {nil, []probeTry{try(2, plan.VerdictConnected), inFlight}, plan.VerdictConnected},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := &Proof{Started: at(10), Before: map[string]string{}}
			if got := p.fresh("pod", x.first); got.Verdict != plan.VerdictNotRunning {
				t.Fatalf("the first look says %s", got.Verdict)
			}
			if got := p.fresh("pod", x.then); got.Verdict != x.want {
				t.Errorf("%s, want %s", got.Verdict, x.want)
			}
		})
	}
}

func TestVerdictIsProvenOnlyByBothPods(t *testing.T) {
	t.Parallel()
	target := intent.Target{PodGroup: intent.IDRef("sg-1", "POD_SG"), PolicyGroups: []intent.Ref{intent.IDRef("sg-1", "POD_SG")}}
	green := plan.GreenResult{Verdict: plan.VerdictConnected, ClientAddress: "10.0.0.9", ENI: plan.ProbeENI{ID: "eni-1", PrivateIP: "10.0.0.9", Groups: []string{"sg-1"}}}
	red := plan.RedResult{Verdict: plan.VerdictTimedOut}
	for name, x := range map[string]struct {
		edit    func(g *plan.GreenResult, r *plan.RedResult)
		redPod  world.Pod
		missing string
	}{
		"green connected from its branch ENI, red timed out": {func(*plan.GreenResult, *plan.RedResult) {}, world.Pod{}, ""},
		"green came from another address":                    {func(g *plan.GreenResult, _ *plan.RedResult) { g.ClientAddress = "10.0.0.2" }, world.Pod{}, "not its branch ENI's address"},
		"green's interface carries another group":            {func(g *plan.GreenResult, _ *plan.RedResult) { g.ENI.Groups = []string{"sg-2"} }, world.Pod{}, "not the policy's"},
		"red got in": {func(_ *plan.GreenResult, r *plan.RedResult) { r.Verdict = plan.VerdictConnected }, world.Pod{}, "reach the database too"},
		"red's login failed, so the network was open": {func(_ *plan.GreenResult, r *plan.RedResult) { r.Verdict = plan.VerdictAuthFailed }, world.Pod{}, "got through the network"},
		"red failed on DNS, which proves nothing":     {func(_ *plan.GreenResult, r *plan.RedResult) { r.Verdict = plan.VerdictDNSFailed }, world.Pod{}, "proves nothing"},
		"red is selected by a policy":                 {func(*plan.GreenResult, *plan.RedResult) {}, world.Pod{ENIs: []world.PodENI{{ENIID: "eni-2"}}}, "a policy selects it"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			v := plan.Verification{Green: green, Red: red}
			x.edit(&v.Green, &v.Red)
			judge(&v, target, world.Pod{}, x.redPod)
			if v.Proven != (x.missing == "") || !strings.Contains(strings.Join(v.Reasons, "; "), x.missing) {
				t.Fatalf("proven %t: %v", v.Proven, v.Reasons)
			}
		})
	}
}
