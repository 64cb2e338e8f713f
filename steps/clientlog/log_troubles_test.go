package clientlog

import (
	"strings"
	"testing"

	"podsg/steps/world"
)

func TestALineOfALogTellsWhatKeepsAClientFromItsDatabase(t *testing.T) {
	t.Parallel()
	for line, want := range map[string]world.LogTrouble{
		// libpq: psql and psycopg
		`psql: error: connection to server at "db" (10.0.1.2), port 5432 failed: timeout expired`:                                                     {Check: "D90", Text: `connection to server at "db" (10.0.1.2), port 5432 failed: timeout expired`},
		`psycopg2.OperationalError: could not connect to server: Connection timed out`:                                                                {Check: "D90", Text: `could not connect to server: Connection timed out`},
		`psycopg.errors.ConnectionTimeout: connection timeout expired`:                                                                                {Check: "D90", Text: `connection timeout expired`},
		`connection to server at "10.0.1.2", port 5432 failed: No route to host`:                                                                      {Check: "D90", Text: `connection to server at "10.0.1.2", port 5432 failed: No route to host`},
		`psql: error: could not translate host name "orders.rds" to address: Name does not resolve`:                                                   {Check: "D96", Text: `could not translate host name "orders.rds" to address: Name does not resolve`},
		`psycopg.OperationalError: failed to resolve host 'orders.rds': [Errno -3] Temporary failure in name resolution`:                              {Check: "D96", Text: `failed to resolve host 'orders.rds': [Errno -3] Temporary failure in name resolution`},
		`psycopg.OperationalError: [Errno -2] Name or service not known`:                                                                              {Check: "D96", Text: `psycopg … [Errno -2] Name or service not known`},
		`failed: FATAL:  no pg_hba.conf entry for host "10.0.3.4", user "app", database "orders", no encryption`:                                      {Check: "D91", Text: `no pg_hba.conf entry for host "10.0.3.4", user "app", database "orders", no encryption`},
		`FATAL:  no pg_hba.conf entry for host "10.0.3.4", user "app", database "orders", SSL off`:                                                    {Check: "D91", Text: `no pg_hba.conf entry for host "10.0.3.4", user "app", database "orders", SSL off`},
		`FATAL:  This RDS Proxy requires TLS connections`:                                                                                             {Check: "D91", Text: `This RDS Proxy requires TLS connections`},
		`FATAL:  no pg_hba.conf entry for host "10.0.3.4", user "app", database "orders", SSL encryption`:                                             {Check: "D92", Text: `no pg_hba.conf entry for host "10.0.3.4"`},
		`FATAL:  password authentication failed for user "app" connection to server failed: FATAL:  no pg_hba.conf entry for host "x", no encryption`: {Check: "D92", Text: `password authentication failed for user "app"`},
		`FATAL:  PAM authentication failed for user "app"`:                                                                                            {Check: "D92", Text: `PAM authentication failed for user "app"`},
		`FATAL:  database "shop" does not exist`:                                                                                                      {Check: "D93", Text: `database "shop" does not exist`},
		`ERROR:  relation "welcome" does not exist at character 15`:                                                                                   {Check: "D93", Text: `relation "welcome" does not exist`},
		`psycopg2.OperationalError: SCRAM authentication requires libpq version 10 or above`:                                                          {Check: "D94", Text: `SCRAM authentication requires libpq version 10 or above`},
		`psql: authentication method 10 not supported`:                                                                                                {Check: "D94", Text: `authentication method 10 not supported`},
		`connection to server at "db", port 5432 failed: SSL error: certificate verify failed`:                                                        {Check: "D95", Text: `SSL error: certificate verify failed`},
		`root certificate file "/root/.postgresql/root.crt" does not exist`:                                                                           {Check: "D95", Text: `root certificate file "/root/.postgresql/root.crt" does not exist`},
		`server certificate for "orders.rds" (and 2 other names) does not match host name "db"`:                                                       {Check: "D95", Text: `server certificate for "orders.rds" (and 2 other names) does not match host name "db"`},
		`failed: Connection refused Is the server running on that host?`:                                                                              {Check: "D97", Text: `Connection refused`},
		`connection to server at "db" (10.0.1.2), port 5433 failed: Connection refused`:                                                               {Check: "D97", Text: `connection to server at "db" (10.0.1.2), port 5433 failed: Connection refused`},
		`FATAL:  sorry, too many clients already`:                                                                                                     {Check: "D98", Text: `sorry, too many clients already`},
		`FATAL:  remaining connection slots are reserved for roles with the SUPERUSER attribute`:                                                      {Check: "D98", Text: `remaining connection slots are reserved`},
		`FATAL:  the database system is starting up`:                                                                                                  {Check: "D99", Text: `the database system is starting up`},
		`FATAL:  the database system is not yet accepting connections`:                                                                                {Check: "D99", Text: `the database system is not yet accepting connections`},
		// pgx and lib/pq
		"failed to connect to `user=app database=orders`: 10.0.1.2:5432 (db): dial error: dial tcp 10.0.1.2:5432: i/o timeout": {Check: "D90", Text: `dial tcp 10.0.1.2:5432: i/o timeout`},
		"failed to connect to `host=db user=app database=orders`: dial error (timeout: context deadline exceeded)":             {Check: "D90", Text: `dial error (timeout: context deadline exceeded`},
		`dial tcp 10.0.1.2:5432: connect: connection timed out`:                                                                {Check: "D90", Text: `dial tcp 10.0.1.2:5432: connect: connection timed out`},
		`dial tcp 10.0.1.2:5432: connect: connection refused`:                                                                  {Check: "D97", Text: `dial tcp 10.0.1.2:5432: connect: connection refused`},
		`hostname resolving error: lookup db on 172.20.0.10:53: no such host`:                                                  {Check: "D96", Text: `lookup db on 172.20.0.10:53: no such host`},
		`hostname resolving error (lookup db on 172.20.0.10:53: read udp 10.0.0.3:44034->172.20.0.10:53: i/o timeout)`:         {Check: "D96", Text: `lookup db on 172.20.0.10:53: read udp 10.0.0.3:44034->172.20.0.10:53: i/o timeout`},
		`{"level":"error","msg":"failed SASL auth: FATAL: password authentication failed for user \"app\" (SQLSTATE 28P01)"}`:  {Check: "D92", Text: `password authentication failed for user "app"`},
		`pq: database "shop" does not exist`:                                                                                   {Check: "D93", Text: `database "shop" does not exist`},
		"failed to connect to `host=db user=app`: tls error (x509: certificate signed by unknown authority)":                   {Check: "D95", Text: "failed to connect to `host= … x509: certificate signed by unknown authority"},
		// pgjdbc
		`org.postgresql.util.PSQLException: The connection attempt failed.`:                                               {Check: "D90", Text: `The connection attempt failed`},
		`Caused by: java.net.SocketTimeoutException: Connect timed out`:                                                   {Check: "D90", Text: `Connect timed out`},
		`Caused by: java.net.UnknownHostException: orders.rds`:                                                            {Check: "D96", Text: `UnknownHostException: orders.rds`},
		`PSQLException: Connection to db:5432 refused. Check that the hostname and port are correct and that the …`:       {Check: "D97", Text: `Connection to db:5432 refused. Check that the hostname and port are correct`},
		`org.postgresql.util.PSQLException: SSL error: PKIX path building failed: unable to find valid certification …`:   {Check: "D95", Text: `postgresql … PKIX path building failed`},
		`PSQLException: The authentication type 10 is not supported. Check that you have configured the pg_hba.conf file`: {Check: "D94", Text: `authentication type 10 is not supported`},
		// node-postgres and Prisma
		`Error: connect ETIMEDOUT 10.0.1.2:5432`:                           {Check: "D90", Text: `connect ETIMEDOUT 10.0.1.2:5432`},
		`Error: connect ECONNREFUSED 10.0.1.2:5432\n    at TCPConnectWrap`: {Check: "D97", Text: `connect ECONNREFUSED 10.0.1.2:5432`},
		`{"message":"getaddrinfo EAI_AGAIN orders.rds"}`:                   {Check: "D96", Text: `getaddrinfo EAI_AGAIN orders.rds`},
		`Error: getaddrinfo ENOTFOUND None`:                                {Check: "D96", Text: `getaddrinfo ENOTFOUND None`},
		`Error: Connection terminated due to connection timeout`:           {Check: "D90", Text: `Connection terminated due to connection timeout`},
		"Can't reach database server at `db:5432`":                         {Check: "D90", Text: "Can't reach database server at `db:5432`"},
		// Npgsql
		`Npgsql.NpgsqlException (0x80004005): Failed to connect to 10.0.1.2:5432`:                     {Check: "D90", Text: `Failed to connect to 10.0.1.2:5432`},
		` ---> System.Net.Sockets.SocketException (111): Connection refused`:                          {Check: "D97", Text: `Connection refused`},
		`Npgsql.PostgresException (0x80004005): 28P01: password authentication failed for user "app"`: {Check: "D92", Text: `password authentication failed for user "app"`},
	} {
		if got, ok := LogTroubleIn(line); !ok || got != want {
			t.Errorf("%s:\n got %+v\nwant %+v", line, got, want)
		}
	}
}

