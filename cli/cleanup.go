package cli

import (
	"bufio"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"podsg/cli/answers"
	"podsg/cli/console"
	"podsg/cli/flags"
	"podsg/steps/clean"
	"podsg/steps/plan"
	"podsg/steps/render"
	"podsg/steps/world"
)

func newCleanup(ss *sessions) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "cleanup",
		Short: "Remove what podsg made, restore what it changed, and nothing else",
		Long: `Remove what podsg made for the cluster, and restore what it changed. With
--namespace, and --policy if there are several in it, only that access is taken
back: what another one needs stays.`,
		Example: `  podsg cleanup --cluster workshop --dry-run
  podsg cleanup --cluster workshop -n shop --yes
  podsg cleanup --cluster workshop --yes -o json`,
		Args: flags.NoArguments,
	}
	ss.options.addWorld(cmd)
	answers.AddFlags(cmd.Flags(), "cluster", "region", "namespace", "policy")
	yes := cmd.Flags().BoolP("yes", "y", false, "ask nothing: carry it out")
	dryRun := cmd.Flags().Bool("dry-run", false, "only show what would be removed")
	format := flags.AddOutput(cmd, flags.FormatText, flags.FormatJSON)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		return ss.run(cmd, func(ctx context.Context, s *session) error { return s.cleanup(ctx, *yes, *dryRun, *format) })
	}
	return cmd
}

func (s *session) cleanup(ctx context.Context, yes, dryRun bool, format string) error {
	s.intent.OnlyAccess = s.intent.Namespace != "" || s.intent.Policy.Name != ""
	o, err := s.observe(ctx)
	if err != nil {
		return err
	}
	planned, err := s.Engine.PlanCleanup(ctx, o)
	if err != nil {
		return err
	}
	if dryRun {
		if format == flags.FormatJSON {
			return s.out.PrintJSON(render.PlanDocument(planned))
		}
		return s.out.Print(s.out.Style.Plan(removalText(planned)))
	}
	if !planned.Empty() && !yes {
		if err := s.confirmCleanup(ctx, planned, format); err != nil {
			return err
		}
	}
	result := s.Engine.Cleanup(ctx, o, planned, console.NewReporter(s.out, s.log).Observe)
	if format == flags.FormatJSON {
		err = s.out.PrintJSON(result)
	} else {
		err = s.out.Print(cleanupText(s.out.Style, result))
	}
	if err != nil || result.Outcome == plan.OutcomeDone {
		return err
	}
	s.sayResume(again(s.args))
	return orInterrupted(result.Failed)
}

// confirmCleanup shows the plan and asks for a yes. Without a terminal it needs
// the flag.
func (s *session) confirmCleanup(ctx context.Context, plan *plan.Plan, format string) error {
	if !s.out.Terminal.Interactive() || format == flags.FormatJSON {
		return world.Usage("podsg cleanup --dry-run shows them; --yes carries them out",
			"%s a confirmation, and there is no terminal to ask at", console.Counted(len(plan.Changes), "change needs", "changes need"))
	}
	fmt.Fprint(s.out.Stderr, s.out.Style.Plan(removalText(plan)))
	fmt.Fprintf(s.out.Stderr, "\nRemove all this from cluster %s? Type yes: ", plan.Cluster)
	answer := make(chan string, 1)
	go func() {
		line, _ := bufio.NewReader(s.out.Stdin).ReadString('\n')
		answer <- strings.TrimSpace(line)
	}()
	select {
	case <-ctx.Done():
		return context.Cause(ctx)
	case text := <-answer:
		if text != "yes" {
			return &world.Problem{Kind: world.ProblemInterrupted, Err: fmt.Errorf("not confirmed; nothing was changed")}
		}
		return nil
	}
}

// removalText is a plan of cleanup for people. How each removal is undone is
// always the same, podsg setup, and so is left out.
func removalText(plan *plan.Plan) string {
	short := *plan
	short.Changes = slices.Clone(plan.Changes)
	for i := range short.Changes {
		short.Changes[i].Undo = ""
	}
	return render.RenderPlanText(&short)
}

// cleanupText is the result of cleanup for people.
func cleanupText(st console.Style, r plan.CleanupResult) string {
	r = clean.Copy(r)
	var b strings.Builder
	switch {
	case len(r.Removed)+len(r.Restored) > 0 || r.Outcome != plan.OutcomeDone:
	case len(r.Kept) > 0:
		fmt.Fprintf(&b, "%s nothing more of podsg's can be removed from cluster %s.\n", st.Good("done:"), r.Cluster)
	default:
		fmt.Fprintf(&b, "%s nothing of podsg's was found on cluster %s.\n", st.Good("done:"), r.Cluster)
	}
	for _, x := range r.Removed {
		fmt.Fprintf(&b, "%s %s %s\n", st.Bad("-"), x.Kind, identified(x.ID, x.Name))
	}
	for _, x := range r.Restored {
		fmt.Fprintf(&b, "%s %s %s: %s\n", st.Note("~"), x.Kind, x.ID, x.Value)
	}
	for _, x := range r.Kept {
		fmt.Fprintf(&b, "= %s %s: kept, %s\n", x.Kind, x.ID, x.Reason)
	}
	return b.String()
}
