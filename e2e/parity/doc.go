// Package parity puts the same questions to podsg's practice world and to the
// real thing, and compares the answers: the Kubernetes API against
// kube-apiserver, the practice PostgreSQL against PostgreSQL, and the simulated
// controllers against the real ones. It is what keeps the practice world honest.
//
// A question's answers are compared as a whole, without what differs from run to
// run (identifiers, times, versions). Every difference that is left has a reason
// in differences.go; the report docs/parity.md is made from both.
package parity
