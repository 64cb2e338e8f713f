package clientlog

import (
	"slices"
	"strings"
	"testing"

	"podsg/steps/world"
)

func TestALineOfAnErrorThatNobodyUnderstandsIsKept(t *testing.T) {
	t.Parallel()
	for line, want := range map[string]string{
		"ERROR: database link is down":                                         "ERROR: database link is down",
		"2026-11-30 level=error msg=\"cannot reach upstream store\"":           `2026-11-30 level=error msg="cannot reach upstream store"`,
		"java.net.ConnectException: Connection timed out":                      "", // understood
		"panic: runtime error: invalid memory address":                         "panic: runtime error: invalid memory address",
		"FATAL: something new about user app":                                  "FATAL: something new about user app",
		"Error: EPROTO 140:error:1408F10B:SSL routines:wrong version number":   "Error: EPROTO 140:error:1408F10B:SSL routines:wrong version number",
		"GET /errors 200 3ms":                                                  "",
		"compiled with 0 errors":                                               "",
		"finished: failed=0 errors=0":                                          "",
		"level=info msg=\"no error\" err=nil":                                  "",
		"error=<nil> done":                                                     "",
		"   at Connection.handleError (/app/node_modules/pg/lib/client.js:12)": "",
		`  File "/app/error.py", line 7, in connect`:                           "",
	} {
		var got []string
		for _, x := range LogTroubles(line) {
			if x.Check == NotUnderstood {
				got = append(got, x.Text)
			}
		}
		if want == "" && len(got) > 0 || want != "" && !slices.Equal(got, []string{want}) {
			t.Errorf("%s\n got %q\nwant %q", line, got, want)
		}
	}
}

func TestOnlyTheLastLinesThatNobodyUnderstandsAreKept(t *testing.T) {
	t.Parallel()
	var log strings.Builder
	for _, c := range "abcdefgh" {
		log.WriteString("Error: strange thing " + string(c) + "\n")
	}
	if got := LogTroubles(log.String()); len(got) != manyWords || got[len(got)-1].Text != "Error: strange thing h" {
		t.Errorf("%v", got)
	}
	log.WriteString("connected to the database\n")
	if got := LogTroubles(log.String()); len(got) != 0 {
		t.Errorf("what a success has followed is history: %v", got)
	}
}

func TestNoSecretOfALineThatNobodyUnderstandsIsKept(t *testing.T) {
	t.Parallel()
	for _, line := range []string{
		`Error: bad login with password=s3cr3tpw for store`,
		`Error: bad url postgres://app:s3cr3tpw@db:5432/orders`,
		`{"level":"error","token":"s3cr3tpw","msg":"no store"}`,
		`ERROR Authorization: Bearer s3cr3tpw refused`,
		`Error: header x-api-key: s3cr3tpw was denied`,
		`error: key AKIAs3cr3tpwABCDEFG1234567890 unknown`,
		`Error: PGPASSWORD is s3cr3tpw and failed`,
		`error: secret "s3cr3tpw" failed`,
		`Error: s3cr3tpw@db failed`,
	} {
		for _, x := range LogTroubles(line) {
			if strings.Contains(x.Text, "s3cr3tpw") {
				t.Errorf("%s: %q", line, x.Text)
			}
		}
	}
}

func TestAnUnknownLineCountsOnlyWhereNothingElseIsKnownOfThePod(t *testing.T) {
	t.Parallel()
	n := databaseNames{names: []string{"db.internal"}, ports: []string{"5432"}}
	unknown := world.LogTrouble{Check: NotUnderstood, Text: "Error: strange thing"}
	timeout := world.LogTrouble{Check: TroubleTimeout, Text: "tcp connect (db.internal:5432): timeout"}
	bareWords := world.LogTrouble{Check: TroubleTimeout, Text: "Connection timed out"}
	vagueWords := world.LogTrouble{Check: TroubleTimeout, Text: "The connection attempt failed"}
	another := world.LogTrouble{Check: TroubleTimeout, Text: "dial tcp 10.9.9.9:6379: i/o timeout"}
	for name, c := range map[string]struct{ all, want []world.LogTrouble }{
		"alone":                         {[]world.LogTrouble{unknown}, []world.LogTrouble{unknown}},
		"beside one that is understood": {[]world.LogTrouble{unknown, timeout}, []world.LogTrouble{timeout}},
		"beside another server's":       {[]world.LogTrouble{another, unknown}, []world.LogTrouble{unknown}},
		"words of any program":          {[]world.LogTrouble{bareWords}, []world.LogTrouble{{Check: NotUnderstood, Text: "Connection timed out"}}},
		"beside what makes them clear":  {[]world.LogTrouble{bareWords, vagueWords}, []world.LogTrouble{bareWords}},
	} {
		if got := n.latest(c.all); !slices.Equal(got, c.want) {
			t.Errorf("%s: %v", name, got)
		}
	}
}
