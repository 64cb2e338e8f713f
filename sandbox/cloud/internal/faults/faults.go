// Package faults is troubles injected into calls.
package faults

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"time"

	"k8s.io/utils/clock"

	"podsg/sandbox/cloud/internal/awserr"
	"podsg/sandbox/cloud/internal/glob"
)

// Fault is a trouble injected into the calls of some actions. Without Code,
// Reset or Hang a fault only delays (Latency).
type Fault struct {
	Action       string // pattern of "service:Action" or of the bare action; empty matches every call
	MutatingOnly bool   // leave calls that only read alone
	// Controller makes it hit the EC2 calls of the cluster's own components (the
	// VPC resource controller and the VPC CNI) instead of those of clients.
	Controller bool
	// When, if set, is asked at every call that matches; the fault leaves those
	// alone for which it is false. It must not call the account.
	When func() bool `json:"-"`

	Code       string // error code to answer, such as Throttling or InternalError
	Message    string
	HTTPStatus int           // default 400, for well-known server errors 500 or 503
	Reset      bool          // close the connection without an answer
	Hang       bool          // answer nothing until the client gives up
	Latency    time.Duration // time of the clock before the call is dealt with

	Times      int // how many calls it hits; 0 means all
	StopAtCall int // leave the first StopAtCall-1 matching calls alone and hit the rest
}

type activeFault struct {
	Fault
	seen, hits int
}

func (f *activeFault) matches(service, action string) bool {
	pattern := cmp.Or(f.Action, "*")
	return (glob.Match(pattern, service+":"+action) || glob.Match(pattern, action)) && (f.When == nil || f.When())
}

// hit counts a matching call and reports whether the fault hits it.
func (f *activeFault) hit() bool {
	f.seen++
	if f.seen < f.StopAtCall || f.Times > 0 && f.hits >= f.Times {
		return false
	}
	f.hits++
	return true
}

// List are the faults of an account.
type List struct{ list []*activeFault }

func (l *List) Add(f Fault) { l.list = append(l.list, &activeFault{Fault: f}) }

func (l *List) Clear() { l.list = nil }

// Next returns the fault that hits a call of a client or of the cluster's own
// components, counting the call.
func (l *List) Next(service, action string, mutating, controller bool) (Fault, bool) {
	for _, f := range l.list {
		if f.Controller != controller || f.MutatingOnly && !mutating || !f.matches(service, action) {
			continue
		}
		if f.hit() {
			return f.Fault, true
		}
	}
	return Fault{}, false
}

var ErrConnectionClosed = errors.New("connection closed")

// Apply carries out a fault. It returns the error to answer, or nil if the
// call goes on. A closed account ends its waiting.
func (f Fault) Apply(ctx context.Context, c clock.WithTicker, closed <-chan struct{}) error {
	if f.Latency > 0 {
		timer := c.NewTimer(f.Latency)
		defer timer.Stop()
		select {
		case <-timer.C():
		case <-ctx.Done():
		case <-closed:
		}
	}
	if f.Hang {
		select {
		case <-ctx.Done():
		case <-closed:
		}
	}
	if f.Hang || f.Reset {
		// The HTTP server then closes the connection and logs nothing.
		return ErrConnectionClosed
	}
	if f.Code == "" {
		return nil
	}
	return &awserr.Error{Code: f.Code, Message: f.Text(), Status: f.status()}
}

func (f Fault) status() int {
	if f.HTTPStatus != 0 {
		return f.HTTPStatus
	}
	switch f.Code {
	case "InternalError", "InternalFailure", "ServerException":
		return http.StatusInternalServerError
	case "ServiceUnavailable", "Unavailable", "RequestLimitExceeded":
		return http.StatusServiceUnavailable
	case "AccessDenied", "UnauthorizedOperation", "ExpiredToken":
		return http.StatusForbidden
	}
	return 0
}

func (f Fault) Text() string { return cmp.Or(f.Message, awserr.Text(f.Code)) }
