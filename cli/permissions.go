package cli

import (
	"cmp"

	"github.com/spf13/cobra"

	"podsg/aws"
	"podsg/steps"
)

func newPermissions(out *console) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "permissions",
		Short: "Print the least permissions that podsg needs, for IAM or for Kubernetes",
		Example: `  podsg permissions -o iam --mode read > policy.json
  podsg permissions -o rbac --mode write -n shop | kubectl apply -f -`,
		Args: noArguments,
	}
	mode := &choice{value: string(aws.ModeRead), allowed: []string{string(aws.ModeRead), string(aws.ModeWrite)}}
	partition := &choice{value: "aws", allowed: []string{"aws", "aws-cn", "aws-us-gov"}}
	cmd.Flags().Var(mode, "mode", "read: plan, diagnose, watch, bundle; write: setup and cleanup as well")
	cmd.Flags().Var(partition, "partition", "AWS partition of the ARNs")
	addAnswerFlags(cmd.Flags(), "namespace")
	format := addOutput(cmd, formatIAM, formatRBAC)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		in, _, err := readIntent(cmd.Flags(), "", out.readFile)
		if err != nil {
			return err
		}
		if *format == formatRBAC {
			text, err := rbac(cmp.Or(in.Namespace, steps.DefaultNamespace), aws.Mode(mode.value) == aws.ModeWrite)
			if err != nil {
				return err
			}
			return out.print(text)
		}
		document, err := aws.Permissions(aws.Mode(mode.value), partition.value)
		if err != nil {
			return err
		}
		return out.print(string(document) + "\n")
	}
	return cmd
}
