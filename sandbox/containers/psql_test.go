package containers_test

import (
	"bytes"
	"errors"
	"net"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"
)

const seed = `psql -q -c "CREATE TABLE welcome (column1 text)" -c "INSERT INTO welcome VALUES ('----'), ('test'), ('----')"; `

func TestPsqlReachesTheDatabaseFromTheAddressOfThePod(t *testing.T) {
	w := newWorld(t)
	out, code := w.script(t, seed+`psql -c "SELECT * FROM welcome"
		psql -At -F, -c "SELECT inet_client_addr(), current_user, (SELECT 1)" || true
		psql -At -F, -c "SELECT inet_client_addr(), ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()"`)
	want := ` column1 
---------
 ----
 test
 ----
(3 rows)

ERROR:  a subquery is not supported by the practice database
LINE 1: SELECT inet_client_addr(), current_user, (SELECT 1)
                                                  ^
192.168.63.249,t
`
	if out != want || code != 0 {
		t.Errorf("exit code %d, printed:\n%s\nwant:\n%s", code, out, want)
	}
}

func TestPsqlSaysWhyItCannotConnect(t *testing.T) {
	const server = `psql: error: connection to server at "` + endpoint + `" (192.168.112.9), port 5432 failed: `
	const hint = "\n\tIs the server running on that host and accepting TCP/IP connections?"
	for _, c := range []struct {
		sentence string
		change   func(*world)
		script   string
		want     string
	}{
		{"a wrong password", nil, "PGPASSWORD=nope psql -c 'SELECT 1'",
			server + `FATAL:  password authentication failed for user "workshop"`},
		{"no password", nil, "unset PGPASSWORD; psql -w -c 'SELECT 1'", server + "fe_sendauth: no password supplied"},
		{"no password and nobody to ask", nil, "unset PGPASSWORD; psql -c 'SELECT 1'",
			"Password for user workshop: \n" + server + "fe_sendauth: no password supplied"},
		{"an unknown database", nil, "psql -d nodb -c 'SELECT 1'", server + `FATAL:  database "nodb" does not exist`},
		{"nobody listens", nil, "psql -p 5433 -c 'SELECT 1'",
			`psql: error: connection to server at "` + endpoint + `" (192.168.112.9), port 5433 failed: Connection refused` + hint},
		{"an unknown name", nil, "psql -h None -c 'SELECT 1'",
			`psql: error: could not translate host name "None" to address: Name does not resolve`},
		{"TLS is forced and the client will not", nil, "PGSSLMODE=disable psql -c 'SELECT 1'",
			server + `FATAL:  no pg_hba.conf entry for host "192.168.63.249", user "workshop", database "workshop", no encryption`},
		{"prefer tries without TLS after a refusal", nil, "PGSSLMODE=prefer PGSSLROOTCERT= PGPASSWORD=nope psql -c 'SELECT 1'",
			server + `FATAL:  password authentication failed for user "workshop"` + "\n" +
				strings.TrimPrefix(server, "psql: error: ") +
				`FATAL:  no pg_hba.conf entry for host "192.168.63.249", user "workshop", database "workshop", no encryption`},
		{"a certificate of another authority", nil, "PGSSLROOTCERT=/etc/rds/strange.pem psql -c 'SELECT 1'",
			server + "SSL error: certificate verify failed"},
		{"a certificate of another name", nil, "psql -h alias.example -c 'SELECT 1'",
			`psql: error: connection to server at "alias.example" (192.168.112.9), port 5432 failed: ` +
				`server certificate for "` + endpoint + `" does not match host name "alias.example"`},
		{"no authorities to verify with", nil, "PGSSLROOTCERT=/none.pem psql -c 'SELECT 1'",
			server + "root certificate file \"/none.pem\" does not exist\n" +
				"Either provide the file or change sslmode to disable server certificate verification."},
		{"no host", nil, "unset PGHOST; psql -c 'SELECT 1'",
			`psql: error: connection to server on socket "/var/run/postgresql/.s.PGSQL.5432" failed: No such file or directory` +
				"\n\tIs the server running locally and accepting connections on that socket?"},
		{"a server that starts up", func(w *world) { w.server.SetStarting(true) }, "psql -c 'SELECT 1'",
			server + "FATAL:  the database system is starting up"},
		{"an impossible sslmode", nil, "psql 'sslmode=foo' -c 'SELECT 1'", `psql: error: invalid sslmode value: "foo"`},
	} {
		t.Run(c.sentence, func(t *testing.T) {
			w := newWorld(t)
			if c.change != nil {
				c.change(w)
			}
			out, code := w.script(t, c.script)
			if out != c.want+"\n" || code != 2 {
				t.Errorf("exit code %d, printed:\n%s\nwant 2 and:\n%s", code, out, c.want)
			}
		})
	}
}

