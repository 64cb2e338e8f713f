package cli

import (
	"context"
	"log/slog"
	"os"
	"slices"

	"github.com/spf13/cobra"

	"podsg/cli/answers"
	"podsg/cli/clients"
	"podsg/cli/console"
	"podsg/cli/environment"
	"podsg/cli/flags"
	"podsg/cli/practice"
	"podsg/steps/intent"
	"podsg/steps/world"
)

// sessions opens the sessions of commands.
type sessions struct {
	out     *console.Console
	options *options
	worlds  practice.Worlds
	connect clients.Opener
	screens *screens
	version string   // of podsg, for the log
	args    []string // of the command line
}

// session is the state of one command: its options, what the user wants, and the
// clients.
type session struct {
	*clients.Clients
	out     *console.Console
	options *options
	screens *screens
	version string
	args    []string
	intent  intent.Intent
	sources answers.Sources
	world   environment.Variables // of the practice world; nil: the real one
	log     *slog.Logger
	closers []func()
}

// open reads the answers, starts the practice world if one is asked for, and
// builds the clients.
func (ss *sessions) open(cmd *cobra.Command) (*session, error) {
	o := ss.options
	s := &session{out: ss.out, options: o, screens: ss.screens, version: ss.version, args: ss.args}
	ready := false
	defer func() {
		if !ready {
			s.close()
		}
	}()
	if o.sandbox == "" && flags.Given(cmd.Flags(), "sandbox-speed") && !flags.FromEnvironment(cmd.Flags(), "sandbox-speed") {
		return nil, world.Usage("add --sandbox, or leave it out", "--sandbox-speed is about a practice world, and there is none")
	}
	var err error
	if s.intent, s.sources, err = answers.Read(cmd.Flags(), o.answers, ss.out.ReadFile); err != nil {
		return nil, err
	}
	if err := s.openLog(); err != nil {
		return nil, err
	}
	settings := clients.Settings{
		Region: s.intent.Region, Profile: o.profile, Kubeconfig: o.kubeconfig, Context: o.context, RDSCA: o.rdsCA, DBProxy: o.dbProxy, Log: s.log,
	}
	if o.sandbox != "" {
		if err := s.startWorld(cmd.Context(), ss.worlds); err != nil {
			return nil, err
		}
		settings.World, settings.Speed = s.world, o.sandboxSpeed
	}
	if s.Clients, err = ss.connect(cmd.Context(), settings); err != nil {
		return nil, err
	}
	ready = true
	return s, nil
}

// run opens a session for work that asks no questions, and bounds that by
// --timeout.
func (ss *sessions) run(cmd *cobra.Command, work func(ctx context.Context, s *session) error) error {
	s, err := ss.open(cmd)
	if err != nil {
		return err
	}
	defer s.close()
	return s.limited(cmd.Context(), func(ctx context.Context) error { return work(ctx, s) })
}

// limited bounds work without questions by --timeout.
func (s *session) limited(ctx context.Context, work func(ctx context.Context) error) error {
	ctx, cancel := s.options.limit(ctx)
	defer cancel()
	return overtime(ctx, s.args, work(ctx))
}

// close releases what the session holds, last things first.
func (s *session) close() {
	for _, c := range slices.Backward(s.closers) {
		c()
	}
}

func (s *session) openLog() error {
	log, closeLog, err := openLog(s.options.logFile, s.version)
	if err != nil {
		return err
	}
	s.log, s.closers = log, append(s.closers, closeLog)
	return nil
}

// openLog opens the log file; without one nothing is logged.
func openLog(name, version string) (log *slog.Logger, closeLog func(), err error) {
	if name == "" {
		return slog.New(slog.DiscardHandler), func() {}, nil
	}
	file, err := os.OpenFile(name, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, nil, &world.Problem{Kind: world.ProblemUsage, Doing: "open log file", Object: name, Err: err}
	}
	log = clients.NewLog(file)
	log.Info("start", "version", version)
	return log, func() { _ = file.Close() }, nil
}

func (s *session) startWorld(ctx context.Context, worlds practice.Worlds) error {
	world, err := practice.Start(ctx, worlds, practice.Options{Scenario: s.options.sandbox, Speed: s.options.sandboxSpeed, Log: s.log})
	if err != nil {
		return err
	}
	s.closers = append(s.closers, world.Close)
	s.world = environment.Variables{}
	for _, v := range world.Environment() {
		s.world[v.Name] = v.Value
	}
	if cluster := s.world.Get(practice.VariableCluster); s.intent.Cluster == "" && cluster != "" {
		s.intent.Cluster, s.sources["cluster"] = cluster, "the practice world"
	}
	return nil
}