func TestALineThatTellsOfNoDatabaseIsNotKept(t *testing.T) {
	t.Parallel()
	for _, line := range []string{
		"", "listening on :8080", "GET /orders 200 3ms", `connected to server "db"`,
		"requests.exceptions.SSLError: certificate verify failed: unable to get local issuer certificate",
		`Get "https://api.example": x509: certificate signed by unknown authority`,
		"session timeout after 30s", "read tcp 10.0.0.3:4034->10.0.1.2:5432: i/o timeout", "Read timed out",
	} {
		if got, ok := LogTroubleIn(line); ok {
			t.Errorf("%q: %+v", line, got)
		}
	}
}

func TestNoPasswordOfALineIsKept(t *testing.T) {
	t.Parallel()
	const secret = "s3cr3t"
	for _, line := range []string{
		`cannot use postgres://app:s3cr3t@db:5432/orders: dial tcp 10.0.1.2:5432: i/o timeout`,
		`FATAL:  database "postgres://app:s3cr3t@db:5432/orders" does not exist`,
		`could not translate host name "s3cr3t@db" to address: Name or service not known`,
		`Error: getaddrinfo ENOTFOUND postgres://app:s3cr3t@db`,
		`Error: getaddrinfo ENOTFOUND s3cr3t@db`,
		`lookup s3cr3t@db on 172.20.0.10:53: no such host`,
		`java.net.UnknownHostException: s3cr3t in jdbc:postgresql://app:s3cr3t@db/orders`,
		`password=s3cr3t host=db: password authentication failed for user "s3cr3t"`,
		`PGPASSWORD='s3cr3t' psql: FATAL:  database "s3cr3t" does not exist`,
		`Failed to connect to app:s3cr3t@db:5432`,
		"Can't reach database server at `postgres://app:s3cr3t@db:5432`",
	} {
		got, ok := LogTroubleIn(line)
		if !ok || strings.Contains(got.Text, secret) {
			t.Errorf("%s: %t %+v", line, ok, got)
		}
	}
}