func TestPsqlGivesUpWhenItsTimeIsOver(t *testing.T) {
	w := newWorld(t)
	w.set(func() { w.dropping = true })
	p := start(t, w.spec("sh", "-c", "psql -c 'SELECT 1'; echo code $?"))
	<-w.waiting
	w.clock.Step(4999 * time.Millisecond)
	if _, ended := p.ExitCode(); ended {
		t.Error("gave up before PGCONNECT_TIMEOUT")
	}
	w.clock.Step(time.Millisecond)
	out, _ := finish(t, p)
	want := `psql: error: connection to server at "` + endpoint + `" (192.168.112.9), port 5432 failed: timeout expired
code 2
`
	if out != want {
		t.Errorf("printed:\n%s\nwant:\n%s", out, want)
	}
}

func TestPsqlGivesUpOnAServerThatSaysNothing(t *testing.T) {
	w := newWorld(t)
	w.set(func() { w.silent = true })
	p := start(t, w.spec("psql", "-c", "SELECT 1"))
	<-w.waiting
	w.clock.Step(5 * time.Second)
	if out, code := finish(t, p); !strings.HasSuffix(out, "failed: timeout expired\n") || code != 2 {
		t.Errorf("exit code %d, printed:\n%s", code, out)
	}
}

// A clock that hurries must not make a healthy connection look blocked.
func TestPsqlConnectsUnderAClockThatRunsFarAhead(t *testing.T) {
	w := newWorld(t)
	p := start(t, w.spec("psql", "-At", "-c", "SELECT 'connected'"))
	for {
		if _, ended := p.ExitCode(); ended {
			break
		}
		w.clock.Step(time.Hour)
		time.Sleep(time.Millisecond)
	}
	if out, code := finish(t, p); out != "connected\n" || code != 0 {
		t.Errorf("exit code %d, printed:\n%s", code, out)
	}
}

func TestPsqlWithoutALimitWaitsAsLongAsTCPDoes(t *testing.T) {
	w := newWorld(t)
	w.set(func() { w.dropping = true })
	spec := w.spec("psql", "-c", "SELECT 1")
	delete(spec.Env, "PGCONNECT_TIMEOUT")
	p := start(t, spec)
	<-w.waiting
	w.clock.Step(127 * time.Second)
	if out, code := finish(t, p); !strings.Contains(out, "failed: Operation timed out\n\tIs the server running") || code != 2 {
		t.Errorf("exit code %d, printed:\n%s", code, out)
	}
}

func TestPsqlCannotResolveANameWhenDNSIsBlocked(t *testing.T) {
	w := newWorld(t)
	w.set(func() { w.dropDNS = true })
	p := start(t, w.spec("psql", "-c", "SELECT 1"))
	<-w.waiting
	w.clock.Step(5 * time.Second)
	out, code := finish(t, p)
	if want := "psql: error: could not translate host name \"" + endpoint + "\" to address: Try again\n"; out != want || code != 2 {
		t.Errorf("exit code %d, printed %q, want %q", code, out, want)
	}
}

func TestAScriptStopsAtTheFirstErrorOnlyWhenTold(t *testing.T) {
	w := newWorld(t)
	w.script(t, seed)
	const script = `printf 'SELECT 1;\nSELECT\n nope;\nSELECT 3;\n' > /tmp/a.sql; `
	for run, want := range map[string]string{
		"psql -At -f /tmp/a.sql":                   "1\npsql:/tmp/a.sql:3: ERROR:  column \"nope\" does not exist\nLINE 2:  nope;\n         ^\n3\ncode 0\n",
		"psql -At -v ON_ERROR_STOP=1 < /tmp/a.sql": "1\nERROR:  column \"nope\" does not exist\nLINE 2:  nope;\n         ^\ncode 3\n",
		"psql -At -c 'SELECT nope' -c 'SELECT 2'":  "ERROR:  column \"nope\" does not exist\nLINE 1: SELECT nope\n               ^\n2\ncode 0\n",
		"psql -At -c 'SELECT 2' -c 'SELECT nope'":  "2\nERROR:  column \"nope\" does not exist\nLINE 1: SELECT nope\n               ^\ncode 1\n",
		"echo 'SELECT column1 FROM welcome LIMIT 1' | psql -At -f - postgresql://workshop@" + endpoint + "/workshop": "----\ncode 0\n",
	} {
		if out, _ := w.script(t, script+run+"; echo code $?"); out != want {
			t.Errorf("%s printed:\n%s\nwant:\n%s", run, out, want)
		}
	}
}

