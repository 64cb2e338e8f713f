package cloud

import (
	"errors"
	"io"
	"net/http"
	"strings"
)

var errConnectionClosed = errors.New("connection closed")

// maxBody is more than any request of these services needs.
const maxBody = 1 << 20

// protocol is how a service is spoken to.
type protocol interface {
	// name says which action a request wants, even if there is no such action.
	name(a *Account, r *http.Request, body []byte) (action string, err error)
	// decode fills the input of an operation, refusing what it does not know.
	decode(r *http.Request, body []byte, input any) error
	encode(w http.ResponseWriter, action, requestID string, output any) error
	encodeError(w http.ResponseWriter, requestID string, e *APIError)
}

var protocols = map[string]protocol{
	"ec2":            ec2Query{},
	"rds":            awsQuery{service: "rds", version: "2014-10-31", namespace: "http://rds.amazonaws.com/doc/2014-10-31/"},
	"iam":            awsQuery{service: "iam", version: "2010-05-08", namespace: "https://iam.amazonaws.com/doc/2010-05-08/"},
	"sts":            awsQuery{service: "sts", version: "2011-06-15", namespace: "https://sts.amazonaws.com/doc/2011-06-15/"},
	"eks":            restJSON{},
	"secretsmanager": json11{},
}

// Handler is the endpoint of all services. The credential scope of a request's
// signature says which service it is for.
func (a *Account) Handler() http.Handler { return http.HandlerFunc(a.serve) }

func (a *Account) serve(w http.ResponseWriter, r *http.Request) {
	a.lock()
	requestID := a.ids.uuid()
	a.unlock()
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	if err != nil {
		awsQuery{}.encodeError(w, requestID, &APIError{Code: "RequestEntityTooLarge", Message: err.Error(), Status: http.StatusRequestEntityTooLarge})
		return
	}
	s, problem := parseSignature(r)
	if problem != "" {
		code := "IncompleteSignature"
		if r.Header.Get("Authorization") == "" {
			code = "MissingAuthenticationToken"
		}
		awsQuery{}.encodeError(w, requestID, &APIError{Code: code, Message: problem, Status: http.StatusForbidden})
		return
	}
	p, ok := protocols[s.service]
	if !ok {
		awsQuery{}.encodeError(w, requestID, &APIError{Code: "InvalidAction", Message: "The service " + s.service + " is not served here."})
		return
	}
	entry := Call{Service: s.service}
	output, err := a.answer(r, body, s, p, requestID, &entry)
	if err != nil && !errors.Is(err, errConnectionClosed) {
		entry.ErrorCode = asAPIError(err).Code
	}
	a.lock()
	entry.Time = a.now()
	a.calls = append(a.calls, entry)
	a.unlock()

	switch {
	case errors.Is(err, errConnectionClosed):
		reset(w)
	case err != nil:
		p.encodeError(w, requestID, asAPIError(err))
	default:
		if err := p.encode(w, entry.Action, requestID, output); err != nil {
			p.encodeError(w, requestID, asAPIError(err))
		}
	}
}

// answer is everything between reading a request and writing its answer.
func (a *Account) answer(r *http.Request, body []byte, s *signature, p protocol, requestID string, entry *Call) (any, error) {
	action, err := p.name(a, r, body)
	entry.Action = action
	if err != nil {
		return nil, err
	}
	op, known := a.operations[s.service+":"+action]
	var input any
	var decodeError error
	if known {
		input = op.newInput()
		decodeError = p.decode(r, body, input)
		entry.Mutating = op.mutating && !isDryRun(input)
	}

	a.lock()
	fault, hit := a.nextFault(s.service, action, entry.Mutating, a.byController(s.accessKey))
	a.unlock()
	if hit {
		if err := a.apply(r.Context(), fault); err != nil {
			if errors.Is(err, errConnectionClosed) {
				entry.ErrorCode = "ConnectionReset"
				return nil, err
			}
			return nil, serviceCode(s.service, asAPIError(err))
		}
	}

	a.lock()
	defer a.unlock()
	caller, err := a.authenticate(r, body, s)
	if err != nil {
		return nil, err
	}
	entry.Caller = caller.arn
	if !known {
		version := ""
		if q, ok := p.(awsQuery); ok {
			version = q.version
		}
		return nil, unknownAction(s.service, action, version)
	}
	if decodeError != nil {
		return nil, decodeError
	}
	return a.execute(op, &call{caller: caller, requestID: requestID}, input)
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

// wantsForm reports whether a request has the form of the Query protocols.
func wantsForm(r *http.Request) bool {
	return r.Method == http.MethodGet || strings.HasPrefix(r.Header.Get("Content-Type"), "application/x-www-form-urlencoded")
}
