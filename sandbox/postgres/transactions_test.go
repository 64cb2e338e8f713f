package postgres_test

import (
	"context"
	"testing"
	"time"
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
