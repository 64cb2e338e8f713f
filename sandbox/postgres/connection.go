package postgres

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"net/netip"
	"sync"
	"time"

	"github.com/jackc/pgx/v5/pgproto3"

	"podsg/sandbox/postgres/internal/datum"
	"podsg/sandbox/postgres/internal/engine"
	"podsg/sandbox/postgres/internal/sqlerror"
)

// connection is one client's connection.
type connection struct {
	server     *Server
	conn       net.Conn
	tls        *tls.Conn // nil without encryption
	backend    *pgproto3.Backend
	clientAddr netip.Addr
	pid        uint32
	cancelKey  []byte
	holdsSlot  bool // counts against MaxConnections
	session    *engine.Session
	prepared   map[string]*engine.Statement
	portals    map[string]*portal

	mu     sync.Mutex
	cancel context.CancelCauseFunc // of the statement that runs, nil between statements
}

var errCanceled = errors.New("statement canceled by the client")

func newConnection(s *Server, c net.Conn, clientAddr netip.Addr) *connection {
	return &connection{
		server:     s,
		conn:       c,
		backend:    pgproto3.NewBackend(c, c),
		clientAddr: clientAddr,
		cancelKey:  randomBytes(4),
		prepared:   map[string]*engine.Statement{},
		portals:    map[string]*portal{},
	}
}

// finish gives back what the connection holds of the server.
func (k *connection) finish() {
	if k.session != nil {
		k.session.Close()
	}
	if k.pid != 0 {
		k.server.unregister(k.pid)
	}
	if k.holdsSlot {
		k.server.freeSlot()
	}
}

// serve carries out messages until the client says goodbye or is gone.
func (k *connection) serve() {
	defer k.finish()
	skipping := false // after an error in the extended protocol, until Sync
	for {
		message, err := k.backend.Receive()
		if err != nil {
			k.farewell()
			return
		}
		flush := false
		switch m := message.(type) {
		case *pgproto3.Terminate:
			return
		case *pgproto3.Sync:
			skipping, flush = false, true
			k.sync()
		case *pgproto3.Query:
			if !skipping {
				k.query(m.String)
				k.sync()
				flush = true
			}
		case *pgproto3.Flush:
			flush = true
		default:
			if skipping {
				continue
			}
			if err := k.extended(message); err != nil {
				k.session.Fail()
				k.backend.Send(errorResponse(err))
				skipping = true
			}
		}
		if flush && k.backend.Flush() != nil {
			return
		}
	}
}

// farewell tells a client that the server is being closed, if that is why Receive failed.
func (k *connection) farewell() {
	if k.server.ctx.Err() == nil {
		return
	}
	k.conn.SetWriteDeadline(time.Now().Add(time.Second))
	k.backend.Send(errorResponse(errShutdown))
	k.backend.Flush()
}

// sync ends the implicit transaction of a message, and with it the portals.
func (k *connection) sync() {
	k.session.Sync()
	if k.session.Status() == engine.StatusIdle {
		clear(k.portals)
	}
	k.backend.Send(&pgproto3.ReadyForQuery{TxStatus: k.session.Status()})
}

// query carries out the simple protocol: all statements of a text, until one fails.
func (k *connection) query(text string) {
	statements, err := k.session.Parse(text)
	if err != nil {
		k.session.Fail()
		k.backend.Send(errorResponse(err))
		return
	}
	if len(statements) == 0 {
		k.backend.Send(&pgproto3.EmptyQueryResponse{})
	}
	for _, st := range statements {
		result, err := k.execute(st, nil)
		if err != nil {
			k.session.Fail()
			k.backend.Send(errorResponse(err))
			return
		}
		k.sendResult(result)
	}
}

// execute runs one statement that a cancel request or Close can interrupt.
func (k *connection) execute(st *engine.Statement, args []datum.Value) (*engine.Result, error) {
	ctx, cancel := context.WithCancelCause(k.server.ctx)
	k.setCancel(cancel)
	defer k.setCancel(nil)
	defer cancel(nil)
	result, err := k.session.Execute(ctx, st, args)
	if err != nil && k.server.ctx.Err() != nil {
		err = errShutdown
	}
	return result, err
}

func (k *connection) setCancel(cancel context.CancelCauseFunc) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.cancel = cancel
}

// cancelStatement interrupts the statement that runs, if one does.
func (k *connection) cancelStatement() {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.cancel != nil {
		k.cancel(errCanceled)
	}
}

func errorResponse(err error) *pgproto3.ErrorResponse {
	var e *sqlerror.Error
	switch {
	case errors.As(err, &e):
	case errors.Is(err, errShutdown):
		e = fatal("57P01", "terminating connection due to administrator command")
	default:
		e = &sqlerror.Error{Code: "XX000", Message: err.Error()}
	}
	severity := e.Severity
	if severity == "" {
		severity = "ERROR"
	}
	return &pgproto3.ErrorResponse{
		Severity: severity, SeverityUnlocalized: severity, Code: e.Code,
		Message: e.Message, Detail: e.Detail, Hint: e.Hint, Position: int32(e.Position),
	}
}
