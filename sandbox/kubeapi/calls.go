package kubeapi

import (
	"bufio"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"
)

// A Call is one request that the server was asked to carry out.
type Call struct {
	Time      time.Time
	User      string // "" when authentication failed
	Verb      string // get, list, watch, create, update, patch, delete, deletecollection; the method for other paths
	Resource  string // such as "daemonsets.apps", "pods/log"; the path for what is no resource
	Namespace string
	Name      string
	// Mutating says that the request, had it succeeded, would have changed the
	// cluster: not so a dry run, a review, a read, a watch, a log or a
	// port-forward.
	Mutating bool
	// Status is the HTTP status of the answer; 0 while there is none.
	Status int
}

// callLimit bounds the memory of a server that runs for days.
const callLimit = 100_000

type callLog struct {
	mu    sync.Mutex
	calls []*Call
}

// Calls returns the requests so far, oldest first; of very many, the newest
// 100,000.
func (s *Server) Calls() []Call {
	s.calls.mu.Lock()
	defer s.calls.mu.Unlock()
	calls := make([]Call, len(s.calls.calls))
	for i, c := range s.calls.calls {
		calls[i] = *c
	}
	return calls
}

// begin records a request and returns what is to be called with the status of
// its answer.
func (l *callLog) begin(now time.Time, req *request) (done func(status int)) {
	call := &Call{
		Time:      now,
		Verb:      req.verb,
		Resource:  req.String(),
		Namespace: req.namespace,
		Name:      req.name,
		Mutating:  isMutating(req),
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.calls) >= callLimit {
		l.calls = slices.Delete(l.calls, 0, callLimit/10)
	}
	l.calls = append(l.calls, call)
	return func(status int) {
		l.mu.Lock()
		defer l.mu.Unlock()
		call.User, call.Status = req.user.Name, status
	}
}

// isMutating reports whether a request would change the cluster.
func isMutating(req *request) bool {
	if !req.isResource || req.dryRun || isReview(req) {
		return false
	}
	switch req.verb {
	case "update", "patch", "delete", "deletecollection":
		return true
	case "create":
		return !slices.Contains([]string{"portforward", "exec", "attach", "proxy"}, req.subresource)
	}
	return false
}

// A responseRecorder remembers the status of the answer. It passes flushing and
// hijacking on to the connection.
type responseRecorder struct {
	http.ResponseWriter
	code int
}

func (r *responseRecorder) status() int { return r.code }

func (r *responseRecorder) WriteHeader(code int) {
	if r.code == 0 {
		r.code = code
	}
	r.ResponseWriter.WriteHeader(code)
}

func (r *responseRecorder) Write(b []byte) (int, error) {
	if r.code == 0 {
		r.code = http.StatusOK
	}
	return r.ResponseWriter.Write(b)
}

// Flush implements http.Flusher.
func (r *responseRecorder) Flush() {
	// A connection that cannot be flushed sends when it is full.
	_ = http.NewResponseController(r.ResponseWriter).Flush()
}

// Hijack implements http.Hijacker, which upgrades to SPDY and websocket need.
func (r *responseRecorder) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	r.code = http.StatusSwitchingProtocols
	return http.NewResponseController(r.ResponseWriter).Hijack()
}

// isReview reports whether a request asks the server about its own rules.
func isReview(req *request) bool {
	return strings.HasPrefix(req.resource, "selfsubject") &&
		(req.group == authorizationGroup || req.group == authenticationGroup)
}
