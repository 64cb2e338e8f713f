package cloud

// operation is one action of one service.
type operation struct {
	service, name string
	mutating      bool
	newInput      func() any
	run           func(a *Account, c *call, input any) (any, error)

	// REST services only.
	method, pattern string
}

func (op operation) action() string { return op.service + ":" + op.name }

// call is one request while it is being answered.
type call struct {
	caller    *principal
	requestID string
}

// effect says whether an action changes the account.
type effect bool

const (
	reads   effect = false
	changes effect = true
)

// define makes an operation of a function. In and Out are structs; their field
// tags (query, path, json and xml) are the wire format. The function runs with
// the account's lock held.
func define[In, Out any](service, name string, e effect, f func(*Account, *call, *In) (*Out, error)) operation {
	return operation{
		service: service, name: name, mutating: bool(e),
		newInput: func() any { return new(In) },
		run: func(a *Account, c *call, input any) (any, error) {
			out, err := f(a, c, input.(*In))
			if err != nil {
				return nil, err
			}
			return out, nil
		},
	}
}

// dryRun is embedded in the inputs of EC2: all its actions take DryRun.
type dryRun struct{ DryRun bool }

func (d dryRun) isDryRun() bool { return d.DryRun }

// An input may say what its action is about, for the authorization.
type resourceNamer interface{ resource(a *Account) string }

// An input may carry condition keys for the authorization.
type conditioned interface {
	conditions(a *Account) map[string][]string
}

// execute authorizes and runs an operation. The lock is held.
func (a *Account) execute(op operation, c *call, input any) (any, error) {
	resource := "*"
	if n, ok := input.(resourceNamer); ok {
		resource = n.resource(a)
	}
	var context map[string][]string
	if n, ok := input.(conditioned); ok {
		context = n.conditions(a)
	}
	if err := a.authorize(c.caller, op.action(), resource, context); err != nil {
		return nil, err
	}
	if isDryRun(input) {
		return nil, failStatus(412, "DryRunOperation", "Request would have succeeded, but DryRun flag is set.")
	}
	return op.run(a, c, input)
}

func isDryRun(input any) bool {
	d, ok := input.(interface{ isDryRun() bool })
	return ok && d.isDryRun()
}
