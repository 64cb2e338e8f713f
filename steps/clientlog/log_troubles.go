package clientlog

import (
	"net/netip"
	"regexp"
	"slices"
	"strings"

	"podsg/steps/world"
)

// LogTroubleIn tells what a line of a pod's log says of its connection to a
// PostgreSQL database, by the words of the usual clients. It keeps those words
// and not the line, which may hold anything: a name that does not look like one,
// and whatever stands in the line as a password, is left out.
func LogTroubleIn(line string) (world.LogTrouble, bool) {
	line = plainLine(line)
	for _, r := range logRules {
		at := r.words.FindStringIndex(line)
		if at == nil {
			continue
		}
		text := tidyWords(line[at[0]:at[1]])
		if r.loose {
			// The words alone could be of any program: they tell of a database where the
			// line names its client, or else together with other lines of the log.
			client := clientWords.FindString(line)
			if client == "" && !r.bare {
				continue
			}
			if client != "" {
				text = client + " … " + text
			}
		}
		if holdsPassword(line, text) {
			text = r.plain
		}
		return world.LogTrouble{Check: r.trouble, Text: text}, true
	}
	return world.LogTrouble{}, false
}

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

// nameUnknown is what the C library says of a name.
const nameUnknown = `(?:[Tt]emporary failure in name resolution|Name or service not known|Name does not resolve)`

// server is how libpq names the server that it tried.
const server = `connection to server at "[^"]*"(?: \([^)]*\))?, port \d+ failed: `

// logRules are the words of libpq (psql, psycopg), pgx and lib/pq, pgjdbc,
// node-postgres and Npgsql; the first that match count. What the server itself
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
	{trouble: TroubleName, plain: "Name or service not known", loose: true, bare: true, words: regexp.MustCompile(`(?:\[Errno -?\d+\] )?` + nameUnknown)},

	{trouble: troubleLogin, plain: "password authentication failed for user", words: regexp.MustCompile(`(?:password|PAM) authentication failed for user(?: "[^"]*")?`)},
	{trouble: troubleLogin, plain: "role does not exist", words: regexp.MustCompile(`FATAL: +role "[^"]*" (?:does not exist|is not permitted to log in)`)},
	{trouble: TroubleNoTLS, plain: "no pg_hba.conf entry for host, no encryption", words: regexp.MustCompile(`no pg_hba\.conf entry for .{0,300}?(?:no encryption|SSL off)|This RDS Proxy requires TLS connections`)},
	{trouble: troubleLogin, plain: "no pg_hba.conf entry for host", words: regexp.MustCompile(`no pg_hba\.conf entry for (?:host|replication connection from host)(?: "[^"]*")?`)},
	{trouble: troubleMissing, plain: "does not exist", words: regexp.MustCompile(`\b(?:database|relation) "[^"]*" does not exist`)},
	{trouble: troubleOld, plain: "SCRAM authentication requires libpq version 10 or above",
		words: regexp.MustCompile(`SCRAM authentication requires libpq version 10(?: or above)?|[Aa]uthentication (?:type|method) 10 (?:is )?not supported|unknown authentication response: 10`)},
	{trouble: troubleTrust, plain: "root certificate file does not exist",
		words: regexp.MustCompile(`SSL error: certificate verify failed|root certificate file "[^"]*" does not exist|Could not open SSL root certificate file|server certificate for "[^"]*".{0,60}? does not match host name "[^"]*"`)},
	{trouble: troubleTrust, plain: "certificate verify failed", loose: true,
		words: regexp.MustCompile(`certificate verify failed|x509: [a-z ]{0,60}|PKIX path building failed|unable to find valid certification path|self[- ]signed certificate(?: in certificate chain)?|unable to get local issuer certificate|[Tt]he remote certificate (?:is invalid|was rejected)`)},
	{trouble: troubleFull, plain: "too many clients already", words: regexp.MustCompile(`remaining connection slots are reserved|(?:sorry, )?too many clients already|too many connections for (?:role|database) "[^"]*"`)},
	{trouble: troubleStarting, plain: "the database system is starting up", words: regexp.MustCompile(`the database system is (?:starting up|shutting down|in recovery mode|not (?:yet )?accepting connections)`)},

	{trouble: TroubleRefused, plain: "Connection refused",
		words: regexp.MustCompile(server + `Connection refused|could not connect to server: Connection refused|dial tcp \S+: connect: connection refused|connect ECONNREFUSED \S+|Connection to \S+ refused\. Check that the hostname and port are correct`)},
	{trouble: TroubleRefused, plain: bareRefused, loose: true, bare: true, words: regexp.MustCompile(`(?i)connection refused`)},
	{trouble: TroubleTimeout, plain: "timeout expired",
		words: regexp.MustCompile(server + timedOut + `|could not connect to server: ` + timedOut + `|connection timeout expired|dial tcp \S+: (?:i/o timeout|connect: ` + timedOut + `)|dial error(?:: | \()(?:timeout: )?context deadline exceeded|connect (?:ETIMEDOUT|EHOSTUNREACH) \S+|Connection terminated due to connection timeout`)},
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
const vagueWords = `The connection attempt failed|Failed to connect to \S+:\d+|Can't reach database server at \S+`

