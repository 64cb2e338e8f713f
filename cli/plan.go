package cli

import (
	"context"

	"github.com/spf13/cobra"

	"podsg/cli/answers"
	"podsg/cli/flags"
	"podsg/steps/render"
)

func newPlan(ss *sessions) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "plan",
		Short: "Show what setup would change; changes nothing",
		Example: `  podsg plan --cluster workshop
  podsg plan --answers answers.yaml -o shell > setup.sh
  podsg plan --cluster workshop --database my-db \
    --db-password-from env:DB_PASSWORD -o terraform`,
		Args: flags.NoArguments,
	}
	ss.options.addWorld(cmd)
	answers.AddFlags(cmd.Flags())
	cmd.Flags().StringVar(&ss.options.answers, "answers", "", "read the answers from this YAML `file`; - is standard input")
	format := flags.AddOutput(cmd, flags.FormatText, flags.FormatJSON, flags.FormatShell, flags.FormatTerraform)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		return ss.run(cmd, func(ctx context.Context, s *session) error {
			_, target, plan, err := s.plan(ctx)
			if err != nil {
				return err
			}
			switch *format {
			case flags.FormatJSON:
				return ss.out.PrintJSON(render.PlanDocument(plan))
			case flags.FormatShell:
				return ss.out.Print(render.RenderPlanShell(plan))
			case flags.FormatTerraform:
				return ss.out.Print(render.RenderPlanTerraform(plan, target.Region))
			default:
				return ss.out.Print(ss.out.Style.Plan(render.RenderPlanText(plan)))
			}
		})
	}
	return cmd
}
