package libpq

import (
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"syscall"

	"github.com/jackc/pgx/v5/pgconn"
)

// words are a failure in libpq's words.
type words string

func (w words) Error() string { return string(w) }

func wordsf(format string, args ...any) words { return words(fmt.Sprintf(format, args...)) }

const (
	// errTimeout is a connect_timeout that is over.
	errTimeout words = "timeout expired"
	// errNoPassword is the failure psql answers by asking for a password.
	errNoPassword words = "fe_sendauth: no password supplied"
	// errNoTLS is for a server that does not encrypt.
	errNoTLS words = "server does not support SSL, but SSL was required"
	// errClosed is a connection that ended without a word.
	errClosed words = "server closed the connection unexpectedly\n" +
		"\tThis probably means the server terminated abnormally\n" +
		"\tbefore or while processing the request."
)

// inWords words what pgconn says of an attempt to connect. What failed in our own hands is
// worded already.
func inWords(err error) error {
	var worded words
	var refused *pgconn.PgError
	switch text := err.Error(); {
	case errors.As(err, &worded):
		return worded
	case errors.As(err, &refused):
		return refusal(refused)
	case strings.Contains(text, passwordAsked):
		return errNoPassword
	case strings.Contains(text, "server refused TLS connection"):
		return errNoTLS
	case strings.Contains(text, "channel binding required"):
		return words("channel binding is required, but server did not offer an authentication method that supports channel binding")
	}
	return readFailure(err)
}

// refusal words what the server says itself.
func refusal(e *pgconn.PgError) words {
	text := e.Severity + ":  " + e.Message
	if e.Detail != "" {
		text += "\nDETAIL:  " + e.Detail
	}
	if e.Hint != "" {
		text += "\nHINT:  " + e.Hint
	}
	return words(text)
}

// dialFailure words a TCP connection that did not come about as strerror does.
func dialFailure(err error, timedOut bool) words {
	text := err.Error()
	var network net.Error
	switch {
	case errors.Is(err, syscall.ECONNREFUSED):
		text = "Connection refused"
	case errors.Is(err, syscall.EHOSTUNREACH):
		text = "Host is unreachable"
	case errors.Is(err, syscall.ENETUNREACH):
		text = "Network unreachable"
	case timedOut, errors.As(err, &network) && network.Timeout():
		text = "Operation timed out"
	}
	return words(text + "\n\tIs the server running on that host and accepting TCP/IP connections?")
}

// readFailure words an error of talking to the server.
func readFailure(err error) words {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.ErrClosedPipe) ||
		errors.Is(err, syscall.ECONNRESET) || errors.Is(err, syscall.EPIPE) || errors.Is(err, net.ErrClosed) ||
		errors.Is(err, pgconn.ErrConnClosed) {
		return errClosed
	}
	return wordsf("could not receive data from server: %v", err)
}
