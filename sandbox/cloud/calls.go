package cloud

import (
	"time"

	"podsg/sandbox/cloud/internal/faults"
)

// Call is one request that the endpoint received.
type Call struct {
	Time      time.Time
	Service   string // the service of the credential scope, such as ec2
	Action    string
	Caller    string // ARN of the signer; empty if the signature was refused
	Mutating  bool   // it would change the account; a dry run would not
	ErrorCode string // empty if it succeeded
}

// Calls returns every request so far, in the order of their answers.
func (a *Account) Calls() []Call {
	a.base.Lock()
	defer a.base.Unlock()
	return append([]Call(nil), a.calls...)
}

// ForgetCalls empties the log that Calls returns.
func (a *Account) ForgetCalls() {
	a.base.Lock()
	defer a.base.Unlock()
	a.calls = nil
}

// InjectFault adds a fault. Faults are tried in the order they were added and
// the first that matches a call is the one that hits it.
func (a *Account) InjectFault(f faults.Fault) {
	a.base.Lock()
	defer a.base.Unlock()
	a.faults.Add(f)
}

// ClearFaults removes every fault.
func (a *Account) ClearFaults() {
	a.base.Lock()
	defer a.base.Unlock()
	a.faults.Clear()
}
