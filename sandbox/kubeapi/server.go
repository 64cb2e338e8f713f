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
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
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

	// Logs writes a container's log to w until it ends or, when following,
	// until ctx ends. The container is always named in opts.
	Logs func(ctx context.Context, pod *corev1.Pod, opts *corev1.PodLogOptions, w io.Writer) error
	// PortForward connects stream to a port of the pod and returns when the
	// connection ends. The error is told to the client.
	PortForward func(ctx context.Context, pod *corev1.Pod, port int32, stream io.ReadWriteCloser) error

	// BookmarkInterval is how often watches that allow it get a bookmark;
	// a minute, as in the real server, if zero.
	BookmarkInterval time.Duration
}

// A Server speaks the Kubernetes API over a Store. It is an http.Handler.
type Server struct {
	config Config
	store  *Store
	calls  callLog
	faults faultList
}

// NewServer makes a server.
func NewServer(config Config) *Server {
	if config.Version == "" {
		config.Version = DefaultVersion
	}
	if config.BookmarkInterval <= 0 {
		config.BookmarkInterval = time.Minute
	}
	return &Server{config: config, store: config.Store}
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
	req, err := s.parseRequest(r)
	if err != nil {
		writeError(w, err)
		return
	}
	call := s.calls.begin(s.store.clock.Now(), req)
	recorder := &responseRecorder{ResponseWriter: w, record: func(status int) {
		s.calls.note(func() { call.User, call.Status = req.user.Name, status })
	}}
	if err := s.handle(recorder, req); err != nil {
		writeError(recorder, err)
	}
}

// handle takes a request through authentication, staged faults and
// authorization to its handler.
func (s *Server) handle(w http.ResponseWriter, req *request) error {
	if err := s.authenticate(req); err != nil {
		return err
	}
	if err := s.impersonate(req); err != nil {
		return err
	}
	w, err := s.strike(w, req)
	if err != nil {
		return err
	}
	if !req.isResource {
		return s.serveNonResource(w, req)
	}
	if isReview(req) {
		return s.serveReview(w, req) // everybody may ask about themselves
	}
	if err := s.authorize(req); err != nil {
		return err
	}
	return s.serveResource(w, req)
}

// serveNonResource answers the paths that are not about objects.
func (s *Server) serveNonResource(w http.ResponseWriter, req *request) error {
	path := req.path
	switch {
	case req.http.Method != http.MethodGet:
		return errNoSuchResource()
	case path == "/version":
		return writeJSON(w, http.StatusOK, s.versionInfo())
	case path == "/healthz" || path == "/livez" || path == "/readyz":
		_, err := io.WriteString(w, "ok")
		return err
	case path == "/openapi/v3" || strings.HasPrefix(path, "/openapi/v3/"):
		return s.serveOpenAPI(w, strings.TrimPrefix(strings.TrimPrefix(path, "/openapi/v3"), "/"))
	case path == "/api" || path == "/apis" || strings.HasPrefix(path, "/api/") || strings.HasPrefix(path, "/apis/"):
		return s.serveDiscovery(w, req)
	}
	return errNoSuchResource()
}

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
