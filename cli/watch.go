package cli

import (
	"context"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"podsg/steps/intent"
	"podsg/steps/world"
	"podsg/ui/panes"
)

func newWatch(a *app, o *options) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "watch",
		Short: "Show roll-out, nodes, pods and their branch ENIs as they change; changes nothing",
		Long: `Show the live views of the roll-out, the nodes, the pods and the events. Without a
terminal it prints what it sees whenever that has changed, until it is interrupted
or nobody reads on.`,
		Example: `  podsg watch --cluster workshop
  podsg watch --cluster workshop --once
  podsg watch --cluster workshop -o json`,
		Args: noArguments,
	}
	o.addWorld(cmd)
	addAnswerFlags(cmd.Flags(), "cluster", "region", "namespace")
	interval := cmd.Flags().Duration("interval", 5*time.Second, "`time` between two looks")
	once := cmd.Flags().Bool("once", false, "look once and end")
	format := addOutput(cmd, formatText, formatJSON)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		if *interval < time.Second {
			return world.Usage("a second is the shortest", "--interval %s is impossible", *interval)
		}
		s, err := a.newSession(cmd, o)
		if err != nil {
			return err
		}
		defer s.close()
		ctx, cancel := s.limitedIfAsked(cmd.Context())
		defer cancel()
		if *format == formatJSON {
			v, err := s.look(ctx)
			if err != nil {
				return err
			}
			return a.printJSON(v)
		}
		if a.tty.pages() && !*once {
			return s.watchPages(ctx)
		}
		return s.watch(ctx, *interval, *once)
	}
	return cmd
}

// watchPages shows the live views on the whole screen.
func (s *session) watchPages(ctx context.Context) error {
	screen := panes.Screen{
		Title: strings.TrimPrefix(s.intent.Cluster+", "+s.intent.Region, ", "), Terminal: s.app.screen(),
	}
	screen.Title = strings.TrimSuffix(screen.Title, ", ")
	if s.world != nil {
		screen.Badge = "practice world"
	}
	if err := s.settleCluster(ctx); err != nil {
		return err
	}
	return panes.Watch(ctx, screen, func(ctx context.Context) (*panes.Board, error) {
		o, err := s.engine.Observe(ctx, s.intent, nil)
		if err != nil {
			return nil, err
		}
		target, _, err := intent.Resolve(o.Snapshot, s.intent)
		if err != nil || target.Namespace == "" {
			// What the answers ask for matters only for the rules in the details.
			target = intent.Target{Namespace: orDefault(s.intent.Namespace, intent.DefaultNamespace)}
		}
		board := s.board(ctx, o, &target)
		if board == nil {
			return nil, o.KubeErr
		}
		return board, nil
	})
}

// watch prints what it sees whenever it has changed, until it is interrupted.
func (s *session) watch(ctx context.Context, interval time.Duration, once bool) error {
	last := ""
	unread := readerGone(ctx, s.app.Stdout)
	for {
		v, err := s.look(ctx)
		if err != nil {
			return err
		}
		if text := v.text(); text != last {
			last = text
			if err := s.app.print(time.Now().Format(time.TimeOnly) + "\n" + text + "\n"); err != nil {
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
