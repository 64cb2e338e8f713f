package steps

import (
	"strings"
	"testing"
	"time"
)

func TestClientErrorsAreToldApart(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]Verdict{
		`psql: error: connection to server at "db" (10.0.1.2), port 5432 failed: timeout expired`:                                     VerdictTimedOut,
		`psql: error: could not translate host name "db" to address: Name does not resolve`:                                           VerdictDNSFailed,
		`failed: FATAL:  no pg_hba.conf entry for host "10.0.3.4", user "workshop", database "workshop", no encryption`:               VerdictTLSRequired,
		`failed: FATAL:  password authentication failed for user "eksworkshop"`:                                                       VerdictAuthFailed,
		`failed: FATAL:  database "eksworkshop" does not exist`:                                                                       VerdictAuthFailed,
		`failed: Connection refused Is the server running on that host and accepting TCP/IP connections?`:                             VerdictRefused,
		`psql: error: connection to server at "db" (10.0.1.2), port 5432 failed: Host is unreachable`:                                 VerdictTimedOut,
		`failed: FATAL:  remaining connection slots are reserved for roles with privileges of the "pg_use_reserved_connections" role`: VerdictAuthFailed,
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
	if len(tries) != 2 || tries[0].verdict != VerdictTimedOut || tries[0].at != "2026-11-23T16:00:00Z" {
		t.Fatalf("%+v", tries)
	}
	p := tries[1]
	if p.verdict != VerdictConnected || p.clientAddress != "192.168.47.64" || len(p.rows) != 3 || p.rows[1] != "test" {
		t.Fatalf("%+v", p)
	}
	if tries := probeTries(""); len(tries) > 0 {
		t.Fatalf("an empty log tells of %+v", tries)
	}
}

func TestOnlyTriesThatBeganAfterTheRunCount(t *testing.T) {
	t.Parallel()
	at := func(seconds int) time.Time { return time.Date(2026, 11, 23, 16, 0, seconds, 0, time.UTC) }
	try := func(seconds int, v Verdict) probeTry {
		return probeTry{at(seconds).Format(time.RFC3339), probeLine{verdict: v}}
	}
	old, inFlight, second, late := try(0, VerdictConnected), try(8, VerdictConnected), try(13, VerdictTimedOut), try(11, VerdictTimedOut)
	for name, x := range map[string]struct {
		first, then []probeTry
		want        Verdict
	}{
		"nothing has been tried since":                       {[]probeTry{old}, []probeTry{old}, VerdictNotRunning},
		"the only new try was under way when the run ended":  {[]probeTry{old}, []probeTry{old, inFlight}, VerdictNotRunning},
		"a second new try began after it":                    {[]probeTry{old}, []probeTry{old, inFlight, second}, VerdictTimedOut},
		"a new try began late enough":                        {[]probeTry{old}, []probeTry{old, late}, VerdictTimedOut},
		"the log has grown beyond what is read of it":        {[]probeTry{old}, []probeTry{inFlight, second}, VerdictTimedOut},
		"a pod that had not tried at all tries late enough":  {nil, []probeTry{late}, VerdictTimedOut},
		"a pod that had not tried at all tries twice, early": {nil, []probeTry{try(2, VerdictConnected), inFlight}, VerdictConnected},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := &proof{started: at(10), before: map[string]string{}}
			if got := p.fresh("pod", x.first); got.verdict != VerdictNotRunning {
				t.Fatalf("the first look says %s", got.verdict)
			}
			if got := p.fresh("pod", x.then); got.verdict != x.want {
				t.Errorf("%s, want %s", got.verdict, x.want)
			}
		})
	}
}

func TestVerdictIsProvenOnlyByBothPods(t *testing.T) {
	t.Parallel()
	target := Target{PodGroup: IDRef("sg-1", "POD_SG")}
	green := GreenResult{Verdict: VerdictConnected, ClientAddress: "10.0.0.9", ENI: ProbeENI{ID: "eni-1", PrivateIP: "10.0.0.9", Groups: []string{"sg-1"}}}
	red := RedResult{Verdict: VerdictTimedOut}
	for name, x := range map[string]struct {
		edit    func(g *GreenResult, r *RedResult)
		redPod  Pod
		missing string
	}{
		"green connected from its branch ENI, red timed out": {func(*GreenResult, *RedResult) {}, Pod{}, ""},
		"green came from another address":                    {func(g *GreenResult, _ *RedResult) { g.ClientAddress = "10.0.0.2" }, Pod{}, "not its branch ENI's address"},
		"green's interface carries another group":            {func(g *GreenResult, _ *RedResult) { g.ENI.Groups = []string{"sg-2"} }, Pod{}, "not the policy's"},
		"red got in": {func(_ *GreenResult, r *RedResult) { r.Verdict = VerdictConnected }, Pod{}, "reach the database too"},
		"red's login failed, so the network was open": {func(_ *GreenResult, r *RedResult) { r.Verdict = VerdictAuthFailed }, Pod{}, "got through the network"},
		"red failed on DNS, which proves nothing":     {func(_ *GreenResult, r *RedResult) { r.Verdict = VerdictDNSFailed }, Pod{}, "proves nothing"},
		"red is selected by a policy":                 {func(*GreenResult, *RedResult) {}, Pod{ENIs: []PodENI{{ENIID: "eni-2"}}}, "a policy selects it"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			v := Verification{Green: green, Red: red}
			x.edit(&v.Green, &v.Red)
			v.judge(target, Pod{}, x.redPod)
			if v.Proven != (x.missing == "") || !strings.Contains(strings.Join(v.Reasons, "; "), x.missing) {
				t.Fatalf("proven %t: %v", v.Proven, v.Reasons)
			}
		})
	}
}
