package postgres

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"podsg/steps/plan"
	"podsg/steps/world"
)

// welcomeRows are the rows of the welcome table: a line of text between two
// rules, so that a log shows at a glance that they were read.
var welcomeRows = [...]string{"--------------------------", "test", "--------------------------"}

// Seed makes the table welcome if it is not there, and its rows if it is empty,
// in one transaction. A table that has rows is left as it is.
func (c *Client) Seed(ctx context.Context, t plan.DatabaseTarget, dial world.DialFunc) (rows int, made bool, err error) {
	conn, err := c.connect(ctx, t, dial)
	if err != nil {
		return 0, false, err
	}
	defer closeConn(ctx, conn)
	rows, made, err = seed(ctx, conn)
	if madeMeanwhile(err) {
		rows, made, err = seed(ctx, conn)
	}
	if err != nil {
		return 0, false, problem(ctx, "make table welcome in database", t, err)
	}
	return rows, made, nil
}

// madeMeanwhile reports whether another run made the table between the look and
// the CREATE. While that run's transaction was open, PostgreSQL finds it out by
// the unique index of a catalogue: of the type that each table has, or of the
// tables. https://www.postgresql.org/docs/current/catalog-pg-type.html
func madeMeanwhile(err error) bool {
	var e *pgconn.PgError
	if !errors.As(err, &e) {
		return false
	}
	return e.Code == codeDuplicateTable ||
		e.Code == codeUniqueViolation && (e.ConstraintName == "pg_type_typname_nsp_index" || e.ConstraintName == "pg_class_relname_nsp_index")
}

func seed(ctx context.Context, conn *pgx.Conn) (rows int, made bool, err error) {
	// Outside the transaction: an error would abort it.
	rows, err = countRows(ctx, conn)
	if hasCode(err, codeUndefinedTable) {
		made, err = true, nil
	}
	if err != nil || rows > 0 {
		return rows, false, err
	}
	err = pgx.BeginFunc(ctx, conn, func(tx pgx.Tx) error {
		if made {
			if _, err := tx.Exec(ctx, "CREATE TABLE welcome (column1 TEXT)"); err != nil {
				return err
			}
		}
		for _, row := range welcomeRows {
			if _, err := tx.Exec(ctx, "INSERT INTO welcome (column1) VALUES ($1)", row); err != nil {
				return err
			}
		}
		rows, err = countRows(ctx, tx)
		return err
	})
	if err != nil {
		return 0, false, err
	}
	return rows, made, nil
}

// Unseed drops the table welcome; a missing one is no error.
func (c *Client) Unseed(ctx context.Context, t plan.DatabaseTarget, dial world.DialFunc) error {
	conn, err := c.connect(ctx, t, dial)
	if err != nil {
		return err
	}
	defer closeConn(ctx, conn)
	if _, err := conn.Exec(ctx, "DROP TABLE IF EXISTS welcome"); err != nil {
		return problem(ctx, "drop table welcome in database", t, err)
	}
	return nil
}

type queryer interface {
	QueryRow(ctx context.Context, sql string, args ...any) pgx.Row
}

func countRows(ctx context.Context, q queryer) (int, error) {
	var n int
	if err := q.QueryRow(ctx, "SELECT count(*) FROM welcome").Scan(&n); err != nil {
		return 0, fmt.Errorf("count the rows of welcome: %w", err)
	}
	return n, nil
}

func hasCode(err error, code string) bool {
	var e *pgconn.PgError
	return errors.As(err, &e) && e.Code == code
}

// closeConn says goodbye to the server even when the work was stopped.
func closeConn(ctx context.Context, conn *pgx.Conn) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), closeTimeout)
	defer cancel()
	_ = conn.Close(ctx) // nothing is lost when the goodbye is
}