var vaguePattern = regexp.MustCompile(`^(?:` + vagueWords + `)`)

// clientWords name a client of PostgreSQL.
var clientWords = regexp.MustCompile(`(?i)\b(?:psql|PSQLException|pgx|pgconn|libpq|psycopg[23]?|npgsql|asyncpg|node-postgres|postgres(?:ql)?)\b|\bpq:|connection to server at|failed to connect to .(?:host|user)=`)

// vague says that the trouble's cause is in another line of the log.
func vague(t world.LogTrouble) bool { return vaguePattern.MatchString(t.Text) }

// bare says that the words could be of any program and any server.
func bare(t world.LogTrouble) bool {
	return slices.ContainsFunc(logRules, func(r logRule) bool {
		return r.bare && r.trouble == t.Check && r.words.FindString(t.Text) == t.Text
	})
}

// longestWords is how much of a line is kept at most.
const longestWords = 200

// plainLine is a line without control characters, and as it was before a JSON
// logger wrote it.
func plainLine(line string) string {
	line = strings.ReplaceAll(line, `\"`, `"`)
	return strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f || r >= 0x80 && r < 0xa0 {
			return ' '
		}
		return r
	}, line)
}

var (
	quotedWord   = regexp.MustCompile(`"[^"]*"|'[^']*'`)
	plausible    = regexp.MustCompile(`^[\w.$ -]{0,100}$`)
	severalBlank = regexp.MustCompile(` {2,}`)
)

// tidyWords leaves out of matched words what is no name, address or path.
func tidyWords(text string) string {
	text = quotedWord.ReplaceAllStringFunc(text, func(q string) string {
		name := q[1 : len(q)-1]
		if _, err := netip.ParseAddr(name); err == nil || plausible.MatchString(name) || strings.HasPrefix(name, "/") && !strings.ContainsAny(name, "@:") {
			return q
		}
		return q[:1] + "…" + q[:1]
	})
	words := strings.Split(severalBlank.ReplaceAllString(text, " "), " ")
	for i, w := range words {
		if strings.Contains(w, "@") || strings.Contains(w, "://") {
			words[i] = "…"
		} else if i == len(words)-1 && !quotedWord.MatchString(w) {
			w, _, _ = strings.Cut(w, `\`)
			words[i] = strings.TrimRight(w, `"'.,;)}]`)
		}
	}
	out := []rune(strings.Join(words, " "))
	return string(out[:min(len(out), longestWords)])
}

// passwordWords are where lines hold passwords: in a URI, and after a keyword.
var passwordWords = regexp.MustCompile(`://[^\s/:@]*:(\S+)@|(?i:passw(?:or)?d|pwd)["']?\s*[=:]\s*["']?([^\s"',;&]+)`)

// holdsPassword reports whether the words that would be kept hold a password
// that the line has.
func holdsPassword(line, text string) bool {
	for _, m := range passwordWords.FindAllStringSubmatch(line, -1) {
		for _, p := range m[1:] {
			if p != "" && strings.Contains(text, p) {
				return true
			}
		}
	}
	return false
}
