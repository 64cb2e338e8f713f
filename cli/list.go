package cli

import (
	"context"
	"errors"

	"github.com/spf13/cobra"

	"podsg/cli/answers"
	"podsg/cli/flags"
	"podsg/cli/listing"
	"podsg/steps/intent"
	"podsg/steps/world"
)

func newList(ss *sessions) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "list",
		Short: "List who has access to what by security groups for pods; changes nothing",
		Long: `List every access of the cluster, whoever made it: the pods that a
SecurityGroupPolicy selects, the security groups that they get, the databases
and other network interfaces whose own rules admit those groups, and how it is
by what can be seen. podsg diagnose says whether it works.`,
		Example: `  podsg list --cluster workshop
  podsg list --cluster workshop -n shop -o json
  podsg bundle --cluster workshop | podsg list --from -`,
		Args: flags.NoArguments,
	}
	ss.options.addWorld(cmd)
	answers.AddFlags(cmd.Flags(), "cluster", "region", "namespace")
	cmd.Flags().BoolP("all-namespaces", "A", false, "of every namespace, as is the default without --namespace")
	from := cmd.Flags().String("from", "", "list those in the snapshot in this `file`, written by podsg bundle; - is standard input")
	format := flags.AddOutput(cmd, flags.FormatText, flags.FormatJSON)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		everywhere, err := cmd.Flags().GetBool("all-namespaces")
		if err != nil {
			return err
		}
		list, err := ss.list(cmd, *from, everywhere)
		if err != nil {
			return err
		}
		if *format == flags.FormatJSON {
			return ss.out.PrintJSON(list)
		}
		return ss.out.Print(list.Text(ss.out.Style))
	}
	return cmd
}

// list is what there is in a saved snapshot, or in one taken now.
func (ss *sessions) list(cmd *cobra.Command, from string, everywhere bool) (list *listing.List, err error) {
	if from != "" {
		b, in, err := openBundle(ss.out, cmd.Flags(), "", from)
		if err != nil {
			return nil, err
		}
		return listed(b.Snapshot, in, everywhere)
	}
	err = ss.run(cmd, func(ctx context.Context, s *session) error {
		asked := s.intent
		s.intent.AllNamespaces = true
		if everywhere {
			s.intent.Namespace = ""
		}
		o, err := s.observe(ctx)
		if err != nil {
			return err
		}
		if o.KubeErr != nil {
			return o.KubeErr
		}
		list, err = listed(o.Snapshot, asked, everywhere)
		return err
	})
	return list, err
}

// listed are the accesses of a snapshot: of the namespace that was asked for, or
// of all. Without the policies there is nothing to say.
func listed(s *world.Snapshot, in intent.Intent, everywhere bool) (*listing.List, error) {
	if g, missing := s.Gaps[world.FactPolicies]; missing {
		p := &world.Problem{Kind: g.Kind, Doing: "list the accesses", Err: errors.New(g.Reason), Permission: g.Permission}
		if g.Kind == world.ProblemPermission {
			p.Command = "podsg permissions --mode read -o rbac"
		}
		return nil, p
	}
	if everywhere {
		in.Namespace = ""
	}
	return listing.Of(s, in.Namespace), nil
}
