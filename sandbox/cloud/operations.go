package cloud

// operation is one action of one service.
type operation struct {
	service, name string
	mutating      bool
	newInput      func() any
	resource      func(input any) string              // what the action is about, for the authorization
	conditions    func(input any) map[string][]string // condition keys for the authorization
	run           func(c caller, input any) (any, error)

	// REST services only.
	method, pattern string
}

func (op operation) action() string { return op.service + ":" + op.name }

// caller is who makes a request.
type caller struct{ ARN, userID string }

// effect says whether an action changes the account.
type effect bool

const (
	reads   effect = false
	changes effect = true
)

// define makes an operation of a function. In and Out are structs; their field
// tags (query, path, json and xml) are the wire format. S is the state that the
// function works on, with the account's lock held. An input may have a method
// Resource, of what its action is about, and a method Conditions.
func define[S, In, Out any](state S, service, name string, e effect, f func(S, caller, *In) (*Out, error)) operation {
	return operation{
		service: service, name: name, mutating: bool(e),
		newInput: func() any { return new(In) },
		resource: func(input any) string {
			if n, ok := input.(interface{ Resource(S) string }); ok {
				return n.Resource(state)
			}
			return "*"
		},
		conditions: func(input any) map[string][]string {
			if n, ok := input.(interface {
				Conditions(S) map[string][]string
			}); ok {
				return n.Conditions(state)
			}
			return nil
		},
		run: func(c caller, input any) (any, error) {
			out, err := f(state, c, input.(*In))
			if err != nil {
				return nil, err
			}
			return out, nil
		},
	}
}

// isDryRun reports whether an input only asks whether its action would succeed.
func isDryRun(input any) bool {
	d, ok := input.(interface{ IsDryRun() bool })
	return ok && d.IsDryRun()
}
