package cli

import (
	"strings"

	"github.com/spf13/cobra"

	"podsg/steps/world"
)

// newRoot makes the command tree. The root itself is setup.
func newRoot(a *app) *cobra.Command {
	o := &options{}
	root := newSetup(a, o)
	root.Use = "podsg"
	root.Short = "Let chosen pods, and only those, reach an RDS database on Amazon EKS, and prove it"
	root.Long = `podsg carries out and proves "security groups for pods" on Amazon EKS with RDS
for PostgreSQL: a wizard at a terminal, or one command without one.

Without a command it is "podsg setup". Every flag can also be given as an
environment variable: PODSG_DB_PORT for --db-port.

Exit codes: 0 done or nothing to do, 1 error, 2 wrong flags or answers,
3 checks failed, 4 credentials or permission, 5 timed out, 6 the world changed
since the plan, 130 interrupted.`
	root.Example = `  podsg --sandbox                        the wizard in a practice world, without an account
  podsg --cluster workshop               the wizard on a cluster
  podsg setup --answers FILE --yes -o json
  podsg diagnose --cluster workshop`
	root.SilenceErrors, root.SilenceUsage = true, true
	root.SuggestionsMinimumDistance = 2
	root.PersistentPreRunE = func(cmd *cobra.Command, _ []string) error { return a.prepare(cmd, o) }
	root.SetFlagErrorFunc(flagProblem)
	root.SetUsageFunc(writeUsage)
	root.Version = a.Build.text()
	o.addCommon(root)

	setup := newSetup(a, o)
	root.AddCommand(setup, newPlan(a, o), newDiagnose(a, o), newWatch(a, o), newCleanup(a, o),
		newExplain(a, o), newBundle(a, o), newPermissions(a), newSandbox(a, o), newVersion(a), newMan(a))
	root.SetHelpCommand(newHelp(root))
	addCompletion(a, root)
	return root
}

// newHelp makes the help command, for which an unknown command is an error.
func newHelp(root *cobra.Command) *cobra.Command {
	return &cobra.Command{
		Use:   "help [COMMAND]",
		Short: "Tell about a command",
		ValidArgsFunction: func(_ *cobra.Command, args []string, start string) ([]string, cobra.ShellCompDirective) {
			var names []string
			if len(args) == 0 {
				for _, c := range root.Commands() {
					if c.IsAvailableCommand() && strings.HasPrefix(c.Name(), start) {
						names = append(names, c.Name())
					}
				}
			}
			return names, cobra.ShellCompDirectiveNoFileComp
		},
		RunE: func(_ *cobra.Command, args []string) error {
			cmd, rest, err := root.Find(args)
			if err != nil || len(rest) > 0 {
				return noArguments(root, args)
			}
			cmd.InitDefaultHelpFlag()
			return cmd.Help()
		},
	}
}

// prepare completes the options before a command runs: the environment stands in
// for flags that are left out.
func (a *app) prepare(cmd *cobra.Command, o *options) (err error) {
	if a.fromEnvironment, err = a.env.apply(cmd.Flags()); err != nil {
		return err
	}
	if cmd.Name() != cobra.ShellCompRequestCmd && cmd.Name() != cobra.ShellCompNoDescRequestCmd {
		for _, text := range a.env.unknownVariables(cmd.Root()) {
			a.say("note: %s", text)
		}
	}
	o.timeoutGiven = given(cmd.Flags(), "timeout")
	if o.timeout < 0 {
		origin := "--timeout"
		if a.fromEnvironment["timeout"] {
			origin = variableOf("timeout")
		}
		return world.Usage("", "%s: %s is impossible; allowed: a time such as 90s, 10m or 1h, or 0 for no limit", origin, o.timeout)
	}
	if off, err := cmd.Flags().GetBool("no-color"); err == nil && off {
		a.style = style{}
	}
	a.tty.plain, a.tty.asked = a.tty.plain || o.plain, o.plain
	return nil
}
