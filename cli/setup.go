package cli

import (
	"context"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"podsg/cli/answers"
	"podsg/cli/console"
	"podsg/cli/flags"
	"podsg/steps/check"
	"podsg/steps/plan"
	"podsg/steps/shell"
	"podsg/steps/world"
	"podsg/ui"
)

func newSetup(ss *sessions) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "setup",
		Short: "Carry out the whole procedure: questions, plan, one confirmation, run, proof",
		Example: `  podsg setup --cluster workshop
  podsg setup --answers answers.yaml --yes -o json
  podsg setup --cluster workshop --database my-db \
    --db-password-from env:DB_PASSWORD --yes`,
		Args: flags.NoArguments,
	}
	ss.options.addWorld(cmd)
	answers.AddFlags(cmd.Flags())
	cmd.Flags().StringVar(&ss.options.answers, "answers", "", "read the answers from this YAML `file`; - is standard input")
	yes := cmd.Flags().BoolP("yes", "y", false, "ask nothing: carry the plan out")
	format := flags.AddOutput(cmd, flags.FormatText, flags.FormatJSON)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		s, err := ss.open(cmd)
		if err != nil {
			return err
		}
		defer s.close()
		if !*yes && *format == flags.FormatText && ss.out.Terminal.Answers() {
			return s.interact(cmd.Context(), ui.StartWizard)
		}
		return s.limited(cmd.Context(), func(ctx context.Context) error { return s.setup(ctx, *yes, *format) })
	}
	return cmd
}

// setup plans, applies and verifies without asking anything.
func (s *session) setup(ctx context.Context, yes bool, format string) error {
	result, planned, err := s.runSetup(ctx, yes)
	if err == nil {
		err = verdictOf(result)
	}
	if result == nil {
		return err
	}
	if format == flags.FormatJSON {
		if printErr := s.out.PrintJSON(result); printErr != nil {
			return printErr
		}
	} else if printErr := s.out.Print(setupText(s.out.Style, result, planned, s.world != nil)); printErr != nil {
		return printErr
	}
	if result.Outcome != plan.OutcomeDone {
		s.sayResume(again(s.args))
		s.sayBill(result)
	}
	return err
}

// runSetup returns a result as soon as something may have been changed; before
// that there is only an error.
func (s *session) runSetup(ctx context.Context, yes bool) (*plan.Result, *plan.Plan, error) {
	o, target, planned, err := s.plan(ctx)
	if err != nil {
		return nil, nil, err
	}
	for _, note := range planned.Notes {
		s.out.Say("note: %s", note)
	}
	if !yes && !planned.Empty() {
		return nil, nil, world.Usage("podsg plan shows what would be changed; --yes carries it out",
			"%s a confirmation, and there is no terminal to ask at", console.Counted(len(planned.Changes), "change needs", "changes need"))
	}
	report := console.NewReporter(s.out, s.log)
	result := s.Engine.Apply(ctx, o, target, planned, report.Observe)
	if result.Outcome != plan.OutcomeDone {
		return &result, planned, orInterrupted(result.Failed)
	}
	if !target.Verify {
		return &result, planned, nil
	}
	verification, err := s.Engine.Verify(ctx, o, target, report.Observe)
	result.Verification = &verification
	if err != nil {
		failure := console.FailureOf(err)
		failure.ID = string(check.StepVerdict)
		result.Outcome, result.Failed = plan.OutcomeFailed, &failure
		if world.KindOf(err) == world.ProblemInterrupted {
			result.Outcome = plan.OutcomeInterrupted
		}
		return &result, planned, err
	}
	return &result, planned, nil
}

// verdictOf is the error that a finished result calls for.
func verdictOf(r *plan.Result) error {
	if r.Verification == nil || r.Verification.Proven {
		return nil
	}
	return &world.Problem{
		Kind: world.ProblemChecks, Doing: "prove that only the chosen pods reach the database",
		Err: fmt.Errorf("%s", strings.Join(r.Verification.Reasons, "; ")), Hint: "the diagnosis names the cause",
		Command: shell.Join("podsg", "diagnose", "--cluster", r.Cluster),
	}
}
