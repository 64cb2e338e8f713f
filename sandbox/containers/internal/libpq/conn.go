package libpq

import (
	"context"
	"crypto/tls"
	"errors"
	"slices"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
)

// Conn is a connection to a server.
type Conn struct {
	conn     *pgconn.PgConn
	options  Options
	onNotice func(*pgconn.Notice)
}

// goodbye is how long Close waits for a server that takes no more data.
const goodbye = time.Second

// Close says goodbye.
func (c *Conn) Close() {
	ctx, cancel := context.WithTimeout(context.Background(), goodbye)
	defer cancel()
	_ = c.conn.Close(ctx) // the server may be gone already
}

// Options are the parameters of the connection, with the defaults filled in.
func (c *Conn) Options() Options { return c.options }

// TLS is the state of the encryption, nil without.
func (c *Conn) TLS() *tls.ConnectionState {
	encrypted, ok := c.conn.Conn().(*tls.Conn)
	if !ok {
		return nil
	}
	state := encrypted.ConnectionState()
	return &state
}

// Handler is told about the outcome of a query as it comes in.
type Handler struct {
	Result func(*pgconn.Result) // without descriptions of fields when the statement returns no rows
	Error  func(*pgconn.PgError)
	Notice func(*pgconn.Notice)
}

// Query sends a text by the simple protocol. ok tells whether all its statements succeeded;
// err is a connection that broke.
func (c *Conn) Query(ctx context.Context, text string, h Handler) (ok bool, err error) {
	c.onNotice = h.Notice
	results := c.conn.Exec(ctx, text)
	for results.NextResult() {
		reader := results.ResultReader()
		// Read leaves the descriptions out where there are no rows.
		fields := slices.Clone(reader.FieldDescriptions())
		result := reader.Read()
		result.FieldDescriptions = fields
		if result.Err == nil && (fields != nil || result.CommandTag.String() != "") {
			h.Result(result)
		}
	}
	err = results.Close()
	var refused *pgconn.PgError
	if errors.As(err, &refused) {
		h.Error(refused)
		if c.conn.IsClosed() { // after a FATAL
			return false, errClosed
		}
		return false, nil
	}
	if err != nil {
		return false, readFailure(err)
	}
	return true, nil
}
