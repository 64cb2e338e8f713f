// Package scenario has the practice worlds to choose from: what is in the
// account before a world begins, and what people have done in its cluster.
//
// A world in which something is broken is a line of a table (broken_*.go): a
// change of the one in which everything is set up (ready.go). The others are in
// whole.go.
package scenario

import (
	"cmp"
	"context"

	"podsg/sandbox/cluster"
	"podsg/sandbox/kubeapi/storage"
)

// A Scenario is a practice world to choose.
type Scenario struct {
	Name        string // as in --sandbox=NAME
	Title       string
	Description string
	Check       string // the check of a broken world that names what is broken; empty: nothing is

	Cluster   string
	Partition string
	Region    string
	SetUp     bool // the procedure has been carried out before the world begins
	Build     func(*Builder) (Built, error)
}

// Built is what a scenario made that the rest of the world must know.
type Built struct {
	VPCID          string
	privateSubnets []string
	SelfManagedCNI bool
	CNIValues      string // configuration that the VPC CNI is installed with

	// What people did in the cluster before the world begins, what else is awaited,
	// and what happens as the last thing before it does.
	Stages []cluster.Stage
	Await  func(context.Context, Running) error
	Last   func(Running) error
}

// Running is a world that runs and is about to begin.
type Running struct {
	Store   *storage.Store
	Cluster *cluster.Cluster
}

// Default is the world of --sandbox without a name.
const Default = "workshop"

// complete fills in what a scenario does not say.
func (s *Scenario) complete() {
	s.Cluster = cmp.Or(s.Cluster, "workshop")
	s.Partition = cmp.Or(s.Partition, "aws")
	s.Region = cmp.Or(s.Region, "us-west-2")
}
