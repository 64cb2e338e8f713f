package steps

// Engine observes, plans, applies and verifies. It is built once, with its
// ports, by whoever knows the environment; it keeps no state between calls.
type Engine struct {
	Cloud     Cloud
	Connector Connector
	Databases Databases
	// Dial reaches a database from this machine, without a pod.
	Dial  DialFunc
	Clock Clock
	// Holder names this run in the lock: user@host and process.
	Holder string
	// CAs returns the PEM bundle of RDS authorities for a region, or nil when
	// podsg carries none for it.
	CAs func(partition, region string) []byte
}
