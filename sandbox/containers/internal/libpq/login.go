package libpq

import (
	"crypto/md5"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"

	"github.com/jackc/pgx/v5/pgproto3"
)

// serverError is a refusal by the server.
type serverError struct{ response pgproto3.ErrorResponse }

func (e *serverError) Error() string {
	text := e.response.Severity + ":  " + e.response.Message
	if e.response.Detail != "" {
		text += "\nDETAIL:  " + e.response.Detail
	}
	if e.response.Hint != "" {
		text += "\nHINT:  " + e.response.Hint
	}
	return text
}

func (o Options) startupMessage() *pgproto3.StartupMessage {
	m := &pgproto3.StartupMessage{
		ProtocolVersion: pgproto3.ProtocolVersion30,
		Parameters:      map[string]string{"user": o["user"], "database": o["dbname"]},
	}
	for _, keyword := range []string{"application_name", "client_encoding", "options"} {
		if o[keyword] != "" {
			m.Parameters[keyword] = o[keyword]
		}
	}
	return m
}

// login sends the startup message and answers what is asked until the server is ready.
func (c *Conn) login(o Options) error {
	if err := c.send(o.startupMessage()); err != nil {
		return err
	}
	var exchange *scramClient
	for {
		message, err := c.frontend.Receive()
		if err != nil {
			return readFailure(err)
		}
		switch m := message.(type) {
		case *pgproto3.ErrorResponse:
			return &serverError{*m}
		case *pgproto3.AuthenticationOk:
			if exchange != nil && !exchange.verified {
				return errors.New("server did not finish the SCRAM exchange")
			}
		case *pgproto3.AuthenticationCleartextPassword:
			err = c.answer(o, func(password string) pgproto3.FrontendMessage {
				return &pgproto3.PasswordMessage{Password: password}
			})
		case *pgproto3.AuthenticationMD5Password:
			salt := m.Salt
			err = c.answer(o, func(password string) pgproto3.FrontendMessage {
				digest := hexMD5(hexMD5(password+o["user"]) + string(salt[:]))
				return &pgproto3.PasswordMessage{Password: "md5" + digest}
			})
		case *pgproto3.AuthenticationSASL:
			mechanisms := slices.Clone(m.AuthMechanisms)
			err = c.answer(o, func(password string) pgproto3.FrontendMessage {
				exchange = newSCRAMClient(password, c.certHash(o), mechanisms)
				return &pgproto3.SASLInitialResponse{AuthMechanism: exchange.mechanism, Data: []byte(exchange.first())}
			})
		case *pgproto3.AuthenticationSASLContinue:
			if exchange == nil {
				return errors.New("unexpected SASL challenge")
			}
			var proof string
			if proof, err = exchange.final(string(m.Data)); err == nil {
				err = c.send(&pgproto3.SASLResponse{Data: []byte(proof)})
			}
		case *pgproto3.AuthenticationSASLFinal:
			if exchange == nil {
				return errors.New("unexpected SASL outcome")
			}
			err = exchange.verify(string(m.Data))
		case *pgproto3.ReadyForQuery:
			return nil
		case *pgproto3.ParameterStatus, *pgproto3.BackendKeyData, *pgproto3.NoticeResponse,
			*pgproto3.NegotiateProtocolVersion:
		default:
			return fmt.Errorf("authentication method of message %T not supported", message)
		}
		if err != nil {
			return err
		}
	}
}

func (c *Conn) send(m pgproto3.FrontendMessage) error {
	c.frontend.Send(m)
	if err := c.frontend.Flush(); err != nil {
		return readFailure(err)
	}
	return nil
}

// answer sends what the password makes, if there is one.
func (c *Conn) answer(o Options, message func(password string) pgproto3.FrontendMessage) error {
	password := o["password"]
	if password == "" {
		return errNoPassword
	}
	return c.send(message(password))
}

func hexMD5(s string) string {
	sum := md5.Sum([]byte(s))
	return hex.EncodeToString(sum[:])
}
