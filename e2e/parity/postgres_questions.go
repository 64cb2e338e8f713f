package parity

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// PostgresQuestions are the questions to the servers, in order.
func PostgresQuestions() []SQL {
	var all []SQL
	for _, group := range [][]SQL{connectionQuestions(), statementQuestions(), protocolQuestions()} {
		all = append(all, group...)
	}
	return all
}

// login asks whether a login succeeds.
func login(name, options, user, password, database string) SQL {
	return SQL{name, func(ctx context.Context, s *postgresSide) string {
		conn, err := s.connect(ctx, options, user, password, database)
		if err != nil {
			return outcome(err)
		}
		defer conn.Close(ctx)
		p := conn.PgConn()
		return fmt.Sprintf("ok, encoding %s, standard strings %s, dates %s", p.ParameterStatus("client_encoding"),
			p.ParameterStatus("standard_conforming_strings"), p.ParameterStatus("DateStyle"))
	}}
}

func connectionQuestions() []SQL {
	return []SQL{
		login("log in with verify-full", "", dbUser, dbPassword, dbName),
		login("with require", "sslmode=require", dbUser, dbPassword, dbName),
		login("with prefer", "sslmode=prefer", dbUser, dbPassword, dbName),
		login("with verify-ca", "sslmode=verify-ca", dbUser, dbPassword, dbName),
		login("without TLS", "sslmode=disable", dbUser, dbPassword, dbName),
		login("demanding SCRAM", "require_auth=scram-sha-256", dbUser, dbPassword, dbName),
		login("demanding channel binding", "channel_binding=require", dbUser, dbPassword, dbName),
		login("refusing SCRAM", "require_auth=!scram-sha-256", dbUser, dbPassword, dbName),
		login("with a wrong password", "", dbUser, "wrong", dbName),
		login("as an unknown user", "", "nobody_x", "wrong", dbName),
		login("to an unknown database", "", dbUser, dbPassword, "nodb"),
		login("with an application name", "application_name=podsg", dbUser, dbPassword, dbName),
		login("with an unknown setting", "nope=1", dbUser, dbPassword, dbName),
	}
}

// run runs a statement by the extended protocol.
func run(name, sql string, args ...any) SQL {
	return SQL{name, func(ctx context.Context, s *postgresSide) string {
		return s.with(ctx, func(conn *pgx.Conn) string {
			rows, err := conn.Query(ctx, sql, args...)
			if err != nil {
				return outcome(err)
			}
			return table(rows)
		})
	}}
}

// script runs statements by the simple protocol, in one message.
func script(name, sql string) SQL {
	return SQL{name, func(ctx context.Context, s *postgresSide) string {
		return s.with(ctx, func(conn *pgx.Conn) string {
			results, err := conn.PgConn().Exec(ctx, sql).ReadAll()
			var out []string
			for _, r := range results {
				line := r.CommandTag.String()
				for _, row := range r.Rows {
					line += fmt.Sprintf(" %q", row)
				}
				out = append(out, line)
			}
			return strings.Join(out, "; ") + " " + outcome(err)
		})
	}}
}

func (s *postgresSide) with(ctx context.Context, ask func(*pgx.Conn) string) string {
	conn, err := s.connect(ctx, "", dbUser, dbPassword, dbName)
	if err != nil {
		return outcome(err)
	}
	defer conn.Close(ctx)
	return ask(conn)
}

// table is a result: columns with their types, values, tag.
func table(rows pgx.Rows) string {
	defer rows.Close()
	var out []string
	for _, f := range rows.FieldDescriptions() {
		out = append(out, fmt.Sprintf("%s:%d", f.Name, f.DataTypeOID))
	}
	for rows.Next() {
		values, err := rows.Values()
		if err != nil {
			return outcome(err)
		}
		out = append(out, fmt.Sprint(values...))
	}
	return strings.Join(out, " | ") + " " + rows.CommandTag().String() + " " + outcome(rows.Err())
}

