package postgres_test

import (
	"context"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

func TestOthersSeeATransactionOnlyWhenItIsCommitted(t *testing.T) {
	w := newWorld(t, nil)
	writer, reader := w.connect(t), w.connect(t)
	mustExec(t, writer, "CREATE TABLE welcome (column1 text)")
	mustExec(t, writer, "BEGIN")
	mustExec(t, writer, "INSERT INTO welcome VALUES ('test')")
	if n := one[int](t, reader, "SELECT count(*) FROM welcome"); n != 0 {
		t.Errorf("another session sees %d uncommitted rows", n)
	}
	mustExec(t, writer, "COMMIT")
	if n := one[int](t, reader, "SELECT count(*) FROM welcome"); n != 1 {
		t.Errorf("another session sees %d rows after commit", n)
	}
}

func TestAWriterWaitsForTheTransactionBeforeIt(t *testing.T) {
	w := newWorld(t, nil)
	first, second := w.connect(t), w.connect(t)
	mustExec(t, first, "CREATE TABLE counter (n int)")
	mustExec(t, first, "INSERT INTO counter VALUES (1)")
	mustExec(t, first, "BEGIN")
	mustExec(t, first, "INSERT INTO counter VALUES (2)")

	done := make(chan error, 1)
	go func() {
		_, err := second.Exec(context.Background(), "INSERT INTO counter VALUES (3)")
		done <- err
	}()
	select {
	case err := <-done:
		t.Fatalf("the second writer did not wait: %s", outcome(err))
	case <-time.After(20 * time.Millisecond):
	}
	mustExec(t, first, "COMMIT")
	if err := <-done; err != nil {
		t.Fatal(outcome(err))
	}
	if n := one[int](t, first, "SELECT count(*) FROM counter"); n != 3 {
		t.Errorf("%d rows, want those of both writers: 3", n)
	}
}

func TestTwoTransactionsThatWaitForEachOtherAreADeadlock(t *testing.T) {
	w := newWorld(t, nil)
	a, b := w.connect(t), w.connect(t)
	mustExec(t, a, "CREATE TABLE x (n int)")
	mustExec(t, a, "CREATE TABLE y (n int)")
	for _, c := range []*pgx.Conn{a, b} {
		mustExec(t, c, "BEGIN")
	}
	mustExec(t, a, "DELETE FROM x")
	mustExec(t, b, "DELETE FROM y")
	outcomes := make(chan string)
	go func() {
		_, err := a.Exec(context.Background(), "DELETE FROM y")
		if err != nil {
			a.Exec(context.Background(), "ROLLBACK")
		}
		outcomes <- outcome(err)
	}()
	go func() {
		_, err := b.Exec(context.Background(), "DELETE FROM x")
		if err != nil {
			b.Exec(context.Background(), "ROLLBACK")
		}
		outcomes <- outcome(err)
	}()
	got := map[string]int{<-outcomes: 1}
	got[<-outcomes]++
	if got["ok"] != 1 || got["ERROR 40P01: deadlock detected"] != 1 {
		t.Errorf("got %v, want one victim and one survivor", got)
	}
}

func TestATableBelongsToItsOwner(t *testing.T) {
	w := newWorld(t, nil)
	mustExec(t, w.connect(t), "CREATE TABLE welcome (column1 text)")
	w.server.SetPassword("guest", password)
	config := w.options(t, "")
	config.User = "guest"
	guest, err := pgx.ConnectConfig(t.Context(), config)
	if err != nil {
		t.Fatal(err)
	}
	defer guest.Close(context.Background())
	for query, want := range map[string]string{
		"SELECT * FROM welcome":      "42501: permission denied for table welcome",
		"DROP TABLE welcome":         "42501: must be owner of table welcome",
		"CREATE TABLE mine (n text)": "42501: permission denied for schema public",
	} {
		if got := simple(guest, query); got != want {
			t.Errorf("%s: %s, want %s", query, got, want)
		}
	}
}

func TestParametersAndResultsTravelInBinary(t *testing.T) {
	w := newWorld(t, nil)
	c := w.connect(t)
	mustExec(t, c, "CREATE TABLE v (i4 int, i8 bigint, b bool, s text)")
	mustExec(t, c, "INSERT INTO v VALUES ($1, $2, $3, $4)", -4, int64(8)<<40, true, "é")
	var (
		i4 int32
		i8 int64
		b  bool
		s  string
	)
	if err := c.QueryRow(t.Context(), "SELECT * FROM v WHERE i4 = $1", -4).Scan(&i4, &i8, &b, &s); err != nil {
		t.Fatal(err)
	}
	if i4 != -4 || i8 != 8<<40 || !b || s != "é" {
		t.Errorf("got %d %d %t %q", i4, i8, b, s)
	}
}
