package postgres

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"os"
	"strings"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"podsg/steps/plan"
	"podsg/steps/world"
)

// SQLSTATE codes that tell something about the way to a database rather than
// about a statement. https://www.postgresql.org/docs/current/errcodes-appendix.html
const (
	codeUniqueViolation       = "23505"
	codeInvalidAuthorization  = "28000"
	codeInvalidPassword       = "28P01"
	codeUnknownDatabase       = "3D000"
	codeUndefinedTable        = "42P01"
	codeDuplicateTable        = "42P07"
	codeInsufficientPrivilege = "42501"
	codeTooManyConnections    = "53300"
	codeCannotConnectNow      = "57P03"
	codeAdminShutdown         = "57P01"
)

// What to do about a TLS session that did not come about.
const (
	expiredHint = "check this computer's date and time; if they are right, the database needs a new server certificate: " +
		"https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/UsingWithRDS.SSL-certificate-rotation.html"
	wrongNameHint = "use the instance's own endpoint, as RDS shows it, and not an alias or an address; " +
		"or choose an encrypted connection without verification by the answer database.tlsMode: require"
	noTLSHint     = "RDS always offers TLS, so something else answers there: check host and port, and what the way leads through"
	encryptedHint = "podsg's own connection is encrypted, so something on the way takes the encryption off, such as a pooler: connect to the database itself"
)

// Classify tells what an error of a connection or a statement means: how far
// the attempt came, and why it ended, in a sentence without a full stop. An
// error that a server sent proves that the network lets the client through,
// whatever else is wrong.
func Classify(err error) (verdict plan.Verdict, reason string) {
	verdict, reason, _ = classify(err)
	return verdict, reason
}

// classify is Classify with what to do about it, where that depends on the
// error and not on the verdict alone.
func classify(err error) (verdict plan.Verdict, reason, hint string) {
	var fromServer *pgconn.PgError
	if errors.As(err, &fromServer) {
		return classifyServer(fromServer)
	}
	if reason, hint := classifyTLS(err); reason != "" {
		return plan.VerdictTLSRequired, reason, hint
	}
	var (
		unknownHost *net.DNSError
		timeout     net.Error
	)
	switch {
	case err == nil:
		return plan.VerdictConnected, "", ""
	case errors.As(err, &unknownHost):
		return plan.VerdictDNSFailed, "the name does not resolve: " + unknownHost.Error(), ""
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, os.ErrDeadlineExceeded),
		errors.Is(err, syscall.ETIMEDOUT), pgconn.Timeout(err), errors.As(err, &timeout) && timeout.Timeout():
		return plan.VerdictTimedOut, "nothing answers: a security group, a network ACL or a route drops the packets", ""
	case errors.Is(err, syscall.ECONNREFUSED):
		return plan.VerdictRefused, "nothing listens on that port, or the database is not up", ""
	case errors.Is(err, syscall.EHOSTUNREACH), errors.Is(err, syscall.ENETUNREACH):
		return plan.VerdictTimedOut, "there is no route to the database", ""
	case errors.Is(err, context.Canceled):
		return plan.VerdictNotRunning, "the attempt was stopped", ""
	default:
		return plan.VerdictRefused, "the connection broke: " + lastWords(err), ""
	}
}

// classifyTLS tells why a TLS session did not come about; no reason means that
// it is not what failed.
func classifyTLS(err error) (reason, hint string) {
	var (
		invalid     x509.CertificateInvalidError
		wrongName   x509.HostnameError
		unknownCA   x509.UnknownAuthorityError
		certificate *tls.CertificateVerificationError
	)
	switch {
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired:
		what := "has expired"
		if invalid.Cert != nil && time.Now().Before(invalid.Cert.NotBefore) {
			what = "is not valid yet"
		}
		return fmt.Sprintf("the server's certificate %s, or this computer's clock is wrong: %s", what, invalid.Detail), expiredHint
	case errors.As(err, &wrongName):
		return "the server's certificate is for another name: " + wrongName.Error(), wrongNameHint
	case errors.As(err, &unknownCA):
		return "the server's certificate is not from a trusted authority; the network lets the connection through", NoBundleHint
	case errors.As(err, &certificate):
		return "the server's certificate cannot be verified: " + lastWords(certificate), NoBundleHint
	case err != nil && strings.Contains(lastWords(err), "server refused TLS connection"):
		return "the server does not offer TLS", noTLSHint
	default:
		return "", ""
	}
}

