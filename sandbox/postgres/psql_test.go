package postgres_test

import (
	"net"
	"os"
	"os/exec"
	"strings"
	"testing"
)

// The real psql is asked where it is installed.
func TestPsqlShowsTables(t *testing.T) {
	psql, err := exec.LookPath("psql")
	if err != nil {
		t.Skip("psql is not installed")
	}
	w := newWorld(t, nil)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	go w.server.Serve(l)
	mustExec(t, w.connect(t), "CREATE TABLE welcome (id int, column1 text)")

	run := func(command string) string {
		host, port, _ := net.SplitHostPort(l.Addr().String())
		c := exec.CommandContext(t.Context(), psql, "-X", "-c", command,
			"host="+host+" port="+port+" user="+user+" dbname="+user+" sslmode=require")
		c.Env = append(os.Environ(), "PGPASSWORD="+password, "PAGER=cat")
		out, err := c.CombinedOutput()
		if err != nil {
			t.Fatalf("psql %s: %v\n%s", command, err, out)
		}
		return string(out)
	}
	for command, want := range map[string]string{
		`\dt`: `
          List of relations
 Schema |  Name   | Type  |  Owner   
--------+---------+-------+----------
 public | welcome | table | workshop
(1 row)
`,
		`\d welcome`: `
              Table "public.welcome"
 Column  |  Type   | Collation | Nullable | Default 
---------+---------+-----------+----------+---------
 id      | integer |           |          | 
 column1 | text    |           |          | 
`,
	} {
		if got := strings.TrimSpace(run(command)); got != strings.TrimSpace(want) {
			t.Errorf("%s shows\n%s\nwant\n%s", command, got, strings.TrimSpace(want))
		}
	}
}
