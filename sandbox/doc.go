// Package sandbox is podsg's practice world: an AWS account, an EKS cluster and
// PostgreSQL databases, in this process, on loopback, with real protocols.
//
// Nothing in it is a script: nodes roll out, controllers allot network
// interfaces against limits, and whether a pod reaches a database is computed
// from the security group rules that are there. The product talks to it as it
// talks to the real thing, with its own clients; it never calls into this
// package, except to start it.
//
// The parts, each in a package of its own:
//
//   - cloud: the AWS account and its endpoint
//   - kubeapi: the Kubernetes API server
//   - cluster: scheduler, kubelets, controllers and webhooks
//   - postgres: the databases
//   - containers: what runs in a pod
//   - scenario: the worlds to choose from
//
// This package puts them together: the network between them (network.go), the
// databases that appear as RDS makes them (databases.go), the user's own
// machine (workstation.go) and the environment that a client needs
// (environment.go).
package sandbox
