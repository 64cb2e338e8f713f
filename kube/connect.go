package kube

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"time"

	"k8s.io/client-go/rest"
	"k8s.io/utils/clock"

	"podsg/kube/api"
	"podsg/kube/internal/transport"
	"podsg/steps/plan"
	"podsg/steps/shell"
	"podsg/steps/world"
)

// TokenFunc makes a bearer token for the API server of a named EKS cluster, as
// `aws eks get-token` does. A zero expiry means that it is asked once.
type TokenFunc func(ctx context.Context, cluster string) (token string, expires time.Time, err error)

// Settings say how to reach Kubernetes. The zero value reads the kubeconfig as
// kubectl does.
type Settings struct {
	// Kubeconfig is one file, or several in the form of the variable KUBECONFIG.
	// Empty: KUBECONFIG, else ~/.kube/config.
	Kubeconfig string
	// Context is the kubeconfig context to use. Empty: the one that points at
	// the cluster, the current one first.
	Context string
	// Token is used when no context points at the cluster.
	Token TokenFunc
	// AWSFlags end the aws commands that errors suggest, so that they ask the
	// same account: "--region us-west-2 --profile work". They may be empty.
	AWSFlags string
	// DialTimeout bounds the opening of a connection, and CallTimeout a single
	// request, without watches and logs. Zero: 10 and 30 seconds.
	DialTimeout, CallTimeout time.Duration
	// Log receives client-go's log and the API server's warnings. Nil: nobody.
	Log *slog.Logger
	// Clock is for the lock and the intervals of retries. Nil: the real one.
	Clock clock.WithTicker
}

// The limits of the client's own rate. The API server guards itself by priority
// and fairness; client-go's default of 5 requests a second makes every
// observation slow.
const (
	requestsPerSecond = 100
	requestBurst      = 200
)

// aws is an aws command for the account of the cluster.
func (s Settings) aws(command string) string {
	if s.AWSFlags == "" {
		return command
	}
	return command + " " + s.AWSFlags
}

// Connector opens the Kubernetes API of clusters.
type Connector struct {
	settings Settings
	stderr   func() (*transport.Stderr, error) // of all credential plugins
}

var _ plan.Connector = (*Connector)(nil)

// NewConnector makes a connector. It routes the log of client-go, which is the
// same for the whole process, to the first settings' logger.
func NewConnector(s Settings) *Connector {
	if s.DialTimeout == 0 {
		s.DialTimeout = 10 * time.Second
	}
	if s.CallTimeout == 0 {
		s.CallTimeout = 30 * time.Second
	}
	if s.Log == nil {
		s.Log = slog.New(slog.DiscardHandler)
	}
	if s.Clock == nil {
		s.Clock = clock.RealClock{}
	}
	routeLog(s.Log)
	return &Connector{settings: s, stderr: sync.OnceValues(transport.NewStderr)}
}

// Connect opens the API of an EKS cluster and asks for its version, so that an
// unreachable endpoint and refused credentials are known at once. The result is
// a [*Client].
func (c *Connector) Connect(ctx context.Context, cluster world.Cluster) (plan.Kube, error) {
	client, err := c.open(ctx, cluster)
	if err != nil {
		return nil, err
	}
	return newClient(client), nil
}

