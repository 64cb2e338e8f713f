package kubeapi

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"time"

	"podsg/sandbox/kubeapi/access"
	"podsg/sandbox/kubeapi/apierror"
	"podsg/sandbox/kubeapi/calls"
	"podsg/sandbox/kubeapi/codec"
	"podsg/sandbox/kubeapi/discovery"
	"podsg/sandbox/kubeapi/faults"
	"podsg/sandbox/kubeapi/request"
	"podsg/sandbox/kubeapi/rest"
	"podsg/sandbox/kubeapi/storage"
	"podsg/sandbox/kubeapi/streams"
)

// DefaultVersion is the Kubernetes version that a server says it is.
const DefaultVersion = "v1.36.3-eks-113cf36"

// A Config configures a Server. Store is required.
type Config struct {
	Store *storage.Store

	// Version is the gitVersion that /version tells; DefaultVersion if empty.
	Version string

	// Tokens are the bearer tokens that are accepted, and whose they are.
	Tokens map[string]access.User
	// AccessKeys are the AWS access key ids whose EKS tokens are accepted, and
	// whose they are.
	AccessKeys map[string]access.User
	// SecretKeys are the secrets of access keys. The signature of a token is
	// checked, against ClusterName, when the secret of its key is known.
	SecretKeys  map[string]string
	ClusterName string
	// Authorize decides what users may do; nil allows everything.
	Authorize access.Authorizer

	// Logs writes a container's log, and PortForward connects to a port of a
	// pod; a server without them has neither.
	Logs        streams.LogFunc
	PortForward streams.PortForwardFunc

	// BookmarkInterval is how often watches that allow it get a bookmark;
	// a minute, as in the real server, if zero.
	BookmarkInterval time.Duration
}

// A Server speaks the Kubernetes API over a Store. It is an http.Handler.
type Server struct {
	config        Config
	store         *storage.Store
	authenticator access.Authenticator
	objects       rest.Handler
	discovery     discovery.Handler
	calls         calls.Log
	faults        faults.List
}

// NewServer makes a server.
func NewServer(config Config) *Server {
	if config.Version == "" {
		config.Version = DefaultVersion
	}
	if config.BookmarkInterval <= 0 {
		config.BookmarkInterval = time.Minute
	}
	if config.Authorize == nil {
		config.Authorize = access.Deny()
	}
	return &Server{
		config: config,
		store:  config.Store,
		authenticator: access.Authenticator{
			Tokens:      config.Tokens,
			AccessKeys:  config.AccessKeys,
			SecretKeys:  config.SecretKeys,
			ClusterName: config.ClusterName,
			Clock:       config.Store.Clock(),
		},
		objects: rest.Handler{
			Store:            config.Store,
			Logs:             config.Logs,
			PortForward:      config.PortForward,
			BookmarkInterval: config.BookmarkInterval,
		},
		discovery: discovery.Handler{Resources: config.Store.Resources, Version: config.Version},
	}
}

// Serve answers HTTPS requests on listener until ctx ends, then closes every
// connection. Nothing is written to standard error, which belongs to the
// user's screen.
func (s *Server) Serve(ctx context.Context, listener net.Listener, certificate tls.Certificate) error {
	server := &http.Server{
		Handler:           s,
		ErrorLog:          log.New(io.Discard, "", 0),
		ReadHeaderTimeout: 30 * time.Second,
		BaseContext:       func(net.Listener) context.Context { return ctx },
		TLSConfig: &tls.Config{
			Certificates: []tls.Certificate{certificate},
			MinVersion:   tls.VersionTLS12,
		},
	}
	stop := context.AfterFunc(ctx, func() { _ = server.Close() })
	defer stop()
	if err := server.ServeTLS(listener, "", ""); !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("serve kubernetes api: %w", err)
	}
	return nil
}

// ServeHTTP implements http.Handler.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	req, err := request.Parse(r)
	if err != nil {
		codec.WriteError(w, err)
		return
	}
	call := s.calls.Begin(s.store.Clock().Now(), req)
	recorder := &calls.Recorder{ResponseWriter: w, Record: func(status int) {
		s.calls.Answered(call, req.User.Name, status)
	}}
	if err := s.handle(recorder, req); err != nil {
		codec.WriteError(recorder, err)
	}
}

// handle takes a request through authentication, staged faults and
// authorization to its handler.
func (s *Server) handle(w http.ResponseWriter, req *request.Request) error {
	var err error
	if req.User, err = s.authenticator.Authenticate(req.HTTP); err != nil {
		return err
	}
	as, err := access.Impersonate(req.User, req.HTTP.Header, s.config.Authorize)
	if err != nil {
		return err
	}
	req.User = as
	if w, err = s.faults.Strike(w, req, s.store.Clock()); err != nil {
		return err
	}
	if !req.IsResource {
		return s.serveNonResource(w, req)
	}
	if req.IsReview() {
		return s.serveReview(w, req) // everybody may ask about themselves
	}
	if err := s.config.Authorize.Check(req.Attributes()); err != nil {
		return err
	}
	return s.objects.Serve(w, req)
}

// serveNonResource answers the paths that are not about objects.
func (s *Server) serveNonResource(w http.ResponseWriter, req *request.Request) error {
	switch {
	case req.HTTP.Method != http.MethodGet:
		return apierror.NoSuchResource()
	case req.Path == "/healthz" || req.Path == "/livez" || req.Path == "/readyz":
		_, err := io.WriteString(w, "ok")
		return err
	}
	return s.discovery.Serve(w, req)
}

// Calls returns the requests so far, oldest first; of very many, the newest
// 100,000.
func (s *Server) Calls() []calls.Call { return s.calls.All() }

// InjectFault makes requests fail. It returns what takes the fault away again.
func (s *Server) InjectFault(f faults.Fault) (remove func()) { return s.faults.Inject(f) }
