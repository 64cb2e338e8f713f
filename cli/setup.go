package cli

import (
	"context"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"podsg/cli/answers"
	"podsg/cli/console"
	"podsg/cli/flags"
	"podsg/cli/shell"
	"podsg/steps"
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
	result, plan, err := s.runSetup(ctx, yes)
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
	} else if printErr := s.out.Print(setupText(s.out.Style, result, plan, s.world != nil)); printErr != nil {
		return printErr
	}
	if result.Outcome != steps.OutcomeDone {
		s.sayResume(again(s.args))
		s.sayBill(result)
	}
	return err
}

// runSetup returns a result as soon as something may have been changed; before
// that there is only an error.
func (s *session) runSetup(ctx context.Context, yes bool) (*steps.Result, *steps.Plan, error) {
	o, target, plan, err := s.plan(ctx)
	if err != nil {
		return nil, nil, err
	}
	for _, note := range plan.Notes {
		s.out.Say("note: %s", note)
	}
	if !yes && !plan.Empty() {
		return nil, nil, steps.Usage("podsg plan shows what would be changed; --yes carries it out",
			"%s a confirmation, and there is no terminal to ask at", console.Counted(len(plan.Changes), "change needs", "changes need"))
	}
	report := console.NewReporter(s.out, s.log)
	result := s.Engine.Apply(ctx, o, target, plan, report.Observe)
	if result.Outcome != steps.OutcomeDone {
		return &result, plan, orInterrupted(result.Failed)
	}
	if !target.Verify {
		return &result, plan, nil
	}
	verification, err := s.Engine.Verify(ctx, o, target, report.Observe)
	result.Verification = &verification
	if err != nil {
		failure := console.FailureOf(err)
		failure.ID = string(steps.StepVerdict)
		result.Outcome, result.Failed = steps.OutcomeFailed, &failure
		if steps.KindOf(err) == steps.ProblemInterrupted {
			result.Outcome = steps.OutcomeInterrupted
		}
		return &result, plan, err
	}
	return &result, plan, nil
}

// verdictOf is the error that a finished result calls for.
func verdictOf(r *steps.Result) error {
	if r.Verification == nil || r.Verification.Proven {
		return nil
	}
	return &steps.Problem{
		Kind: steps.ProblemChecks, Doing: "prove that only the chosen pods reach the database",
		Err: fmt.Errorf("%s", strings.Join(r.Verification.Reasons, "; ")), Hint: "the diagnosis names the cause",
		Command: shell.Join("podsg", "diagnose", "--cluster", r.Cluster),
	}
}
