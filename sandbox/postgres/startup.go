package postgres

import (
	"crypto/subtle"
	"crypto/tls"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgproto3"

	"podsg/sandbox/postgres/internal/engine"
	"podsg/sandbox/postgres/internal/sqlerror"
)

// authenticationTimeout is PostgreSQL's default for how long a login may take.
const authenticationTimeout = time.Minute

// errShutdown is why sessions end when the server is closed.
var errShutdown = errors.New("the server is being closed")

func fatal(code, message string) *sqlerror.Error {
	return &sqlerror.Error{Severity: "FATAL", Code: code, Message: message}
}

// start takes a connection from its first byte to ReadyForQuery. It reports whether there is a
// session to serve.
func (k *connection) start() bool {
	k.conn.SetDeadline(time.Now().Add(authenticationTimeout))
	startup := k.negotiate()
	if startup == nil {
		return false
	}
	if problem := k.server.takeSlot(); problem != nil {
		k.refuse(problem)
		return false
	}
	k.holdsSlot = true
	user, database, problem := names(startup)
	if problem == nil {
		problem = k.admit(user, database)
	}
	if problem == nil {
		problem = k.authenticate(user)
	}
	if problem == nil {
		problem = k.open(startup, user, database)
	}
	if problem != nil {
		k.refuse(problem)
		return false
	}
	k.conn.SetDeadline(time.Time{})
	if k.server.ctx.Err() != nil {
		k.conn.SetReadDeadline(time.Now()) // Close came before the deadline was lifted
	}
	return k.backend.Flush() == nil
}

// refuse tells the client why its connection ends. A problem without a message is a connection
// that is gone already.
func (k *connection) refuse(problem *sqlerror.Error) {
	if problem.Message != "" {
		k.backend.Send(errorResponse(problem))
		k.backend.Flush()
	}
	k.finish()
}

// errGone stands for a connection that ended during login.
func errGone() *sqlerror.Error { return &sqlerror.Error{} }

// negotiate answers encryption and cancel requests until the startup message comes. It returns
// nil when there is nothing more to do for the connection.
func (k *connection) negotiate() *pgproto3.StartupMessage {
	for {
		message, err := k.backend.ReceiveStartupMessage()
		if err != nil {
			return nil
		}
		switch m := message.(type) {
		case *pgproto3.SSLRequest:
			if k.tls != nil || k.server.tls == nil {
				if _, err := k.conn.Write([]byte{'N'}); err != nil {
					return nil
				}
				continue
			}
			if !k.encrypt() {
				return nil
			}
		case *pgproto3.GSSEncRequest:
			if _, err := k.conn.Write([]byte{'N'}); err != nil {
				return nil
			}
		case *pgproto3.CancelRequest:
			if other := k.server.session(m.ProcessID); other != nil &&
				subtle.ConstantTimeCompare(other.cancelKey, m.SecretKey) == 1 {
				other.cancelStatement()
			}
			return nil
		case *pgproto3.StartupMessage:
			return m
		default:
			return nil
		}
	}
}

func (k *connection) encrypt() bool {
	if _, err := k.conn.Write([]byte{'S'}); err != nil {
		return false
	}
	encrypted := tls.Server(k.conn, k.server.tls)
	if err := encrypted.Handshake(); err != nil {
		return false
	}
	k.conn, k.tls = encrypted, encrypted
	k.backend = pgproto3.NewBackend(encrypted, encrypted)
	return true
}

// names takes the user and the database out of the startup message.
func names(startup *pgproto3.StartupMessage) (user, database string, problem *sqlerror.Error) {
	user, database = startup.Parameters["user"], startup.Parameters["database"]
	if user == "" {
		return "", "", fatal("28000", "no PostgreSQL user name specified in startup packet")
	}
	if database == "" {
		database = user
	}
	return user, database, nil
}

// admit is the pg_hba.conf of an RDS instance: with ForceTLS only encrypted connections match.
func (k *connection) admit(user, database string) *sqlerror.Error {
	if !k.server.forcesTLS() || k.tls != nil {
		return nil
	}
	return fatal("28000", fmt.Sprintf("no pg_hba.conf entry for host %q, user %q, database %q, no encryption",
		k.clientAddr.String(), user, database))
}

// authenticate asks for the password.
func (k *connection) authenticate(user string) *sqlerror.Error {
	fits, problem := k.scram(k.server.credential(user))
	if problem == nil && !fits {
		problem = fatal("28P01", fmt.Sprintf("password authentication failed for user %q", user))
	}
	return problem
}

// ask sends a request of the login and returns the answer.
func (k *connection) ask(request pgproto3.BackendMessage, authType uint32) (pgproto3.FrontendMessage, *sqlerror.Error) {
	k.backend.Send(request)
	if err := k.backend.Flush(); err != nil {
		return nil, errGone()
	}
	if err := k.backend.SetAuthType(authType); err != nil {
		return nil, fatal("XX000", err.Error())
	}
	answer, err := k.backend.Receive()
	if err != nil {
		return nil, errGone()
	}
	return answer, nil
}

