// Package calls records the requests that a server was asked to carry out.
package calls

import (
	"slices"
	"sync"
	"time"

	"podsg/sandbox/kubeapi/request"
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

// A Log keeps the requests that a server was asked to carry out.
type Log struct {
	mu    sync.Mutex
	calls []*Call
}

// All returns the requests so far, oldest first; of very many, the newest
// 100,000.
func (l *Log) All() []Call {
	l.mu.Lock()
	defer l.mu.Unlock()
	calls := make([]Call, len(l.calls))
	for i, c := range l.calls {
		calls[i] = *c
	}
	return calls
}

// Begin records a request.
func (l *Log) Begin(now time.Time, req *request.Request) *Call {
	call := &Call{
		Time:      now,
		Verb:      req.Verb,
		Resource:  req.String(),
		Namespace: req.Namespace,
		Name:      req.Name,
		Mutating:  req.IsMutating(),
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.calls) >= callLimit {
		l.calls = slices.Delete(l.calls, 0, callLimit/10)
	}
	l.calls = append(l.calls, call)
	return call
}

// Answered notes whose a request turned out to be and how its answer began.
func (l *Log) Answered(call *Call, user string, status int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	call.User, call.Status = user, status
}
