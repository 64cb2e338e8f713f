package cli

import (
	"context"
	"log/slog"
)

// Practice starts practice worlds: an AWS account, a cluster and a database on
// loopback. The product knows them by what they export only.
type Practice interface {
	Scenarios() []Scenario
	Start(ctx context.Context, o WorldOptions) (World, error)
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
	defaultSpeed = 10
	speedUsage   = "how many times faster than life the practice world's clock runs"
)

// WorldOptions say which world to start.
type WorldOptions struct {
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
	variableRegion     = "AWS_REGION"
	variableEndpoint   = "AWS_ENDPOINT_URL"
	variableKeyID      = "AWS_ACCESS_KEY_ID"
	variableKey        = "AWS_SECRET_ACCESS_KEY"
	variableToken      = "AWS_SESSION_TOKEN"
	variableKubeconfig = "KUBECONFIG"
	variableDBProxy    = "PODSG_DB_PROXY"
	variableRDSCA      = "PODSG_RDS_CA"
	variableCluster    = "PODSG_CLUSTER"
	// variableURL is where a served world answers questions about itself.
	variableURL = "PODSG_SANDBOX_URL"
)
