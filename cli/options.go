package cli

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"podsg/steps/intent"
	"podsg/steps/world"
)

// options are the flags that every command has which works on a cluster.
type options struct {
	profile, kubeconfig, context string
	sandbox                      string
	sandboxSpeed                 float64
	timeout                      time.Duration
	timeoutGiven                 bool // by the user
	logFile                      string
	rdsCA, dbProxy               string
	answers                      string
	plain                        bool
}

// defaultTimeout bounds a command that runs without questions: a database takes
// up to ten minutes, a roll-out on a large cluster longer.
const defaultTimeout = time.Hour

// addCommon adds the flags of all commands.
func (o *options) addCommon(cmd *cobra.Command) {
	f := cmd.PersistentFlags()
	f.StringVar(&o.logFile, "log-file", "", "append a detailed log to this `file`")
	f.Bool("no-color", false, "no colours; the same as NO_COLOR=1")
	f.BoolVar(&o.plain, "plain", false, "line by line instead of full-screen pages")
	f.Var(&choice{value: "en", allowed: []string{"en"}}, "lang", "language of the texts")
	f.DurationVar(&o.timeout, "timeout", defaultTimeout, "end a run without questions after this `time`; watch and sandbox end only if it is given; 0 for no limit")
}

// addWorld adds the flags that say which account and cluster are meant.
func (o *options) addWorld(cmd *cobra.Command) {
	f := cmd.Flags()
	f.StringVar(&o.profile, "profile", "", "AWS `profile`")
	f.StringVar(&o.kubeconfig, "kubeconfig", "", "kubeconfig `file`; default: as kubectl finds it")
	f.StringVar(&o.context, "context", "", "kubeconfig `context`; default: the one that points at the cluster")
	f.StringVar(&o.rdsCA, "rds-ca", "", "PEM `file` with the authorities that sign RDS certificates; default: those podsg carries")
	f.StringVar(&o.dbProxy, "db-proxy", "", "`URL` of a SOCKS5 proxy to reach databases through: socks5h://HOST:PORT, such as one of ssh -D")
	f.StringVar(&o.sandbox, "sandbox", "", "work in the practice world `SCENARIO` instead of an account")
	f.Lookup("sandbox").NoOptDefVal = DefaultScenario
	f.Float64Var(&o.sandboxSpeed, "sandbox-speed", defaultSpeed, speedUsage)
}

// session is the state of one command: its options, what the user wants, and the
// clients.
type session struct {
	*clients
	app     *app
	options *options
	intent  intent.Intent
	sources map[string]string // answers key → where the answer came from
	world   environment       // of the practice world; nil: the real one
	log     *slog.Logger
	closers []func()
}

// newSession reads the answers, starts the practice world if one is asked for,
// and builds the clients.
func (a *app) newSession(cmd *cobra.Command, o *options) (*session, error) {
	s := &session{app: a, options: o}
	ready := false
	defer func() {
		if !ready {
			s.close()
		}
	}()
	if o.sandbox == "" && given(cmd.Flags(), "sandbox-speed") && !a.fromEnvironment["sandbox-speed"] {
		return nil, world.Usage("add --sandbox, or leave it out", "--sandbox-speed is about a practice world, and there is none")
	}
	var err error
	if s.intent, s.sources, err = a.readIntent(cmd.Flags(), a.fromEnvironment, o.answers); err != nil {
		return nil, err
	}
	if err := s.openLog(); err != nil {
		return nil, err
	}
	settings := clientSettings{
		region: s.intent.Region, profile: o.profile, kubeconfig: o.kubeconfig, context: o.context, rdsCA: o.rdsCA, dbProxy: o.dbProxy, log: s.log,
	}
	if o.sandbox != "" {
		if s.world, err = s.startWorld(cmd.Context()); err != nil {
			return nil, err
		}
		settings.world, settings.speed = s.world, o.sandboxSpeed
	}
	if s.clients, err = a.open(cmd.Context(), settings); err != nil {
		return nil, err
	}
	ready = true
	return s, nil
}

// close releases what the session holds, last things first.
func (s *session) close() {
	for _, c := range slices.Backward(s.closers) {
		c()
	}
}

func (s *session) openLog() error {
	s.log = slog.New(slog.DiscardHandler)
	if s.options.logFile == "" {
		return nil
	}
	file, err := os.OpenFile(s.options.logFile, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return &world.Problem{Kind: world.ProblemUsage, Doing: "open log file", Object: s.options.logFile, Err: err}
	}
	s.closers = append(s.closers, func() { _ = file.Close() })
	s.log = newLog(file)
	s.log.Info("start", "version", s.app.Build.Version)
	return nil
}

