package clientlog

import "regexp"

// The troubles that a log can tell of, by the check that reports them.
const (
	TroubleTimeout  = "D90"
	TroubleNoTLS    = "D91"
	troubleLogin    = "D92"
	troubleMissing  = "D93"
	troubleOld      = "D94"
	troubleTrust    = "D95"
	TroubleName     = "D96"
	TroubleRefused  = "D97"
	troubleFull     = "D98"
	troubleStarting = "D99"
)

// logRule says which words tell of a trouble.
type logRule struct {
	trouble string
	words   *regexp.Regexp
	plain   string // what is kept of them when the line holds a password
	loose   bool   // other programs say the same of other servers
	bare    bool   // a loose one that counts beside other lines of the log
}

// timedOut are the ends of a message of a client that waited in vain, or that
// was told that no way leads there.
const timedOut = `(?:timeout expired|[Cc]onnection timed out|[Oo]peration timed out|[Nn]o route to host|[Hh]ost is unreachable|[Nn]etwork is unreachable)`

// anyTimedOut is timedOut in any case of letters.
const anyTimedOut = `(?i:timeout expired|connection timed out|operation timed out|no route to host|host is unreachable|network is unreachable)`

// nameUnknown is what the C library says of a name.
const nameUnknown = `(?:[Tt]emporary failure in name resolution|Name or service not known|Name does not resolve)`

// libpqServer is how libpq names the server that it tried.
const libpqServer = `connection to server at "[^"]*"(?: \([^)]*\))?, port \d+ failed: `

