package kubeapi

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// DefaultVersion is the Kubernetes version that a server says it is.
const DefaultVersion = "v1.36.3-eks-113cf36"

// A Config configures a Server. Store is required.
type Config struct {
	Store *Store

	// Version is the gitVersion that /version tells; DefaultVersion if empty.
	Version string

	// Tokens are the bearer tokens that are accepted, and whose they are.
	Tokens map[string]User
	// AccessKeys are the AWS access key ids whose EKS tokens are accepted, and
	// whose they are.
	AccessKeys map[string]User
	// SecretKeys are the secrets of access keys. The signature of a token is
	// checked, against ClusterName, when the secret of its key is known.
	SecretKeys  map[string]string
	ClusterName string
	// Authorize decides what users may do; nil allows everything.
	Authorize Authorizer

	// Logs writes a container's log, and PortForward connects to a port of a
	// pod; a server without them has neither.
	Logs        LogFunc
	PortForward PortForwardFunc

	// BookmarkInterval is how often watches that allow it get a bookmark;
	// a minute, as in the real server, if zero.
	BookmarkInterval time.Duration
}

// A Server speaks the Kubernetes API over a Store. It is an http.Handler.
type Server struct {
	config        Config
	store         *Store
	authenticator Authenticator
	objects       Handler
	discovery     discoveryHandler
	calls         callLog
	faults        faultList
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
		config.Authorize = Deny()
	}
	return &Server{
		config: config,
		store:  config.Store,
		authenticator: Authenticator{
			Tokens:      config.Tokens,
			AccessKeys:  config.AccessKeys,
			SecretKeys:  config.SecretKeys,
			ClusterName: config.ClusterName,
			Clock:       config.Store.Clock(),
		},
		objects: Handler{
			Store:            config.Store,
			Logs:             config.Logs,
			PortForward:      config.PortForward,
			BookmarkInterval: config.BookmarkInterval,
		},
		discovery: discoveryHandler{Resources: config.Store.resources, Version: config.Version},
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
	req, err := parseRequest(r)
	if err != nil {
		writeError(w, err)
		return
	}
	call := s.calls.begin(s.store.Clock().Now(), req)
	recorder := &responseRecorder{ResponseWriter: w, record: func(status int) {
		s.calls.answered(call, req.user.Name, status)
	}}
	if err := s.handle(recorder, req); err != nil {
		writeError(recorder, err)
	}
}

// handle takes a request through authentication, staged faults and
// authorization to its handler.
func (s *Server) handle(w http.ResponseWriter, req *request) error {
	var err error
	if req.user, err = s.authenticator.Authenticate(req.http); err != nil {
		return err
	}
	as, err := Impersonate(req.user, req.http.Header, s.config.Authorize)
	if err != nil {
		return err
	}
	req.user = as
	if w, err = s.faults.strike(w, req, s.store.Clock()); err != nil {
		return err
	}
	if !req.isResource {
		return s.serveNonResource(w, req)
	}
	if req.isReview() {
		return s.serveReview(w, req) // everybody may ask about themselves
	}
	if err := s.config.Authorize.Check(req.attributes()); err != nil {
		return err
	}
	return s.objects.Serve(w, req)
}

// serveNonResource answers the paths that are not about objects.
func (s *Server) serveNonResource(w http.ResponseWriter, req *request) error {
	switch {
	case req.http.Method != http.MethodGet:
		return errNoSuchResource()
	case req.path == "/healthz" || req.path == "/livez" || req.path == "/readyz":
		_, err := io.WriteString(w, "ok")
		return err
	}
	return s.discovery.Serve(w, req)
}

// Calls returns the requests so far, oldest first; of very many, the newest
// 100,000.
func (s *Server) Calls() []Call { return s.calls.All() }

// InjectFault makes requests fail. It returns what takes the fault away again.
func (s *Server) InjectFault(f Fault) (remove func()) { return s.faults.inject(f) }

// writeJSON answers with value as JSON.
func writeJSON(w http.ResponseWriter, status int, value any) error {
	body, err := json.Marshal(value)
	if err != nil {
		return apierrors.NewInternalError(err)
	}
	if w.Header().Get("Content-Type") == "" {
		w.Header().Set("Content-Type", "application/json")
	}
	w.Header().Set("Cache-Control", "no-cache, private")
	w.WriteHeader(status)
	// A client that has gone needs no answer.
	_, _ = w.Write(append(body, '\n'))
	return nil
}

// writeError answers with a Status object.
func writeError(w http.ResponseWriter, err error) {
	status := statusOf(err)
	if seconds := retryAfter(status); seconds > 0 {
		w.Header().Set("Retry-After", fmt.Sprint(seconds))
	}
	w.Header().Set("Content-Type", "application/json")
	_ = writeJSON(w, int(status.Code), status)
}

// statusOf is an error as a Status. One that says nothing else of itself is the
// server's fault.
func statusOf(err error) metav1.Status {
	status := metav1.Status{Status: metav1.StatusFailure, Message: err.Error()}
	var known apierrors.APIStatus
	if errors.As(err, &known) {
		status = known.Status()
	}
	status.TypeMeta = metav1.TypeMeta{Kind: "Status", APIVersion: "v1"}
	if status.Code == 0 {
		status.Code = http.StatusInternalServerError
	}
	return status
}

func retryAfter(status metav1.Status) int32 {
	if status.Details == nil {
		return 0
	}
	return status.Details.RetryAfterSeconds
}

// success is the Status that answers a request with no object to return.
func success() metav1.Status {
	return metav1.Status{TypeMeta: metav1.TypeMeta{Kind: "Status", APIVersion: "v1"}, Status: metav1.StatusSuccess}
}
