package postgres_test

import (
	"context"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

// A question is something a client asks a server, with the answer PostgreSQL gives. Where the
// environment names a real server of the same user, database and password in
// PODSG_TEST_POSTGRES (a connection string), the questions are put to it as well.
type question struct {
	sentence string
	ask      func(*interview) string
	want     string
}

// interview puts questions to one server.
type interview struct {
	t       *testing.T
	options func(extra string) *pgx.ConnConfig
	conn    *pgx.Conn
}

func (i *interview) login(change func(*pgx.ConnConfig)) string {
	return i.loginWith("", change)
}

func (i *interview) loginWith(extra string, change func(*pgx.ConnConfig)) string {
	config := i.options(extra)
	if change != nil {
		change(config)
	}
	c, err := pgx.ConnectConfig(i.t.Context(), config)
	if err == nil {
		c.Close(i.t.Context())
	}
	return outcome(err)
}

func command(query string, args ...any) func(*interview) string {
	return func(i *interview) string {
		tag, err := i.conn.Exec(i.t.Context(), query, args...)
		if err != nil {
			return outcome(err)
		}
		return tag.String()
	}
}

// rows answers with all rows of one column.
func rows(query string, args ...any) func(*interview) string {
	return func(i *interview) string {
		r, err := i.conn.Query(i.t.Context(), query, args...)
		if err != nil {
			return outcome(err)
		}
		values, err := pgx.CollectRows(r, pgx.RowTo[*string])
		if err != nil {
			return outcome(err)
		}
		shown := make([]string, len(values))
		for j, v := range values {
			shown[j] = "NULL"
			if v != nil {
				shown[j] = *v
			}
		}
		return strings.Join(shown, "|")
	}
}

var questions = []question{
	{"an encrypted login works", func(i *interview) string { return i.login(nil) }, "ok"},
	{"a login that insists on SCRAM works", func(i *interview) string {
		return i.loginWith("require_auth=scram-sha-256", nil)
	}, "ok"},
	{"a login that insists on channel binding works", func(i *interview) string {
		return i.loginWith("channel_binding=require", nil)
	}, "ok"},
	{"a login by sslmode prefer works", func(i *interview) string {
		return i.login(func(c *pgx.ConnConfig) {
			c.Fallbacks = i.options("sslmode=prefer").Fallbacks
		})
	}, "ok"},
	{"a wrong password is refused", func(i *interview) string {
		return i.login(func(c *pgx.ConnConfig) { c.Password = "nope" })
	}, `FATAL 28P01: password authentication failed for user "workshop"`},
	{"an unknown user is refused with the same words", func(i *interview) string {
		return i.login(func(c *pgx.ConnConfig) { c.User = "nobody_x" })
	}, `FATAL 28P01: password authentication failed for user "nobody_x"`},
	{"an unknown database is named", func(i *interview) string {
		return i.login(func(c *pgx.ConnConfig) { c.Database = "nodb" })
	}, `FATAL 3D000: database "nodb" does not exist`},

	{"a ping is answered", func(i *interview) string { return outcome(i.conn.Ping(i.t.Context())) }, "ok"},
	{"dropping a missing table if it exists is fine", command("DROP TABLE IF EXISTS welcome"), "DROP TABLE"},
	{"a table is created", command("CREATE TABLE welcome (column1 TEXT)"), "CREATE TABLE"},
	{"a table cannot be created twice", command("CREATE TABLE welcome (column1 TEXT)"),
		`ERROR 42P07: relation "welcome" already exists`},
	{"a table is not created again if it exists", command("CREATE TABLE IF NOT EXISTS welcome (column1 TEXT)"), "CREATE TABLE"},
	{"a literal is inserted", command("insert into welcome values ('--------------------------')"), "INSERT 0 1"},
	{"a parameter is inserted", command("insert into welcome values ($1)", "test"), "INSERT 0 1"},
	{"several statements in one message each have a tag", func(i *interview) string {
		results, err := i.conn.PgConn().Exec(i.t.Context(),
			"insert into welcome values ('a'); insert into welcome values ('b''c'), (NULL);").ReadAll()
		if err != nil {
			return outcome(err)
		}
		var tags []string
		for _, r := range results {
			tags = append(tags, r.CommandTag.String())
		}
		return strings.Join(tags, "|")
	}, "INSERT 0 1|INSERT 0 2"},
	{"rows come back by the extended protocol", rows("SELECT * FROM welcome"),
		"--------------------------|test|a|b'c|NULL"},
	{"rows come back by the simple protocol", rows("SELECT column1 FROM welcome LIMIT 2", pgx.QueryExecModeSimpleProtocol),
		"--------------------------|test"},
	{"a count is a bigint", func(i *interview) string {
		return fmt.Sprint(one[int64](i.t, i.conn, "SELECT count(*) FROM welcome"))
	}, "5"},
	{"a constant is an integer", func(i *interview) string {
		return fmt.Sprint(one[int32](i.t, i.conn, "SELECT 1"))
	}, "1"},
	{"a parameter takes the type of its cast", func(i *interview) string {
		return fmt.Sprint(one[int](i.t, i.conn, "SELECT $1::int", 42))
	}, "42"},
	{"rows are chosen and limited", rows("SELECT column1 FROM welcome WHERE column1 = $1 LIMIT 2", "test"), "test"},
	{"a missing table is named", command("select * from nope"), `ERROR 42P01: relation "nope" does not exist`},
	{"a missing column is named", command("select nope from welcome"), `ERROR 42703: column "nope" does not exist`},
	{"a missing function is named", command("select nope(1)"), `ERROR 42883: function nope(integer) does not exist`},
	{"a syntax error quotes the word", command("selec 1"), `ERROR 42601: syntax error at or near "selec"`},
	{"after an error the session goes on", command("select 1"), "SELECT 1"},
	{"an error fails the transaction until its end", func(i *interview) string {
		tx, err := i.conn.Begin(i.t.Context())
		if err != nil {
			return outcome(err)
		}
		_, first := tx.Exec(i.t.Context(), "select * from nope")
		status := i.conn.PgConn().TxStatus()
		_, second := tx.Exec(i.t.Context(), "select 1")
		return fmt.Sprintf("%s, %c, %s, %s", outcome(first), status, outcome(second), outcome(tx.Rollback(i.t.Context())))
	}, `ERROR 42P01: relation "nope" does not exist, E, ERROR 25P02: current transaction is aborted, ` +
		`commands ignored until end of transaction block, ok`},
	{"version() begins with the product", func(i *interview) string {
		return strings.Fields(one[string](i.t, i.conn, "select version()"))[0]
	}, "PostgreSQL"},
	{"a statement that outlives its context is given up", func(i *interview) string {
		c, err := pgx.ConnectConfig(i.t.Context(), i.options(""))
		if err != nil {
			return outcome(err)
		}
		defer c.Close(context.Background())
		ctx, cancel := context.WithTimeout(i.t.Context(), 20*time.Millisecond)
		defer cancel()
		_, err = c.Exec(ctx, "select pg_sleep(30)")
		return outcome(err)
	}, "timeout: context deadline exceeded"},
	{"a statement can be canceled", func(i *interview) string {
		result := make(chan error)
		go func() {
			_, err := i.conn.Exec(i.t.Context(), "select pg_sleep(30)")
			result <- err
		}()
		// Cancel requests that come before the statement are lost, as with a real server.
		for {
			if err := i.conn.PgConn().CancelRequest(i.t.Context()); err != nil {
				return outcome(err)
			}
			select {
			case err := <-result:
				return outcome(err)
			case <-time.After(5 * time.Millisecond):
			}
		}
	}, "ERROR 57014: canceling statement due to user request"},
	{"eight sessions work side by side", func(i *interview) string {
		results := make(chan error)
		for range 8 {
			go func() {
				c, err := pgx.ConnectConfig(i.t.Context(), i.options(""))
				if err != nil {
					results <- err
					return
				}
				defer c.Close(context.Background())
				var count int64
				for n := 0; err == nil && n < 50; n++ {
					err = c.QueryRow(i.t.Context(), "SELECT count(*) FROM welcome").Scan(&count)
				}
				results <- err
			}()
		}
		answer := "ok"
		for range 8 {
			if err := <-results; err != nil {
				answer = outcome(err)
			}
		}
		return answer
	}, "ok"},
	{"a table is dropped", command("DROP TABLE welcome"), "DROP TABLE"},
	{"copying into a missing table names it", func(i *interview) string {
		_, err := i.conn.CopyFrom(i.t.Context(), pgx.Identifier{"welcome"}, []string{"column1"},
			pgx.CopyFromRows([][]any{{"x"}}))
		return outcome(err)
	}, `ERROR 42P01: relation "welcome" does not exist`},
}

func TestTheServerAnswersAsPostgreSQLDoes(t *testing.T) {
	t.Run("the practice server", func(t *testing.T) {
		w := newWorld(t, nil)
		askAll(t, func(extra string) *pgx.ConnConfig { return w.options(t, extra) })
	})
	t.Run("a real server", func(t *testing.T) {
		dsn := os.Getenv("PODSG_TEST_POSTGRES")
		if dsn == "" {
			t.Skip("PODSG_TEST_POSTGRES names no server")
		}
		askAll(t, func(extra string) *pgx.ConnConfig {
			config, err := pgx.ParseConfig(dsn + " " + extra)
			if err != nil {
				t.Fatal(err)
			}
			return config
		})
	})
}

func askAll(t *testing.T, options func(string) *pgx.ConnConfig) {
	conn, err := pgx.ConnectConfig(t.Context(), options(""))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(context.Background())
	for _, q := range questions {
		t.Run(q.sentence, func(t *testing.T) {
			if got := q.ask(&interview{t: t, options: options, conn: conn}); got != q.want {
				t.Errorf("got  %s\nwant %s", got, q.want)
			}
		})
	}
}

func TestAClientThatTrustsAnotherAuthorityRefusesTheServer(t *testing.T) {
	w := newWorld(t, nil)
	_, strangers := newCertificate(t, "elsewhere")
	got := w.try(t, func(c *pgx.ConnConfig) {
		c.TLSConfig.RootCAs = strangers
		c.Fallbacks = nil
	})
	if !strings.Contains(got, "certificate signed by unknown authority") {
		t.Errorf("got %s", got)
	}
}
