package world

import (
	"context"
	"net"
)

// DialFunc opens a network connection; it is what podsg reaches a database with.
type DialFunc func(ctx context.Context, network, address string) (net.Conn, error)
