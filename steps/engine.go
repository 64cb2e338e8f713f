package steps

import "context"

// Engine observes, plans, applies and verifies. It is built once, with its
// ports, by whoever knows the environment; it keeps no state between calls, and
// its methods may be called from any goroutine.
//
// The way through it is always the same:
//
//	obs, err := engine.Observe(ctx, intent, observer)        // what is
//	target, questions, err := Resolve(obs.Snapshot, intent)  // what is wanted, settled
//	plan, err := MakePlan(obs.Snapshot, &target)             // what will be done
//	result := engine.Apply(ctx, obs, target, plan, observer) // do it
type Engine struct {
	Cloud     Cloud
	Connector Connector
	Databases Databases
	// Dial reaches a database from this machine, without a pod.
	Dial  DialFunc
	Clock Clock
	// Holder names this run in the lock: user@host and process.
	Holder string
	// Passwords resolves env: and file: password sources; the others are read
	// through the ports.
	Passwords func(ctx context.Context, source string) (Password, error)
}

// Observation is a snapshot with the cluster access that it was read through.
type Observation struct {
	*Snapshot
	Kube Kube
}