// logRules are the words of the usual clients of PostgreSQL: libpq (psql,
// psycopg, Ruby's pg, PDO), pgx and lib/pq, pgjdbc, node-postgres, Npgsql,
// Postgrex, asyncpg, sqlx and tokio-postgres, Prisma, and of the tools by which
// people try a connection; the first that match count. What the server itself
// said tells more than how the attempt ended, and a refused login more than the
// attempt without encryption by which libpq follows it up (sslmode=prefer).
// https://www.postgresql.org/docs/current/errcodes-appendix.html
var logRules = []logRule{
	{trouble: TroubleName, plain: "could not translate host name",
		words: regexp.MustCompile(`could not translate host name "[^"]*" to address(?:: (?:Name or service not known|Temporary failure in name resolution|Name does not resolve|Try again|No address associated with hostname))?`)},
	{trouble: TroubleName, plain: "no such host",
		words: regexp.MustCompile(`\blookup \S+?(?: on \S+?)?: (?:no such host|server misbehaving|[Tt]emporary failure in name resolution|(?:(?:dial|read|write) (?:udp|tcp) \S+: )?(?:i/o timeout|(?:connect: )?connection refused))`)},
	{trouble: TroubleName, plain: "getaddrinfo ENOTFOUND", words: regexp.MustCompile(`getaddrinfo (?:ENOTFOUND|EAI_AGAIN|EAI_FAIL)(?: \S+)?`)},
	{trouble: TroubleName, plain: "UnknownHostException", words: regexp.MustCompile(`UnknownHostException(?:: \S+)?`)},
	{trouble: TroubleName, plain: "failed to resolve host", words: regexp.MustCompile(`failed to resolve host '[^']*'(?:: (?:\[Errno -?\d+\] )?` + nameUnknown + `)?`)},
	{trouble: TroubleName, plain: "non-existing domain", words: regexp.MustCompile(`tcp connect \([^)]*\): non-existing domain`)},
	{trouble: TroubleName, plain: "failed to lookup address information",
		words: regexp.MustCompile(`error (?:connecting to server|communicating with database): failed to lookup address information(?:: ` + nameUnknown + `)?`)},
	{trouble: TroubleName, plain: "could not resolve host", words: regexp.MustCompile(`[Cc]ould not resolve host(?:name)?: \S+|unable to resolve host address \S+|bad address '[^']*'|getaddrinfo for host "[^"]*" port \d+: ` + nameUnknown)},
	{trouble: TroubleName, plain: "issue connecting with your hostname", words: regexp.MustCompile(`There is an issue connecting with your hostname: \S+`)},
	{trouble: TroubleName, plain: "Name or service not known", loose: true, bare: true, words: regexp.MustCompile(`(?:\[Errno -?\d+\] )?` + nameUnknown)},

	{trouble: troubleLogin, plain: "password authentication failed for user", words: regexp.MustCompile(`(?:password|PAM) authentication failed for user(?: "[^"]*")?`)},
	{trouble: troubleLogin, plain: "Authentication failed against database server", words: regexp.MustCompile("Authentication failed against database server(?: at `[^`]*`)?")},
	{trouble: troubleLogin, plain: noPassword,
		words: regexp.MustCompile(noPassword + `|client password must be a string|no password was provided|No password has been provided but the backend requires one`)},
	{trouble: troubleLogin, plain: "role does not exist", words: regexp.MustCompile(`FATAL:? +(?:28000 \(\w+\) +)?role "[^"]*" (?:does not exist|is not permitted to log in)`)},
	{trouble: TroubleNoTLS, plain: "no pg_hba.conf entry for host, no encryption", words: regexp.MustCompile(`no pg_hba\.conf entry for .{0,300}?(?:no encryption|SSL off)|This RDS Proxy requires TLS connections`)},
	{trouble: troubleLogin, plain: "no pg_hba.conf entry for host", words: regexp.MustCompile(`no pg_hba\.conf entry for (?:host|replication connection from host)(?: "[^"]*")?`)},
	{trouble: troubleMissing, plain: "does not exist", words: regexp.MustCompile(`\b(?:database|relation) "[^"]*" does not exist`)},
	{trouble: troubleMissing, plain: "database … does not exist",
		words: regexp.MustCompile("\\b(?:[Dd]atabase `[^`]*` does not exist on the database server|table `[^`]*` does not exist in the current database)|could not find your (?:database): \\S+")},
	{trouble: troubleOld, plain: "SCRAM authentication requires libpq version 10 or above",
		words: regexp.MustCompile(`SCRAM authentication requires libpq version 10(?: or above)?|[Aa]uthentication (?:type|method) 10 (?:is )?not supported|unknown authentication response: 10`)},
	{trouble: troubleTrust, plain: "root certificate file does not exist",
		words: regexp.MustCompile(`SSL error: certificate verify failed|root certificate file "[^"]*" does not exist|Could not open SSL root certificate file|server certificate for "[^"]*".{0,60}? does not match host name "[^"]*"`)},
	{trouble: troubleTrust, plain: "certificate verify failed", loose: true,
		words: regexp.MustCompile(`certificate verify failed|x509: [a-z ]{0,60}|PKIX path building failed|unable to find valid certification path|unable to verify the first certificate|invalid peer certificate: \w+|(?:Fatal - |tls_alert, ?\{?)[Uu]nknown[ _][Cc][Aa]|self[- ]signed certificate(?: in certificate chain)?|unable to get local issuer certificate|[Tt]he remote certificate (?:is invalid|was rejected)`)},
	{trouble: troubleFull, plain: "too many clients already", words: regexp.MustCompile(`remaining connection slots are reserved|(?:sorry, )?too many clients already|too many connections for (?:role|database) "[^"]*"`)},
	{trouble: troubleStarting, plain: "the database system is starting up", words: regexp.MustCompile(`the database system is (?:starting up|shutting down|in recovery mode|not (?:yet )?accepting connections)|\S+:\d+ - rejecting connections`)},

	{trouble: TroubleRefused, plain: "Connection refused",
		words: regexp.MustCompile(libpqServer + `Connection refused|could not connect to server: Connection refused|dial tcp \S+: connect: connection refused|connect ECONNREFUSED \S+|tcp connect \([^)]*\): connection refused|\[Errno 111\] Connect call failed \('[^']*', \d+\)|Connection refused: \S+/[\d.]+:\d+` +
			`|error (?:connecting to server|communicating with database): Connection refused|connect to \S+(?: \([^)]*\))? port \d+ \(tcp\) failed: Connection refused` +
			`|Failed to connect to \S+ port \d+(?: after \d+ ms)?: (?:Connection refused|Could(?:n't| not) connect to server)|Connection to \S+ refused\. Check that the hostname and port are correct`)},
	// A pool that gives no connection: the cause is in another line, if in any.
	{trouble: TroubleTimeout, plain: "no connection from the pool", words: regexp.MustCompile(poolWords)},
	{trouble: TroubleRefused, plain: bareRefused, loose: true, bare: true, words: regexp.MustCompile(`(?i)connection refused`)},
	{trouble: TroubleTimeout, plain: "timeout expired",
		words: regexp.MustCompile(libpqServer + timedOut + `|could not connect to server: ` + timedOut + `|connection timeout expired|dial tcp \S+: (?:i/o timeout|connect: ` + timedOut + `)|dial error(?:: | \()(?:timeout: )?context deadline exceeded|connect (?:ETIMEDOUT|EHOSTUNREACH) \S+|Connection terminated due to connection timeout` +
			"|failed to connect to `[^`]*`: context deadline exceeded" + `|timeout exceeded when trying to connect|(?:Error|ConnectionBad|\[7\]): timeout expired` +
			`|tcp connect \([^)]*\): (?:timeout|` + anyTimedOut + `)|error (?:connecting to server|communicating with database): ` + timedOut +
			`|\[Errno (?:110|113|101)\] Connect call failed \('[^']*', \d+\)|connection timed out after \d+ ms: \S+` +
			`|Failed to connect to \S+ port \d+(?: after \d+ ms)?: ` + timedOut + `|connect to \S+(?: \([^)]*\))? port \d+ \(tcp\) failed: ` + timedOut +
			`|timeout occurred after waiting \d+ seconds for \S+:\d+|\S+:\d+ - no response`)},
	{trouble: TroubleTimeout, plain: bareTimedOut, loose: true, bare: true,
		words: regexp.MustCompile(`[Cc]onnect timed out|Timeout during connection attempt|` + timedOut)},
	// What follows is said of any failure. The cause is in another line.
	{trouble: TroubleTimeout, plain: "The connection attempt failed", words: regexp.MustCompile(vagueWords)},
}

