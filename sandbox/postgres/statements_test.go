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
	{"create table t (id serial primary key, n int not null default 3, s varchar(5) unique, ok bool default true)", "CREATE TABLE"},
	{"insert into t (s) values ('a'), ('b'), (null)", "INSERT 0 3"},
	{"select * from t order by id desc limit 2", "3|3|NULL|t;2|3|b|t SELECT 2"},
	{"select s as name from t where s is not null order by name desc", "b;a SELECT 2"},
	{"select count(*), count(s), min(n), max(s) from t", "3|2|3|b SELECT 1"},
	{"select id from t where n between 1 and 9 and id in (1, 3) order by 1 offset 1", "3 SELECT 1"},
	{"update t set n = n + 1, ok = false where id = 1", "UPDATE 1"},
	{"select n, ok from t where not ok", "4|f SELECT 1"},
	{"delete from t where s = 'b'", "DELETE 1"},

	{"insert into t (s) values ('a')", `23505: duplicate key value violates unique constraint "t_s_key"`},
	{"insert into t (n) values (null)", `23502: null value in column "n" of relation "t" violates not-null constraint`},
	{"insert into t (s) values ('much too long')", "22001: value too long for type character varying(5)"},
	{"insert into t values (1, 2, 'c', true, 5)", "42601@40: INSERT has more expressions than target columns"},
	{"insert into t (nope) values (1)", `42703@16: column "nope" of relation "t" does not exist`},
	{"insert into t (n) values ('x')", `22P02@27: invalid input syntax for type integer: "x"`},
	{"insert into t (n) values (true)", `42804@27: column "n" is of type integer but expression is of type boolean`},
	{"select n, count(*) from t", `42803@8: column "t.n" must appear in the GROUP BY clause or be used in an aggregate function`},
	{"select nope from t", `42703@8: column "nope" does not exist`},
	{"select 'é', nope from t", `42703@13: column "nope" does not exist`},
	{"select x.n from t", `42P01@8: missing FROM-clause entry for table "x"`},
	{"select * from other.t", `42P01@15: relation "other.t" does not exist`},
	{"select 1 from", "42601@14: syntax error at end of input"},
	{"select 'open", `42601@8: unterminated quoted string at or near "'open"`},
	{"select * ", "42601@8: SELECT * with no tables specified is not valid"},
	{"select 1/0", "22012: division by zero"},
	{"select 2147483647 + 1", "22003: integer out of range"},
	{"select true = 1", "42883@13: operator does not exist: boolean = integer"},
	{"create table u (a nope)", `42704@19: type "nope" does not exist`},
	{"drop table u", `42P01: table "u" does not exist`},
	{"drop table if exists u", `[table "u" does not exist, skipping] DROP TABLE`},
	{"create table if not exists t (a int)", `[relation "t" already exists, skipping] CREATE TABLE`},

	{"select 1+1 as two, 'x' || 'y', 7 % 4, true and null, not false, 'abc' like 'a_c', 'ABC' ilike 'a%'",
		"2|xy|3|NULL|t|t|t SELECT 1"},
	{"select 1::text, '5'::int, cast('t' as bool), null::int, 1.5::text", "1|5|t|NULL|1.5 SELECT 1"},
	{"select upper('aé'), length('aé'), coalesce(null, 'z')", "AÉ|2|z SELECT 1"},
	{"select null = null, null is null, (1 = 1) is not true", "NULL|t|f SELECT 1"},
	{"select current_user, current_database(), pg_is_in_recovery(), current_setting('ssl')", "workshop|workshop|f|on SELECT 1"},
	{"select to_regclass('t'), to_regclass('public.t'), to_regclass('nope') is null", "t|t|t SELECT 1"},
	{"select tablename from pg_tables where schemaname = 'public'", "t SELECT 1"},
	{"select column_name, data_type from information_schema.columns where table_name = 't' and is_nullable = 'NO' order by ordinal_position",
		"id|integer;n|integer SELECT 2"},

	{"set application_name = 'probe'", "SET"},
	{"show application_name", "probe SHOW"},
	{"set nope = 1", `42704: unrecognized configuration parameter "nope"`},
	{"set server_version = '9'", `55P02: parameter "server_version" cannot be changed`},
	{"show nope", `42704: unrecognized configuration parameter "nope"`},

	{"begin", "BEGIN"},
	{"begin", "[there is already a transaction in progress] BEGIN"},
	{"truncate t", "TRUNCATE TABLE"},
	{"create table u (a int)", "CREATE TABLE"},
	{"select count(*) from t", "0 SELECT 1"},
	{"rollback", "ROLLBACK"},
	{"select count(*) from t", "2 SELECT 1"},
	{"select * from u", `42P01@15: relation "u" does not exist`},
	{"commit", "[there is no transaction in progress] COMMIT"},
	{"begin read only", "BEGIN"},
	{"delete from t", "25006: cannot execute DELETE in a read-only transaction"},
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
		"insert into t values (1) on conflict do nothing", "copy t from stdin", "savepoint s",
	} {
		got := simple(c, query)
		if !strings.HasPrefix(got, "0A000@") || !strings.HasSuffix(got, "is not supported by the practice database") {
			t.Errorf("%s: %s", query, got)
		}
	}
}