func statementQuestions() []SQL {
	return []SQL{
		run("select a number", "select 1"),
		run("select a text", "select 'it''s'"),
		run("select a parameter", "select $1::text", "x"),
		run("select a typed null", "select null::int"),
		run("an address of the client, or none", "select inet_client_addr() is null"),
		run("the client's address as the pods ask for it", "select host(inet_client_addr()) is not null"),
		run("who am I", "select current_user"),
		run("where am I", "select current_database()"),
		run("the port", "select inet_server_port()"),
		run("is it encrypted", "select ssl from pg_stat_ssl where pid = pg_backend_pid()"),
		run("drop a table that is not there", "drop table if exists welcome"),
		run("create the table", "create table if not exists welcome (column1 text)"),
		run("create it again", "create table welcome (column1 text)"),
		run("create it if it is not there", "create table if not exists welcome (column1 text)"),
		run("insert a literal", "insert into welcome values ('--------------------------')"),
		run("insert a parameter", "insert into welcome values ($1)", "test"),
		run("insert several", "insert into welcome values ('a'), ('b''c'), (null)"),
		run("insert by column", "insert into welcome (column1) values ('named')"),
		run("insert into an unknown column", "insert into welcome (nope) values ('x')"),
		run("insert too many values", "insert into welcome values ('a', 'b')"),
		run("select all", "select * from welcome"),
		run("select a column with a limit", "select column1 from welcome limit 2"),
		run("count", "select count(*) from welcome"),
		run("select from an unknown table", "select * from nope"),
		run("select an unknown column", "select nope from welcome"),
		run("a syntax error", "selec 1"),
		run("an unfinished statement", "select * from"),
		run("an unknown function", "select nope()"),
		run("delete", "delete from welcome"),
		run("drop", "drop table welcome"),
		run("drop again", "drop table welcome"),
		run("set a variable", "set statement_timeout = 1000"),
		run("show a variable", "show server_encoding"),
		run("show an unknown variable", "show nope"),
		run("an empty statement", ""),
		run("a comment", "-- nothing"),
	}
}

func protocolQuestions() []SQL {
	return []SQL{
		script("several statements in a message", "create table t (a text); insert into t values ('1'); select * from t; drop table t"),
		script("a failure undoes the whole message", "create table t2 (a text); select * from nope"),
		script("so the table is not there", "select * from t2"),
		script("a transaction", "begin; create table t3 (a text); rollback; select 1"),
		{"a failed transaction", func(ctx context.Context, s *postgresSide) string {
			return s.with(ctx, func(conn *pgx.Conn) string {
				tx, err := conn.Begin(ctx)
				if err != nil {
					return outcome(err)
				}
				_, first := tx.Exec(ctx, "select * from nope")
				status := conn.PgConn().TxStatus()
				_, second := tx.Exec(ctx, "select 1")
				return fmt.Sprintf("%s | status %c | %s | rollback %s", outcome(first), status, outcome(second), outcome(tx.Rollback(ctx)))
			})
		}},
		{"a query without prepared statement", func(ctx context.Context, s *postgresSide) string {
			return s.with(ctx, func(conn *pgx.Conn) string {
				rows, err := conn.Query(ctx, "select 1, 'a'", pgx.QueryExecModeSimpleProtocol)
				if err != nil {
					return outcome(err)
				}
				return table(rows)
			})
		}},
		{"a prepared statement", func(ctx context.Context, s *postgresSide) string {
			return s.with(ctx, func(conn *pgx.Conn) string {
				d, err := conn.Prepare(ctx, "p", "select $1::int as a, $2::text as b")
				if err != nil {
					return outcome(err)
				}
				return fmt.Sprintf("parameters %v, columns %s:%d %s:%d", d.ParamOIDs, d.Fields[0].Name, d.Fields[0].DataTypeOID, d.Fields[1].Name, d.Fields[1].DataTypeOID)
			})
		}},
		{"a cancelled statement", func(ctx context.Context, s *postgresSide) string {
			return s.with(ctx, func(conn *pgx.Conn) string {
				stop := time.AfterFunc(300*time.Millisecond, func() { _ = conn.PgConn().CancelRequest(ctx) })
				defer stop.Stop()
				_, err := conn.Exec(ctx, "select pg_sleep(10)")
				return outcome(err)
			})
		}},
		{"a statement that the client gives up", func(ctx context.Context, s *postgresSide) string {
			return s.with(ctx, func(conn *pgx.Conn) string {
				short, cancel := context.WithTimeout(ctx, 300*time.Millisecond)
				defer cancel()
				_, err := conn.Exec(short, "select pg_sleep(10)")
				return fmt.Sprintf("timed out: %v", pgconn.Timeout(err))
			})
		}},
		{"many connections", func(ctx context.Context, s *postgresSide) string {
			errs := make(chan error)
			for range 8 {
				go func() {
					conn, err := s.connect(ctx, "", dbUser, dbPassword, dbName)
					for i := 0; err == nil && i < 20; i++ {
						_, err = conn.Exec(ctx, "select 1")
					}
					if conn != nil {
						conn.Close(ctx)
					}
					errs <- err
				}()
			}
			for range 8 {
				if err := <-errs; err != nil {
					return outcome(err)
				}
			}
			return "ok"
		}},
	}
}
