package clientlog

import (
	"slices"
	"strings"
	"testing"

	"podsg/steps/intent"
	"podsg/steps/world"
)

func TestOnlyTroublesAfterTheLastSuccessAreTold(t *testing.T) {
	const (
		refused   = `2026-11-28T06:00:00Z podsg-probe failed psql: error: FATAL:  password authentication failed for user "app"`
		connected = "2026-11-28T06:00:05Z podsg-probe connected clientAddress=10.0.47.64"
	)
	trouble := world.LogTrouble{Check: "D92", Text: `password authentication failed for user "app"`}
	for name, c := range map[string]struct {
		lines []string
		want  []world.LogTrouble
	}{
		"nothing":                            {nil, nil},
		"lines that tell nothing":            {[]string{"started", "listening on 8080"}, nil},
		"a trouble":                          {[]string{"started", refused}, []world.LogTrouble{trouble}},
		"the same trouble again and again":   {[]string{refused, refused, refused}, []world.LogTrouble{trouble}},
		"a success after it":                 {[]string{refused, connected, "(1 row)"}, nil},
		"a success before it":                {[]string{connected, refused}, []world.LogTrouble{trouble}},
		"another program's success":          {[]string{refused, "INFO Connected to PostgreSQL 17.10"}, nil},
		"a connection that was made again":   {[]string{refused, "pool: reconnected to the database"}, nil},
		"a success that is denied":           {[]string{refused, "still not connected to the database"}, []world.LogTrouble{trouble}},
		"a connection to something else":     {[]string{refused, "client connected from 10.0.1.2"}, []world.LogTrouble{trouble}},
		"a connection that has been lost":    {[]string{refused, "disconnected to database pool"}, []world.LogTrouble{trouble}},
		"both in one line: it is a trouble":  {[]string{"connected to database: " + refused}, []world.LogTrouble{trouble}},
		"a success that is told as a result": {[]string{refused, "Database connection established"}, nil},
	} {
		if got := LogTroubles(strings.Join(c.lines, "\n")); !slices.Equal(got, c.want) {
			t.Errorf("%s: got %v, want %v", name, got, c.want)
		}
	}
}

func TestNothingOfALineIsKeptButTheWordsThatTellTheTrouble(t *testing.T) {
	got := LogTroubles(`token=s3cret FATAL: password authentication failed for user "app"`)
	if len(got) != 1 || strings.Contains(got[0].Text, "s3cret") {
		t.Errorf("got %v", got)
	}
}

func TestOnlyTheRedTestPodIsMeantToFail(t *testing.T) {
	for role, want := range map[string]bool{"red": true, "green": false, "relay": false, "": false} {
		if got := MeantToFail((world.Pod{ObjectFacts: world.ObjectFacts{Labels: map[string]string{intent.ProbeLabel: role}}})); got != want {
			t.Errorf("role %q: got %v", role, got)
		}
	}
}
