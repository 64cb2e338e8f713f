package cli

import (
	"github.com/spf13/cobra"

	"podsg/steps/render"
)

func newPlan(a *app, o *options) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "plan",
		Short: "Show what setup would change; changes nothing",
		Example: `  podsg plan --cluster workshop
  podsg plan --answers answers.yaml -o shell > setup.sh
  podsg plan --cluster workshop --database my-db --db-password-from env:DB_PASSWORD -o terraform`,
		Args: noArguments,
	}
	o.addWorld(cmd)
	addAnswerFlags(cmd.Flags())
	cmd.Flags().StringVar(&o.answers, "answers", "", "read the answers from this YAML `file`; - is standard input")
	format := addOutput(cmd, formatText, formatJSON, formatShell, formatTerraform)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		s, err := a.newSession(cmd, o)
		if err != nil {
			return err
		}
		defer s.close()
		ctx, cancel := s.limited(cmd.Context())
		defer cancel()
		_, target, plan, err := s.plan(ctx)
		if err != nil {
			return err
		}
		switch *format {
		case formatJSON:
			return a.printJSON(render.PlanDocument(plan))
		case formatShell:
			return a.print(render.RenderPlanShell(plan))
		case formatTerraform:
			return a.print(render.RenderPlanTerraform(plan, target.Region))
		default:
			return a.print(a.style.plan(render.RenderPlanText(plan)))
		}
	}
	return cmd
}