// The words that other programs say too.
const (
	bareRefused  = "Connection refused"
	bareTimedOut = "Connection timed out"
)

// vagueWords are what pgjdbc, Npgsql and Prisma say in front of the cause.
const vagueWords = `The connection attempt failed|Failed to connect to \S+:\d+|Can't reach database server at \S+|NpgsqlException(?: \(\w+\))?: Exception while connecting`

// poolWords are what the pools of the usual clients say when they have no
// connection to give: HikariCP and JPA, Knex, Sequelize, Prisma, DBConnection,
// SQLAlchemy, psycopg_pool, Active Record, Npgsql, sqlx, r2d2 and deadpool.
const poolWords = `Connection is not available, request timed out after \d+ms|Failed to initialize pool|Unable to acquire JDBC Connection` +
	`|Timeout acquiring a connection|ConnectionAcquireTimeoutError|Timed out fetching a new connection from the connection pool` +
	"|The database server at `[^`]*`(?::`\\d+`)? was reached but timed out" +
	`|connection not available and request was dropped from queue|QueuePool limit of size \d+ overflow \d+ reached` +
	`|couldn't get a connection after [\d.]+ sec|could not obtain a connection from the pool|[Tt]he connection pool has been exhausted` +
	`|pool timed out while waiting for an open connection|timed out waiting for connection|[Tt]imeout occurred while waiting for a slot to become available`

// noPassword is what libpq says when it was given none.
const noPassword = `no password supplied`

var vaguePattern = regexp.MustCompile(`^(?:` + vagueWords + `|` + poolWords + `)`)

// clientWords name a client of PostgreSQL.
var clientWords = regexp.MustCompile(`(?i)\b(?:psql|PSQLException|postgrex|prisma|P1011|tokio-postgres|sqlx|pgx|pgconn|libpq|psycopg[23]?|npgsql|asyncpg|node-postgres|postgres(?:ql)?)\b|\bpq:|connection to server at|failed to connect to .(?:host|user)=`)