func TestPgIsReadyTellsAcceptingFromRejecting(t *testing.T) {
	w := newWorld(t)
	if out, code := w.script(t, "pg_isready"); out != endpoint+":5432 - accepting connections\n" || code != 0 {
		t.Errorf("accepting: %d %q", code, out)
	}
	if out, code := w.script(t, "pg_isready -p 5433"); out != endpoint+":5433 - no response\n" || code != 2 {
		t.Errorf("nobody there: %d %q", code, out)
	}
	w.server.SetStarting(true)
	if out, code := w.script(t, "pg_isready -q"); out != "" || code != 1 {
		t.Errorf("starting: %d %q", code, out)
	}
}

// The real psql is asked the same where it is installed.
func TestPsqlSpeaksLikeTheRealOne(t *testing.T) {
	real, err := exec.LookPath("psql")
	if err != nil {
		t.Skip("psql is not installed")
	}
	w := newWorld(t)
	w.script(t, seed+`psql -q -c "CREATE TABLE counter (id int, n int, s text)" \
		-c "INSERT INTO counter VALUES (1, 1, 'one'), (2, 20, 'twenty'), (3, -3, null)"`)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go w.server.ServeConn(c, podAddr)
		}
	}()
	defer l.Close()
	_, port, _ := net.SplitHostPort(l.Addr().String())

	for _, args := range [][]string{
		{"-c", "SELECT * FROM counter"},
		{"-c", "SELECT 'a' AS \"left\", 1 AS n, E'two\\nlines' AS text, NULL AS none"},
		{"-t", "-c", "SELECT n, s FROM counter"},
		{"-A", "-c", "SELECT n, s FROM counter"},
		{"-At", "-F", ";", "-c", "SELECT n, s FROM counter"},
		{"-c", "SELECT n FROM counter WHERE n = 100"},
		{"-c", "SELECT 1; SELECT nope; SELECT 2"},
		{"-c", "DELETE FROM counter WHERE id = 4"},
		{"-c", "SELECT nope(1)"},
		{"-c", "SELECT 'something rather long, so that the line has to be cut' AS a, 'and even longer' AS b, nope FROM counter WHERE n = 1 AND s IS NULL"},
		{"-c", "DROP TABLE IF EXISTS none"},
		{"-q", "-c", "BEGIN", "-c", "ROLLBACK"},
		{"-c", `\dt`}, {"-c", `\d`}, {"-c", `\nope`}, {"-c", ""},
		{"-v", "ON_ERROR_STOP=1", "-c", "SELECT nope", "-c", "SELECT 2"},
		{"-f", "/none.sql"},
		{"-d", "nodb", "-c", "SELECT 1"},
		{"-U", "nobody", "-c", "SELECT 1"},
		{"-d", "sslmode=prefer dbname=nodb", "-c", "SELECT 1"},
		{"-d", "sslmode=disable", "-c", "SELECT 1"},
		{"-d", "sslmode=verify-full sslrootcert=/none.pem", "-c", "SELECT 1"},
		{"-d", "nope=1", "-c", "SELECT 1"}, {"-d", "postgresql://h/d?nope=1", "-c", "SELECT 1"},
		{"-d", "port=x1", "-c", "SELECT 1"}, {"-d", "sslmode=nope", "-c", "SELECT 1"},
		{"-d", "host=alias.example sslmode=verify-full sslrootcert=" + caFile, "-c", "SELECT 1"},
	} {
		ca := t.TempDir() + "/ca.pem"
		if err := os.WriteFile(ca, w.ca, 0o600); err != nil {
			t.Fatal(err)
		}
		realArgs := []string{"-X"}
		for _, arg := range args {
			realArgs = append(realArgs, strings.ReplaceAll(arg, caFile, ca))
		}
		c := exec.CommandContext(t.Context(), real, realArgs...)
		c.Env = []string{
			"PGHOST=" + endpoint, "PGHOSTADDR=127.0.0.1", "PGPORT=" + port, "PGUSER=workshop", "PGDATABASE=workshop",
			"PGPASSWORD=" + password, "PGSSLMODE=require", "PAGER=cat", "LC_ALL=C.UTF-8", "HOME=/nonexistent",
		}
		var out bytes.Buffer
		c.Stdout, c.Stderr = &out, &out
		wantCode := 0
		var exit *exec.ExitError
		if err := c.Run(); errors.As(err, &exit) {
			wantCode = exit.ExitCode()
		} else if err != nil {
			t.Fatal(err)
		}
		want := strings.ReplaceAll(strings.ReplaceAll(out.String(), "127.0.0.1", "192.168.112.9"), "port "+port, "port 5432")

		spec := w.spec(append([]string{"psql", "-X"}, args...)...)
		spec.Env["PGSSLMODE"], spec.Env["PGHOSTADDR"] = "require", dbAddr.Addr().String()
		delete(spec.Env, "PGSSLROOTCERT")
		got, code := finish(t, start(t, spec))
		if got != want || code != wantCode {
			t.Errorf("psql %q\nexit code %d, printed:\n%s\nthe real one %d:\n%s", args, code, got, wantCode, want)
		}
	}
}
