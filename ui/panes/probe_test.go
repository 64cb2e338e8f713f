package panes

import (
	"testing"

	"podsg/kube/live/rows"
	"podsg/ui/theme"
)

const redLine = `2026-11-28T03:12:04Z podsg-probe failed psql: error: connection to server at "rds-workshop.cabcdefghijk.us-west-2.rds.amazonaws.com" (192.168.113.5), port 5432 failed: timeout expired `

func TestTheVerdictOfATestPodsLineStandsFirst(t *testing.T) {
	const at = "2026-11-28T03:12:04Z podsg-probe "
	const server = `psql: error: connection to server at "db.example" (10.0.0.5), port 5432 failed: `
	for _, c := range []struct {
		what, probe, line, want string
		tone                    theme.Tone
	}{
		{"green connected", "green-pod", at + "connected clientAddress=192.168.97.64", "✓ connected from 192.168.97.64", theme.Good},
		{"red connected", "red-pod", at + "connected clientAddress=192.168.1.2", "× connected from 192.168.1.2", theme.Bad},
		{"red timed out", "red-pod", redLine, "✓ timed out after 5s: no answer from rds-workshop.cabcdefghijk.us-west-2.rds.amazonaws.com:5432", theme.Good},
		{"green timed out", "green-pod", at + "failed " + server + "timeout expired", "! timed out after 5s: no answer from db.example:5432", theme.Warn},
		{"no route", "red-pod", at + "failed " + server + "No route to host", "✓ timed out: No route to host (db.example:5432)", theme.Good},
		{"red refused", "red-pod", at + "failed " + server + "Connection refused", "× refused: Connection refused (db.example:5432)", theme.Bad},
		{"red logged in with a wrong password", "red-pod", at + "failed " + server + `FATAL:  password authentication failed for user "app"`,
			`× reached, but the login failed: FATAL:  password authentication failed for user "app" (db.example:5432)`, theme.Bad},
		{"a name without an address", "red-pod", at + `failed psql: error: could not translate host name "db.example" to address: Name does not resolve`,
			`! no address for the name: could not translate host name "db.example" to address: Name does not resolve`, theme.Warn},
		{"a row of the table", "green-pod", "test", "test", theme.Plain},
		{"something else", "green-pod", "podsg-probe", "podsg-probe", theme.Plain},
	} {
		if got := probeText(c.probe, c.line); got.Text != c.want || got.Tone != c.tone {
			t.Errorf("%s: %q in tone %d, want %q in %d", c.what, got.Text, got.Tone, c.want, c.tone)
		}
	}
}

func TestLogsShowVerdictsAndFilterAndOpenTheLineAsItWasWritten(t *testing.T) {
	s := workshop(t, 120, 24)
	s.keys("4")
	for _, line := range []string{redLine, "--------------------------", "test", "-----+-----"} {
		s.board.logs.add(logRow{probe: "red-pod", pod: "red-pod-1", LogLine: rows.LogLine{At: s.now, Text: line}})
	}
	s.update()
	s.sees("✓ timed out after 5s", "2 of 2")
	s.seesNot("podsg-probe", "-----+")
	s.keys("/")
	for _, r := range "failed psql" {
		s.keys(string(r))
	}
	s.keys("enter")
	s.sees("1 of 1 (2 in all)")
	s.keys("enter")
	s.sees("podsg-probe failed psql: error", "timeout expired")
}