func TestWhatIsKeptOfALineIsShortAndPlain(t *testing.T) {
	t.Parallel()
	for _, line := range []string{
		"\x1b[31mFATAL:  database \"shop\x07\" does not exist\x1b[0m",
		"dial tcp " + strings.Repeat("x", 5000) + ": i/o timeout",
		`FATAL:  database "` + strings.Repeat("é", 5000) + `" does not exist`,
		"connection to server at \"db\" (\u009b31m), port 5432 failed: timeout expired",
	} {
		got, ok := LogTroubleIn(line)
		if !ok || len([]rune(got.Text)) > longestWords || strings.ContainsFunc(got.Text, func(r rune) bool { return r < ' ' || r >= 0x7f && r < 0xa0 }) {
			t.Errorf("%t %q", ok, got.Text)
		}
	}
}

func TestWordsOfAnyProgramAreToldFromThoseOfADatabasesClient(t *testing.T) {
	t.Parallel()
	for line, want := range map[string][2]bool{ // bare, vague
		"java.net.ConnectException: Connection refused":                     {true, false},
		"java.net.SocketTimeoutException: connect timed out":                {true, false},
		"psycopg2.OperationalError: Connection refused":                     {false, false},
		"connect ECONNREFUSED 10.0.1.2:5432":                                {false, false},
		"org.postgresql.util.PSQLException: The connection attempt failed.": {false, true},
		"Npgsql.NpgsqlException: Failed to connect to 10.0.1.2:5432":        {false, true},
	} {
		got, ok := LogTroubleIn(line)
		if !ok || bare(got) != want[0] || vague(got) != want[1] {
			t.Errorf("%s: %+v, bare %t, vague %t", line, got, bare(got), vague(got))
		}
	}
}
