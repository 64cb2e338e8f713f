package cli

import (
	"context"

	"github.com/spf13/cobra"

	"podsg/steps"
)

func newPlan(ss *sessions) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "plan",
		Short: "Show what setup would change; changes nothing",
		Example: `  podsg plan --cluster workshop
  podsg plan --answers answers.yaml -o shell > setup.sh
  podsg plan --cluster workshop --database my-db --db-password-from env:DB_PASSWORD -o terraform`,
		Args: noArguments,
	}
	ss.options.addWorld(cmd)
	addAnswerFlags(cmd.Flags())
	cmd.Flags().StringVar(&ss.options.answers, "answers", "", "read the answers from this YAML `file`; - is standard input")
	format := addOutput(cmd, formatText, formatJSON, formatShell, formatTerraform)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		return ss.run(cmd, func(ctx context.Context, s *session) error {
			_, target, plan, err := s.plan(ctx)
			if err != nil {
				return err
			}
			switch *format {
			case formatJSON:
				return ss.out.printJSON(steps.PlanDocument(plan))
			case formatShell:
				return ss.out.print(steps.RenderPlanShell(plan))
			case formatTerraform:
				return ss.out.print(steps.RenderPlanTerraform(plan, target.Region))
			default:
				return ss.out.print(ss.out.style.plan(steps.RenderPlanText(plan)))
			}
		})
	}
	return cmd
}
