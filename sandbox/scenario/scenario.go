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
	"net/netip"

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
	SetUp     bool // what is in its cluster was made before the world begins
	Build     func(*Builder) (Built, error)
}

// Built is what a scenario made that the rest of the world must know.
type Built struct {
	VPCID          string
	privateSubnets []string
	SelfManagedCNI bool
	CNIValues      string // configuration that the VPC CNI is installed with

	Servers   []Server   // in the VPC, beside the databases
	Balancers []Balancer // that bring requests from outside

	// What people did in the cluster before the world begins, what else is awaited,
	// and what happens as the last thing before it does.
	Stages []cluster.Stage
	Await  func(context.Context, Running) error
	Last   func(Running) error
}

// A Server is something in the VPC that applications connect to: a cache that
// speaks the protocol of Redis.
type Server struct {
	Host    string
	Address netip.Addr
	Port    int
}

// A Balancer is a load balancer that sends requests from outside to the pods of
// a Service, by their addresses.
type Balancer struct {
	Address                  netip.Addr // of its network interface
	Namespace, Service, Port string
	Host                     string // that its clients ask for
	Flow                     string // by which its requests are counted
}

// Running is a world that runs and is about to begin.
type Running struct {
	Store   *storage.Store
	Cluster *cluster.Cluster
	// Good says how many requests of a flow of its applications have gone well.
	Good func(flow string) int
}

// Default is the world of --sandbox without a name.
const Default = "workshop"

// complete fills in what a scenario does not say.
func (s *Scenario) complete() {
	s.Cluster = cmp.Or(s.Cluster, "workshop")
	s.Partition = cmp.Or(s.Partition, "aws")
	s.Region = cmp.Or(s.Region, "us-west-2")
}