func (k *connection) scram(c credential) (bool, *sqlerror.Error) {
	exchange := scramExchange{credential: c}
	if k.tls != nil {
		exchange.certHash = k.server.certHash
	}
	answer, problem := k.ask(&pgproto3.AuthenticationSASL{AuthMechanisms: exchange.mechanisms()}, pgproto3.AuthTypeSASL)
	if problem != nil {
		return false, problem
	}
	initial, ok := answer.(*pgproto3.SASLInitialResponse)
	if !ok {
		return false, fatal("08P01", "expected SASL response")
	}
	challenge, problem := exchange.first(initial.AuthMechanism, string(initial.Data))
	if problem != nil {
		return false, problem
	}
	answer, problem = k.ask(&pgproto3.AuthenticationSASLContinue{Data: []byte(challenge)}, pgproto3.AuthTypeSASLContinue)
	if problem != nil {
		return false, problem
	}
	response, ok := answer.(*pgproto3.SASLResponse)
	if !ok {
		return false, fatal("08P01", "expected SASL response")
	}
	signature, problem := exchange.final(string(response.Data))
	if problem != nil || signature == "" {
		return false, problem
	}
	k.backend.Send(&pgproto3.AuthenticationSASLFinal{Data: []byte(signature)})
	return true, nil
}

// open starts the session of a client that has logged in.
func (k *connection) open(startup *pgproto3.StartupMessage, user, database string) *sqlerror.Error {
	db := k.server.database(database)
	if db == nil {
		return fatal("3D000", fmt.Sprintf("database %q does not exist", database))
	}
	k.pid = k.server.register(k)
	k.session = engine.NewSession(db, k.environment(startup, user))

	if startup.ProtocolVersion > pgproto3.ProtocolVersion30 {
		k.backend.Send(&pgproto3.NegotiateProtocolVersion{NewestMinorProtocol: 0})
	}
	k.backend.Send(&pgproto3.AuthenticationOk{})
	parameters := k.session.Reported()
	for _, name := range slices.Sorted(maps.Keys(parameters)) {
		k.backend.Send(&pgproto3.ParameterStatus{Name: name, Value: parameters[name]})
	}
	k.backend.Send(&pgproto3.BackendKeyData{ProcessID: k.pid, SecretKey: k.cancelKey})
	k.backend.Send(&pgproto3.ReadyForQuery{TxStatus: k.session.Status()})
	return nil
}

// environment is what the session's functions can tell about the connection.
func (k *connection) environment(startup *pgproto3.StartupMessage, user string) engine.Environment {
	config := k.server.config
	settings := map[string]string{
		"max_connections":     fmt.Sprint(config.MaxConnections),
		"password_encryption": "scram-sha-256",
		"port":                fmt.Sprint(config.Port),
		"rds.force_ssl":       "0",
		"ssl":                 "off",
	}
	if k.server.tls != nil {
		settings["ssl"] = "on"
	}
	if k.server.forcesTLS() {
		settings["rds.force_ssl"] = "1"
	}
	for name, value := range startup.Parameters {
		if name = strings.ToLower(name); name == "application_name" || name == "timezone" {
			settings[name] = value
		}
	}
	serverAddr := config.Address
	if !serverAddr.IsValid() {
		serverAddr = addrPort(k.conn.LocalAddr()).Addr().Unmap()
	}
	return engine.Environment{
		User:       user,
		PID:        k.pid,
		ClientAddr: k.clientAddr,
		ClientPort: addrPort(k.conn.RemoteAddr()).Port(),
		ServerAddr: serverAddr,
		ServerPort: config.Port,
		TLS:        describeTLS(k.tls),
		Version:    config.Version,
		Clock:      config.Clock,
		Settings:   settings,
		Notice: func(n sqlerror.Notice) {
			k.backend.Send(&pgproto3.NoticeResponse{
				Severity: n.Severity, SeverityUnlocalized: n.Severity, Code: n.Code, Message: n.Message,
			})
		},
		Reported: func(name, value string) {
			k.backend.Send(&pgproto3.ParameterStatus{Name: name, Value: value})
		},
	}
}

// describeTLS words a connection's encryption as OpenSSL does.
func describeTLS(c *tls.Conn) *engine.TLSInfo {
	if c == nil {
		return nil
	}
	state := c.ConnectionState()
	version := "TLSv1.3"
	if state.Version == tls.VersionTLS12 {
		version = "TLSv1.2"
	}
	cipher := tls.CipherSuiteName(state.CipherSuite)
	bits := 128
	if strings.Contains(cipher, "256_GCM") || strings.Contains(cipher, "CHACHA20") || strings.Contains(cipher, "256_CBC") {
		bits = 256
	}
	if state.Version == tls.VersionTLS12 {
		cipher = strings.NewReplacer("TLS_", "", "_WITH_", "-", "AES_128", "AES128", "AES_256", "AES256",
			"CHACHA20_POLY1305_SHA256", "CHACHA20-POLY1305", "_", "-").Replace(cipher)
	}
	return &engine.TLSInfo{Version: version, Cipher: cipher, Bits: bits}
}
