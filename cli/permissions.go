package cli

import (
	"cmp"

	"github.com/spf13/cobra"

	"podsg/aws"
	"podsg/cli/answers"
	"podsg/cli/console"
	"podsg/cli/flags"
	"podsg/cli/rbac"
	"podsg/steps/intent"
	"podsg/steps/world"
)

func newPermissions(out *console.Console) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "permissions",
		Short: "Print the least permissions that podsg needs, for IAM or for Kubernetes",
		Example: `  podsg permissions -o iam --mode read > policy.json
  podsg permissions -o rbac --mode write -n shop | kubectl apply -f -`,
		Args: flags.NoArguments,
	}
	mode := &flags.Choice{Value: string(aws.ModeRead), Allowed: []string{string(aws.ModeRead), string(aws.ModeWrite)}}
	partition := &flags.Choice{Value: "aws", Allowed: []string{"aws", "aws-cn", "aws-us-gov"}}
	cmd.Flags().Var(mode, "mode", "read: list, plan, diagnose, watch, bundle; write: setup and cleanup as well")
	cmd.Flags().Var(partition, "partition", "AWS partition of the ARNs")
	only := cmd.Flags().StringSlice("only", nil, "IAM actions to print the policy of, instead of all of a mode")
	answers.AddFlags(cmd.Flags(), "namespace")
	format := flags.AddOutput(cmd, flags.FormatIAM, flags.FormatRBAC)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		in, _, err := answers.Read(cmd.Flags(), "", out.ReadFile)
		if err != nil {
			return err
		}
		if *format == flags.FormatRBAC {
			text, err := rbac.Manifest(cmp.Or(in.Namespace, intent.DefaultNamespace), aws.Mode(mode.Value) == aws.ModeWrite)
			if err != nil {
				return err
			}
			return out.Print(text)
		}
		document, err := aws.Permissions(aws.Mode(mode.Value), partition.Value)
		if len(*only) > 0 {
			if document, err = aws.PermissionsFor(*only, partition.Value); err != nil {
				return world.Usage("podsg permissions -o iam --mode write prints all that it uses", "--only: %w", err)
			}
		}
		if err != nil {
			return err
		}
		return out.Print(string(document) + "\n")
	}
	return cmd
}
