package cloud

import (
	"errors"
	"io"
	"net/http"
)

// maxBody is more than any request of these services needs.
const maxBody = 1 << 20

// Handler is the endpoint of all services. The credential scope of a request's
// signature says which service it is for.
func (a *Account) Handler() http.Handler { return http.HandlerFunc(a.serve) }

func (a *Account) serve(w http.ResponseWriter, r *http.Request) {
	a.base.lock()
	requestID := a.base.IDs.uuid()
	a.base.unlock()
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	if err != nil {
		encodeError(w, requestID, &APIError{Code: "RequestEntityTooLarge", Message: err.Error(), Status: http.StatusRequestEntityTooLarge})
		return
	}
	s, problem := parseSignature(r)
	if problem != "" {
		code := "IncompleteSignature"
		if r.Header.Get("Authorization") == "" {
			code = "MissingAuthenticationToken"
		}
		encodeError(w, requestID, &APIError{Code: code, Message: problem, Status: http.StatusForbidden})
		return
	}
	p, ok := a.protocols[s.service]
	if !ok {
		encodeError(w, requestID, &APIError{Code: "InvalidAction", Message: "The service " + s.service + " is not served here."})
		return
	}
	entry := Call{Service: s.service}
	output, err := a.answer(r, body, s, p, requestID, &entry)
	if err != nil && !errors.Is(err, errConnectionClosed) {
		entry.ErrorCode = asAPIError(err).Code
	}
	a.base.lock()
	entry.Time = a.base.now()
	a.calls = append(a.calls, entry)
	a.base.unlock()

	switch {
	case errors.Is(err, errConnectionClosed):
		reset(w)
	case err != nil:
		p.EncodeError(w, requestID, asAPIError(err))
	default:
		if err := p.Encode(w, entry.Action, requestID, output); err != nil {
			p.EncodeError(w, requestID, asAPIError(err))
		}
	}
}

// answer is everything between reading a request and writing its answer.
func (a *Account) answer(r *http.Request, body []byte, s *signature, p protocol, requestID string, entry *Call) (any, error) {
	action, err := p.Name(r, body)
	entry.Action = action
	if err != nil {
		return nil, err
	}
	op, known := a.operations[s.service+":"+action]
	var input any
	var decodeError error
	if known {
		input = op.newInput()
		decodeError = p.Decode(r, body, input)
		entry.Mutating = op.mutating && !isDryRun(input)
	}

	a.base.lock()
	fault, hit := a.faults.next(s.service, action, entry.Mutating, a.iam.byController(s.accessKey))
	a.base.unlock()
	if hit {
		if err := fault.apply(r.Context(), a.base.clock, a.base.closed); err != nil {
			if errors.Is(err, errConnectionClosed) {
				entry.ErrorCode = "ConnectionReset"
				return nil, err
			}
			return nil, serviceCode(s.service, asAPIError(err))
		}
	}

	a.base.lock()
	defer a.base.unlock()
	caller, err := a.iam.authenticate(r, body, s)
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
	if err := a.iam.authorize(caller, op.action(), op.resource(input), op.conditions(input)); err != nil {
		return nil, err
	}
	if isDryRun(input) {
		return nil, failStatus(412, "DryRunOperation", "Request would have succeeded, but DryRun flag is set.")
	}
	return op.run(caller.caller(), input)
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
