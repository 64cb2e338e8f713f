package libpq

import (
	"context"
	"crypto/tls"
	"net"
	"slices"
	"time"

	"github.com/jackc/pgx/v5/pgproto3"
)

// Conn is a connection to a server.
type Conn struct {
	options  Options
	conn     net.Conn
	tls      *tls.Conn // nil without encryption
	frontend *pgproto3.Frontend
}

func (c *Conn) encrypted() bool { return c.tls != nil }

// interruptible makes reads and writes fail once ctx has ended, until the returned function
// is called.
func (c *Conn) interruptible(ctx context.Context) (release func()) {
	conn := c.conn
	interrupted := make(chan struct{})
	stop := context.AfterFunc(ctx, func() {
		conn.SetDeadline(time.Unix(1, 0)) // long past, by any clock
		close(interrupted)
	})
	return func() {
		if !stop() {
			<-interrupted
			conn.SetDeadline(time.Time{})
		}
	}
}

// abandon drops a connection that never came to be.
func (c *Conn) abandon() {
	if c.conn != nil {
		c.conn.Close()
	}
}

// Close says goodbye.
func (c *Conn) Close() {
	c.conn.SetDeadline(time.Now().Add(time.Second))
	c.frontend.Send(&pgproto3.Terminate{})
	_ = c.frontend.Flush() // the server may be gone already
	c.conn.Close()
}

// Options are the parameters of the connection, with the defaults filled in.
func (c *Conn) Options() Options { return c.options }

// TLS is the state of the encryption, nil without.
func (c *Conn) TLS() *tls.ConnectionState {
	if !c.encrypted() {
		return nil
	}
	state := c.tls.ConnectionState()
	return &state
}

// Result is what one statement of a query returned.
type Result struct {
	Columns []Column // nil when it returns no rows
	Rows    [][]*string
	Tag     string
}

// Column describes a result column.
type Column struct {
	Name    string
	TypeOID uint32
}

// Handler is told about the outcome of a query as it comes in.
type Handler struct {
	Result func(Result)
	Error  func(pgproto3.ErrorResponse)
	Notice func(pgproto3.NoticeResponse)
}

// Query sends a text by the simple protocol. ok tells whether all its statements succeeded;
// err is a connection that broke.
func (c *Conn) Query(ctx context.Context, text string, h Handler) (ok bool, err error) {
	defer c.interruptible(ctx)()
	if err := c.send(&pgproto3.Query{String: text}); err != nil {
		return false, err
	}
	ok = true
	var result Result
	for {
		message, err := c.frontend.Receive()
		if err != nil {
			return false, readFailure(err)
		}
		switch m := message.(type) {
		case *pgproto3.RowDescription:
			result.Columns = make([]Column, len(m.Fields))
			for i, f := range m.Fields {
				result.Columns[i] = Column{Name: string(f.Name), TypeOID: f.DataTypeOID}
			}
		case *pgproto3.DataRow:
			row := make([]*string, len(m.Values))
			for i, v := range m.Values {
				if v != nil {
					text := string(v)
					row[i] = &text
				}
			}
			result.Rows = append(result.Rows, row)
		case *pgproto3.CommandComplete:
			result.Tag = string(slices.Clone(m.CommandTag))
			h.Result(result)
			result = Result{}
		case *pgproto3.ErrorResponse:
			ok = false
			result = Result{}
			h.Error(*m)
		case *pgproto3.NoticeResponse:
			h.Notice(*m)
		case *pgproto3.ReadyForQuery:
			return ok, nil
		}
	}
}
