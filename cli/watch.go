package cli

import (
	"cmp"
	"context"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"podsg/cli/answers"
	"podsg/cli/console"
	"podsg/cli/flags"
	"podsg/cli/view"
	"podsg/steps/intent"
	"podsg/steps/world"
	"podsg/ui/panes"
)

func newWatch(ss *sessions) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "watch",
		Short: "Show roll-out, nodes, pods and their branch ENIs as they change; changes nothing",
		Long: `Show the live views of the roll-out, the nodes, the pods and the events, of all
namespaces. Without a terminal it prints what it sees whenever that has changed,
until it is interrupted or nobody reads on: of the namespaces that have policies
or pods with a branch ENI, or of the one that --namespace names.`,
		Example: `  podsg watch --cluster workshop
  podsg watch --cluster workshop -n shop --once
  podsg watch --cluster workshop --once
  podsg watch --cluster workshop -o json`,
		Args: flags.NoArguments,
	}
	ss.options.addWorld(cmd)
	answers.AddFlags(cmd.Flags(), "cluster", "region", "namespace")
	interval := cmd.Flags().Duration("interval", 5*time.Second, "`time` between two looks")
	once := cmd.Flags().Bool("once", false, "look once and end")
	format := flags.AddOutput(cmd, flags.FormatText, flags.FormatJSON)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		if *interval < time.Second {
			return world.Usage("a second is the shortest", "--interval %s is impossible", *interval)
		}
		s, err := ss.open(cmd)
		if err != nil {
			return err
		}
		defer s.close()
		ctx, cancel := ss.options.limitIfAsked(cmd.Context())
		defer cancel()
		return overtime(ctx, ss.args, s.watch(ctx, *format, *interval, *once))
	}
	return cmd
}

func (s *session) watch(ctx context.Context, format string, interval time.Duration, once bool) error {
	switch {
	case format == flags.FormatJSON:
		v, err := s.look(ctx)
		if err != nil {
			return err
		}
		return s.out.PrintJSON(v)
	case s.out.Terminal.Pages() && !once:
		return s.watchPages(ctx)
	default:
		return s.watchText(ctx, interval, once)
	}
}

// watchPages shows the live views on the whole screen.
func (s *session) watchPages(ctx context.Context) error {
	screen := panes.Screen{
		Title: strings.TrimPrefix(s.intent.Cluster+", "+s.intent.Region, ", "), Terminal: s.screens.open(),
	}
	screen.Title = strings.TrimSuffix(screen.Title, ", ")
	if s.world != nil {
		screen.Badge = "practice world"
	}
	if err := s.settleCluster(ctx); err != nil {
		return err
	}
	return panes.Watch(ctx, screen, func(ctx context.Context) (*panes.Board, error) {
		o, err := s.Engine.Observe(ctx, s.intent, nil)
		if err != nil {
			return nil, err
		}
		target, _, err := intent.Resolve(o.Snapshot, s.intent)
		if err != nil || target.Namespace == "" {
			// What the answers ask for matters only for the rules in the details.
			target = intent.Target{Namespace: cmp.Or(s.intent.Namespace, intent.DefaultNamespace)}
		}
		board := s.board(ctx, o, &target)
		if board == nil {
			return nil, o.KubeErr
		}
		return board, nil
	})
}

// watchText prints what it sees whenever it has changed, until it is interrupted.
func (s *session) watchText(ctx context.Context, interval time.Duration, once bool) error {
	last := ""
	unread := console.ReaderGone(ctx, s.out.Stdout)
	for {
		v, err := s.look(ctx)
		if err != nil {
			return err
		}
		if text := v.Text(); text != last {
			last = text
			if err := s.out.Print(time.Now().Format(time.TimeOnly) + "\n" + text + "\n"); err != nil {
				return err
			}
		}
		if once {
			return nil
		}
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-unread:
			return nil // as in podsg watch | head
		case <-time.After(interval):
		}
	}
}

// look observes once.
func (s *session) look(ctx context.Context) (*view.View, error) {
	if err := s.settleCluster(ctx); err != nil {
		return nil, err
	}
	s.intent.AllNamespaces = true
	o, err := s.Engine.Observe(ctx, s.intent, nil)
	if err != nil {
		return nil, err
	}
	if o.KubeErr != nil {
		return nil, o.KubeErr
	}
	return view.Of(o.Snapshot, s.intent.Namespace), nil
}