// classifyServer tells what an error that PostgreSQL itself sent means.
func classifyServer(e *pgconn.PgError) (verdict plan.Verdict, reason, hint string) {
	switch e.Code {
	case codeInvalidAuthorization:
		// PostgreSQL 14 and later end the sentence with "no encryption", older
		// ones with "SSL off".
		if strings.Contains(e.Message, "no encryption") || strings.Contains(e.Message, "SSL off") {
			return plan.VerdictTLSRequired, "the server accepts encrypted connections only (rds.force_ssl); the network lets the connection through", encryptedHint
		}
		return plan.VerdictAuthFailed, "the server refuses this login: " + e.Message, ""
	case codeInvalidPassword:
		return plan.VerdictAuthFailed, "user name or password is wrong; the network lets the connection through", ""
	case codeUnknownDatabase:
		return plan.VerdictAuthFailed, e.Message + "; the network lets the connection through", ""
	case codeUndefinedTable:
		return plan.VerdictConnected, e.Message + "; the connection itself works", ""
	case codeTooManyConnections:
		return plan.VerdictRefused, "the database has no free connection: " + e.Message, ""
	case codeCannotConnectNow, codeAdminShutdown:
		return plan.VerdictRefused, "the database is not ready: " + e.Message, ""
	default:
		return plan.VerdictConnected, fmt.Sprintf("the server answers: %s (SQLSTATE %s)", e.Message, e.Code), ""
	}
}

// problem turns an error of pgx into one that a user can act on.
func problem(ctx context.Context, doing string, t plan.DatabaseTarget, err error) error {
	verdict, reason, hint := classify(err)
	p := &world.Problem{Kind: world.ProblemFailed, Doing: doing, Object: endpoint(t), Err: fmt.Errorf("%s", reason)}
	var fromServer *pgconn.PgError
	switch {
	case ctx.Err() != nil:
		// The caller's own limit or a stop, not the database's silence.
		p.Err, p.Kind = context.Cause(ctx), world.KindOf(ctx.Err())
		if p.Kind == world.ProblemTimeout {
			p.Hint = reason
		}
	case verdict == plan.VerdictTimedOut:
		p.Kind = world.ProblemTimeout
		p.Hint = "the security group of the database must let this machine, or the pod that the connection goes through, in on the port"
	case verdict == plan.VerdictRefused, verdict == plan.VerdictDNSFailed:
		p.Kind = world.ProblemUnreachable
	case verdict == plan.VerdictAuthFailed:
		p.Kind = world.ProblemCredentials
		p.Hint = "check user, password and database name; database.existing.passwordFrom says where the password is read from"
	case verdict == plan.VerdictTLSRequired:
		p.Hint = hint
	case errors.As(err, &fromServer) && fromServer.Code == codeInsufficientPrivilege:
		p.Kind, p.Permission = world.ProblemPermission, "CREATE on the schema, and INSERT and SELECT on the table"
		p.Hint = fmt.Sprintf("grant user %q the privilege, or leave the welcome table out with database.seed: false", t.Username)
	}
	return p
}

// lastWords is the innermost error's text: pgx wraps it in the address and the
// attempt, several lines of them when there were several attempts.
func lastWords(err error) string {
	for err != nil {
		inner := errors.Unwrap(err)
		if inner == nil {
			var many interface{ Unwrap() []error }
			if errors.As(err, &many) && len(many.Unwrap()) > 0 {
				err = many.Unwrap()[len(many.Unwrap())-1]
				continue
			}
			return err.Error()
		}
		err = inner
	}
	return ""
}
