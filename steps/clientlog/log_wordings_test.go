package clientlog

import "testing"

// TestTheUsualClientsAreUnderstood has what clients of PostgreSQL in the usual
// languages, their pools, and the tools by which people try a connection, print
// when one does not come about.
func TestTheUsualClientsAreUnderstood(t *testing.T) {
	t.Parallel()
	for check, lines := range map[string][]string{
		TroubleTimeout: {
			// Elixir: Postgrex and DBConnection
			`[error] Postgrex.Protocol (#PID<0.245.0>) failed to connect: ** (DBConnection.ConnectionError) tcp connect (db.internal:5432): connection timed out - :etimedout`,
			`** (DBConnection.ConnectionError) tcp connect (db.internal:5432): timeout`,
			`** (DBConnection.ConnectionError) tcp connect (10.0.1.2:5432): host is unreachable - :ehostunreach`,
			`** (DBConnection.ConnectionError) connection not available and request was dropped from queue after 2955ms. This means requests are coming in faster`,
			// JavaScript: node-postgres, Knex, Sequelize, Prisma
			`Error: timeout expired`,
			`Error: timeout exceeded when trying to connect`,
			`KnexTimeoutError: Knex: Timeout acquiring a connection. The pool is probably full. Are you missing a .transacting(trx) call?`,
			`SequelizeConnectionAcquireTimeoutError [SequelizeConnectionAcquireTimeoutError]: Operation timeout`,
			`Error: P1001: Can't reach database server at db.internal:5432`,
			"P1002: The database server at `db.internal`:`5432` was reached but timed out.",
			`Timed out fetching a new connection from the connection pool. More info: http://pris.ly/d/connection-pool (Current connection pool timeout: 10, connection limit: 5)`,
			// Java: pgjdbc, HikariCP, R2DBC
			`java.sql.SQLTransientConnectionException: HikariPool-1 - Connection is not available, request timed out after 30000ms (total=0, active=0, idle=0, waiting=0)`,
			`com.zaxxer.hikari.pool.HikariPool$PoolInitializationException: Failed to initialize pool: The connection attempt failed.`,
			`org.hibernate.exception.JDBCConnectionException: Unable to acquire JDBC Connection`,
			`io.netty.channel.ConnectTimeoutException: connection timed out after 30000 ms: db.internal/10.0.1.2:5432`,
			`Caused by: java.net.NoRouteToHostException: No route to host`,
			// Python: SQLAlchemy, psycopg, asyncpg
			`sqlalchemy.exc.TimeoutError: QueuePool limit of size 5 overflow 10 reached, connection timed out, timeout 30.00 (Background on this error at: https://sqlalche.me/e/20/3o7r)`,
			`psycopg_pool.PoolTimeout: couldn't get a connection after 30.00 sec`,
			`psycopg2.OperationalError: timeout expired`,
			`OSError: [Errno 110] Connect call failed ('10.0.1.2', 5432)`,
			`OSError: [Errno 113] Connect call failed ('10.0.1.2', 5432)`,
			// Go: pgx and lib/pq
			"failed to connect to `host=db.internal user=app database=orders`: context deadline exceeded",
			`dial tcp 10.0.1.2:5432: connect: no route to host`,
			// .NET: Npgsql
			`Npgsql.NpgsqlException (0x80004005): Exception while connecting`,
			` ---> System.TimeoutException: Timeout during connection attempt`,
			`Npgsql.NpgsqlException (0x80004005): The connection pool has been exhausted, either raise 'Max Pool Size' (currently 100) or 'Timeout' (currently 15 seconds)`,
			// Ruby: pg and Active Record
			`PG::ConnectionBad: connection to server at "10.0.1.2", port 5432 failed: Connection timed out`,
			`PG::ConnectionBad: timeout expired`,
			`ActiveRecord::ConnectionTimeoutError: could not obtain a connection from the pool within 5.000 seconds (waited 5.001 seconds); all pooled connections were in use`,
			// PHP: PDO
			`PDOException: SQLSTATE[08006] [7] timeout expired`,
			`PDOException: SQLSTATE[08006] [7] connection to server at "db.internal" (10.0.1.2), port 5432 failed: Connection timed out`,
			// Rust: sqlx, tokio-postgres, r2d2, deadpool
			`Error: error communicating with database: Connection timed out (os error 110)`,
			`error connecting to server: No route to host (os error 113)`,
			`Error: pool timed out while waiting for an open connection`,
			`timed out waiting for connection: error connecting to server: Connection timed out (os error 110)`,
			`Error occurred while creating a new object: error connecting to server: Connection timed out (os error 110)`,
			// tools
			`curl: (28) Failed to connect to db.internal port 5432 after 130012 ms: Connection timed out`,
			`curl: (28) Connection timed out after 5001 milliseconds`,
			`nc: connect to db.internal (10.0.1.2) port 5432 (tcp) failed: Connection timed out`,
			`db.internal:5432 - no response`,
			`wait-for-it.sh: timeout occurred after waiting 15 seconds for db.internal:5432`,
		},
		TroubleRefused: {
			`** (DBConnection.ConnectionError) tcp connect (db.internal:5432): connection refused - :econnrefused`,
			`ConnectionRefusedError: [Errno 111] Connect call failed ('10.0.1.2', 5432)`,
			`error communicating with database: Connection refused (os error 111)`,
			`io.netty.channel.AbstractChannel$AnnotatedConnectException: Connection refused: db.internal/10.0.1.2:5432`,
			`curl: (7) Failed to connect to db.internal port 5432 after 2 ms: Couldn't connect to server`,
			`nc: connect to db.internal (10.0.1.2) port 5432 (tcp) failed: Connection refused`,
		},
		TroubleName: {
			`** (DBConnection.ConnectionError) tcp connect (db.internal:5432): non-existing domain - :nxdomain`,
			`curl: (6) Could not resolve host: db.internal`,
			`wget: bad address 'db.internal'`,
			`wget: unable to resolve host address 'db.internal'`,
			`nc: getaddrinfo for host "db.internal" port 5432: Name or service not known`,
			`error connecting to server: failed to lookup address information: Name or service not known`,
			`error communicating with database: failed to lookup address information: Temporary failure in name resolution`,
			`PDOException: SQLSTATE[08006] [7] could not translate host name "db.internal" to address: Name or service not known`,
			`ActiveRecord::DatabaseConnectionError: There is an issue connecting with your hostname: db.internal.`,
			`socket.gaierror: [Errno -2] Name or service not known`,
		},
		troubleLogin: {
			`** (Postgrex.Error) FATAL 28P01 (invalid_password) password authentication failed for user "app"`,
			`** (Postgrex.Error) FATAL 28000 (invalid_authorization_specification) role "app" does not exist`,
			"Error: P1000: Authentication failed against database server at `db.internal`, the provided database credentials for `app` are not valid.",
			`error: password authentication failed for user "app"`,
			`asyncpg.exceptions.InvalidPasswordError: password authentication failed for user "app"`,
			`error returned from database: password authentication failed for user "app"`,
			`connection to server at "db.internal", port 5432 failed: fe_sendauth: no password supplied`,
			`Error: SASL: SCRAM-SERVER-FIRST-MESSAGE: client password must be a string`,
			`PSQLException: The server requested SCRAM-based authentication, but no password was provided.`,
			`Npgsql.NpgsqlException: No password has been provided but the backend requires one (in SASL/SCRAM-SHA-256)`,
			`FATAL:  PAM authentication failed for user "app"`,
		},
		TroubleNoTLS: {
			`** (Postgrex.Error) FATAL 28000 (invalid_authorization_specification) no pg_hba.conf entry for host "10.0.3.4", user "app", database "orders", no encryption`,
			`error: no pg_hba.conf entry for host "10.0.3.4", user "app", database "orders", no encryption`,
			`db error: FATAL: no pg_hba.conf entry for host "10.0.3.4", user "app", database "orders", no encryption`,
		},
		troubleMissing: {
			`** (Postgrex.Error) FATAL 3D000 (invalid_catalog_name) database "orders" does not exist`,
			"P1003: Database `orders` does not exist on the database server at `db.internal:5432`.",
			"The table `public.users` does not exist in the current database.",
			`ActiveRecord::NoDatabaseError: We could not find your database: orders. Available database configurations can be found in config/database.yml.`,
		},
		troubleTrust: {
			"Error: P1011: Error opening a TLS connection: self-signed certificate in certificate chain",
			`error performing TLS handshake: invalid peer certificate: UnknownIssuer (tokio-postgres)`,
			`[error] Postgrex.Protocol failed to connect: TLS client: In state certify at ssl_handshake.erl:2142 generated CLIENT ALERT: Fatal - Unknown CA`,
			`node-postgres: unable to verify the first certificate`,
		},
		troubleFull: {
			`** (Postgrex.Error) FATAL 53300 (too_many_connections) sorry, too many clients already`,
		},
		troubleStarting: {
			`** (Postgrex.Error) FATAL 57P03 (cannot_connect_now) the database system is starting up`,
			`db.internal:5432 - rejecting connections`,
		},
	} {
		for _, line := range lines {
			if got, ok := LogTroubleIn(line); !ok || got.Check != check {
				t.Errorf("want %s of %s\n got %+v", check, line, got)
			}
		}
	}
}
