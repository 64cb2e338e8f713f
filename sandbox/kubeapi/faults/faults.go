// Package faults stages what goes wrong between a client and the server.
package faults

import (
	"net/http"
	"slices"
	"sync"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/clock"

	"podsg/sandbox/kubeapi/access"
	"podsg/sandbox/kubeapi/request"
)

// A Fault is something that goes wrong with the requests that it matches. The
// first five fields choose them, by globs as in access.DenyRule; an empty field
// matches everything. Of several effects, Latency comes first.
type Fault struct {
	User      string
	Verb      string // "watch" and "list" are verbs of their own
	Resource  string // as calls.Call.Resource: "daemonsets.apps", "pods/log", "/version"
	Namespace string
	Name      string
	Mutating  bool // only requests that would change the cluster
	// When, if set, is asked at every request that matches; the fault leaves
	// those alone for which it is false. It must not call the server.
	When func() bool `json:"-"`

	After int // how many matching requests go well first
	Times int // how many are struck then; 0 is all

	Latency    time.Duration // delay before the request is carried out, by the store's clock
	Hang       bool          // no answer until the client gives up
	Reset      bool          // the connection is cut and nothing is carried out
	LoseAnswer bool          // the request is carried out, then the connection is cut
	// Status is answered instead of carrying the request out: 401, 403, 429,
	// 500, 503 …
	Status     int
	Message    string        // of the answer; a fitting one if empty
	RetryAfter time.Duration // told in whole seconds; a 429 says at least one

	// StopAtCall N cuts the connection of the Nth matching request (from 1)
	// and of every one after it, as when the client's machine lost its network
	// half way.
	StopAtCall int
}

// A List holds the faults that are staged.
type List struct {
	mu     sync.Mutex
	active []*activeFault
}

type activeFault struct {
	Fault
	seen int
}

// Inject makes requests fail. It returns what takes the fault away again.
func (l *List) Inject(f Fault) (remove func()) {
	active := &activeFault{Fault: f}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.active = append(l.active, active)
	return func() {
		l.mu.Lock()
		defer l.mu.Unlock()
		l.active = slices.DeleteFunc(l.active, func(a *activeFault) bool { return a == active })
	}
}

// pick returns the faults that strike this request.
func (l *List) pick(req *request.Request) []Fault {
	l.mu.Lock()
	matching := slices.Clone(l.active)
	l.mu.Unlock()
	// When is asked without the lock: it may make requests of its own.
	matching = slices.DeleteFunc(matching, func(f *activeFault) bool { return !f.matches(req) })
	l.mu.Lock()
	defer l.mu.Unlock()
	var struck []Fault
	for _, f := range matching {
		f.seen++
		switch {
		case f.StopAtCall > 0:
			if f.seen >= f.StopAtCall {
				struck = append(struck, Fault{Reset: true})
			}
		case f.seen > f.After && (f.Times == 0 || f.seen <= f.After+f.Times):
			struck = append(struck, f.Fault)
		}
	}
	return struck
}

func (f *activeFault) matches(req *request.Request) bool {
	return access.GlobMatches(f.User, req.User.Name) &&
		access.GlobMatches(f.Verb, req.Verb) &&
		access.GlobMatches(f.Resource, req.String()) &&
		access.GlobMatches(f.Namespace, req.Namespace) &&
		access.GlobMatches(f.Name, req.Name) &&
		(!f.Mutating || req.IsMutating()) &&
		(f.When == nil || f.When())
}

// Strike lets the faults that match a request happen. It returns the writer
// that the request is to be answered on.
func (l *List) Strike(w http.ResponseWriter, req *request.Request, c clock.Clock) (http.ResponseWriter, error) {
	ctx := req.HTTP.Context()
	for _, f := range l.pick(req) {
		if f.Latency > 0 {
			select {
			case <-c.After(f.Latency):
			case <-ctx.Done():
				return w, ctx.Err()
			}
		}
		switch {
		case f.Hang:
			<-ctx.Done()
			abort()
		case f.Reset:
			abort()
		case f.LoseAnswer:
			w = lostAnswer{header: http.Header{}}
		case f.Status != 0:
			return w, f.error(req)
		}
	}
	return w, nil
}

// abort cuts the connection without an answer, in the way that net/http has
// for it.
func abort() { panic(http.ErrAbortHandler) }

// error is the answer that a fault gives.
func (f Fault) error(req *request.Request) error {
	if f.Status == http.StatusUnauthorized {
		return apierrors.NewUnauthorized("Unauthorized")
	}
	retryAfter := int(f.RetryAfter.Seconds())
	if f.Status == http.StatusTooManyRequests {
		retryAfter = max(1, retryAfter)
	}
	message := f.Message
	if message == "" {
		message = http.StatusText(f.Status)
	}
	err := apierrors.NewGenericServerResponse(f.Status, req.Verb, req.GroupResource(), req.Name, message, retryAfter, true)
	if f.Message != "" {
		err.ErrStatus.Message = f.Message
	}
	if f.Status == http.StatusForbidden {
		err.ErrStatus.Reason = metav1.StatusReasonForbidden
	}
	return err
}

// lostAnswer is a writer whose answer never arrives: the connection is cut when
// the answer begins.
type lostAnswer struct{ header http.Header }

func (l lostAnswer) Header() http.Header         { return l.header }
func (l lostAnswer) Write(b []byte) (int, error) { abort(); return 0, nil }
func (l lostAnswer) WriteHeader(int)             { abort() }
