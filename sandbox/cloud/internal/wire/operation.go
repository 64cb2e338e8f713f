package wire

// Operation is one action of one service.
type Operation struct {
	service, name string
	Mutating      bool
	NewInput      func() any
	Resource      func(input any) string              // what the action is about, for the authorization
	Conditions    func(input any) map[string][]string // condition keys for the authorization
	Run           func(c Caller, input any) (any, error)

	// REST services only.
	Method, Pattern string
}

// Action is the name that policies know an operation by.
func (op Operation) Action() string { return op.service + ":" + op.name }

// Caller is who makes a request.
type Caller struct{ ARN, UserID string }

// Effect says whether an action changes the account.
type Effect bool

const (
	// Reads and Changes are the effects.
	Reads   Effect = false
	Changes Effect = true
)

// Define makes an operation of a function. In and Out are structs; their field
// tags (query, path, json and xml) are the wire format. S is the state that the
// function works on, with the account's lock held. An input may have a method
// Resource, of what its action is about, and a method Conditions. With an error
// the output does not count.
func Define[S, In, Out any](state S, service, name string, e Effect, f func(S, Caller, *In) (*Out, error)) Operation {
	return Operation{
		service: service, name: name, Mutating: bool(e),
		NewInput: func() any { return new(In) },
		Resource: func(input any) string {
			if n, ok := input.(interface{ Resource(S) string }); ok {
				return n.Resource(state)
			}
			return "*"
		},
		Conditions: func(input any) map[string][]string {
			if n, ok := input.(interface {
				Conditions(S) map[string][]string
			}); ok {
				return n.Conditions(state)
			}
			return nil
		},
		Run: func(c Caller, input any) (any, error) {
			out, err := f(state, c, input.(*In))
			if err != nil {
				return nil, err
			}
			return out, nil
		},
	}
}

// IsDryRun reports whether an input only asks whether its action would succeed.
func IsDryRun(input any) bool {
	d, ok := input.(interface{ IsDryRun() bool })
	return ok && d.IsDryRun()
}
