package cli

import (
	"github.com/spf13/cobra"

	"podsg/steps"
)

// newRoot makes the command tree. The root itself is setup.
func newRoot(p Process, env environment, out *console, ss *sessions) *cobra.Command {
	root := newSetup(ss)
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
	root.PersistentPreRunE = func(cmd *cobra.Command, _ []string) error { return prepare(cmd, env, out, ss.options) }
	root.SetFlagErrorFunc(flagProblem)
	root.SetUsageFunc(writeUsage)
	root.Version = p.Build.text()
	ss.options.addCommon(root)

	root.AddCommand(newSetup(ss), newPlan(ss), newDiagnose(ss), newWatch(ss), newCleanup(ss), newExplain(ss), newBundle(ss),
		newPermissions(out), newSandbox(ss, env), newVersion(out, p.Build), newMan(out, p.Build))
	root.SetHelpCommand(newHelp(root))
	addCompletion(root, p.Args, env, p.Practice)
	return root
}

// prepare completes the options before a command runs: the environment stands in
// for flags that are left out.
func prepare(cmd *cobra.Command, env environment, out *console, o *options) error {
	if err := applyEnvironment(cmd.Flags(), env); err != nil {
		return err
	}
	if cmd.Name() != cobra.ShellCompRequestCmd && cmd.Name() != cobra.ShellCompNoDescRequestCmd {
		for _, text := range unknownVariables(cmd.Root(), env, variableURL) {
			out.say("note: %s", text)
		}
	}
	o.timeoutGiven = given(cmd.Flags(), "timeout")
	if o.timeout < 0 {
		return steps.Usage("", "%s: %s is impossible; allowed: a time such as 90s, 10m or 1h, or 0 for no limit",
			originOfFlag(cmd.Flags(), "timeout"), o.timeout)
	}
	if off, err := cmd.Flags().GetBool("no-color"); err == nil && off {
		out.style = style{}
	}
	out.terminal.plain, out.terminal.asked = out.terminal.plain || o.plain, o.plain
	return nil
}
