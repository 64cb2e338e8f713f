package kubeapi

import (
	"bufio"
	"net"
	"net/http"
	"slices"
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

// A callLog keeps the requests that a server was asked to carry out.
type callLog struct {
	mu    sync.Mutex
	calls []*Call
}

// All returns the requests so far, oldest first; of very many, the newest
// 100,000.
func (l *callLog) All() []Call {
	l.mu.Lock()
	defer l.mu.Unlock()
	calls := make([]Call, len(l.calls))
	for i, c := range l.calls {
		calls[i] = *c
	}
	return calls
}

// begin records a request.
func (l *callLog) begin(now time.Time, req *request) *Call {
	call := &Call{
		Time:      now,
		Verb:      req.verb,
		Resource:  req.String(),
		Namespace: req.namespace,
		Name:      req.name,
		Mutating:  req.isMutating(),
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.calls) >= callLimit {
		l.calls = slices.Delete(l.calls, 0, callLimit/10)
	}
	l.calls = append(l.calls, call)
	return call
}

// answered notes whose a request turned out to be and how its answer began.
func (l *callLog) answered(call *Call, user string, status int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	call.User, call.Status = user, status
}

// A responseRecorder tells the status of the answer when it begins. It passes
// flushing and hijacking on to the connection.
type responseRecorder struct {
	http.ResponseWriter
	record func(status int)
	begun  bool
}

func (r *responseRecorder) begin(status int) {
	if !r.begun {
		r.begun = true
		r.record(status)
	}
}

// WriteHeader implements http.ResponseWriter.
func (r *responseRecorder) WriteHeader(status int) {
	r.begin(status)
	r.ResponseWriter.WriteHeader(status)
}

// Write implements http.ResponseWriter.
func (r *responseRecorder) Write(b []byte) (int, error) {
	r.begin(http.StatusOK)
	return r.ResponseWriter.Write(b)
}

// Flush implements http.Flusher.
func (r *responseRecorder) Flush() {
	// A connection that cannot be flushed sends when it is full.
	_ = http.NewResponseController(r.ResponseWriter).Flush()
}

// Hijack implements http.Hijacker, which upgrades to SPDY and websocket need.
func (r *responseRecorder) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	r.begin(http.StatusSwitchingProtocols)
	return http.NewResponseController(r.ResponseWriter).Hijack()
}
