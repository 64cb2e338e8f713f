package postgres

import (
	"context"
	"crypto/tls"
	"io"
	"net"
	"net/netip"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"

	"podsg/sandbox/postgres"
	"podsg/steps/plan"
	"podsg/steps/world"
)

// practiceDatabase is a PostgreSQL server on loopback and the way to it.
func practiceDatabase(t *testing.T) (plan.DatabaseTarget, world.DialFunc) {
	t.Helper()
	cert, ca := certificate(t, endpointName)
	server := postgres.NewServer(postgres.Config{TLS: &tls.Config{Certificates: []tls.Certificate{cert}}, ForceTLS: true})
	t.Cleanup(func() { _ = server.Close() })
	server.SetPassword("workshop", "correct-horse")
	server.CreateDatabase("workshop", "workshop")
	dial := func(context.Context, string, string) (net.Conn, error) {
		here, there := net.Pipe()
		go server.ServeConn(there, netip.MustParseAddr("10.0.0.9"))
		return here, nil
	}
	return target(ca), dial
}

func TestSeedMakesTheTableOnceAndUnseedDropsIt(t *testing.T) {
	db, dial := practiceDatabase(t)
	client := &Client{}
	for _, step := range []struct {
		name string
		made bool
	}{{"the first time", true}, {"again", false}} {
		rows, made, err := client.Seed(t.Context(), db, dial)
		if err != nil || rows != len(welcomeRows) || made != step.made {
			t.Fatalf("%s: %d rows, made %t, %v", step.name, rows, made, err)
		}
	}
	for range 2 { // the second time there is nothing to drop
		if err := client.Unseed(t.Context(), db, dial); err != nil {
			t.Fatal(err)
		}
	}
	if _, made, err := client.Seed(t.Context(), db, dial); err != nil || !made {
		t.Errorf("after Unseed: made %t, %v", made, err)
	}
}

func TestATableWithRowsIsLeftAsItIs(t *testing.T) {
	db, dial := practiceDatabase(t)
	client := &Client{}
	conn, err := client.connect(t.Context(), db, dial)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := conn.Exec(t.Context(), "CREATE TABLE welcome (column1 TEXT); INSERT INTO welcome VALUES ('mine')"); err != nil {
		t.Fatal(err)
	}
	closeConn(t.Context(), conn)
	if rows, made, err := client.Seed(t.Context(), db, dial); err != nil || rows != 1 || made {
		t.Errorf("%d rows, made %t, %v; want the user's one row", rows, made, err)
	}
}

func TestAWrongPasswordIsTheServersOwnAnswer(t *testing.T) {
	db, dial := practiceDatabase(t)
	db.Password = world.NewPassword("battery-staple")
	_, _, err := (&Client{}).Seed(t.Context(), db, dial)
	if world.KindOf(err) != world.ProblemCredentials || strings.Contains(err.Error(), "battery-staple") {
		t.Errorf("got %v", err)
	}
}

func TestATableThatAnotherRunMakesAtTheSameTimeIsNoFailure(t *testing.T) {
	for name, c := range map[string]struct {
		err  error
		want bool
	}{
		"it is there":                   {&pgconn.PgError{Code: "42P07"}, true},
		"its type is being made":        {&pgconn.PgError{Code: "23505", ConstraintName: "pg_type_typname_nsp_index"}, true},
		"its name is being taken":       {&pgconn.PgError{Code: "23505", ConstraintName: "pg_class_relname_nsp_index"}, true},
		"a row of the user's is double": {&pgconn.PgError{Code: "23505", ConstraintName: "welcome_pkey"}, false},
		"the connection broke":          {io.ErrUnexpectedEOF, false},
		"nothing happened":              {nil, false},
	} {
		if got := madeMeanwhile(c.err); got != c.want {
			t.Errorf("%s: %t, want %t", name, got, c.want)
		}
	}
}
