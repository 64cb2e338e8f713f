package postgres_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// script is run in one session from top to bottom; each answer is what PostgreSQL 15 gives:
// rows as a|b;c|d and the tag, or SQLSTATE@position: message. Notices come first, in brackets.
var script = []struct{ query, want string }{
	{"create table t (id int, n bigint, s text, ok bool)", "CREATE TABLE"},
	{"insert into t (id, s) values (1, 'a'), (-2, 'b'), (3, null)", "INSERT 0 3"},
	{"insert into t values (4, 5, 'd', 'yes')", "INSERT 0 1"},
	{"select * from t limit 1", "1|NULL|a|NULL SELECT 1"},
	{"select s as name, id twice from t where s is not null", "a|1;b|-2;d|4 SELECT 3"},
	{"select count(*) from t where id = 4 and n = 5 and ok", "1 SELECT 1"},
	{"select count(*) from t where ok = null", "0 SELECT 1"},
	{"select id from public.t where id = '3'", "3 SELECT 1"},
	{"delete from t where s = 'b'", "DELETE 1"},

	{"insert into t values (1, 2, 'c', true, 5)", "42601@40: INSERT has more expressions than target columns"},
	{"insert into t (nope) values (1)", `42703@16: column "nope" of relation "t" does not exist`},
	{"insert into t (n) values ('x')", `22P02@27: invalid input syntax for type bigint: "x"`},
	{"insert into t (n) values (true)", `42804@27: column "n" is of type bigint but expression is of type boolean`},
	{"insert into t (id) values (2147483648)", "22003: integer out of range"},
	{"select n, count(*) from t", `42803@8: column "t.n" must appear in the GROUP BY clause or be used in an aggregate function`},
	{"select nope from t", `42703@8: column "nope" does not exist`},
	{"select 'é', nope from t", `42703@13: column "nope" does not exist`},
	{"select * from other.t", `42P01@15: relation "other.t" does not exist`},
	{"select 1 from", "42601@14: syntax error at end of input"},
	{"select 'open", `42601@8: unterminated quoted string at or near "'open"`},
	{"select * ", "42601@8: SELECT * with no tables specified is not valid"},
	{"select true = 1", "42883@13: operator does not exist: boolean = integer"},
	{"select 1 from t where 1", "42804@23: argument of WHERE must be type boolean, not type integer"},
	{"create table u (a nope)", `42704@19: type "nope" does not exist`},
	{"drop table u", `42P01: table "u" does not exist`},
	{"drop table if exists u", `[table "u" does not exist, skipping] DROP TABLE`},
	{"create table if not exists t (a int)", `[relation "t" already exists, skipping] CREATE TABLE`},

	{"select 1::text, '5'::int, cast('t' as bool), null::int, true::text", "1|5|t|NULL|true SELECT 1"},
	{"select null = null, null is null, 'a' = 'a' and 1 = 2", "NULL|t|f SELECT 1"},
	{"select current_user, current_database(), pg_is_in_recovery()", "workshop|workshop|f SELECT 1"},

	{"set application_name = 'probe'", "SET"},
	{"show application_name", "probe SHOW"},
	{"set nope = 1", `42704: unrecognized configuration parameter "nope"`},
	{"set server_version = '9'", `55P02: parameter "server_version" cannot be changed`},
	{"show nope", `42704: unrecognized configuration parameter "nope"`},

	{"begin", "BEGIN"},
	{"begin", "[there is already a transaction in progress] BEGIN"},
	{"delete from t", "DELETE 3"},
	{"create table u (a int)", "CREATE TABLE"},
	{"select count(*) from t", "0 SELECT 1"},
	{"rollback", "ROLLBACK"},
	{"select count(*) from t", "3 SELECT 1"},
	{"select * from u", `42P01@15: relation "u" does not exist`},
	{"commit", "[there is no transaction in progress] COMMIT"},
	{"begin", "BEGIN"},
	{"select nope", `42703@8: column "nope" does not exist`},
	{"select 1", "25P02: current transaction is aborted, commands ignored until end of transaction block"},
	{"commit", "ROLLBACK"},
	{"insert into t (s) values ('x'); select * from nope", `42P01@47: relation "nope" does not exist`},
	{"select count(*) from t where s = 'x'", "0 SELECT 1"},
	{"drop table t", "DROP TABLE"},
}

func TestStatementsAnswerAsInPostgreSQL(t *testing.T) {
	t.Run("the practice server", func(t *testing.T) {
		runScript(t, newWorld(t, nil).options(t, ""))
	})
	t.Run("a real server", func(t *testing.T) {
		dsn := os.Getenv("PODSG_TEST_POSTGRES")
		if dsn == "" {
			t.Skip("PODSG_TEST_POSTGRES names no server")
		}
		config, err := pgx.ParseConfig(dsn)
		if err != nil {
			t.Fatal(err)
		}
		runScript(t, config)
	})
}

func runScript(t *testing.T, config *pgx.ConnConfig) {
	var notices []string
	config.OnNotice = func(_ *pgconn.PgConn, n *pgconn.Notice) { notices = append(notices, "["+n.Message+"] ") }
	c, err := pgx.ConnectConfig(t.Context(), config)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close(context.Background())
	for _, step := range script {
		notices = nil
		got := simple(c, step.query)
		if got = strings.Join(notices, "") + got; got != step.want {
			t.Errorf("%s\n got  %s\n want %s", step.query, got, step.want)
		}
	}
}

// simple runs a query by the simple protocol and words the last result.
func simple(c *pgx.Conn, query string) string {
	results, err := c.PgConn().Exec(context.Background(), query).ReadAll()
	var e *pgconn.PgError
	if errors.As(err, &e) {
		position := ""
		if e.Position > 0 {
			position = fmt.Sprintf("@%d", e.Position)
		}
		return e.Code + position + ": " + e.Message
	}
	if err != nil {
		return err.Error()
	}
	last := results[len(results)-1]
	var lines []string
	for _, row := range last.Rows {
		var fields []string
		for _, v := range row {
			if v == nil {
				v = []byte("NULL")
			}
			fields = append(fields, string(v))
		}
		lines = append(lines, strings.Join(fields, "|"))
	}
	return strings.TrimSpace(strings.Join(lines, ";") + " " + last.CommandTag.String())
}

func TestWhatTheEngineCannotDoIsRefusedAsSuch(t *testing.T) {
	c := newWorld(t, nil).connect(t)
	for _, query := range []string{
		"alter table t add column a int", "create index on t (a)", "select * from a join b on true",
		"select distinct 1", "with x as (select 1) select 1", "create table t (n numeric(5,2))",
		"insert into t values (1) on conflict do nothing", "copy t from stdin", "savepoint s", "update t set a = 1",
		"select a from t order by a", "select a from t where a > 1", "select 1 + 1", "select not true",
		"select x.a from t", "select a from t x", "create table t (id serial)", "create table t (a int primary key)",
		"select * from pg_settings", "select * from information_schema.tables", "begin read only",
	} {
		got := simple(c, query)
		if !strings.HasPrefix(got, "0A000@") || !strings.HasSuffix(got, "is not supported by the practice database") {
			t.Errorf("%s: %s", query, got)
		}
	}
}
