package postgres

import (
	"context"
	"fmt"
	"net"
	"net/url"

	"golang.org/x/net/proxy"

	"podsg/steps/world"
)

// SOCKSDialer returns a dialer that goes through the SOCKS5 proxy at a URL such
// as socks5h://127.0.0.1:1080, which "ssh -D 1080 bastion" serves. Names are
// always resolved at the proxy's end, where a private database's name means
// something; socks5:// and socks5h:// are therefore the same.
func SOCKSDialer(rawURL string) (world.DialFunc, error) {
	const hint = "write it as socks5h://HOST:PORT or socks5h://USER:PASSWORD@HOST:PORT"
	u, err := url.Parse(rawURL)
	if err != nil {
		// The parser's error quotes the URL, which may hold a password.
		return nil, world.Usage(hint, "the database proxy is not a URL")
	}
	if u.Scheme != "socks5" && u.Scheme != "socks5h" {
		return nil, world.Usage(hint, "the database proxy %q is not a SOCKS5 proxy", u.Redacted())
	}
	if u.Hostname() == "" || u.Port() == "" {
		return nil, world.Usage(hint, "the database proxy %q has no host and port", u.Redacted())
	}
	var auth *proxy.Auth
	if u.User != nil {
		password, _ := u.User.Password()
		auth = &proxy.Auth{User: u.User.Username(), Password: password}
	}
	dialer, err := proxy.SOCKS5("tcp", u.Host, auth, &net.Dialer{})
	if err != nil {
		return nil, fmt.Errorf("use the database proxy %q: %w", u.Redacted(), err)
	}
	// SOCKS5 dialers of this package take a context; proxy.Dial would not stop.
	withContext, ok := dialer.(proxy.ContextDialer)
	if !ok {
		return nil, fmt.Errorf("use the database proxy %q: its dialer cannot be stopped", u.Redacted())
	}
	return func(ctx context.Context, network, address string) (net.Conn, error) {
		return withContext.DialContext(ctx, network, address)
	}, nil
}