func (s *session) startWorld(ctx context.Context) (environment, error) {
	world, err := s.app.startWorld(ctx, WorldOptions{Scenario: s.options.sandbox, Speed: s.options.sandboxSpeed, Log: s.log})
	if err != nil {
		return nil, err
	}
	s.closers = append(s.closers, world.Close)
	env := environment{}
	for _, v := range world.Environment() {
		env[v.Name] = v.Value
	}
	if s.intent.Cluster == "" && env.get(variableCluster) != "" {
		s.intent.Cluster, s.sources["cluster"] = env.get(variableCluster), "the practice world"
	}
	return env, nil
}

// startWorld starts a practice world, or says which there are.
func (a *app) startWorld(ctx context.Context, o WorldOptions) (World, error) {
	if a.Practice == nil {
		return nil, world.Usage("", "this podsg was built without practice worlds")
	}
	if o.Speed <= 0 {
		return nil, world.Usage("1 is as in life, 60 makes a minute of a second", "--sandbox-speed %g is impossible", o.Speed)
	}
	if _, ok := a.scenario(o.Scenario); !ok {
		var names []string
		broken := 0
		for _, s := range a.Practice.Scenarios() {
			if s.Check != "" {
				broken++
			} else {
				names = append(names, s.Name)
			}
		}
		there := strings.Join(names, ", ")
		if broken > 0 {
			there += ", and " + counted(broken, "broken one", "broken ones")
		}
		return nil, world.Usage("podsg sandbox --list describes them", "there is no practice world %q; there are: %s", o.Scenario, there)
	}
	world, err := a.Practice.Start(ctx, o)
	if err != nil {
		return nil, fmt.Errorf("start practice world %q: %w", o.Scenario, err)
	}
	return world, nil
}

// limited bounds a run without questions by --timeout.
func (s *session) limited(ctx context.Context) (context.Context, context.CancelFunc) {
	if s.options.timeout == 0 {
		return context.WithCancel(ctx)
	}
	ctx, cancel := context.WithTimeoutCause(ctx, s.options.timeout, &timeoutOver{s.options.timeout})
	s.app.limit = ctx
	return ctx, cancel
}

// limitedIfAsked bounds what goes on until it is stopped, by a --timeout that was
// given.
func (s *session) limitedIfAsked(ctx context.Context) (context.Context, context.CancelFunc) {
	if !s.options.timeoutGiven {
		return context.WithCancel(ctx)
	}
	return s.limited(ctx)
}

// timeoutOver is the cause of a context that --timeout ended.
type timeoutOver struct{ after time.Duration }

// Error implements error.
func (t *timeoutOver) Error() string { return fmt.Sprintf("--timeout of %s is over", t.after) }

// overtime makes of an error that --timeout caused one that says so, with what
// was being done.
func (a *app) overtime(err error) error {
	var over *timeoutOver
	if a.limit == nil || !errors.As(context.Cause(a.limit), &over) || !slices.Contains(endings, world.KindOf(err)) {
		return err
	}
	return &world.Problem{
		Kind: world.ProblemTimeout, Err: fmt.Errorf("%w: %w", over, err),
		Hint: "run it again, with more time: it goes on from the world as it is", Command: a.againWithin(2 * over.after),
	}
}

// againWithin is the command line that was given, with another --timeout.
func (a *app) againWithin(limit time.Duration) string {
	words := []string{"podsg"}
	for i := 0; i < len(a.Args); i++ {
		switch arg := a.Args[i]; {
		case arg == "--timeout":
			i++
		case !strings.HasPrefix(arg, "--timeout="):
			words = append(words, arg)
		}
	}
	return commandLine(append(words, "--timeout", limit.String())...)
}

// endings are the kinds of error that a context which ends may cause.
var endings = []world.ProblemKind{world.ProblemTimeout, world.ProblemInterrupted, world.ProblemUnreachable, world.ProblemFailed}

// scenario is the practice world of a name.
func (a *app) scenario(name string) (Scenario, bool) {
	if a.Practice == nil {
		return Scenario{}, false
	}
	all := a.Practice.Scenarios()
	i := slices.IndexFunc(all, func(s Scenario) bool { return s.Name == name })
	if i < 0 {
		return Scenario{}, false
	}
	return all[i], true
}
