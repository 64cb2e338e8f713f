package cloud

import (
	"errors"
	"io"
	"net/http"

	"podsg/sandbox/cloud/internal/awserr"
	"podsg/sandbox/cloud/internal/faults"
	"podsg/sandbox/cloud/internal/sigv4"
	"podsg/sandbox/cloud/internal/wire"
)

// maxBody is more than any request of these services needs.
const maxBody = 1 << 20

// Handler is the endpoint of all services. The credential scope of a request's
// signature says which service it is for.
func (a *Account) Handler() http.Handler { return http.HandlerFunc(a.serve) }

func (a *Account) serve(w http.ResponseWriter, r *http.Request) {
	a.base.Lock()
	requestID := a.base.IDs.UUID()
	a.base.Unlock()
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	if err != nil {
		wire.EncodeError(w, requestID, &awserr.Error{Code: "RequestEntityTooLarge", Message: err.Error(), Status: http.StatusRequestEntityTooLarge})
		return
	}
	s, problem := sigv4.Parse(r)
	if problem != "" {
		code := "IncompleteSignature"
		if r.Header.Get("Authorization") == "" {
			code = "MissingAuthenticationToken"
		}
		wire.EncodeError(w, requestID, &awserr.Error{Code: code, Message: problem, Status: http.StatusForbidden})
		return
	}
	p, ok := a.protocols[s.Service]
	if !ok {
		wire.EncodeError(w, requestID, &awserr.Error{Code: "InvalidAction", Message: "The service " + s.Service + " is not served here."})
		return
	}
	entry := Call{Service: s.Service}
	output, err := a.answer(r, body, s, p, requestID, &entry)
	if err != nil && !errors.Is(err, faults.ErrConnectionClosed) {
		entry.ErrorCode = awserr.From(err).Code
	}
	a.base.Lock()
	entry.Time = a.base.Now()
	a.calls = append(a.calls, entry)
	a.base.Unlock()

	switch {
	case errors.Is(err, faults.ErrConnectionClosed):
		reset(w)
	case err != nil:
		p.EncodeError(w, requestID, awserr.From(err))
	default:
		if err := p.Encode(w, entry.Action, requestID, output); err != nil {
			p.EncodeError(w, requestID, awserr.From(err))
		}
	}
}

// answer is everything between reading a request and writing its answer.
func (a *Account) answer(r *http.Request, body []byte, s *sigv4.Signature, p wire.Protocol, requestID string, entry *Call) (any, error) {
	action, err := p.Name(r, body)
	entry.Action = action
	if err != nil {
		return nil, err
	}
	op, known := a.operations[s.Service+":"+action]
	var input any
	var decodeError error
	if known {
		input = op.NewInput()
		decodeError = p.Decode(r, body, input)
		entry.Mutating = op.Mutating && !wire.IsDryRun(input)
	}

	a.base.Lock()
	fault, hit := a.faults.Next(s.Service, action, entry.Mutating, a.iam.ByController(s.AccessKey))
	a.base.Unlock()
	if hit {
		if err := fault.Apply(r.Context(), a.base.Clock, a.base.Closed); err != nil {
			if errors.Is(err, faults.ErrConnectionClosed) {
				entry.ErrorCode = "ConnectionReset"
				return nil, err
			}
			return nil, awserr.ForService(s.Service, awserr.From(err))
		}
	}

	a.base.Lock()
	defer a.base.Unlock()
	caller, err := a.iam.Authenticate(r, body, s)
	if err != nil {
		return nil, err
	}
	entry.Caller = caller.ARN
	if !known {
		return nil, p.Unknown(action)
	}
	if decodeError != nil {
		return nil, decodeError
	}
	if err := a.iam.Authorize(caller, op.Action(), op.Resource(input), op.Conditions(input)); err != nil {
		return nil, err
	}
	if wire.IsDryRun(input) {
		return nil, awserr.WithStatus(412, "DryRunOperation", "Request would have succeeded, but DryRun flag is set.")
	}
	return op.Run(caller.Caller(), input)
}

// reset closes the connection so that the client sees a reset, not an end.
func reset(w http.ResponseWriter) {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		return
	}
	if tcp, ok := conn.(interface{ SetLinger(int) error }); ok {
		_ = tcp.SetLinger(0)
	}
	_ = conn.Close()
}
