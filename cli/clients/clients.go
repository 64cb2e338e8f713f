// Package clients builds the ways to AWS, Kubernetes and the database, once for a
// command: those of an account, or those of a practice world.
package clients

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"net"
	"os"
	"os/user"
	"slices"

	"podsg/aws"
	"podsg/cli/environment"
	"podsg/cli/practice"
	"podsg/kube"
	"podsg/postgres"
	"podsg/steps"
	"podsg/steps/intent"
	"podsg/steps/plan"
	"podsg/steps/shell"
	"podsg/steps/world"
	"podsg/ui/panes"
)

// Engine is what the commands need of the engine; [steps.Engine] is it.
type Engine interface {
	Observe(ctx context.Context, in intent.Intent, observer plan.Observer) (*steps.Observation, error)
	Apply(ctx context.Context, o *steps.Observation, t intent.Target, p *plan.Plan, observer plan.Observer) plan.Result
	Verify(ctx context.Context, o *steps.Observation, t intent.Target, observer plan.Observer) (plan.Verification, error)
	PlanCleanup(ctx context.Context, o *steps.Observation) (*plan.Plan, error)
	Cleanup(ctx context.Context, o *steps.Observation, p *plan.Plan, observer plan.Observer) plan.CleanupResult
}

var _ Engine = (*steps.Engine)(nil)

// Clients are the ways to the world, built once for a command.
type Clients struct {
	Cloud  plan.Cloud
	Engine Engine
	// Interfaces tells the live views about network interfaces; it may be nil.
	Interfaces panes.Interfaces
}

// Settings say which world the clients are for.
type Settings struct {
	Region, Profile     string
	Kubeconfig, Context string
	RDSCA, DBProxy      string
	World               environment.Variables // of the practice world; nil: the real one
	Speed               float64               // of the practice world
	Log                 *slog.Logger
}

// Opener makes clients.
type Opener func(ctx context.Context, s Settings) (*Clients, error)

// Open makes the real clients. Nothing is called but what finding
// credentials needs.
func Open(ctx context.Context, s Settings) (*Clients, error) {
	var clock plan.Clock = systemClock{}
	awsConfig := worldAWS(s.World)
	if s.World == nil {
		var err error
		if awsConfig, err = aws.LoadConfig(ctx, aws.Settings{Region: s.Region, Profile: s.Profile}); err != nil {
			return nil, err
		}
	} else {
		s.Kubeconfig, s.Context = s.World.Get(practice.VariableKubeconfig), ""
		s.RDSCA = cmp.Or(s.RDSCA, s.World.Get(practice.VariableRDSCA))
		s.DBProxy = cmp.Or(s.DBProxy, s.World.Get(practice.VariableDBProxy))
		clock = scaledClock{s.Speed}
	}
	dial := world.DialFunc((&net.Dialer{}).DialContext)
	if s.DBProxy != "" {
		var err error
		if dial, err = postgres.SOCKSDialer(s.DBProxy); err != nil {
			return nil, err
		}
	}
	awsConfig.APIOptions = append(slices.Clone(awsConfig.APIOptions), logCalls(s.Log))
	cloud := aws.New(awsConfig, aws.WithClock(clock))
	connector := kube.NewConnector(kube.Settings{
		Kubeconfig: s.Kubeconfig, Context: s.Context, Log: s.Log,
		Token: cloud.ClusterToken, AWSFlags: awsFlags(awsConfig.Region, s.Profile),
	})
	return &Clients{Cloud: cloud, Interfaces: cloud, Engine: &steps.Engine{
		Cloud: cloud, Connector: connector, Databases: &postgres.Client{}, Dial: dial, Clock: clock, Holder: holder(),
		CA: func(partition, region, file string) ([]byte, error) {
			return postgres.ReadBundle(partition, region, cmp.Or(file, s.RDSCA))
		},
		Actions: aws.Actions(aws.ModeWrite),
	}}, nil
}

// awsFlags ends an aws command so that it is about the account and the region
// that podsg works in.
func awsFlags(region, profile string) string {
	var flags []string
	if region != "" {
		flags = append(flags, "--region", region)
	}
	if profile != "" {
		flags = append(flags, "--profile", profile)
	}
	return shell.Join(flags...)
}

// holder names this run for others that find the cluster locked.
func holder() string {
	name := "podsg"
	if u, err := user.Current(); err == nil {
		name = u.Username
	}
	host, err := os.Hostname()
	if err != nil {
		host = "unknown-host"
	}
	return fmt.Sprintf("%s@%s pid %d", name, host, os.Getpid())
}
