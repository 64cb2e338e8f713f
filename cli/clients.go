package cli

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
	"podsg/kube"
	"podsg/postgres"
	"podsg/steps"
	"podsg/ui/panes"
)

// engine is what the commands need of the engine; [steps.Engine] is it.
type engine interface {
	Observe(ctx context.Context, in steps.Intent, observer steps.Observer) (*steps.Observation, error)
	Apply(ctx context.Context, o *steps.Observation, t steps.Target, p *steps.Plan, observer steps.Observer) steps.Result
	Verify(ctx context.Context, o *steps.Observation, t steps.Target, observer steps.Observer) (steps.Verification, error)
	PlanCleanup(ctx context.Context, o *steps.Observation) (*steps.Plan, error)
	Cleanup(ctx context.Context, o *steps.Observation, p *steps.Plan, observer steps.Observer) steps.CleanupResult
}

var _ engine = (*steps.Engine)(nil)

// clients are the ways to the world, built once for a command.
type clients struct {
	cloud  steps.Cloud
	engine engine
	// interfaces tells the live views about network interfaces; it may be nil.
	interfaces panes.Interfaces
}

// clientSettings say which world the clients are for.
type clientSettings struct {
	region, profile     string
	kubeconfig, context string
	rdsCA, dbProxy      string
	world               environment // of the practice world; nil: the real one
	speed               float64     // of the practice world
	log                 *slog.Logger
}

// opener makes clients.
type opener func(ctx context.Context, s clientSettings) (*clients, error)

// openClients makes the real clients. Nothing is called but what finding
// credentials needs.
func openClients(ctx context.Context, s clientSettings) (*clients, error) {
	var clock steps.Clock = systemClock{}
	awsConfig := worldAWS(s.world)
	if s.world == nil {
		var err error
		if awsConfig, err = aws.LoadConfig(ctx, aws.Settings{Region: s.region, Profile: s.profile}); err != nil {
			return nil, err
		}
	} else {
		s.kubeconfig, s.context = s.world.get(variableKubeconfig), ""
		s.rdsCA = cmp.Or(s.rdsCA, s.world.get(variableRDSCA))
		s.dbProxy = cmp.Or(s.dbProxy, s.world.get(variableDBProxy))
		clock = scaledClock{s.speed}
	}
	dial := steps.DialFunc((&net.Dialer{}).DialContext)
	if s.dbProxy != "" {
		var err error
		if dial, err = postgres.SOCKSDialer(s.dbProxy); err != nil {
			return nil, err
		}
	}
	awsConfig.APIOptions = append(slices.Clone(awsConfig.APIOptions), logCalls(s.log))
	cloud := aws.New(awsConfig, aws.WithClock(clock))
	connector := kube.NewConnector(kube.Settings{
		Kubeconfig: s.kubeconfig, Context: s.context, Log: s.log,
		Token: cloud.ClusterToken, AWSFlags: awsFlags(awsConfig.Region, s.profile),
	})
	return &clients{cloud: cloud, interfaces: cloud, engine: &steps.Engine{
		Cloud: cloud, Connector: connector, Databases: &postgres.Client{}, Dial: dial, Clock: clock, Holder: holder(),
		CA: func(partition, region, file string) ([]byte, error) {
			return postgres.ReadBundle(partition, region, cmp.Or(file, s.rdsCA))
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
	return commandLine(flags...)
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
