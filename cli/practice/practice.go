// Package practice works with practice worlds: an AWS account, a cluster and a
// database on loopback. It knows them by what they export only.
package practice

import (
	"context"
	"log/slog"
)

// Worlds starts practice worlds: an AWS account, a cluster and a database on
// loopback. The product knows them by what they export only.
type Worlds interface {
	Scenarios() []Scenario
	Start(ctx context.Context, o Options) (World, error)
}

// Scenario is a practice world that can be chosen by name.
type Scenario struct {
	Name        string `json:"name"`
	Title       string `json:"title"`
	Description string `json:"description"`
	// Check is the id of the check that names what is broken in the world; empty:
	// nothing is.
	Check string `json:"check,omitempty"`
}

// DefaultScenario is the world of --sandbox without a name.
const DefaultScenario = "workshop"

// The clock of a practice world: ten times faster than life unless the user says
// otherwise, so that a database is made in half a minute.
const (
	DefaultSpeed = 10
	SpeedUsage   = "how many times faster than life the practice world's clock runs"
)

// Options say which world to start.
type Options struct {
	Scenario string
	Speed    float64 // of its clock; 1 is as in life
	Log      *slog.Logger
}

// World is a practice world that runs.
type World interface {
	// Environment is what a program needs to work in the world.
	Environment() []Variable
	Close()
}

// Variable is an environment variable.
type Variable struct{ Name, Value string }

// The variables of a world that podsg itself goes by.
const (
	VariableRegion     = "AWS_REGION"
	VariableEndpoint   = "AWS_ENDPOINT_URL"
	VariableKeyID      = "AWS_ACCESS_KEY_ID"
	VariableKey        = "AWS_SECRET_ACCESS_KEY"
	VariableToken      = "AWS_SESSION_TOKEN"
	VariableKubeconfig = "KUBECONFIG"
	VariableDBProxy    = "PODSG_DB_PROXY"
	VariableRDSCA      = "PODSG_RDS_CA"
	VariableCluster    = "PODSG_CLUSTER"
	// VariableURL is where a served world answers questions about itself.
	VariableURL = "PODSG_SANDBOX_URL"
)