func (c *Connector) open(ctx context.Context, cluster world.Cluster) (*api.Client, error) {
	if cluster.Endpoint == "" {
		return nil, &world.Problem{
			Doing: "connect to cluster", Object: cluster.Name,
			Err:  fmt.Errorf("EKS gives no endpoint for it (status %s)", cluster.Status),
			Hint: "Wait until the cluster is ACTIVE.",
		}
	}
	config, origin, err := c.config(cluster)
	if err != nil {
		return nil, err
	}
	var plugin *transport.Tokens
	if config.ExecProvider != nil {
		stderr, err := c.stderr()
		if err != nil {
			return nil, fmt.Errorf("connect to cluster %q: make a pipe for the credential plugin: %w", cluster.Name, err)
		}
		if plugin, err = transport.PluginTokens(config, stderr); err != nil {
			return nil, err
		}
	}
	c.harden(config)
	sender, err := c.roundTripper(config, plugin)
	if err != nil {
		return nil, fmt.Errorf("connect to cluster %q: %w", cluster.Name, err)
	}
	client, err := api.New(config, sender, api.Options{
		Cluster: cluster, Origin: origin, Clock: c.settings.Clock, CallTimeout: c.settings.CallTimeout, AWS: c.settings.aws,
	})
	if err != nil {
		return nil, fmt.Errorf("connect to cluster %q: %w", cluster.Name, err)
	}
	version, err := client.Discovery.ServerVersionWithContext(ctx)
	if err != nil {
		return nil, client.Problem("connect to cluster", cluster.Name, err)
	}
	client.Version = version
	return client, nil
}

// config chooses the way to the cluster, and says which it was.
func (c *Connector) config(cluster world.Cluster) (config *rest.Config, origin string, err error) {
	kubeconfig, err := loadKubeconfig(c.settings.Kubeconfig)
	if err != nil {
		return nil, "", err
	}
	name, err := kubeconfig.contextFor(cluster, c.settings)
	if err != nil {
		return nil, "", err
	}
	if name != "" {
		config, err := kubeconfig.restConfig(name)
		return config, name, err
	}
	config, err = c.describedConfig(cluster)
	return config, "built from DescribeCluster", err
}

// describedConfig builds access from what EKS says about the cluster.
func (c *Connector) describedConfig(cluster world.Cluster) (*rest.Config, error) {
	if c.settings.Token == nil {
		return nil, &world.Problem{
			Kind: world.ProblemCredentials, Doing: "connect to cluster", Object: cluster.Name,
			Err:     errors.New("no kubeconfig context points at it"),
			Command: c.settings.aws(shell.Command("aws eks update-kubeconfig --name %s", cluster.Name)),
		}
	}
	ca, err := base64.StdEncoding.DecodeString(cluster.CAData)
	if err != nil {
		return nil, fmt.Errorf("connect to cluster %q: decode certificate authority: %w", cluster.Name, err)
	}
	config := &rest.Config{Host: cluster.Endpoint, TLSClientConfig: rest.TLSClientConfig{CAData: ca}}
	transport.WithBearerToken(config, c.settings.Clock, func(ctx context.Context) (string, time.Time, error) {
		return c.settings.Token(ctx, cluster.Name)
	})
	return config, nil
}

// roundTripper carries requests: with credentials, and again when they are lost.
func (c *Connector) roundTripper(config *rest.Config, plugin *transport.Tokens) (http.RoundTripper, error) {
	sender, err := rest.TransportFor(config)
	if err != nil {
		return nil, err
	}
	if plugin != nil {
		sender = transport.Bearer{Next: sender, Tokens: plugin, Below: true}
	}
	return transport.Retrying{Next: sender, Clock: c.settings.Clock}, nil
}

// harden sets what every access needs: quick enough, bounded, and silent.
func (c *Connector) harden(config *rest.Config) {
	config.UserAgent = "podsg"
	config.QPS, config.Burst = requestsPerSecond, requestBurst
	config.WarningHandlerWithContext = warnings{c.settings.Log}
	config.Wrap(func(next http.RoundTripper) http.RoundTripper { return transport.Log{Next: next, Log: c.settings.Log} })
	if config.Dial == nil {
		dialer := &net.Dialer{Timeout: c.settings.DialTimeout, KeepAlive: 30 * time.Second}
		config.Dial = dialer.DialContext
	}
	// client-go gives its transport a TLS handshake timeout of ten seconds, and
	// pings idle HTTP/2 connections, so that a watch notices a dead peer.
	config.Timeout = 0
}
